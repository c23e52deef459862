# SPDX-License-Identifier: Apache-2.0
"""The clients ask docker-credential-ecr-refresher for each pull: the user has no service, no ini and
no entry, but an AWS identity in the environment.

docker reads credsStore and credHelpers in config.json. podman, skopeo and buildah read credHelpers,
there and in auth.json, and credential-helpers in registries.conf, but not credsStore. nerdctl, which
Debian 12 does not have, reads docker's files, and asks for several names in its own order.
"""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass

import pytest

from clients import docker as cli
from clients.conftest import CONTAINERS, DOCKER, PRIVATE, PUBLIC
from lib.account import Account
from lib.dockerd import Dockerd
from lib.patience import patience
from lib.registry import IMAGE, Registry

HELPER = "docker-credential-ecr-refresher"
HOSTS = [PRIVATE, PUBLIC]
OPEN = "open.example.net"
STORE = ["--root", "{scratch}/root", "--runroot", "{scratch}/runroot", "--storage-driver", "vfs"]
REGISTRIES_CONF = ".config/containers/registries.conf"
BY_HOST = json.dumps({"credHelpers": dict.fromkeys(HOSTS, "ecr-refresher")})

# What makes a client ask the helper: a file and its text.
CREDS_STORE = (DOCKER, json.dumps({"credsStore": "ecr-refresher"}))
CRED_HELPERS = (DOCKER, BY_HOST)
AUTH_JSON = (CONTAINERS, BY_HOST)
DEFAULT_HELPER = (REGISTRIES_CONF, 'credential-helpers = ["ecr-refresher"]\n')
NAMES = {CREDS_STORE: "credsStore", CRED_HELPERS: "credHelpers", AUTH_JSON: "auth.json",
         DEFAULT_HELPER: "registries.conf"}

DOCKERS = {f"docker-{name}": [path, "manifest", "inspect", "{ref}"]
           for name, path in cli.DOCKERS.items()}
OTHERS = {
    "podman": ["podman", *STORE, "pull", "{ref}"],
    "skopeo": ["skopeo", "inspect", "docker://{ref}"],
    "buildah": ["buildah", *STORE, "pull", "--policy=always", "{ref}"],
}
ARGV = {**DOCKERS, **OTHERS}
CALLERS = [(client, setting) for clients, settings in (
    (DOCKERS, [CREDS_STORE, CRED_HELPERS]), (OTHERS, [CRED_HELPERS, AUTH_JSON, DEFAULT_HELPER]))
    for client in clients for setting in settings]
# One setting for each client, if all settings should behave the same.
ONCE = [(client, CREDS_STORE) for client in DOCKERS] + [(client, DEFAULT_HELPER)
                                                        for client in OTHERS]


def each(callers):
    return pytest.mark.parametrize("client, setting", callers, ids=[
        f"{client}-{NAMES[setting]}" for client, setting in callers])


@dataclass
class Result:
    code: int
    output: str  # stdout and stderr


class Caller:
    """A user whose clients find the helper in the PATH."""

    def __init__(self, user, world, programs, scratch):
        self.user, self.world, self.scratch = user, world, scratch
        self.simulator = world.simulator
        user.run(["mkdir", scratch])
        assert (programs / "bin" / HELPER).exists()
        bundle = str(self.simulator.ca.bundle)
        path = f"{programs}/bin:{user.environment()['PATH']}"
        self.env = {**self.simulator.environment(), "PATH": path, "SSL_CERT_FILE": bundle}

    def configure(self, setting):
        self.user.write(*setting)

    def run(self, argv, **kwargs):
        done = self.user.run(argv, env=self.env, timeout=patience(90), **kwargs)
        print(done.stdout, done.stderr)
        return Result(done.returncode, done.stdout + done.stderr)

    def pull(self, client, host):
        if not shutil.which(ARGV[client][0]):
            pytest.skip(f"{ARGV[client][0]} is not installed")
        names = {"ref": f"{host}/{IMAGE}", "scratch": self.scratch}
        return self.run([word.format(**names) for word in ARGV[client]])

    def helper(self, verb, text=""):
        return self.user.run([HELPER, verb], env=self.env, input=text, timeout=patience(60))

    def password(self, host):
        done = self.helper("get", host)
        assert done.returncode == 0, done.stdout
        return json.loads(done.stdout)["Secret"]

    def files(self):
        """The files in which clients keep passwords."""
        paths = [self.user.home / name for name in (DOCKER, CONTAINERS, REGISTRIES_CONF)]
        return {path: path.read_text() for path in paths if path.exists()}


