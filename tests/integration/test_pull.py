# SPDX-License-Identifier: Apache-2.0
"""Tokens at the time of a pull: the protocol of docker's credential helpers, the cache, and the
commands for scripts. The protocol is that of docker-credential-helpers (credentials.go)."""

import base64
import concurrent.futures
import contextlib
import hashlib
import json
import os
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from integration.conftest import keys, timestamp
from lib.journal import Journal
from lib.patience import patience
from lib.programs import SOURCE
from lib.simulator import ACCOUNT, DEFAULT_KEY, SECRET_ACCESS_KEY

REGION = "eu-central-1"
FRANKFURT = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
OTHER = "210987654321"
OTHER_ACCOUNT = f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com"
IRELAND = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
PUBLIC = "public.ecr.aws"
NAME = "docker-credential-ecr-refresher"
NOT_FOUND = "credentials not found in native keychain\n"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
ROLE = f"arn:aws:iam::{OTHER}:role/pull"
OTHER_KEY = {"id": "AKIAOTHERKEY", "secret": "other-secret", "account": OTHER}
LIMIT = patience(40)
# Mounts the test's directories over the service's, in `ip netns exec`'s mount namespace.
AS_SERVICE = ('mount --bind "$1/run" /run && mount --bind "$1/lib" /var/lib && shift && '
              'exec "$@"')


@dataclass
class Run:
    code: int
    output: str
    log: str
    seconds: float


