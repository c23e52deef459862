# SPDX-License-Identifier: Apache-2.0
"""ecr-refresher check finds what prevents a real client from pulling, and the client pulls once its
advice has been followed."""

import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time

import pytest

from clients import docker as cli
from clients.conftest import CONTAINERS, DOCKER, PRIVATE, PUBLIC
from lib import token_server
from lib.deaf_mount import deaf_mount
from lib.netns import end
from lib.patience import is_ready, patience
from lib.registry import IMAGE, Registry
from lib.simulator import ACCOUNT, DEFAULT_KEY

FOREIGN = "QVdTOmEtcGFzc3dvcmQtb2Ytc29tZWJvZHktZWxzZQ=="  # AWS:a-password-of-somebody-else
# Old versions of podman continue with the usual files if this one has no entry.
ELSEWHERE = json.dumps({"auths": {PRIVATE: {"auth": FOREIGN}}})
RUNTIME = "containers/auth.json"  # in $XDG_RUNTIME_DIR


class Doctor:
    """Checks, pulls, and follows the advice of the check."""

    def __init__(self, refreshed, world, user):
        self.refresher, self.world, self.user = refreshed, world, user
        self.env = {}
        self.namespace = None

    def run(self, argv, env, **kwargs):
        """Runs a command as the user, in the namespace if one is set."""
        if not self.namespace:
            return self.user.run(argv, env=env, **kwargs)
        inside = ["nsenter", f"--mount=/proc/{self.namespace}/ns/mnt",
                  f"--net=/proc/{self.namespace}/ns/net", "setpriv", f"--reuid={self.user.uid}",
                  f"--regid={self.user.gid}", "--clear-groups", "--inh-caps=-all", "--"]
        return subprocess.run([*inside, *argv], env=self.user.environment(**env),
                              cwd=self.user.directory, capture_output=True, text=True, **kwargs)

    # What a client gets

    def pulls(self, *argv):
        """Reports whether a client can pull with what it finds."""
        bundle = str(self.world.simulator.ca.bundle)
        done = self.run(argv, env={"SSL_CERT_FILE": bundle, **self.env}, timeout=patience(60))
        print(*argv, done.returncode, done.stdout[-200:], done.stderr[-400:])
        return done.returncode == 0

    def docker_pulls(self, host=PRIVATE):
        return self.pulls(cli.present()[-1], "manifest", "inspect", f"{host}/{IMAGE}")

    def podman_pulls(self, host=PRIVATE):
        store = self.user.home / "scratch"
        try:
            return self.pulls("podman", "--root", f"{store}/root", "--runroot", f"{store}/runroot",
                              "--storage-driver", "vfs", "pull", f"{host}/{IMAGE}")
        finally:
            shutil.rmtree(store, ignore_errors=True)

    # The check

    def check(self, *arguments):
        done = self.run(self.refresher.command("check", *arguments),
                        env={**self.refresher.environment(), **self.env}, timeout=patience(60))
        print(done.stdout, done.stderr)
        assert FOREIGN not in done.stdout
        return done

    def finding(self, code, *arguments):
        """The lines of the one finding with this code, which fails the check."""
        done = self.check(*arguments)
        assert done.returncode == 1
        found = [block for block in blocks(done.stdout) if block[-1] == f"see README#{code}"]
        assert len(found) == 1, f"{len(found)} findings {code}"
        return found[0]

    def is_good(self):
        return self.check().returncode == 0

    def do(self, finding):
        """Types the commands of a finding."""
        commands = [line.removeprefix("type: ") for line in finding if line.startswith("type: ")]
        assert commands
        for command in commands:
            argv = shlex.split(command)
            if argv[0] == "ecr-refresher":
                argv[0] = self.refresher.program
            if argv[0] == "unset":
                self.env.pop(argv[1])
                continue
            done = self.user.run(argv, env={**self.refresher.environment(), **self.env})
            assert done.returncode == 0, done.stderr

    # Files

    def change(self, name, change):
        config = self.refresher.read(name)
        change(config)
        self.user.write(name, json.dumps(config))

    def write_runtime(self, text):
        path = self.user.runtime_dir / RUNTIME
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        for one in (path.parent, path):
            os.chown(one, self.user.uid, self.user.gid)
        return path