@pytest.fixture(scope="module")
def stranger(world):
    with Account(world.netns) as user:
        yield user


@pytest.fixture
def caller(world, programs, stranger):
    world.simulator.reset()
    yield Caller(stranger, world, programs, stranger.home / "scratch")
    world.simulator.reset()
    # Files of a rootless store belong to ids that root may remove and the user may not.
    for path in stranger.home.iterdir():
        shutil.rmtree(path)


@pytest.fixture(scope="module")
def open_registry(world):
    """A registry outside ECR that allows anonymous pulls."""
    with Registry(world.netns, world.simulator.ca, None, [OPEN], "198.51.100.23") as registry:
        yield registry


def pulled(registry):
    return any(path.endswith("/manifests/latest") and status == 200
               for _, path, status, _ in registry.requests())


# Pulls


@pytest.mark.parametrize("host", HOSTS)
@each(CALLERS)
def test_pull(client, setting, host, caller, world):
    caller.configure(setting)
    before = caller.files()
    registry = world.registry(host)
    registry.forget_requests()

    first = caller.pull(client, host)
    assert first.code == 0, first.output
    assert pulled(registry)
    assert caller.simulator.state()["requests"] == 1

    assert caller.pull(client, host).code == 0
    assert caller.simulator.state()["requests"] == 1, "the token was not cached"
    assert caller.files() == before


@each(ONCE)
def test_check_reports_the_helper(client, setting, caller):
    """Pulls work with the helper alone, so the check must succeed."""
    caller.configure(setting)
    assert caller.pull(client, PRIVATE).code == 0
    found = caller.run(["ecr-refresher", "check", "--online"])
    assert found.code == 0, found.output
    assert f"{'podman' if client in OTHERS else 'docker'} asks {HELPER}" in found.output
    assert f"{PRIVATE}: the registry accepts the token" in found.output


@each(ONCE)
def test_no_pull_without_the_helper(client, setting, caller, world):
    """The other tests depend on it."""
    assert caller.pull(client, PRIVATE).code != 0
    assert caller.simulator.state()["requests"] == 0


@pytest.mark.parametrize("client", OTHERS)
def test_only_docker_reads_creds_store(client, caller):
    caller.configure(CREDS_STORE)
    assert caller.pull(client, PRIVATE).code != 0
    assert caller.simulator.state()["requests"] == 0


@each(CALLERS)
def test_anonymous_pull_from_a_foreign_registry(client, setting, caller, open_registry):
    caller.configure(setting)
    open_registry.forget_requests()
    result = caller.pull(client, OPEN)
    assert result.code == 0, result.output
    assert pulled(open_registry)
    assert caller.simulator.state()["requests"] == 0


@each(ONCE)
def test_expired_token_is_not_used(client, setting, caller):
    caller.simulator.life(3)
    caller.configure(setting)
    assert caller.pull(client, PRIVATE).code == 0
    requests = caller.simulator.state()["requests"]  # a slow client asks again before it is done
    assert caller.user.run(["sleep", "3"]).returncode == 0
    caller.simulator.life(43200)
    assert caller.pull(client, PRIVATE).code == 0
    assert caller.simulator.state()["requests"] == requests + 1


# Failures