class Caller:
    """An ordinary user of this machine who pulls."""

    def __init__(self, prefix, sim, user, journal):
        self.bin, self.sim, self.user, self.journal = prefix / "bin", sim, user, journal
        self.home, self.env = user.home, {}
        self.secrets = {SECRET_ACCESS_KEY}
        for name in ".aws", ".cache", ".config":
            shutil.rmtree(self.home / name, ignore_errors=True)
        shutil.rmtree(user.runtime_dir / "ecr-refresher", ignore_errors=True)

    @property
    def cache(self):
        return self.home / ".cache/ecr-refresher"

    @property
    def entries(self):
        return sorted(self.cache.glob("*.json"))

    @property
    def entry(self):
        [entry] = self.entries
        return entry

    def configure(self, text):
        self.user.write(".config/ecr-refresher.ini", text)

    def aws_file(self, name, text):
        self.user.write(f".aws/{name}", text)

    def environment(self, env=None):
        merged = {**self.user.environment(), **self.sim.environment(), **self.env, **(env or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def command(self, *argv):
        return self.journal.command(self.user.netns.command(argv, (self.user.uid, self.user.gid)))

    def run(self, program, *arguments, env=None, **kwargs):
        if "stdin" not in kwargs:
            kwargs.setdefault("input", b"")
        started = time.monotonic()
        done = subprocess.run(self.command(self.bin / program, *arguments), cwd="/",
                              env=self.environment(env), timeout=LIMIT,
                              **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **kwargs})
        run = Run(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode(),
                  time.monotonic() - started)
        for secret in self.secrets:
            assert secret not in run.output + run.log
        return run

    def helper(self, action, server="", **kwargs):
        if "stdin" not in kwargs:
            kwargs["input"] = server if isinstance(server, bytes) else server.encode()
        return self.run(NAME, action, **kwargs)

    def get(self, server=FRANKFURT, **kwargs):
        """The password that a successful `get` returns."""
        run = self.helper("get", server, **kwargs)
        assert (run.code, run.log) == (0, ""), run.output + run.log
        reply = json.loads(run.output)
        assert reply.keys() == {"ServerURL", "Username", "Secret"}
        assert (reply["ServerURL"], reply["Username"]) == (server.strip(), "AWS")
        return reply["Secret"]

    def logged(self, event):
        """The journal's entries of this event."""
        text = (SOURCE / "src/base/events.h").read_text()
        message_id = re.search(rf'{event}, "([0-9a-f]{{32}})"', text)[1]
        return [e for e in self.journal.entries() if e.get("MESSAGE_ID") == message_id]

    def age(self, hours, life=12):
        """Sets the age of the tokens in the cache."""
        for path in self.entries:
            data = json.loads(path.read_text())
            now = time.time()
            for token in data["tokens"]:
                token["fetched_at"] = timestamp(now - hours * 3600)
                token["expires_at"] = timestamp(now + (life - hours) * 3600)
                if "failure" in token:
                    token["failure"]["at"] = timestamp(now - hours * 3600)
            path.write_text(json.dumps(data))


class Root(Caller):
    """root, beside the host's service."""

    def __init__(self, prefix, sim, user, journal, directory):
        super().__init__(prefix, sim, user, journal)
        self.directory = directory
        self.service = pwd.getpwnam("ecr-refresher")
        self.home = directory / "root"
        self.state = directory / "run/ecr-refresher/tokens.json"
        for name in "root", "run/ecr-refresher", "lib/ecr-refresher/.aws":
            (directory / name).mkdir(parents=True)
        for path in self.state.parent, directory / "lib/ecr-refresher":
            for below in path, *path.rglob("*"):
                os.chown(below, self.service.pw_uid, self.service.pw_gid)
        self.state.parent.chmod(0o700)
        self.config = directory / "ecr-refresher.ini"
        self.config.write_text("")
        self.env = {"HOME": str(self.home), "XDG_RUNTIME_DIR": None}

    def command(self, *argv):
        return self.journal.command(self.user.netns.command(
            ["sh", "-c", AS_SERVICE, "sh", self.directory, *argv]))

    def helper(self, action, server="", **kwargs):
        kwargs["input"] = server.encode()
        return self.run(NAME, "--config", self.config, action, **kwargs)

    def serve(self, *tokens):
        self.state.write_text(json.dumps({"version": 1, "tokens": list(tokens)}))
        os.chown(self.state, self.service.pw_uid, self.service.pw_gid)
        self.state.chmod(0o600)


@pytest.fixture
def caller(prefix, sim, user):
    with Journal() as journal:
        yield Caller(prefix, sim, user, journal)


@pytest.fixture
def root(prefix, sim, user):
    try:
        pwd.getpwnam("ecr-refresher")
    except KeyError:
        pytest.skip("needs the user ecr-refresher")
    directory = Path(tempfile.mkdtemp(prefix="ecr-test-pull-"))
    directory.chmod(0o755)
    with Journal() as journal:
        yield Root(prefix, sim, user, journal, directory)
    shutil.rmtree(directory)


def digest(password):
    return hashlib.sha256(base64.b64encode(f"AWS:{password}".encode())).hexdigest()


def issued(sim):
    return [token["sha256"] for token in sim.state()["issued"]]


def calls(sim):
    """The number of GetAuthorizationToken requests."""
    return sum(n for name, n in sim.state()["by_region"].items() if name.startswith("ecr"))


def service_token(password="of the service", hours=6, region=REGION, **more):
    now = time.time()
    return {"identity": "", "settings": "", "service": "ecr", "partition": "aws",
            "region": region,
            "authorization": base64.b64encode(f"AWS:{password}".encode()).decode(),
            "fetched_at": timestamp(now - 3600), "expires_at": timestamp(now + hours * 3600),
            **more}


# The protocol


@pytest.mark.parametrize("server", [
    FRANKFURT, f"{FRANKFURT}\n", f"https://{FRANKFURT}", f"https://{FRANKFURT}/v2/\r\n",
    f"{FRANKFURT}:443", FRANKFURT.upper(), f"  {OTHER_ACCOUNT} \n", PUBLIC, f"{PUBLIC}/a/b",
])
def test_get(caller, sim, server):
    password = caller.get(server)
    assert issued(sim) == [digest(password)]


@pytest.mark.parametrize("server", [
    "docker.io", "https://index.docker.io/v1/", "quay.io", "localhost:5000", "nonsense/x y",
    f"{FRANKFURT}.example.com", f"evil-{FRANKFURT}", "[::1]", "x" * 5000, "caf\u00e9.example",
])
def test_foreign_hosts(caller, sim, server):
    run = caller.helper("get", server)
    assert (run.code, run.output, run.log) == (1, NOT_FOUND, "")
    assert sim.state()["connections"] == 0
    assert caller.logged("PULL_FAILED") == []


@pytest.mark.parametrize("server", [FRANKFURT, f"https://{FRANKFURT}", PUBLIC])
def test_docker_login_works(caller, sim, server):
    stored = json.dumps({"ServerURL": server, "Username": "AWS", "Secret": "sesame"})
    for run in caller.helper("store", stored), caller.helper("erase", server):
        assert (run.code, run.output, run.log) == (0, "", "")
    assert not caller.cache.exists()
    assert sim.state()["connections"] == 0


@pytest.mark.parametrize("action", ["store", "erase"])
def test_foreign_hosts_are_not_stored(caller, action):
    text = "quay.io" if action == "erase" else json.dumps(
        {"ServerURL": "quay.io", "Username": "me", "Secret": "sesame"})
    run = caller.helper(action, text)
    assert run.code == 1
    assert re.search(r"Amazon ECR.*quay\.io.*credHelpers", run.output)
    assert "sesame" not in run.output + run.log
    run = caller.helper(action, text, env={"AWS_ECR_IGNORE_CREDS_STORAGE": "true"})
    assert (run.code, run.output) == (0, "")


def test_list(caller, sim):
    assert json.loads(caller.helper("list").output) == {}
    caller.get(IRELAND)
    caller.get(PUBLIC)
    caller.configure(f"[user {caller.user.name}]\nregistries = {FRANKFURT} auto\n"
                     f"[registry ecr.example.com]\nregion = {REGION}\n")
    run = caller.helper("list")
    assert json.loads(run.output) == {
        f"https://{host}": "AWS" for host in (FRANKFURT, IRELAND, PUBLIC, "ecr.example.com")}
    caller.age(13)
    assert f"https://{IRELAND}" not in json.loads(caller.helper("list").output)


def test_ignored_sigchld(caller, sim):
    """As a parent with `trap '' CHLD` leaves it: the kernel then forgets the exit statuses."""
    get = ("trap '' CHLD; exec", caller.bin / NAME, "get")
    done = subprocess.run(caller.command("bash", "-c", " ".join(map(str, get))), cwd="/",
                          input=FRANKFURT.encode(), env=caller.environment(), timeout=LIMIT,
                          capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"") and json.loads(done.stdout)["Secret"]


def test_version(caller):
    for argument in "version", "--version", "-v":
        run = caller.run(NAME, argument)
        assert run.code == 0
        assert re.fullmatch(r"docker-credential-ecr-refresher .*\d+\.\d+.*\n", run.output)


def test_command_credential_helper(caller, sim):
    run = caller.run("ecr-refresher", "credential-helper", "get", input=FRANKFURT.encode())
    assert json.loads(run.output)["Secret"] == caller.get()
    assert calls(sim) == 1


def test_registry_section(caller, sim):
    assert caller.helper("get", "ecr.example.com").output == NOT_FOUND
    caller.configure(f"[registry ecr.example.com]\nregion = {REGION}\n")
    assert caller.get("ecr.example.com") == caller.get(FRANKFURT)
    assert calls(sim) == 1
    run = caller.helper("erase", "ecr.example.com")
    assert (run.code, run.output) == (0, "")


# Failures are reported to the client and in the journal


@pytest.mark.parametrize("fault, env, message", [
    (None, NO_KEYS, "no AWS credentials"),
    ("access_denied", {}, "ecr:GetAuthorizationToken"),
    (None, {"AWS_SECRET_ACCESS_KEY": "wrong"}, "InvalidSignatureException"),
    (None, {"AWS_PROFILE": "nobody"}, "nobody"),
], ids=["no identity", "denied", "wrong key", "no profile"])
def test_failure_reports_its_cause(caller, sim, fault, env, message):
    if fault:
        sim.fault(fault)
    run = caller.helper("get", f"https://{FRANKFURT}",
                        env={"AWS_EC2_METADATA_DISABLED": "true", **env})
    assert run.code == 1
    assert message in run.output and run.output.count("\n") == 1
    assert run.output != NOT_FOUND
    [entry] = caller.logged("PULL_FAILED")
    assert message in entry["MESSAGE"]
    assert (entry["ECR_REGISTRY"], entry["PRIORITY"]) == (FRANKFURT, "3")
    assert entry["ECR_ERROR"]


def test_public_images_need_no_identity(caller):
    run = caller.helper("get", PUBLIC, env={"AWS_EC2_METADATA_DISABLED": "true", **NO_KEYS})
    assert (run.code, run.output) == (1, NOT_FOUND)
    assert "no AWS credentials" in run.log
    assert len(caller.logged("PULL_FAILED")) == 1


def test_wrong_ini(caller, sim):
    caller.configure("[user x\n")
    run = caller.helper("get", FRANKFURT)
    assert run.code == 1
    assert re.search(r"ecr-refresher\.ini:1: ", run.output)
    assert caller.helper("get", "quay.io").output == NOT_FOUND
    assert sim.state()["connections"] == 0


def test_deadline(caller, sim):
    sim.fault("delay", seconds=300)
    run = caller.helper("get", FRANKFURT)
    assert run.code == 1
    assert 5 < run.seconds < patience(12)
    assert "api.ecr.eu-central-1.amazonaws.com" in run.output


@pytest.mark.parametrize("text, message", [
    (b"", "no credentials server URL"),
    (b"\n", "no credentials server URL"),
    (b"x" * (1 << 20), "too large"),
    (f"{FRANKFURT}\n{IRELAND}\n".encode(), "not one line"),
    (bytes(range(256)), "not one line"),
    (b"\0", "not one line"),
    (f"{FRANKFURT}\0".encode(), "not one line"),
], ids=["nothing", "a newline", "1 MiB", "two lines", "binary", "NUL", "host and NUL"])
def test_bad_input_of_get(caller, sim, text, message):
    run = caller.helper("get", text)
    assert run.code == 1
    assert message in run.output and run.output.count("\n") == 1
    assert sim.state()["connections"] == 0


@pytest.mark.parametrize("text, message", [
    (b"", "JSON"), (b"{", "JSON"), (b"[]", "JSON"), (b"\xff\xfe", "JSON"),
    (b"x" * (1 << 20), "large"),
    (b"{}", "no credentials server URL"), (b'{"ServerURL":"quay.io"}', "no credentials username"),
])
def test_bad_input_of_store(caller, text, message):
    run = caller.helper("store", text)
    assert run.code == 1
    assert message in run.output


def test_no_standard_input(caller):
    """Standard input is closed, or is never closed."""
    command = ["sh", "-c", f"exec {caller.bin / NAME} get <&-"]
    done = subprocess.run(caller.command(*command), env=caller.environment(), timeout=LIMIT,
                          capture_output=True, text=True)
    assert done.returncode == 1
    assert "credentials server URL" in done.stdout or "standard input" in done.stdout
    read, write = os.pipe()
    try:
        run = caller.helper("get", stdin=read)
    finally:
        os.close(read)
        os.close(write)
    assert run.code == 1 and run.seconds < patience(12)
    assert "standard input" in run.output


def test_standard_output_closed(caller):
    for redirection in ">&-", ">/dev/full":
        command = ["sh", "-c", f"printf {FRANKFURT} | {caller.bin / NAME} get {redirection}"]
        done = subprocess.run(caller.command(*command), env=caller.environment(), timeout=LIMIT,
                              capture_output=True, text=True)
        assert done.returncode == 1
        assert "standard output" in done.stderr
    for entry in caller.entries:
        assert json.loads(entry.read_text())["tokens"], "the reply was not written to our own files"


@pytest.mark.parametrize("arguments, message", [
    ([], "Usage"), (["get", "x"], "Usage"),
    (["frobnicate"], "Unknown credential action `frobnicate`"),
])
def test_usage(caller, arguments, message):
    run = caller.run(NAME, *arguments)
    assert run.code == 1
    assert message in run.output


# ecr-fetch is another process, whose output is not trusted


class Impostor(Caller):
    """Runs a script instead of ecr-fetch."""

    def command(self, *argv):
        program = self.bin.parent / "libexec/ecr-refresher/network/ecr-fetch"
        return ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" "$1" && shift && exec "$@"',
                self.script, program, *super().command(*argv)]

    def fetch_is(self, script):
        self.script = self.user.write("ecr-fetch", f"#!/bin/sh\n{script}\n", mode=0o755)


