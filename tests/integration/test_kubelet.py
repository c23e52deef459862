# SPDX-License-Identifier: Apache-2.0
"""The plugin as kubelet runs it: a request on standard input, a reply on standard output, read as
strictly as kubelet reads it. The rules are those of the Kubernetes documentation: "Kubelet
CredentialProvider (v1)", "Configure a kubelet image credential provider", KEP-2133 and KEP-4412."""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from lib.journal import Journal
from lib.netns import end
from lib.patience import patience, wait_for
from lib.programs import SOURCE, installed
from lib.simulator import ACCESS_KEY_ID, ACCOUNT, SECRET_ACCESS_KEY

REGION = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGE = f"{REGISTRY}/team/app"
GROUP = "credentialprovider.kubelet.k8s.io"
NAME = "ecr-refresher-credential-provider"
ANNOTATION = "eks.amazonaws.com/ecr-role-arn"
TEAM_A = "arn:aws:iam::210987654321:role/team-a"
TEAM_B = "arn:aws:iam::111122223333:role/ecr/team-b"
TOKEN_A = "eyJhbGciOiJSUzI1NiJ9.teamApayload.teamAsignature"
TOKEN_B = "eyJhbGciOiJSUzI1NiJ9.teamBpayload.teamBsignature"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
LIMIT = patience(60)
DEADLINE = 10  # of the plugin


# kubelet's part


class Refused(AssertionError):
    """kubelet would not accept this reply."""


def _object(pairs):
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise Refused(f"strict decoding: duplicate fields in {names}")
    return dict(pairs)


def _only(what, value, names):
    if not isinstance(value, dict) or set(value) - names:
        raise Refused(f"strict decoding: unknown field in {what}: {set(value) - names}")


def go_duration(text):
    """A duration of Go's time.Duration in seconds."""
    match = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(\d+)s", text)
    if not match:
        raise Refused(f"cacheDuration: {text!r}")
    hours, minutes, seconds = (int(group or 0) for group in match.groups())
    return hours * 3600 + minutes * 60 + seconds


@dataclass
class Reply:
    auth: dict
    cached_seconds: int
    text: str

    @classmethod
    def decode(cls, text, api_version):
        data = json.loads(text, object_pairs_hook=_object)
        _only("the reply", data, {"apiVersion", "kind", "cacheKeyType", "cacheDuration", "auth"})
        if (data["apiVersion"], data["kind"]) != (api_version, "CredentialProviderResponse"):
            raise Refused(f"{data['apiVersion']} {data['kind']} for {api_version}")
        if data["cacheKeyType"] not in ("Image", "Registry", "Global"):
            raise Refused(data["cacheKeyType"])
        for entry in (data.get("auth") or {}).values():
            _only("auth", entry, {"username", "password"})
        return cls(data.get("auth") or {}, go_duration(data["cacheDuration"]), text)

    def for_image(self, image):
        """The (username, password) with which kubelet would pull the image, or None."""
        return next(((entry["username"], entry["password"])
                     for key, entry in sorted(self.auth.items(), reverse=True)
                     if _matches(key, image)), None)


def _matches(key, image):
    (host, _, path), (image_host, _, image_path) = key.partition("/"), image.partition("/")
    labels, image_labels = host.split("."), image_host.split(".")
    return (len(labels) == len(image_labels) and image_path.startswith(path)
            and all(re.fullmatch(".*".join(map(re.escape, one.split("*"))), other)
                    for one, other in zip(labels, image_labels)))


@dataclass
class Run:
    code: int
    output: str
    log: str
    seconds: float

    def failed_with(self, *patterns):
        """Whether there is no reply, and a line in kubelet's log matches all of these."""
        return self.code == 1 and self.output == "" and any(
            all(re.search(pattern, line, re.IGNORECASE) for pattern in patterns)
            for line in self.log.splitlines())