@each(CALLERS)
def test_client_shows_the_reason(client, setting, caller):
    caller.configure(setting)
    caller.simulator.fault("access_denied")
    result = caller.pull(client, PRIVATE)
    assert result.code != 0
    assert "AccessDeniedException" in result.output
    assert "ecr:GetAuthorizationToken" in result.output
    assert "not found in native keychain" not in result.output


@each(CALLERS)
def test_failure_does_not_stop_a_pull_from_ecr_public(client, setting, caller, world):
    """The real one allows anonymous pulls; here the registry refuses it, and not the helper."""
    caller.configure(setting)
    caller.simulator.fault("access_denied")
    world.public.forget_requests()
    result = caller.pull(client, PUBLIC)
    assert "ecr-public:GetAuthorizationToken" in result.output
    assert [status for _, _, status, _ in world.public.requests()][-1:] == [401]


@each(ONCE)
def test_no_identity(client, setting, caller):
    caller.configure(setting)
    del caller.env["AWS_ACCESS_KEY_ID"], caller.env["AWS_SECRET_ACCESS_KEY"]
    caller.env["AWS_EC2_METADATA_DISABLED"] = "true"
    result = caller.pull(client, PRIVATE)
    assert result.code != 0
    assert "AWS_ACCESS_KEY_ID" in result.output


# docker login, docker logout


@pytest.mark.parametrize("setting", [CREDS_STORE, CRED_HELPERS], ids=NAMES.get)
@pytest.mark.parametrize("docker", cli.present())
class TestDockerLogin:
    def test_with_the_password(self, docker, setting, caller):
        """Like scripts written for `aws ecr get-login-password`."""
        password = caller.password(PRIVATE)
        caller.configure(setting)
        result = caller.run(cli.login(docker, PRIVATE, "AWS"), input=password)
        assert (result.code, "Login Succeeded" in result.output) == (0, True), result.output
        assert "stored unencrypted" not in result.output
        assert password not in "".join(caller.files().values())
        assert caller.pull(_name(docker), PRIVATE).code == 0

    def test_logout_and_pull_again(self, docker, setting, caller):
        caller.configure(setting)
        assert caller.pull(_name(docker), PRIVATE).code == 0
        result = caller.run(cli.logout(docker, PRIVATE))
        assert (result.code, re.search("warn|error", result.output, re.IGNORECASE)) == (0, None)
        assert caller.pull(_name(docker), PRIVATE).code == 0

    def test_elsewhere(self, docker, setting, caller, other_registry):
        """With credsStore docker asks the helper to store it, which the helper refuses."""
        caller.configure(setting)
        host, password = other_registry.hosts[0], other_registry.password
        result = caller.run(cli.login(docker, host, other_registry.username), input=password)
        kept = json.loads((caller.user.home / DOCKER).read_text())
        if setting is CREDS_STORE:
            assert result.code != 0
            assert re.search("ecr-refresher.*only", result.output, re.IGNORECASE), result.output
            assert host in result.output and "credHelpers" in result.output
        else:
            assert result.code == 0, result.output
            assert kept["auths"][host]["auth"]
        assert password not in result.output


@pytest.fixture(scope="module")
def daemon(world, stranger):
    if not shutil.which("/usr/sbin/dockerd"):
        pytest.skip("dockerd is not installed (Debian package docker.io)")
    with Dockerd(world.netns, world.simulator.ca, HOSTS, gid=stranger.gid) as daemon:
        yield daemon