@pytest.fixture
def impostor(prefix, sim, user):
    with Journal() as journal:
        yield Impostor(prefix, sim, user, journal)


def print_token(**more):
    token = service_token(**more)
    return "printf '%s' '" + json.dumps({"version": 1, "tokens": [token]}) + "'"


@pytest.mark.parametrize("script, message", [
    ("exit 0", "returned no token"), ("kill -KILL $$", "returned no token"),
    ("echo '{'", "returned no token"),
    ("echo '{\"version\":1,\"tokens\":[]}'", "returned no token"),
    ("yes", "ecr-fetch cannot be run|too large"), (print_token(region="eu-west-1"), "eu-west-1"),
], ids=["nothing", "killed", "half", "no token", "too much", "another region"])
def test_ecr_fetch_returns_no_token(impostor, script, message):
    impostor.fetch_is(script)
    run = impostor.helper("get", FRANKFURT)
    assert run.code == 1
    assert re.search(message, run.output) and run.output.count("\n") == 1
    assert impostor.entries == [] or "authorization" not in impostor.entry.read_text()


@pytest.mark.parametrize("script", ["sleep 777", "exec >&-; sleep 777", "trap '' TERM; sleep 777",
                                    "while :; do echo; sleep 1; done"])
def test_ecr_fetch_has_a_time_limit(impostor, script):
    impostor.fetch_is(script)
    run = impostor.helper("get", FRANKFURT)
    assert run.code == 1 and run.seconds < patience(12)
    assert "in time" in run.output or "returned no token" in run.output
    impostor.fetch_is(print_token())
    assert impostor.get() == "of the service", "nobody holds the lock any more"


