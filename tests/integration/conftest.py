# SPDX-License-Identifier: Apache-2.0
"""One namespace, simulator and ordinary user per module, or a host with two of them; a clean start
for each test."""

import json
import os
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

import pytest

from lib.account import Account
from lib.host_service import HostService
from lib.netns import NetNS
from lib.patience import patience
from lib.programs import installed
from lib.simulator import ACCESS_KEY_ID, SECRET_ACCESS_KEY, Simulator

HTTP_PORT = 8080
PROGRAMS = {"ecr-fetch": "libexec/ecr-refresher", "ecr-publish": "libexec/ecr-refresher",
            "ecr-refresher": "bin"}
RUN_LIMIT = patience(60)  # seconds: a hanging program fails its test, not the whole run


def pytest_collection_modifyitems(items):
    for item in items if os.geteuid() != 0 else ():
        item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture(scope="session")
def prefix():
    """All programs, as they are installed."""
    with installed() as prefix:
        yield prefix


@pytest.fixture(scope="session")
def programs(request):
    """{name: path} of those out of meson's build directory ECR_REFRESHER_BUILD, or as they are
    installed."""
    build = os.environ.get("ECR_REFRESHER_BUILD")
    if not build:
        prefix = request.getfixturevalue("prefix")
        yield {name: prefix / directory / name for name, directory in PROGRAMS.items()}
        return
    # Copies, because the user cannot look into every source tree; and of what ecr-fetch and
    # ecr-publish become, because they look for that where it is installed.
    with tempfile.TemporaryDirectory(prefix="ecr-test-program-") as directory:
        os.chmod(directory, 0o755)
        built = {path.name: path for path in (Path(build) / "src").glob("network/ecr-*")}
        yield {name: Path(shutil.copy(built.get(name, Path(build) / "src" / name), directory))
               for name in PROGRAMS}


@pytest.fixture(scope="session")
def program(programs):
    return programs["ecr-fetch"]


@pytest.fixture(scope="session")
def publisher(programs):
    return programs["ecr-publish"]


@pytest.fixture(scope="session")
def refresher_program(programs):
    return programs["ecr-refresher"]


@pytest.fixture(scope="module")
def net():
    with NetNS("fetch") as net:
        yield net


@pytest.fixture(scope="module")
def shared_sim(net):
    with Simulator(net, http_port=HTTP_PORT) as sim:
        yield sim


@pytest.fixture(scope="module")
def user(net):
    with Account(net) as user:
        yield user


@pytest.fixture(scope="module")
def alice():
    """One of two users of the host's service."""
    with Account(None) as user:
        yield user


@pytest.fixture(scope="module")
def bob():
    with Account(None) as user:
        yield user


@pytest.fixture
def host(refresher_program, alice, bob):
    """The host's service, as it is before its first run; its users have nothing yet."""
    for user in (alice, bob):
        for name in (".docker", ".config"):
            shutil.rmtree(user.home / name, ignore_errors=True)
    with HostService(refresher_program) as host:
        yield host


@pytest.fixture
def sim(shared_sim):
    """The simulator, as at its start; in the end no request may have been odd."""
    shared_sim.reset()
    yield shared_sim
    state = shared_sim.state()
    shared_sim.reset()
    assert state["problems"] == []
    assert state["registry_ids"] == 0, "registryIds is deprecated and not to be sent"


@dataclass
class Result:
    """One run. log is its stderr."""

    code: int
    output: str
    log: str
    seconds: float

    def said(self, *patterns):
        """Whether one line of the log matches all of these, whatever their order and case."""
        return any(all(re.search(pattern, line, re.IGNORECASE) for pattern in patterns)
                   for line in self.log.splitlines())


class Fetch:
    """ecr-fetch as the user runs it."""

    def __init__(self, program, sim, user):
        self.program, self.sim, self.user = program, sim, user
        self.directory = user.runtime_dir / "ecr-refresher"
        self.state = self.directory / "tokens.json"
        self.config = None
        self.secrets = {SECRET_ACCESS_KEY}
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(user.home / ".aws", ignore_errors=True)

    # What it is given

    def configure(self, *registries, more=""):
        """An ini with these registries for the user, and other sections."""
        lines = "".join(f"        {host}\n" for host in registries)
        text = f"{more}\n[user {self.user.name}]\nregistries =\n{lines}" if registries else more
        self.config = self.user.write(".config/ecr-refresher.ini", text)
        return self.config

    def aws_file(self, name, text):
        """~/.aws/NAME"""
        return self.user.write(f".aws/{name}", text)

    def environment(self, env=None):
        """The simulator's, changed by env; None takes a variable out."""
        merged = {**self.sim.environment(), **(env or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def command(self, *arguments):
        return [self.program, "--config", self.config, *arguments]

    # Running it

    def __call__(self, *arguments, env=None):
        started = time.monotonic()
        done = self.user.run(self.command(*arguments), env=self.environment(env),
                             timeout=RUN_LIMIT)
        result = Result(done.returncode, done.stdout, done.stderr, time.monotonic() - started)
        print(result.log, end="")  # pytest shows it where the test fails
        self._check_secrets(result)
        return result

    def ok(self, *arguments, env=None):
        """Runs it and expects all to be well."""
        result = self(*arguments, env=env)
        assert result.code == 0, result.log
        return result

    def start(self, *arguments, env=None, **kwargs):
        return self.user.popen(self.command(*arguments), env=self.environment(env), **kwargs)

    # What it leaves

    @property
    def tokens(self):
        """The list in the state file."""
        data = json.loads(self.state.read_text())
        assert data["version"] == 1
        return data["tokens"]

    @property
    def token(self):
        """The only one in it."""
        [token] = self.tokens
        return token

    @property
    def failure(self):
        return self.token["failure"]

    def token_of(self, region, service="ecr"):
        [token] = [t for t in self.tokens if (t["service"], t.get("region")) == (service, region)]
        return token

    def age(self, hours, life=12):
        """Makes the tokens in the state so old."""
        data = json.loads(self.state.read_text())
        now = time.time()
        for token in data["tokens"]:
            token["fetched_at"] = timestamp(now - hours * 3600)
            token["expires_at"] = timestamp(now + (life - hours) * 3600)
        self.write_state(json.dumps(data))

    def write_state(self, text):
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.state.write_text(text)
        self.state.chmod(0o600)
        for path in (self.directory, self.state):
            os.chown(path, self.user.uid, self.user.gid)

    def _check_secrets(self, result):
        """No run may show a secret, and the state holds no other than the tokens."""
        told = result.output + result.log
        is_file = self.state.is_file() and self.state.stat().st_size < 1 << 24
        state = self.state.read_text(errors="replace") if is_file else ""
        for secret in self.secrets:
            assert secret not in told and secret not in state
        for authorization in re.findall(r'"authorization":"([^"]{40,})"', state):
            assert authorization[:40] not in told


@pytest.fixture
def fetch(program, sim, user):
    return Fetch(program, sim, user)


def timestamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def keys(id=ACCESS_KEY_ID, secret=SECRET_ACCESS_KEY, token=None):
    """The properties of a profile, as in ~/.aws/credentials."""
    lines = [f"aws_access_key_id = {id}", f"aws_secret_access_key = {secret}"]
    return "\n".join(lines + ([f"aws_session_token = {token}"] if token else [])) + "\n"