def blocks(text):
    """Each finding as a list of its lines."""
    found = []
    for line in text.splitlines():
        if line.startswith("      "):
            found[-1].append(line.strip())
        else:
            found.append([line])
    return found


@pytest.fixture
def doctor(refreshed, world, user):
    yield Doctor(refreshed, world, user)
    shutil.rmtree(user.runtime_dir / "containers", ignore_errors=True)
    for name in (DOCKER, f"{DOCKER}.old", CONTAINERS, "elsewhere/config.json"):
        path = user.home / name
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        if path.parent.exists():
            path.parent.chmod(0o700)
            os.chown(path.parent, user.uid, user.gid)


def auths(config):
    return config["auths"]


def test_everything_is_good(doctor):
    done = doctor.check()
    assert done.returncode == 0
    for client, file in (("docker and Watchtower", DOCKER), ("podman", CONTAINERS)):
        assert re.search(rf"^ok .*: {client} finds? all entries in .*{re.escape(file)}$",
                         done.stdout, re.M)
    assert doctor.docker_pulls() and doctor.podman_pulls()


HELPER = """#!/bin/sh
cat >/dev/null
echo 'credentials not found in native keychain'
exit 1
"""


@pytest.fixture
def helper(doctor):
    """A credential helper without credentials, like that of a desktop's keychain."""
    doctor.user.write("bin/docker-credential-keychain", HELPER, mode=0o700)
    doctor.env["PATH"] = f"{doctor.user.home}/bin:{doctor.user.environment()['PATH']}"
    return "keychain"


def test_credhelpers_hide(doctor, helper):
    doctor.change(DOCKER, lambda c: c.update(credHelpers={PRIVATE: helper}))
    assert not doctor.docker_pulls()
    finding = doctor.finding("credhelpers-hide")
    assert "docker" in finding[0] and PRIVATE in finding[0]
    assert any(f'"{PRIVATE}": "{helper}"' in line and "credHelpers" in line for line in finding)
    doctor.change(DOCKER, lambda c: c["credHelpers"].pop(PRIVATE))
    assert doctor.docker_pulls() and doctor.is_good()


def test_credsstore_hides(doctor, helper):
    doctor.change(DOCKER, lambda c: c.update(credsStore=helper))
    assert not doctor.docker_pulls()
    finding = doctor.finding("credsstore-hides")
    assert "docker" in finding[0]
    doctor.change(DOCKER, lambda c: c.pop("credsStore"))
    assert doctor.docker_pulls() and doctor.is_good()


def test_our_helper_with_a_store(doctor, helper):
    """The alternative that the finding names."""
    doctor.change(DOCKER, lambda c: c.update(credsStore=helper, credHelpers={
        PRIVATE: "ecr-refresher", PUBLIC: "ecr-refresher"}))
    doctor.env["PATH"] = f"{doctor.refresher.program.parent}:{doctor.env['PATH']}"
    assert doctor.docker_pulls() and doctor.is_good()


def test_credential_helpers_of_podman(doctor, helper):
    conf = ".config/containers/registries.conf"
    doctor.user.write(conf, f'credential-helpers = ["{helper}"]\n')
    try:
        assert not doctor.podman_pulls()
        finding = doctor.finding("credential-helpers")
        assert any(conf in line for line in finding)
        doctor.user.write(conf, f'credential-helpers = ["containers-auth.json", "{helper}"]\n')
        assert doctor.podman_pulls() and doctor.is_good()
    finally:
        (doctor.user.home / conf).unlink()


def test_helper_missing(doctor):
    """docker pull falls back to the file, podman does not."""
    doctor.user.run(["rm", CONTAINERS])
    doctor.change(DOCKER, lambda c: c.update(credHelpers={PRIVATE: "not-here"}))
    assert doctor.docker_pulls() and not doctor.podman_pulls()
    finding = doctor.finding("helper-missing")
    assert "docker-credential-not-here" in finding[0]
    doctor.change(DOCKER, lambda c: c["credHelpers"].pop(PRIVATE))
    assert doctor.podman_pulls()


def test_empty_helper(doctor):
    """docker takes "" for the file; podman runs a program without a name."""
    doctor.user.run(["rm", CONTAINERS])
    doctor.change(DOCKER, lambda c: c.update(credHelpers={PRIVATE: ""}))
    assert doctor.docker_pulls() and not doctor.podman_pulls()
    doctor.finding("credhelpers-empty")
    doctor.change(DOCKER, lambda c: c["credHelpers"].pop(PRIVATE))
    assert doctor.podman_pulls()