# The cache


def test_second_pull_needs_no_request(caller, sim):
    first = caller.get()
    assert caller.get(f"https://{OTHER_ACCOUNT}") == first
    assert calls(sim) == 1


def test_cache_is_private(caller):
    caller.get()
    assert caller.cache.stat().st_mode & 0o777 == 0o700
    assert caller.entry.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in caller.cache.iterdir()} == {caller.entry.name, "lock"}
    assert SECRET_ACCESS_KEY not in caller.entry.read_text()


@pytest.mark.parametrize("hours, renewed", [(5.9, False), (7.3, True), (11.99, True), (12.1, True)])
def test_renewal_in_the_second_half_of_its_life(caller, sim, hours, renewed):
    first = caller.get()
    caller.age(hours)
    assert (caller.get() != first) == renewed
    assert calls(sim) == 1 + renewed


def test_valid_token_is_used_during_an_outage(caller, sim):
    first = caller.get()
    caller.age(8)
    sim.fault("access_denied")
    assert caller.get() == first
    before = sim.state()["requests"]
    assert caller.get() == first
    assert sim.state()["requests"] == before, "not every pull tries to renew it"


def test_expired_token_is_never_used(caller, sim):
    caller.get()
    caller.age(12.1)
    sim.fault("access_denied")
    run = caller.helper("get", FRANKFURT)
    assert run.code == 1 and "ecr:GetAuthorizationToken" in run.output


