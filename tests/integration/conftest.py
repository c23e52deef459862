# SPDX-License-Identifier: Apache-2.0
"""One namespace, simulator and ordinary user per module, or a host with two users; a clean start for
each test."""

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
    """The prefix with all programs installed."""
    with installed() as prefix:
        yield prefix


@pytest.fixture(scope="session")
def programs(request):
    """{name: path} of the programs in meson's build directory ECR_REFRESHER_BUILD, or of the
    installed ones."""
    build = os.environ.get("ECR_REFRESHER_BUILD")
    if not build:
        prefix = request.getfixturevalue("prefix")
        yield {name: prefix / directory / name for name, directory in PROGRAMS.items()}
        return
    # Copies, because the user cannot read every source tree. Those of ecr-fetch and ecr-publish are
    # the programs with the network, because their launchers exec only an installed one.
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
    """The host's service before its first run; its users have no files yet."""
    for user in (alice, bob):
        for name in (".docker", ".config"):
            shutil.rmtree(user.home / name, ignore_errors=True)
    with HostService(refresher_program) as host:
        yield host


@pytest.fixture
def sim(shared_sim):
    """The simulator in its first state; checks at the end that every request was correct."""
    shared_sim.reset()
    yield shared_sim
    state = shared_sim.state()
    shared_sim.reset()
    assert state["problems"] == []
    assert state["registry_ids"] == 0, "registryIds is deprecated and must not be sent"


@dataclass
class Result:
    """One run. log is its stderr."""

    code: int
    output: str
    log: str
    seconds: float

    def logged(self, *patterns):
        """Reports whether one line of the log matches all patterns, in any order and case."""
        return any(all(re.search(pattern, line, re.IGNORECASE) for pattern in patterns)
                   for line in self.log.splitlines())


class Fetch:
    """Runs ecr-fetch as the user."""

    def __init__(self, program, sim, user):
        self.program, self.sim, self.user = program, sim, user
        self.directory = user.runtime_dir / "ecr-refresher"
        self.state = self.directory / "tokens.json"
        self.config = None
        self.secrets = {SECRET_ACCESS_KEY}
        shutil.rmtree(self.directory, ignore_errors=True)
        shutil.rmtree(user.home / ".aws", ignore_errors=True)

    # Configuration

    def configure(self, *registries, more=""):
        """Writes an ini with these registries for the user, and more sections."""
        lines = "".join(f"        {host}\n" for host in registries)
        text = f"{more}\n[user {self.user.name}]\nregistries =\n{lines}" if registries else more
        self.config = self.user.write(".config/ecr-refresher.ini", text)
        return self.config

    def aws_file(self, name, text):
        """Writes ~/.aws/NAME."""
        return self.user.write(f".aws/{name}", text)

    def environment(self, env=None):
        """Returns the simulator's environment, changed by env; None removes a variable."""
        merged = {**self.sim.environment(), **(env or {})}
        return {name: value for name, value in merged.items() if value is not None}

    def command(self, *arguments):
        return [self.program, "--config", self.config, *arguments]

    # Runs

    def __call__(self, *arguments, env=None):
        started = time.monotonic()
        done = self.user.run(self.command(*arguments), env=self.environment(env),
                             timeout=RUN_LIMIT)
        result = Result(done.returncode, done.stdout, done.stderr, time.monotonic() - started)
        print(result.log, end="")  # pytest shows it if the test fails
        self._check_secrets(result)
        return result

    def ok(self, *arguments, env=None):
        """Runs it, and checks that it succeeds."""
        result = self(*arguments, env=env)
        assert result.code == 0, result.log
        return result

    def start(self, *arguments, env=None, **kwargs):
        return self.user.popen(self.command(*arguments), env=self.environment(env), **kwargs)

    # State

    @property
    def tokens(self):
        """The tokens in the state file."""
        data = json.loads(self.state.read_text())
        assert data["version"] == 1
        return data["tokens"]

    @property
    def token(self):
        """The only token in the state file."""
        [token] = self.tokens
        return token

    @property
    def failure(self):
        return self.token["failure"]

    def token_of(self, region, service="ecr"):
        [token] = [t for t in self.tokens if (t["service"], t.get("region")) == (service, region)]
        return token

    def age(self, hours, life=12):
        """Changes the times in the state file, as if the tokens were fetched hours ago."""
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
        """Checks that a run shows no secret, and that the state has none except the tokens."""
        shown = result.output + result.log
        is_file = self.state.is_file() and self.state.stat().st_size < 1 << 24
        state = self.state.read_text(errors="replace") if is_file else ""
        for secret in self.secrets:
            assert secret not in shown and secret not in state
        for authorization in re.findall(r'"authorization":"([^"]{40,})"', state):
            assert authorization[:40] not in shown


@pytest.fixture
def fetch(program, sim, user):
    return Fetch(program, sim, user)


def timestamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def seconds(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def keys(id=ACCESS_KEY_ID, secret=SECRET_ACCESS_KEY, token=None):
    """Returns the properties of a profile, as in ~/.aws/credentials."""
    lines = [f"aws_access_key_id = {id}", f"aws_secret_access_key = {secret}"]
    return "\n".join(lines + ([f"aws_session_token = {token}"] if token else [])) + "\n"