def test_auth_json_shadows(doctor):
    doctor.write_runtime(json.dumps({"auths": {PRIVATE: {"auth": FOREIGN}}}))
    assert doctor.docker_pulls() and not doctor.podman_pulls()
    finding = doctor.finding("auth-json-shadows")
    doctor.do(finding)
    assert doctor.podman_pulls() and doctor.is_good()


def test_auth_json_broken(doctor):
    path = doctor.write_runtime('{"auths": {')
    assert not doctor.podman_pulls()
    finding = doctor.finding("auth-json-broken")
    assert any(str(path) in line for line in finding)
    doctor.do(finding)
    assert doctor.podman_pulls() and doctor.is_good()


def test_repository_key(doctor):
    key = f"{PRIVATE}/demo"
    doctor.change(CONTAINERS, lambda c: auths(c).update({key: {"auth": FOREIGN}}))
    assert not doctor.podman_pulls()
    finding = doctor.finding("repository-key")
    assert key in finding[0]
    doctor.do(finding)
    assert doctor.podman_pulls() and doctor.is_good()


def test_twin_key(doctor):
    """docker uses it if the entry itself is missing."""
    def only_a_twin(config):
        auths(config)[f"https://{PRIVATE}/v2/"] = {"auth": FOREIGN}
        auths(config).pop(PRIVATE)
    doctor.change(DOCKER, only_a_twin)
    assert not doctor.docker_pulls()
    doctor.do(doctor.finding("twin-key"))
    assert doctor.docker_pulls() and doctor.is_good()


@pytest.mark.parametrize("file, pulls", [(DOCKER, Doctor.docker_pulls),
                                         (CONTAINERS, Doctor.podman_pulls)],
                         ids=["docker", "podman"])
def test_entry_replaced(doctor, file, pulls):
    doctor.change(file, lambda c: auths(c).update({PRIVATE: {"auth": FOREIGN}}))
    assert not pulls(doctor)
    doctor.do(doctor.finding("entry-replaced"))
    assert pulls(doctor) and doctor.is_good()


def test_entry_old(doctor):
    old = doctor.refresher.read(DOCKER)
    record = (doctor.user.home / ".local/state/ecr-refresher/written.json").read_bytes()
    doctor.refresher.refresh("--force")
    doctor.user.write(DOCKER, json.dumps(old))
    doctor.user.write(".local/state/ecr-refresher/written.json", record)
    assert not doctor.docker_pulls()
    finding = doctor.check().stdout
    assert finding.count("README#entry-old") == 2  # one for each registry
    doctor.refresher.refresh()
    assert doctor.docker_pulls() and doctor.is_good()


def test_entry_missing(doctor):
    assert doctor.user.run([cli.present()[-1], "logout", PRIVATE]).returncode == 0
    assert not doctor.docker_pulls()
    doctor.do(doctor.finding("entry-missing"))
    assert doctor.docker_pulls() and doctor.is_good()


def test_identity_token(doctor):
    """Clients only send it to registries with Bearer tokens, unlike these."""
    doctor.change(DOCKER, lambda c: auths(c)[PRIVATE].update(identitytoken="stale"))
    doctor.do(doctor.finding("identity-token"))
    assert doctor.docker_pulls() and doctor.is_good()


@contextlib.contextmanager
def without_host(world, host):
    """Frees the name for another server."""
    world.netns.remove_hosts(host)
    try:
        yield
    finally:
        world.netns.remove_hosts(host)
        world.netns.add_hosts(world.registry(host).address, host)


@pytest.fixture
def bearer(world):
    """A registry with Bearer tokens, under the private one's name and with its passwords."""
    address, port = "198.51.100.28", "5001"
    ca, htpasswd = world.simulator.ca, world.private.htpasswd
    world.netns.add_address(address)
    server = world.netns.popen([sys.executable, token_server.PROGRAM, address, port, htpasswd,
                                *ca.issue("token server")], stdout=subprocess.PIPE, text=True)
    assert is_ready(server)
    auth = token_server.auth_of(address, port, ca)
    with without_host(world, PRIVATE), \
            Registry(world.netns, ca, None, [PRIVATE], "198.51.100.27", auth=auth):
        yield
    end(server)