# A clock that was ahead at the fetch: two minutes, hours, days, ten years.
@pytest.mark.parametrize("hours", [2 / 60, 9, 72, 87660])
def test_token_fetched_in_the_future_is_not_used(caller, sim, hours):
    caller.get()
    caller.age(-hours)
    before = sim.state()["requests"]
    caller.get()
    assert sim.state()["requests"] == before + 1
    caller.age(-hours)
    sim.fault("access_denied")
    run = caller.helper("get", FRANKFURT)
    assert run.code == 1 and "ecr:GetAuthorizationToken" in run.output


def test_expired_entries_are_removed(caller):
    caller.get()
    caller.age(13)
    old = caller.entry
    left_behind = caller.cache / f".{old.name}.99999"
    caller.user.write(left_behind.relative_to(caller.home), "a token")
    os.utime(left_behind, (0, 0))
    caller.get(IRELAND)
    assert not old.exists() and not left_behind.exists()
    assert len(caller.entries) == 1


@pytest.mark.parametrize("damage", [
    b"", b"{", b"\0" * 4096, b"[]", b'{"version":1,"tokens":[]}', b'{"version":2,"tokens":[]}',
    b"x" * (1 << 20)])
def test_damaged_entry_is_rebuilt_and_logged_once(caller, sim, damage):
    caller.get()
    caller.entry.write_bytes(damage)
    second = caller.get()
    assert calls(sim) == 2
    [entry] = caller.logged("CACHE_REBUILT")
    assert entry["ECR_REGISTRY"] == FRANKFURT
    assert caller.get() == second
    assert caller.logged("CACHE_REBUILT") == []


def test_entry_with_another_name_is_not_used(caller, sim):
    """An entry contains its key."""
    frankfurt = caller.get()
    name = caller.entry.name
    ireland = caller.get(IRELAND)
    other = next(entry for entry in caller.entries if entry.name != name)
    other.write_bytes((caller.cache / name).read_bytes())
    assert caller.get(IRELAND) not in (frankfurt, ireland)
    assert calls(sim) == 3


def test_file_of_another_user_is_not_used(caller, sim):
    caller.get()
    os.chown(caller.entry, 0, 0)
    caller.entry.chmod(0o644)
    caller.get()
    assert calls(sim) == 2


def test_link_is_not_followed(caller, sim):
    caller.get()
    name, elsewhere = caller.entry, caller.home / ".cache/elsewhere"
    text = name.read_text()
    name.rename(elsewhere)
    name.symlink_to(elsewhere)
    caller.get()
    assert calls(sim) == 2
    assert elsewhere.read_text() == text and not name.is_symlink()


@pytest.mark.parametrize("make", ["read-only", "a file", "missing parent is a file"])
def test_cache_cannot_be_created(caller, sim, make):
    cache = caller.home / ".cache"
    if make == "a file":
        caller.user.write(".cache/ecr-refresher", "")
    elif make == "missing parent is a file":
        caller.user.write(".cache", "")
    else:
        caller.user.write(".cache/x", "")
        os.chown(cache, 0, 0)
        cache.chmod(0o755)
    try:
        assert caller.get() != caller.get()
    finally:
        cache.unlink() if cache.is_file() else shutil.rmtree(cache)
    assert calls(sim) == 2


def test_home_unset(caller, sim):
    """The home directory is that of the password database."""
    first = caller.get(env={"HOME": None})
    assert caller.get() == first
    assert calls(sim) == 1


def test_no_home_at_all(caller, sim):
    env = {"HOME": "/nonexistent", "XDG_RUNTIME_DIR": None}
    assert caller.get(env=env) != caller.get(env=env)


def test_xdg_cache_home(caller, sim):
    caller.user.write("other/x", "")
    caller.get(env={"XDG_CACHE_HOME": str(caller.home / "other")})
    assert list(caller.home.glob("other/ecr-refresher/*.json")) and not caller.cache.exists()
    shutil.rmtree(caller.home / "other")


def test_variables_of_the_go_helper(caller, sim):
    env = {"AWS_ECR_CACHE_DIR": "~/go/deep"}
    assert caller.get(env=env) == caller.get(env=env)
    assert list(caller.home.glob("go/deep/*.json")) and not caller.cache.exists()
    env["AWS_ECR_DISABLE_CACHE"] = "1"
    assert caller.get(env=env) != caller.get(env=env)
    assert calls(sim) == 3
    shutil.rmtree(caller.home / "go")


# The key


def test_hundred_pulls_make_one_request(caller, sim):
    sim.fault("delay", seconds=1)
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        passwords = set(pool.map(lambda _: caller.get(), range(100)))
    assert len(passwords) == 1
    assert calls(sim) == 1
    assert len(json.loads(caller.entry.read_text())["tokens"]) == 1


def test_hundred_pulls_fail_together(caller, sim):
    sim.fault("access_denied")
    with concurrent.futures.ThreadPoolExecutor(100) as pool:
        runs = list(pool.map(lambda _: caller.helper("get", FRANKFURT), range(100)))
    assert all(run.code == 1 and "ecr:GetAuthorizationToken" in run.output for run in runs)
    assert calls(sim) <= 10, "pulls that waited use the result"