@pytest.mark.parametrize("setting", [CREDS_STORE, CRED_HELPERS], ids=NAMES.get)
@pytest.mark.parametrize("docker", cli.present())
@pytest.mark.parametrize("host", HOSTS)
def test_docker_pull_and_login_without_a_password(host, docker, setting, caller, daemon):
    """Both pass the helper's answer to the daemon."""
    caller.configure(setting)
    caller.env["DOCKER_HOST"] = daemon.url
    pulled_ = caller.run([docker, "pull", f"{host}/{IMAGE}"])
    assert pulled_.code == 0, pulled_.output
    assert caller.run([docker, "rmi", "--force", f"{host}/{IMAGE}"]).code == 0
    login = caller.run([docker, "login", host], stdin=subprocess.DEVNULL)
    assert (login.code, "Login Succeeded" in login.output) == (0, True), login.output
    assert caller.simulator.state()["requests"] == 1


def _name(docker):
    return next(f"docker-{name}" for name, path in cli.DOCKERS.items() if path == docker)


@pytest.mark.parametrize("client", OTHERS)
def test_login_of_other_clients(client, caller):
    password = caller.password(PRIVATE)
    caller.configure(AUTH_JSON)
    login = [client, "login", "--username", "AWS", "--password-stdin",
             "--authfile", caller.user.home / CONTAINERS, PRIVATE]
    result = caller.run(login, input=password)
    assert (result.code, "Login Succeeded" in result.output) == (0, True), result.output
    assert password not in "".join(caller.files().values())
    assert caller.pull(client, PRIVATE).code == 0


# Scripts


@pytest.mark.parametrize("host", HOSTS)
def test_curl_with_get_authorization(host, caller, world):
    url = f"https://{host}/v2/{IMAGE.replace(':', '/manifests/')}"
    script = f"ecr-refresher get-authorization {host} | curl --fail -sS -H @- {url}"
    caller.env["CURL_CA_BUNDLE"] = caller.env["SSL_CERT_FILE"]
    result = caller.run(["sh", "-c", script])
    assert (result.code, '"schemaVersion"' in result.output) == (0, True), result.output


@pytest.mark.parametrize("docker", cli.present())
def test_docker_login_with_get_login_password(docker, caller):
    login = " ".join(cli.login(docker, PRIVATE, "AWS"))
    result = caller.run(["sh", "-c", f"ecr-refresher get-login-password {PRIVATE} | {login}"])
    assert (result.code, "Login Succeeded" in result.output) == (0, True), result.output
    assert caller.pull(_name(docker), PRIVATE).code == 0


# nerdctl's rules


def nerdctl_asks(host):
    """The server URLs that it tries in order (pkg/imgutil/dockerconfigresolver)."""
    return [f"{prefix}{host}{port}" for port in (":443", "") for prefix in ("", "https://", "http://")]


@pytest.mark.parametrize("host", HOSTS)
def test_nerdctl_gets_an_answer_for_each_name(host, caller):
    answers = [caller.helper("get", url) for url in nerdctl_asks(host)]
    assert [answer.returncode for answer in answers] == [0] * 6
    assert len({json.loads(answer.stdout)["Secret"] for answer in answers}) == 1
    assert caller.simulator.state()["requests"] == 1
    for url, answer in zip(nerdctl_asks(host), answers):
        assert json.loads(answer.stdout)["ServerURL"] == url


@pytest.mark.parametrize("url", [
    "https://index.docker.io/v1/", "index.docker.io:443", "registry.example.com:5000",
    f"nerdctl-experimental://{OPEN}:443/host/mirror.example.com:443/v2/",
])
def test_nerdctl_foreign_registry(url, caller):
    answer = caller.helper("get", url)
    assert (answer.returncode, answer.stdout.strip()) == (
        1, "credentials not found in native keychain")
    assert caller.simulator.state()["requests"] == 0


def test_nerdctl_logs_in_and_out(caller):
    """It stores for HOST:443, and erases all names that it would try."""
    entry = {"ServerURL": f"{PRIVATE}:443", "Username": "AWS", "Secret": "x"}
    for verb, text in [("store", json.dumps(entry)),
                       *(("erase", url) for url in nerdctl_asks(PRIVATE))]:
        done = caller.helper(verb, text)
        assert (done.returncode, done.stdout) == (0, "")