def test_identity_token_of_a_bearer_registry(doctor, bearer):
    """There it hides the entry."""
    doctor.user.run(["rm", CONTAINERS])  # then podman reads docker's file
    assert doctor.docker_pulls() and doctor.podman_pulls()
    doctor.change(DOCKER, lambda c: auths(c)[PRIVATE].update(identitytoken="stale"))
    assert not doctor.docker_pulls() and not doctor.podman_pulls()
    doctor.do(doctor.finding("identity-token"))
    assert doctor.docker_pulls() and doctor.podman_pulls() and doctor.is_good()


def test_entry_malformed(doctor):
    """It makes docker lose other entries, at random."""
    doctor.change(DOCKER, lambda c: auths(c).update({"bad.example.com": {"auth": "xx"}}))
    finding = doctor.finding("entry-malformed")
    assert any('"bad.example.com"' in line for line in finding)
    assert not all(doctor.docker_pulls() for _ in range(24))
    doctor.change(DOCKER, lambda c: auths(c).pop("bad.example.com"))
    assert doctor.docker_pulls() and doctor.is_good()


def test_file_missing(doctor):
    doctor.user.run(["rm", DOCKER])
    assert not doctor.docker_pulls()
    doctor.do(doctor.finding("file-missing"))
    assert doctor.docker_pulls() and doctor.is_good()


def test_file_broken(doctor):
    doctor.user.write(DOCKER, '{\n"auths": {},\noops\n}')
    assert not doctor.docker_pulls()
    finding = doctor.finding("file-broken")
    assert any("line 3" in line for line in finding)
    doctor.do(finding)
    assert doctor.docker_pulls() and doctor.is_good()


def test_file_unreadable(doctor):
    path = doctor.user.home / DOCKER
    os.chown(path, 0, 0)
    path.chmod(0o600)
    assert not doctor.docker_pulls()
    doctor.do(doctor.finding("file-unreadable"))
    assert doctor.docker_pulls() and doctor.is_good()


def test_file_is_a_directory(doctor):
    """docker creates one if a container mounts a file that does not exist."""
    doctor.user.run(["sh", "-c", f"rm {DOCKER} && mkdir {DOCKER}"])
    assert not doctor.docker_pulls()
    finding = doctor.finding("file-unreadable")
    assert any("directory" in line for line in finding)
    doctor.do(finding)
    (doctor.user.home / f"{DOCKER}.old").rmdir()
    assert doctor.docker_pulls() and doctor.is_good()


def test_file_unwritable(doctor):
    """The entry is valid now, and will not be renewed."""
    directory = (doctor.user.home / DOCKER).parent
    os.chown(directory, 0, 0)
    directory.chmod(0o755)
    doctor.finding("file-unwritable")
    os.chown(directory, doctor.user.uid, doctor.user.gid)
    doctor.refresher.refresh("--force")
    assert doctor.docker_pulls() and doctor.is_good()


def test_docker_config(doctor):
    doctor.user.write("elsewhere/config.json", ELSEWHERE)
    doctor.env["DOCKER_CONFIG"] = str(doctor.user.home / "elsewhere")
    assert not doctor.docker_pulls() and not doctor.podman_pulls()
    done = doctor.check()
    assert done.stdout.count("README#docker-config") == 2  # docker's, and podman's
    doctor.do(next(b for b in blocks(done.stdout) if b[-1] == "see README#docker-config"))
    assert doctor.docker_pulls() and doctor.podman_pulls() and doctor.is_good()


def test_registry_auth_file(doctor):
    path = doctor.user.write("elsewhere/config.json", ELSEWHERE)
    doctor.env["REGISTRY_AUTH_FILE"] = str(path)
    assert not doctor.podman_pulls()
    doctor.do(doctor.finding("registry-auth-file"))
    assert doctor.podman_pulls() and doctor.is_good()


def test_docker_auth_config(doctor):
    """docker reads it from 28.3 on; with an older one, only the finding can be tested."""
    doctor.env["DOCKER_AUTH_CONFIG"] = json.dumps({"auths": {PRIVATE: {"auth": FOREIGN}}})
    doctor.do(doctor.finding("docker-auth-config"))
    assert doctor.docker_pulls() and doctor.is_good()