def test_stuck_journal_does_not_block_pulls(caller, sim):
    env = {"AWS_EC2_METADATA_DISABLED": "true", **NO_KEYS}
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as full:
        full.connect(str(caller.journal.directory / "journal/socket"))
        with contextlib.suppress(BlockingIOError):
            while True:
                full.send(b"MESSAGE=full\n")
        run = caller.helper("get", FRANKFURT, env=env)
    assert (run.code, "no AWS credentials" in run.output) == (1, True)
    assert run.seconds < patience(10)


def test_regions_do_not_wait_for_each_other(caller, sim):
    sim.fault("delay", seconds=4, region="eu-west-1")
    slow = threading.Thread(target=caller.get, args=(IRELAND,))
    slow.start()
    time.sleep(0.5)
    caller.get(FRANKFURT)
    assert slow.is_alive()
    slow.join()
    assert len(caller.entries) == 2


def test_other_keys_have_another_token(caller, sim):
    sim.keys([DEFAULT_KEY, OTHER_KEY])
    caller.secrets.add("other-secret")
    mine = caller.get()
    theirs = {"AWS_ACCESS_KEY_ID": "AKIAOTHERKEY", "AWS_SECRET_ACCESS_KEY": "other-secret"}
    assert caller.get(env=theirs) != mine
    assert caller.get() == mine
    assert calls(sim) == 2


def test_other_profiles_have_another_token(caller, sim):
    sim.keys([DEFAULT_KEY, OTHER_KEY])
    other = keys("AKIAOTHERKEY", "other-secret")
    caller.aws_file("credentials", f"[default]\n{keys()}[other]\n{other}")
    caller.secrets.add("other-secret")
    env = {**NO_KEYS}
    mine = caller.get(env=env)
    assert caller.get(env={**env, "AWS_PROFILE": "other"}) != mine
    assert caller.get(env=env) == mine
    assert calls(sim) == 2
    assert {t["account"] for t in sim.state()["issued"]} == {ACCOUNT, OTHER}


def test_process_with_changing_keys(caller, sim):
    """New temporary keys each time, but the same principal: #269 of the Go helper."""
    sim.keys([{"id": f"ASIAPROCESS{n}", "secret": f"secret-{n}", "token": f"token-{n}"}
              for n in (1, 2)])
    for n in 1, 2:
        caller.user.write("keys.json", json.dumps({
            "Version": 1, "AccessKeyId": f"ASIAPROCESS{n}", "SecretAccessKey": f"secret-{n}",
            "SessionToken": f"token-{n}", "Expiration": "2199-01-01T00:00:00Z"}))
        caller.aws_file("config", f"[default]\ncredential_process = cat {caller.home}/keys.json\n")
        caller.get(env=NO_KEYS)
    assert calls(sim) == 1


def test_role_with_changing_keys(caller, sim):
    sim.keys([{"id": f"ASIAROLLING00000000{n}", "secret": f"secret-{n}", "token": f"token-{n}"}
              for n in (1, 2)])
    sim.service("sts", roles=[{"arn": ROLE,
                               "trusts": [f"arn:aws:sts::{ACCOUNT}:assumed-role/tester/session"]}])
    caller.configure(f"[aws]\nrole_arn = {ROLE}\nsource_profile = base\n")
    for n in 1, 2:
        base = keys(f"ASIAROLLING00000000{n}", f"secret-{n}", f"token-{n}")
        caller.aws_file("credentials", f"[base]\n{base}")
        caller.get(env=NO_KEYS)
    assert calls(sim) == 1


def test_keys_of_an_sso_session(caller, sim):
    start = "https://d-abc123.awsapps.com/start"
    sim.service("sso", sessions=[{
        "access_token": "anAccessToken", "expires": time.time() + 3600,
        "refresh_token": "aRefreshToken", "client_id": "aClient",
        "client_secret": "aClientSecret", "roles": [[ACCOUNT, "Pull"]]}])
    caller.aws_file("config", f"[profile dev]\nsso_session = work\nsso_account_id = {ACCOUNT}\n"
                    f"sso_role_name = Pull\n[sso-session work]\nsso_region = eu-west-1\n"
                    f"sso_start_url = {start}\n")
    name = hashlib.sha1(b"work").hexdigest()
    caller.aws_file(f"sso/cache/{name}.json", json.dumps({
        "startUrl": start, "region": "eu-west-1", "accessToken": "anAccessToken",
        "expiresAt": timestamp(time.time() + 3600)}))
    env = {**NO_KEYS, "AWS_PROFILE": "dev"}
    assert caller.get(env=env) == caller.get(env=env)
    assert calls(sim) == 1