class Kubelet:
    """Runs the plugin in a directory of plugins, as any user may run a kubelet."""

    def __init__(self, prefix, sim, user, journal, plugins):
        self.sim, self.user, self.journal = sim, user, journal
        self.plugin = plugins / NAME
        self.plugin.symlink_to(prefix / "bin" / NAME)
        self.env = {}
        self.secrets = {SECRET_ACCESS_KEY, TOKEN_A, TOKEN_B}
        for name in ".aws", ".cache", ".config":
            shutil.rmtree(user.home / name, ignore_errors=True)
        shutil.rmtree(user.runtime_dir / "ecr-refresher", ignore_errors=True)

    def configure(self, text):
        self.user.write(".config/ecr-refresher.ini", text)

    def request(self, image=IMAGE, token=None, annotations=None, version="v1"):
        request = {"kind": "CredentialProviderRequest", "apiVersion": f"{GROUP}/{version}",
                   "image": image}
        if token is not None:
            request["serviceAccountToken"] = token
        if annotations is not None:
            request["serviceAccountAnnotations"] = annotations
        return json.dumps(request) + "\n"

    def command(self):
        user = (self.user.uid, self.user.gid)
        return self.journal.command(self.user.netns.command([self.plugin], user))

    def environment(self):
        env = {**self.user.environment(), **self.sim.environment(), **self.env}
        return {name: value for name, value in env.items() if value is not None}

    def popen(self, **kwargs):
        return subprocess.Popen(self.command(), env=self.environment(), cwd="/", **kwargs)

    def run(self, request, **kwargs):
        """request: the text, or bytes, on standard input."""
        if request is not None:
            kwargs["input"] = request if isinstance(request, bytes) else request.encode()
        started = time.monotonic()
        done = subprocess.run(self.command(), env=self.environment(), cwd="/", timeout=LIMIT,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kwargs)
        run = Run(done.returncode, done.stdout.decode(), done.stderr.decode(),
                  time.monotonic() - started)
        print(run.log, end="")
        for secret in self.secrets:
            assert secret not in run.output + run.log
        return run

    def ask(self, image=IMAGE, token=None, annotations=None, version="v1"):
        """Asks, and decodes the reply as kubelet does."""
        run = self.run(self.request(image, token, annotations, version))
        assert (run.code, run.log) == (0, "")
        return Reply.decode(run.output, f"{GROUP}/{version}")


@pytest.fixture(scope="session")
def prefix():
    with installed() as prefix:
        yield prefix