def docker_version():
    text = subprocess.run([cli.present()[-1], "--version"], capture_output=True, text=True).stdout
    return tuple(int(part) for part in re.search(r"(\d+)\.(\d+)", text).groups())


def test_docker_auth_config_hides(doctor):
    if docker_version() < (28, 3):
        pytest.skip("docker reads DOCKER_AUTH_CONFIG from 28.3 on; this one is "
                    + ".".join(map(str, docker_version())))
    doctor.env["DOCKER_AUTH_CONFIG"] = json.dumps({"auths": {PRIVATE: {"auth": FOREIGN}}})
    assert not doctor.docker_pulls()
    doctor.do(doctor.finding("docker-auth-config"))
    assert doctor.docker_pulls() and doctor.is_good()


def test_user_timeout(doctor, world, user):
    """tests/host/test_check.py tests that other users are checked anyway."""
    directory = (user.home / DOCKER).parent
    with deaf_mount(directory, popen=world.netns.popen) as doctor.namespace:
        finding = doctor.finding("user-timeout")
        assert user.name in finding[0] and "file system" in " ".join(finding)
        subprocess.run(["nsenter", f"--mount=/proc/{doctor.namespace}/ns/mnt", "umount", "--lazy",
                        directory], check=True)
        assert doctor.docker_pulls() and doctor.is_good()
    doctor.namespace = None


# A captive portal, or the error page of a proxy, as a client sees it.
PAGE_SERVER = """
import http.server, ssl, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503, "Sorry")
server = http.server.ThreadingHTTPServer((sys.argv[1], 443), Page)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[3])
server.socket = context.wrap_socket(server.socket, server_side=True)
print("ready", flush=True)
server.serve_forever()
"""


@contextlib.contextmanager
def error_page_instead_of(world, host):
    address = "198.51.100.29"
    world.netns.add_address(address)
    certificate = world.simulator.ca.issue(host)
    server = world.netns.popen([sys.executable, "-c", PAGE_SERVER, address, *certificate],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert is_ready(server)
    with without_host(world, host):
        world.netns.add_hosts(address, host)
        yield
    end(server)


def test_registry_error(doctor, world):
    with error_page_instead_of(world, PRIVATE):
        assert not doctor.docker_pulls()
        finding = doctor.finding("registry-error", "--online")
        assert PRIVATE in finding[0]
        assert "HTTP 503" in finding[1] and "proxy" in finding[1]
    doctor.refresher.refresh("--force")  # the check has fetched another token
    assert doctor.docker_pulls() and doctor.is_good()


def test_keys_expired(doctor, world):
    """Session keys in the environment."""
    key = {"id": "ASIAEXPIREDEXAMPLE00", "secret": "of-the-session", "token": "session",
           "account": ACCOUNT, "expires": time.time() - 60}
    world.simulator.keys([DEFAULT_KEY, key])
    session = {"AWS_ACCESS_KEY_ID": key["id"], "AWS_SECRET_ACCESS_KEY": key["secret"],
               "AWS_SESSION_TOKEN": key["token"]}
    try:
        doctor.env.update(session)
        done = doctor.check("--online")
        # The identity's, and one for each registry's API.
        assert done.stdout.count("README#keys-expired") == 3
        assert "keys" in done.stdout and "expired" in done.stdout
        renewed = doctor.user.run(doctor.refresher.command("refresh", "--force"),
                                  env={**doctor.refresher.environment(), **session})
        assert renewed.returncode == 1
        for name in session:
            doctor.env.pop(name)
        # The check reports the failure of the last run without a request.
        finding = doctor.check().stdout
        assert finding.count("README#keys-expired") == 2
        doctor.refresher.refresh("--force")
        assert doctor.docker_pulls() and doctor.is_good()
    finally:
        world.simulator.reset()


def test_online_tries_the_registries(doctor, world):
    done = doctor.check("--online")
    assert done.returncode == 0
    for host in (PRIVATE, PUBLIC):
        assert f"{host}: the registry accepts the token in use" in done.stdout
        assert f"{host}: AWS issues a token" in done.stdout
    # The simulator's registries accept only the latest token, which is another one now.
    refused = doctor.check("--online")
    assert refused.returncode == 1
    finding = next(b for b in blocks(refused.stdout) if b[-1] == "see README#token-refused")
    assert "401" in finding[1]
    doctor.do(finding)
    assert doctor.docker_pulls() and doctor.is_good()