def test_identity_of_the_ini(caller, sim):
    sim.keys([DEFAULT_KEY, OTHER_KEY])
    caller.secrets.add("other-secret")
    caller.aws_file("credentials", "[other]\n" + keys("AKIAOTHERKEY", "other-secret"))
    caller.configure(f"[aws other]\nprofile = other\n[registry {OTHER_ACCOUNT}]\naws = other\n")
    assert caller.get(OTHER_ACCOUNT) != caller.get(FRANKFURT)
    assert [t["account"] for t in sim.state()["issued"]] == [OTHER, ACCOUNT]


# The service comes first


def test_users_own_service(caller, sim):
    caller.configure(f"[user {caller.user.name}]\nregistries = {FRANKFURT}\n")
    run = caller.run("ecr-refresher", "refresh")
    assert run.code == 0, run.log
    first = caller.get()
    assert calls(sim) == 1
    assert issued(sim) == [digest(first)]
    assert not caller.cache.exists()


def test_users_own_service_with_a_clock_that_was_ahead(caller, sim):
    caller.configure(f"[user {caller.user.name}]\nregistries = {FRANKFURT}\n")
    assert caller.run("ecr-refresher", "refresh").code == 0
    state = caller.user.runtime_dir / "ecr-refresher/tokens.json"
    data = json.loads(state.read_text())
    for token in data["tokens"]:
        token.update(fetched_at="2098-01-01T00:00:00Z", expires_at="2098-01-01T12:00:00Z")
    state.write_text(json.dumps(data))
    old = issued(sim)
    assert digest(caller.get()) not in old


@pytest.mark.parametrize("ini, env, is_service", [
    ("", {}, True),
    ("", {"AWS_ACCESS_KEY_ID": DEFAULT_KEY["id"], "AWS_SECRET_ACCESS_KEY": DEFAULT_KEY["secret"]},
     True),
    ("", {"AWS_ACCESS_KEY_ID": "AKIAOTHERKEY", "AWS_SECRET_ACCESS_KEY": "other-secret"}, False),
    ("", {"AWS_PROFILE": "other"}, False),
    ("[aws]\nprofile = default\n", {"AWS_PROFILE": "other"}, True),
], ids=["nothing", "the same keys", "other keys", "a profile", "a profile in the ini"])
def test_shell_with_another_principal(caller, sim, ini, env, is_service):
    """The service's token is used only if the shell's environment has the same principal."""
    sim.keys([DEFAULT_KEY, OTHER_KEY])
    caller.secrets.add("other-secret")
    caller.aws_file("credentials", f"[default]\n{keys()}[other]\n"
                    f"{keys('AKIAOTHERKEY', 'other-secret')}")
    caller.configure(f"{ini}[user {caller.user.name}]\nregistries = {FRANKFURT}\n")
    run = caller.run("ecr-refresher", "refresh", env=NO_KEYS)
    assert run.code == 0, run.log
    password = caller.get(env={**NO_KEYS, **env})
    accounts = [token["account"] for token in sim.state()["issued"]]
    assert accounts == ([ACCOUNT] if is_service else [ACCOUNT, OTHER])
    assert digest(password) == issued(sim)[-1]


@pytest.mark.parametrize("env", [{"AWS_PROFILE": "other"}, {"AWS_ACCESS_KEY_ID": "AKIAOTHERKEY"}])
def test_root_ignores_its_environment(root, sim, env):
    root.serve(service_token())
    assert root.get(env={**NO_KEYS, **env}) == "of the service"
    assert sim.state()["connections"] == 0


def test_root_reads_the_services_tokens(root, sim):
    root.serve(service_token())
    for host in FRANKFURT, OTHER_ACCOUNT:
        assert root.get(host) == "of the service"
    assert sim.state()["connections"] == 0
    assert root.entries == []


@pytest.mark.parametrize("token", [
    {"hours": -1}, {"region": "eu-west-1"}, {"settings": "role_arn=arn:x\n"}, {"identity": "prod"},
], ids=["expired", "another region", "another section", "another identity"])
def test_other_tokens_are_not_used(root, sim, token):
    root.serve(service_token(**token))
    assert issued(sim) == [] and root.get() != "of the service"
    assert calls(sim) == 1


def test_auto_of_the_service_is_for_its_region(root, sim):
    token = service_token(auto_host=FRANKFURT)
    del token["partition"], token["region"]
    root.serve(token)
    assert root.get(OTHER_ACCOUNT) == "of the service"
    assert root.get(IRELAND) != "of the service"


def test_root_has_the_identity_of_the_service(root, sim):
    """Without keys in the environment, those of the user ecr-refresher are used."""
    file = root.directory / "lib/ecr-refresher/.aws/credentials"
    file.write_text("[default]\n" + keys())
    file.chmod(0o600)
    os.chown(file, root.service.pw_uid, root.service.pw_gid)
    first = root.get(env=NO_KEYS)
    assert root.get(env=NO_KEYS) == first
    assert calls(sim) == 1
    assert root.entry.stat().st_uid == 0
    file.write_text("[default]\n" + keys("AKIAOTHERKEY"))
    assert root.helper("get", FRANKFURT, env=NO_KEYS).code == 1, "another principal by now"