@pytest.fixture
def plugins(user):
    path = user.directory / "plugins"
    path.mkdir(mode=0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def kubelet(prefix, sim, user, plugins):
    with Journal() as journal:
        yield Kubelet(prefix, sim, user, journal, plugins)


@pytest.fixture
def teams(sim):
    """Two service accounts with a role each."""
    sim.service("sts", roles=[{"arn": TEAM_A, "subject": "a"}, {"arn": TEAM_B, "subject": "b"}],
                tokens=[{"token": TOKEN_A, "subject": "a"}, {"token": TOKEN_B, "subject": "b"}])


def issued(sim):
    return [token["sha256"] for token in sim.state()["issued"]]


def digest(credentials):
    username, password = credentials
    text = base64.b64encode(f"{username}:{password}".encode())
    return hashlib.sha256(text).hexdigest()


def failures(kubelet):
    """The plugin's failures in the journal."""
    catalog = (SOURCE / "src/base/events.h").read_text()
    message_id = re.search(r'PULL_FAILED, "([0-9a-f]{32})"', catalog)[1]
    return [entry for entry in kubelet.journal.entries() if entry.get("MESSAGE_ID") == message_id]


# The node pulls


@pytest.mark.parametrize("version", ["v1", "v1beta1", "v1alpha1"])
def test_reply_has_the_version_of_the_request(kubelet, sim, version):
    reply = kubelet.ask(version=version)
    assert list(reply.auth) == [REGISTRY]
    assert reply.for_image(IMAGE)[0] == "AWS"
    assert issued(sim) == [digest(reply.for_image(IMAGE))]
    assert '"cacheKeyType":"Registry"' in reply.text


@pytest.mark.parametrize("life, most", [(12 * 3600, 6 * 3600), (3600, 1800), (90, 45)])
def test_half_of_the_remaining_life(kubelet, sim, life, most):
    sim.life(life)
    assert most - 20 < kubelet.ask().cached_seconds <= most


@pytest.mark.parametrize("of_the_service", [False, True])
def test_token_fetched_in_the_future_is_not_used(kubelet, prefix, sim, user, of_the_service):
    state = user.runtime_dir / "ecr-refresher/tokens.json"
    if of_the_service:
        kubelet.configure(f"[user {user.name}]\nregistries = {IMAGE.split('/')[0]}\n")
        done = user.run([prefix / "bin/ecr-refresher", "refresh"], env=kubelet.environment())
        assert done.returncode == 0, done.stderr
    else:
        kubelet.ask()
        [state] = (user.home / ".cache/ecr-refresher").glob("*.json")
    data = json.loads(state.read_text())
    for token in data["tokens"]:
        token.update(fetched_at="2098-01-01T00:00:00Z", expires_at="2098-01-01T12:00:00Z")
    state.write_text(json.dumps(data))
    before = sim.state()["requests"]
    assert kubelet.ask().cached_seconds <= 6 * 3600
    assert sim.state()["requests"] == before + 1


def test_one_reply_serves_the_registry(kubelet):
    reply = kubelet.ask(f"{REGISTRY}/one:1.0")
    for image in f"{REGISTRY}/two", f"{REGISTRY}/team/three":
        assert reply.for_image(image) == reply.for_image(f"{REGISTRY}/one")
    assert reply.for_image("docker.io/library/nginx") is None


@pytest.mark.parametrize("image", [
    f"{REGISTRY}/app:1.0",
    f"{REGISTRY}/app@sha256:{'0' * 64}",
    f"{REGISTRY}/app:1.0@sha256:{'0' * 64}",
    f"{REGISTRY}/a/b/c/d",
    f"{REGISTRY}:443/app",
    f"{ACCOUNT}.DKR.ecr.{REGION}.amazonaws.com/app",
    f"210987654321.dkr.ecr.{REGION}.amazonaws.com/app",
    f"{ACCOUNT}.dkr.ecr-fips.us-west-2.amazonaws.com/app",
    f"{ACCOUNT}.dkr-ecr.us-west-2.on.aws/app",
    f"{ACCOUNT}.dkr-ecr-fips.us-gov-east-1.on.aws/app",
    f"{ACCOUNT}.dkr.ecr.cn-north-1.amazonaws.com.cn/app",
    f"{ACCOUNT}.dkr.ecr.us-iso-east-1.c2s.ic.gov/app",
    f"{ACCOUNT}.dkr.ecr.eusc-de-east-1.amazonaws.eu/app",
    "public.ecr.aws/docker/library/busybox",
    "ecr-public.aws.com/docker/library/busybox",
])
def test_reply_matches_the_image(kubelet, sim, image):
    reply = kubelet.ask(image)
    assert issued(sim) == [digest(reply.for_image(image))]
    assert len(reply.auth) == 1


@pytest.mark.parametrize("image", [
    # The examples of the documentation.
    "gcr.io/project/app", "myregistry.azurecr.io/app", "a.b.registry.io/app",
    "registry.io:8080/path/app", "app.k8s.io/app", "123456789.dkr.ecr.us-east-1.amazonaws.com/app",
    # Docker Hub, with and without its name.
    "nginx", "nginx:1.25", "library/nginx", "docker.io/library/nginx:latest",
    "localhost/app", "localhost:5000/app", "192.0.2.1:5000/app", "[2001:db8::1]:5000/app",
    # Names that only resemble ECR's.
    f"{REGISTRY}.example.com/app", f"example.com/{REGISTRY}/app", f"x.{REGISTRY}/app",
    "public.ecr.aws.example.com/app", f"{REGISTRY}@example.com/app",
])
def test_foreign_images_get_nothing(kubelet, sim, image):
    reply = kubelet.ask(image)
    assert (reply.auth, reply.cached_seconds) == ({}, 0)
    assert sim.state()["requests"] == 0
    assert failures(kubelet) == []


def test_second_image_needs_no_request(kubelet, sim):
    first = kubelet.ask(f"{REGISTRY}/one")
    second = kubelet.ask(f"{REGISTRY}/two")
    assert first.auth == second.auth
    assert sim.state()["requests"] == 1


def test_registry_section(kubelet, sim):
    image = "ecr.example.com/app"
    assert kubelet.ask(image).auth == {}
    kubelet.configure(f"[registry ecr.example.com]\nregion = {REGION}\n")
    assert issued(sim) + [digest(kubelet.ask(image).for_image(image))] == issued(sim)


def test_only_the_reply_is_written(kubelet):
    run = kubelet.run(kubelet.request())
    assert run.output.count("\n") == 1 and run.output.endswith("}\n")
    assert kubelet.journal.entries() == []


# The pod's service account pulls


def test_service_account_role(kubelet, sim, teams):
    kubelet.env = NO_KEYS
    for token, role in (TOKEN_A, TEAM_A), (TOKEN_B, TEAM_B):
        reply = kubelet.ask(token=token, annotations={ANNOTATION: role})
        [*_, last] = sim.state()["issued"]
        assert last["sha256"] == digest(reply.for_image(IMAGE))
        assert last["account"] == role.split(":")[4]
    assert sim.state()["by_operation"] == {"AssumeRoleWithWebIdentity": 2,
                                           "GetAuthorizationToken": 2}


def test_service_account_role_for_ecr_public(kubelet, sim, teams):
    kubelet.env = NO_KEYS
    image = "public.ecr.aws/team/app"
    reply = kubelet.ask(image, TOKEN_A, {ANNOTATION: TEAM_A})
    assert issued(sim) == [digest(reply.for_image(image))]


def test_role_precedes_the_identity_of_the_node(kubelet, sim, teams):
    """The node has keys in the environment, and a profile in the ini."""
    kubelet.configure("[aws]\nprofile = node\n")
    kubelet.user.write(".aws/credentials", "[node]\naws_access_key_id = AKIANODE\n"
                       "aws_secret_access_key = nodeSecret\n")
    kubelet.ask(token=TOKEN_A, annotations={ANNOTATION: TEAM_A})
    assert [token["account"] for token in sim.state()["issued"]] == [TEAM_A.split(":")[4]]


def test_tokens_of_roles_are_not_cached(kubelet, sim, teams):
    """A pod never gets the node's cached token, nor the node a pod's."""
    node = kubelet.ask()
    pod = kubelet.ask(token=TOKEN_A, annotations={ANNOTATION: TEAM_A})
    again = kubelet.ask(token=TOKEN_A, annotations={ANNOTATION: TEAM_A})
    assert len({digest(reply.for_image(IMAGE)) for reply in (node, pod, again)}) == 3
    assert pod.cached_seconds > 0
    assert kubelet.ask().auth == node.auth
    kept = [path for path in kubelet.user.home.rglob("*") if path.is_file()]
    for path in kept:
        assert digest(pod.for_image(IMAGE)) not in map(_digest_of, _authorizations(path))


def _authorizations(path):
    return re.findall(r'"authorization":"([^"]+)"', path.read_text(errors="replace"))


def _digest_of(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_without_the_annotation_the_node_pulls(kubelet, sim, teams):
    reply = kubelet.ask(token=TOKEN_A, annotations={})
    assert kubelet.ask(token=TOKEN_B, annotations={"example.com/other": "x"}).auth == reply.auth
    [token] = sim.state()["issued"]
    assert token["access_key_id"] == ACCESS_KEY_ID


def test_default_role_for_service_accounts(kubelet, sim, teams):
    kubelet.env = {"AWS_ECR_ROLE_ARN": TEAM_A}
    kubelet.ask(token=TOKEN_A, annotations={})
    kubelet.ask(token=TOKEN_B, annotations={ANNOTATION: TEAM_B})
    kubelet.ask()  # no service account at all: a static pod
    assert [token["account"] for token in sim.state()["issued"]] == [
        TEAM_A.split(":")[4], TEAM_B.split(":")[4], ACCOUNT]


def test_role_without_a_token_is_refused(kubelet, sim):
    run = kubelet.run(kubelet.request(annotations={ANNOTATION: TEAM_A}))
    assert run.failed_with(TEAM_A, "token", "tokenAttributes.serviceAccountTokenAudience")
    assert sim.state()["requests"] == 0


@pytest.mark.parametrize("role", ["team-a", "arn:aws:iam::210987654321:user/team-a",
                                  TEAM_A + "\n[aws]\ncredential_process = touch /tmp/x"])
def test_invalid_role(kubelet, sim, role):
    run = kubelet.run(kubelet.request(token=TOKEN_A, annotations={ANNOTATION: role}))
    assert run.failed_with(ANNOTATION, "arn:aws:iam::ACCOUNT:role/NAME")
    assert sim.state()["requests"] == 0


def test_service_account_with_a_foreign_image(kubelet, sim, teams):
    assert kubelet.ask("quay.io/app", TOKEN_A, {ANNOTATION: TEAM_A}).auth == {}
    assert sim.state()["requests"] == 0


@pytest.mark.parametrize("sts, message", [
    ({"tokens": [{"token": TOKEN_A, "subject": "a", "expires": 1}]}, "expired"),
    ({"tokens": []}, "InvalidIdentityToken|OpenIDConnect"),
    ({"roles": [{"arn": TEAM_A, "subject": "b"}]}, "AccessDenied|not authorized"),
    ({"roles": [{"arn": TEAM_A, "subject": "a", "allow": []}]}, "ecr:GetAuthorizationToken"),
], ids=["expired", "unknown issuer", "not trusted", "may not pull"])
def test_sts_refuses(kubelet, sim, sts, message):
    sim.service("sts", **{"roles": [{"arn": TEAM_A, "subject": "a"}],
                          "tokens": [{"token": TOKEN_A, "subject": "a"}], **sts})
    run = kubelet.run(kubelet.request(token=TOKEN_A, annotations={ANNOTATION: TEAM_A}))
    assert run.failed_with(re.escape(REGISTRY), message), run.log
    [entry] = failures(kubelet)
    assert entry["MESSAGE"] in run.log and entry["ECR_REGISTRY"] == REGISTRY
    assert "teamA" not in str(entry)


def processes(uid):
    """The arguments, environment and name of a user's processes."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if path.stat().st_uid == uid or uid in _real_uids(path):
                yield {name: (path / name).read_bytes() for name in ("cmdline", "environ", "comm")}
        except OSError:
            pass  # it has ended


def _real_uids(path):
    return [int(word) for word in re.search(r"^Uid:\s+(.*)$", (path / "status").read_text(),
                                            re.M)[1].split()]


def files_with(secret, *directories):
    return [path for directory in directories for path in Path(directory).rglob("*")
            if path.is_file() and secret.encode() in path.read_bytes()]


def test_token_does_not_leak(kubelet, sim, teams, user):
    """It is not in any process's arguments or environment, nor in a file, the output or a log."""
    sim.fault("delay", seconds=4, service="sts", count=1)
    plugin = kubelet.popen(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    plugin.stdin.write(kubelet.request(token=TOKEN_A, annotations={ANNOTATION: TEAM_A}).encode())
    plugin.stdin.close()
    plugin.stdin = None
    wait_for(lambda: sim.state()["by_fault"], 10, "the fetcher at STS")
    seen = list(processes(user.uid))
    written = files_with(TOKEN_A, user.home, user.runtime_dir)
    output, log = plugin.communicate(timeout=LIMIT)
    assert plugin.returncode == 0, log.decode()
    assert sim.state()["by_operation"]["AssumeRoleWithWebIdentity"] == 1
    assert {b"ecr-fetch\n"} < {process["comm"] for process in seen}
    for process in seen:
        assert TOKEN_A.encode() not in process["cmdline"] + process["environ"]
    assert written + files_with(TOKEN_A, user.home, user.runtime_dir) == []
    assert TOKEN_A.encode() not in output + log
    assert TOKEN_A not in str(kubelet.journal.entries())


# Failures


@pytest.mark.parametrize("kind, fields, message", [
    ("access_denied", {}, ["AccessDeniedException", "ecr:GetAuthorizationToken"]),
    ("error", {"code": "UnrecognizedClientException"}, ["UnrecognizedClientException"]),
    ("status", {"status": 503, "body": "html"}, ["503"]),
    ("expired", {}, ["expire"]),
    ("bad_token", {}, ["token"]),
])
def test_aws_fails(kubelet, sim, kind, fields, message):
    sim.fault(kind, **fields)
    run = kubelet.run(kubelet.request())
    assert run.failed_with(re.escape(REGISTRY), *message), run.log
    [entry] = failures(kubelet)
    assert entry["MESSAGE"] in run.log
    assert (entry["ECR_REGISTRY"], entry["PRIORITY"]) == (REGISTRY, "3")
    assert entry["ECR_ERROR"]


def test_no_identity(kubelet):
    kubelet.env = {**NO_KEYS, "AWS_EC2_METADATA_DISABLED": "true"}
    assert kubelet.run(kubelet.request()).failed_with(re.escape(REGISTRY), "credentials")


def test_wrong_ini(kubelet, sim):
    kubelet.configure("[aws]\nreigon = eu-central-1\n")
    assert kubelet.run(kubelet.request()).failed_with("ecr-refresher.ini:2", "reigon")
    assert sim.state()["requests"] == 0


def test_aws_never_answers(kubelet, sim):
    sim.fault("no_answer")
    run = kubelet.run(kubelet.request())
    assert run.failed_with(re.escape(REGISTRY), "in time|timed? ?out|within"), run.log
    assert run.seconds < patience(DEADLINE)


def _request(**changes):
    request = {"kind": "CredentialProviderRequest", "apiVersion": f"{GROUP}/v1", "image": IMAGE}
    request.update(changes)
    return json.dumps({key: value for key, value in request.items() if value is not None})


BAD = {
    "nothing": ("", "standard input"),
    "a line": ("get\n", "JSON"),
    "several lines": ("one\ntwo\nthree\n", "JSON"),
    "binary": (bytes(range(256)) * 16, "JSON"),
    "1 MB": (b"x" * 1_000_000, "too large"),
    "1 MB of JSON": (_request(image="x" * 1_000_000), "too large"),
    "deep": ("[" * 100_000, "JSON"),
    "cut": (_request()[:-1], "JSON"),
    "several documents": (_request() + "\n" + _request() + "\n", "not one JSON object"),
    "a list": ("[" + _request() + "]", "JSON object"),
    "no version": (_request(apiVersion=None), "apiVersion"),
    "unknown version": (_request(apiVersion=f"{GROUP}/v2"), f"{GROUP}/v2.*CredentialProviderConfig"),
    "another group": (_request(apiVersion="v1"), "apiVersion"),
    "no kind": (_request(kind=None), "kind"),
    "unknown kind": (_request(kind="CredentialProviderResponse"), "CredentialProviderResponse"),
    "no image": (_request(image=None), "image"),
    "an empty image": (_request(image=""), "image"),
    "an image that is an object": (_request(image={"name": IMAGE}), "image"),
    "a token that is a number": (_request(serviceAccountToken=7), "serviceAccountToken"),
    "annotations that are a string": (
        _request(serviceAccountToken="x", serviceAccountAnnotations="y"),
        "serviceAccountAnnotations"),
}


@pytest.mark.parametrize("request_, message", BAD.values(), ids=BAD.keys())
def test_bad_input(kubelet, sim, request_, message):
    assert kubelet.run(request_).failed_with(message)
    assert sim.state()["requests"] == 0
    [entry] = failures(kubelet)
    assert re.search(message, entry["MESSAGE"]) and entry["ECR_ERROR"]


def test_unknown_fields_are_ignored(kubelet):
    run = kubelet.run(_request(podName="x", serviceAccountToken=None, more={"a": [1]}))
    assert Reply.decode(run.output, f"{GROUP}/v1").for_image(IMAGE)


def test_no_standard_input(kubelet):
    closed = ["sh", "-c", 'exec "$0" "$@" <&-', *map(str, kubelet.command())]
    done = subprocess.run(closed, env=kubelet.environment(), capture_output=True, text=True,
                          timeout=LIMIT)
    assert (done.returncode, done.stdout) == (1, "")
    assert "standard input" in done.stderr


def test_input_that_is_not_closed(kubelet):
    reader, writer = os.pipe()
    try:
        run = kubelet.run(None, stdin=reader)
    finally:
        os.close(reader)
        os.close(writer)
    assert run.failed_with("standard input", "not closed in time")
    assert run.seconds < patience(DEADLINE)


@pytest.mark.parametrize("output", [">&-", ">/dev/full"])
def test_reply_cannot_be_written(kubelet, output):
    broken = ["sh", "-c", f'exec "$0" "$@" {output}', *map(str, kubelet.command())]
    done = subprocess.run(broken, env=kubelet.environment(), capture_output=True, text=True,
                          input=kubelet.request(), timeout=LIMIT)
    assert done.returncode == 1
    assert "reply cannot be written" in done.stderr


def test_reader_goes_away(kubelet):
    """kubelet is restarted during the request."""
    plugin = kubelet.popen(stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    plugin.stdout.close()
    plugin.stdin.write(kubelet.request().encode())
    plugin.stdin.close()
    try:
        assert plugin.wait(LIMIT) != 0
    finally:
        end(plugin)