@pytest.mark.parametrize("of_root_alone", [True, False])
def test_root_reads_the_services_files_as_the_service(root, sim, of_root_alone):
    """Root follows a link of the user ecr-refresher only to files that this user may read."""
    elsewhere = root.directory / "elsewhere"
    elsewhere.write_text("[default]\nrole_session_name = of-another-user\n")
    elsewhere.chmod(0o600 if of_root_alone else 0o640)
    os.chown(elsewhere, 0, 0 if of_root_alone else root.service.pw_gid)
    (root.directory / "lib/ecr-refresher/.aws/config").symlink_to(elsewhere)
    run = root.helper("get", FRANKFURT)
    kept = [entry for entry in root.entries if "of-another-user" in entry.read_text()]
    if of_root_alone:
        assert kept == []
    else:
        assert run.code == 0 and len(kept) == 1


def test_root_in_the_directory_of_the_ini(root, sim):
    """ecr-fetch has another working directory."""
    root.config.write_text(f"[registry ecr.example.com]\nregion = {REGION}\n")
    done = subprocess.run(
        root.command("env", "-C", root.directory, root.bin / NAME, "--config", root.config.name,
                     "get"),
        env=root.environment(), input="ecr.example.com", capture_output=True, text=True,
        timeout=LIMIT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert issued(sim) == [digest(json.loads(done.stdout)["Secret"])]


def test_root_does_not_write_to_another_users_home(root, sim):
    env = {"HOME": str(root.user.home)}
    assert root.get(env=env) != root.get(env=env)
    assert not (root.user.home / ".cache").exists()


# For scripts


@pytest.mark.parametrize("arguments, env", [
    ([FRANKFURT], {}), ([f"https://{FRANKFURT.upper()}/v2/"], {}), (["--region", REGION], {}),
    ([], {"AWS_REGION": REGION}), ([], {"AWS_DEFAULT_REGION": REGION}),
])
def test_get_login_password(caller, sim, arguments, env):
    run = caller.run("ecr-refresher", "get-login-password", *arguments, env=env)
    assert (run.code, run.log) == (0, "")
    assert run.output == f"{run.output.strip()}\n"
    assert issued(sim) == [digest(run.output.strip())]


def test_same_output_as_the_aws_cli(caller, sim):
    sim.life(3600)
    env = caller.environment({"AWS_DEFAULT_REGION": REGION})
    theirs = caller.user.run(["/usr/bin/aws", "ecr", "get-login-password"], env=env,
                             timeout=patience(60))
    ours = caller.run("ecr-refresher", "get-login-password", "--region", REGION)
    assert (theirs.returncode, ours.code) == (0, 0)
    assert issued(sim) == [digest(out.rstrip("\n")) for out in (theirs.stdout, ours.output)]


def test_only_registry_needs_no_name(caller, sim):
    caller.configure(f"[user {caller.user.name}]\nregistries = {FRANKFURT} {OTHER_ACCOUNT}\n")
    assert caller.run("ecr-refresher", "get-login-password").code == 0
    caller.configure(f"[user {caller.user.name}]\nregistries = {FRANKFURT} {IRELAND}\n")
    run = caller.run("ecr-refresher", "get-login-password")
    assert (run.code, run.output) == (2, "")
    assert "--region" in run.log


def test_get_authorization(caller, sim):
    run = caller.run("ecr-refresher", "get-authorization", FRANKFURT)
    assert (run.code, run.log) == (0, "")
    [kind, value] = re.fullmatch(r"Authorization: (\w+) (\S+)\n", run.output).groups()
    assert kind == "Basic"
    assert issued(sim) == [hashlib.sha256(value.encode()).hexdigest()]


@pytest.mark.parametrize("command", ["get-login-password", "get-authorization"])
def test_failure_leaves_standard_output_empty(caller, sim, command):
    env = {"AWS_EC2_METADATA_DISABLED": "true", **NO_KEYS}
    run = caller.run("ecr-refresher", command, FRANKFURT, env=env)
    assert (run.code, run.output) == (1, "")
    assert FRANKFURT in run.log and "no AWS credentials" in run.log
    assert len(caller.logged("PULL_FAILED")) == 1
    run = caller.run("ecr-refresher", command, "quay.io", env=env)
    assert (run.code, run.output) == (1, "")
    assert re.search(r"quay\.io is not an Amazon ECR registry", run.log)
    assert caller.logged("PULL_FAILED") == []


@pytest.mark.parametrize("arguments", [[FRANKFURT, IRELAND], ["--region"], ["--nonsense"],
                                       ["--region", REGION, FRANKFURT], ["--region", "x_y"]])
def test_usage_of_the_commands(caller, arguments):
    run = caller.run("ecr-refresher", "get-login-password", *arguments)
    assert (run.code, run.output) == (2, "")
    assert run.log
