# SPDX-License-Identifier: Apache-2.0
"""Tests the simulator with foreign clients: botocore, the AWS CLI and Amazon's credential helper,
by the real host names. An error in the simulator would be in every other test."""

import base64
import json
import os
import shutil
import socket
import subprocess
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from aws import hosts
from lib.netns import NetNS
from lib.patience import is_ready, patience, wait_for
from lib.simulator import ACCESS_KEY_ID, ACCOUNT, SECRET_ACCESS_KEY, Simulator

CLIENT = Path(__file__).with_name("client.py")
FRANKFURT = "api.ecr.eu-central-1.amazonaws.com"
IMAGE_HOST = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    htpasswd = tmp_path_factory.mktemp("htpasswd") / "htpasswd"
    with NetNS("sim") as net, Simulator(net, http_port=8080, htpasswd=[str(htpasswd)]) as sim:
        sim.htpasswd = htpasswd
        yield sim


@pytest.fixture
def sim(shared):
    shared.reset()
    yield shared
    problems = shared.state()["problems"]
    shared.reset()
    assert problems == []


def get_token(sim, service="ecr", region="eu-central-1", env=None, **options):
    """Botocore's result of GetAuthorizationToken."""
    words = [f"{name}={value}" for name, value in options.items()]
    done = sim.netns.run([CLIENT, service, region, *words], env=sim.environment(**(env or {})),
                         capture_output=True, text=True, timeout=patience(60))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def token_of(data):
    user, _, password = base64.b64decode(data["authorizationToken"]).decode().partition(":")
    assert user == "AWS"
    return password


# Correct replies


def test_ecr(sim):
    [data] = get_token(sim)["data"]
    assert data["proxyEndpoint"] == f"https://{IMAGE_HOST}"
    assert abs(data["expiresAt"] - time.time() - 12 * 3600) < 30
    assert data["expiresAt"] % 1 != 0
    assert 1700 < len(data["authorizationToken"]) < 1900
    state = sim.state()
    assert state["requests"] == state["handshakes"] == state["connections"] == 1
    assert state["signature_failures"] == state["registry_ids"] == 0
    assert state["by_region"] == {"ecr/eu-central-1": 1}
    assert state["by_host"] == {FRANKFURT: 1}
    assert state["by_operation"] == {"GetAuthorizationToken": 1}


def test_ecr_public(sim):
    data = get_token(sim, "ecr-public", "us-east-1")["data"]
    assert "proxyEndpoint" not in data
    assert token_of(data)
    assert sim.state()["by_region"] == {"ecr-public/us-east-1": 1}


def test_ecr_public_elsewhere(sim):
    assert get_token(sim, "ecr-public", "eu-central-1")["code"] == "UnsupportedCommandException"


@pytest.mark.parametrize("region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "zz-new-7"])
def test_regions(sim, region):
    sim.add_region(region)
    [data] = get_token(sim, region=region)["data"]
    suffix = hosts.parse(hosts.api_host("ecr", region)).suffix
    assert data["proxyEndpoint"] == f"https://{ACCOUNT}.dkr.ecr.{region}.{suffix}"


def test_tokens_differ_in_the_part_that_bcrypt_reads(sim):
    first, second = (token_of(get_token(sim)["data"][0]) for _ in range(2))
    assert first[:64] != second[:64]


def test_registry_ids_are_counted(sim):
    [data] = get_token(sim, registry="210987654321")["data"]
    assert data["proxyEndpoint"].startswith("https://210987654321.")
    assert sim.state()["registry_ids"] == 1


def test_keep_alive(sim):
    get_token(sim, times=3)
    state = sim.state()
    assert (state["requests"], state["handshakes"]) == (3, 1)


def test_tls12(sim):
    get_token(sim, version="1.2")
    get_token(sim)
    assert [request["tls"] for request in sim.state()["last"]] == ["TLSv1.2", "TLSv1.3"]


def test_plain_http_for_configured_endpoints(sim):
    if not shutil.which("aws"):
        pytest.skip("awscli is not installed (apt install awscli)")
    done = sim.netns.run(
        ["aws", "--endpoint-url", f"http://{sim.address}:8080", "--region", "eu-west-1",
         "ecr", "get-login-password"], env=sim.environment(), capture_output=True)
    assert done.returncode == 0
    [request] = sim.state()["last"]
    assert (request["scheme"], request["region"]) == ("http", "eu-west-1")


def test_htpasswd_has_the_latest_password(sim):
    bcrypt = pytest.importorskip("bcrypt", reason="apt install python3-bcrypt")
    old = token_of(get_token(sim)["data"][0])
    new = token_of(get_token(sim)["data"][0])
    user, _, line = sim.htpasswd.read_bytes().strip().partition(b":")
    assert user == b"AWS"
    assert bcrypt.checkpw(new.encode()[:72], line)
    assert not bcrypt.checkpw(old.encode()[:72], line)


def test_life(sim):
    sim.life(90)
    [data] = get_token(sim)["data"]
    assert 60 < data["expiresAt"] - time.time() < 100


# Callers


def refusal(sim, status=400, **kwargs):
    reply = get_token(sim, **kwargs)
    assert (reply["exception"], reply["status"]) == ("ClientError", status), reply
    assert reply["request_id"]
    assert sim.state()["issued"] == []
    return reply["code"], reply["text"]


def test_unknown_key(sim):
    code, text = refusal(sim, env={"AWS_ACCESS_KEY_ID": "AKIAUNKNOWN"})
    assert code == "UnrecognizedClientException"
    assert text == "The security token included in the request is invalid."
    assert sim.state()["signature_failures"] == 1


def test_wrong_secret(sim):
    code, text = refusal(sim, env={"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert code == "InvalidSignatureException"
    assert text.startswith("The request signature we calculated does not match")


def test_session_token(sim):
    sim.keys([{"id": "ASIA1", "secret": "s", "token": "t", "name": "r", "account": "210987654321",
               "allow": []}])
    env = {"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s"}
    assert refusal(sim, env=env)[0] == "UnrecognizedClientException"
    code, text = refusal(sim, env={**env, "AWS_SESSION_TOKEN": "t"})
    assert code == "AccessDeniedException"
    assert text.startswith("User: arn:aws:sts::210987654321:assumed-role/r/session is not")


def test_expired_session(sim):
    sim.keys([{"id": "ASIA1", "secret": "s", "token": "t", "expires": time.time() - 1}])
    env = {"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "s", "AWS_SESSION_TOKEN": "t"}
    assert refusal(sim, env=env)[0] == "ExpiredTokenException"


def test_denied(sim):
    sim.keys([{"id": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY, "account": ACCOUNT,
               "allow": ["ecr-public:GetAuthorizationToken"]}])
    assert refusal(sim) == (
        "AccessDeniedException",
        f"User: arn:aws:iam::{ACCOUNT}:user/tester is not authorized to perform: "
        "ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the "
        "ecr:GetAuthorizationToken action")
    assert "sts:GetServiceBearerToken" in refusal(sim, service="ecr-public",
                                                  region="us-east-1")[1]


@pytest.mark.parametrize("seconds, text", [(3600, "Signature expired: "),
                                           (-3600, "Signature not yet current: ")])
def test_clock(sim, seconds, text):
    sim.clock(seconds)
    code, message = refusal(sim)
    assert code == "InvalidSignatureException"
    assert message.startswith(text)
    assert "5 min.)" in message


def test_clock_a_little_off(sim):
    sim.clock(240)
    reply = get_token(sim)
    assert abs(parsedate_to_datetime(reply["date"]).timestamp() - time.time() - 240) < 10
    assert abs(reply["data"][0]["expiresAt"] - time.time() - 240 - 12 * 3600) < 30


def curl_command(sim, headers, *options, body=b"{}", host=FRANKFURT):
    """A handwritten request."""
    words = [word for name, value in headers.items() for word in ("-H", f"{name}: {value}")]
    return ["curl", "-sS", "--cacert", sim.ca.bundle, "-w", "\n%{http_code}", *words, *options,
            "--data-binary", body, f"https://{host}/"]


def curl(sim, headers, *options, **kwargs):
    return sim.netns.run(curl_command(sim, headers, *options, **kwargs), capture_output=True,
                         text=True, timeout=patience(60))


def raw(sim, headers, **kwargs):
    """Returns (status, error code)."""
    done = curl(sim, headers, **kwargs)
    assert done.returncode == 0, done.stderr
    text, status = done.stdout.rsplit("\n", 1)
    return int(status), json.loads(text).get("__type") if text.startswith("{") else text


TARGET = {"X-Amz-Target": "AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken",
          "Content-Type": "application/x-amz-json-1.1"}


def signed_by_botocore(headers, region="eu-central-1", service="ecr", body=b"{}", host=FRANKFURT):
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest("POST", f"https://{host}/", headers, body)
    SigV4Auth(Credentials(ACCESS_KEY_ID, SECRET_ACCESS_KEY), service, region).add_auth(request)
    return dict(request.headers)


def test_valid_handwritten_signature(sim):
    status, _ = raw(sim, signed_by_botocore(TARGET))
    assert status == 200


@pytest.mark.parametrize("region", ["eu-central-1", "cn-north-1", "us-gov-east-1", "us-iso-west-1",
                                    "eusc-de-east-1"])
@pytest.mark.parametrize("fips", [False, True])
@pytest.mark.parametrize("dualstack", [False, True])
def test_every_api_host(sim, region, fips, dualstack):
    host = hosts.api_host("ecr", region, fips, dualstack)
    headers = signed_by_botocore(TARGET, region=region, host=host)
    assert raw(sim, headers, host=host)[0] == 200
    assert sim.state()["by_region"] == {f"ecr/{region}": 1}


def test_api_hosts_are_those_of_the_endpoint_rules():
    """The sample of botocore 1.43 that comes with the conformance data."""
    folder = os.environ.get("ECR_REFRESHER_CONFORMANCE",
                            Path(__file__).parents[2] / "../shared/aws")
    sample = Path(folder, "endpoints/regions-sample.json")
    if not sample.exists():
        pytest.skip(f"no conformance data at {folder}")
    cases = [case for case in json.loads(sample.read_text())["cases"]
             if case["service"] in ("ecr", "ecr-public") and "url" in case]
    assert cases
    for case in cases:
        host = hosts.api_host(case["service"], case["region"], case["fips"], case["dualstack"])
        assert f"https://{host}/" == case["url"]
        assert hosts.parse(host).region == case["signing_region"]


def test_no_signature(sim):
    assert raw(sim, TARGET) == (400, "MissingAuthenticationTokenException")


def test_mangled_authorization(sim):
    headers = {**TARGET, "Authorization": "AWS4-HMAC-SHA256 Credential=x"}
    assert raw(sim, headers) == (400, "IncompleteSignatureException")


def test_body_belongs_to_the_signature(sim):
    assert raw(sim, signed_by_botocore(TARGET), body=b"{ }") == (400, "InvalidSignatureException")


def test_headers_belong_to_the_signature(sim):
    headers = {**signed_by_botocore(TARGET), "Content-Type": "application/json"}
    assert raw(sim, headers) == (400, "InvalidSignatureException")


def test_amz_headers_must_be_signed(sim):
    headers = {**signed_by_botocore({"Content-Type": TARGET["Content-Type"]}), **TARGET}
    assert raw(sim, headers) == (400, "InvalidSignatureException")


@pytest.mark.parametrize("scope", [{"region": "us-east-1"}, {"service": "ecr-public"}])
def test_scope_must_match_the_host(sim, scope):
    headers = signed_by_botocore(TARGET, **scope)
    assert raw(sim, headers) == (400, "InvalidSignatureException")


def test_unknown_host(shared):
    shared.reset()
    public = hosts.api_host("ecr-public", "us-east-1")
    assert raw(shared, TARGET, host=public)[0] == 404
    assert len(shared.state()["problems"]) == 1


def test_wrong_ca(sim):
    reply = get_token(sim, env={"AWS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt"})
    assert reply["exception"] == "SSLError"
    state = sim.state()
    assert (state["handshakes"], state["requests"]) == (0, 0)
    assert state["handshake_failures"] >= 1


def test_state_has_no_secrets(sim):
    sim.keys([{"id": "ASIA1", "secret": "thesecret", "token": "thetoken"}])
    get_token(sim, env={"AWS_ACCESS_KEY_ID": "ASIA1", "AWS_SECRET_ACCESS_KEY": "thesecret",
                  "AWS_SESSION_TOKEN": "thetoken"})
    state = sim.state()
    assert state["last"][0]["access_key_id"] == "ASIA1"
    assert "thesecret" not in str(state) and "thetoken" not in str(state)
    assert "Signature=…" in state["last"][0]["headers"]["Authorization"]


# Failures on demand


@pytest.mark.parametrize("kind, fields, expected", [
    ("status", {"status": 503}, {"code": "ServerException", "status": 503}),
    ("status", {"status": 502, "body": "html"}, {"exception": "ClientError", "status": 502}),
    ("status", {"status": 500, "body": "empty"}, {"exception": "ClientError", "status": 500}),
    ("error", {"code": "FooException", "message": "m", "status": 403},
     {"code": "FooException", "text": "m", "status": 403}),
    ("throttle", {}, {"code": "ThrottlingException", "text": "Rate exceeded", "status": 400}),
    ("throttle", {"status": 429}, {"code": "ThrottlingException", "status": 429}),
    ("access_denied", {}, {"code": "AccessDeniedException", "status": 400}),
    ("garbage", {}, {"exception": "UnicodeDecodeError"}),
    ("redirect", {}, {"exception": "ClientError", "status": 307}),
    ("cut", {"at": "request"}, {"exception": "ConnectionClosedError"}),
    ("no_answer", {}, {"exception": "ReadTimeoutError"}),
    ("no_answer", {"at": "tls"}, {"exception": "ReadTimeoutError"}),
    ("delay", {"seconds": 5}, {"exception": "ReadTimeoutError"}),
    ("drip", {"bytes": 1, "seconds": 3}, {"exception": "ReadTimeoutError"}),
], ids=str)
def test_fault(sim, kind, fields, expected):
    sim.fault(kind, region="eu-central-1", count=1, **fields)
    reply = get_token(sim, timeout=1)
    assert {name: reply.get(name) for name in expected} == expected
    assert sim.state()["by_fault"] == {kind: 1}
    assert "data" in get_token(sim), "a fault with count=1 happens once"


@pytest.mark.parametrize("fields, complaint", [
    ({"kind": "cut", "at": "headers"}, "bytes remaining to read"),
    ({"kind": "cut", "at": "body"}, "bytes remaining to read"),
    ({"kind": "cut", "at": "request"}, "Empty reply from server"),
    ({"kind": "cut", "at": "tls"}, "SSL_connect"),
], ids=str)
def test_cut(sim, fields, complaint):
    # With curl, because Debian's botocore does not notice a truncated body.
    sim.fault(**fields)
    done = curl(sim, signed_by_botocore(TARGET))
    assert done.returncode != 0
    assert complaint in done.stderr


def test_truncated(sim):
    sim.fault("truncated")
    text = curl(sim, signed_by_botocore(TARGET)).stdout.rsplit("\n", 1)[0]
    assert text.startswith('{"authorizationData":[{"authorizationToken":"')
    with pytest.raises(ValueError):
        json.loads(text)


def test_cut_in_the_handshake(sim):
    sim.fault("cut", at="tls", host=FRANKFURT)
    assert "data" not in get_token(sim)
    state = sim.state()
    assert (state["requests"], state["handshakes"]) == (0, 0)
    assert "data" in get_token(sim, region="eu-west-1")


def test_slow_answers_arrive(sim):
    sim.fault("delay", seconds=1.5, count=1)
    sim.fault("drip", bytes=400, seconds=0.2)
    for _ in range(2):
        before = time.monotonic()
        assert "data" in get_token(sim)
        assert time.monotonic() - before > 1


def test_unusable_tokens(sim):
    sim.fault("expired", count=1)
    sim.fault("bad_token", count=1)
    sim.fault("bad_token", form="colon", count=1)
    sim.fault("no_authorization_data", count=1)
    assert get_token(sim)["data"][0]["expiresAt"] < time.time()
    with pytest.raises(ValueError):
        base64.b64decode(get_token(sim)["data"][0]["authorizationToken"], validate=True)
    assert base64.b64decode(get_token(sim)["data"][0]["authorizationToken"]) == b"AWS"
    assert get_token(sim)["data"] == []
    assert "data" in get_token(sim)


def test_huge(sim):
    sim.fault("huge", megabytes=20)
    done = curl(sim, signed_by_botocore(TARGET), "-o", "/dev/null", "-w", "%{size_download}")
    assert int(done.stdout) >= 20 * 1024 * 1024
    assert sim.state()["bytes_sent"] >= 20 * 1024 * 1024


def test_faults_match(sim):
    sim.fault("status", service="ecr", region="eu-west-1")
    sim.fault("status", host="api.ecr.eu-west-2.amazonaws.com")
    assert "data" in get_token(sim)
    assert get_token(sim, region="eu-west-1")["status"] == 500
    assert get_token(sim, region="eu-west-2")["status"] == 500
    sim.clear_faults()
    assert "data" in get_token(sim, region="eu-west-1")


@pytest.mark.parametrize("kind, fields", [("no_such", {}), ("status", {"colour": 1}),
                                          ("cut", {"at": "noon"})])
def test_impossible_fault_is_refused(sim, kind, fields):
    with pytest.raises(ValueError):
        sim.fault(kind, **fields)


def test_reset(sim):
    sim.fault("status")
    sim.clock(7200)
    sim.life(1)
    sim.keys([])
    sim.reset()
    [data] = get_token(sim)["data"]
    assert abs(data["expiresAt"] - time.time() - 12 * 3600) < 30
    assert sim.state()["requests"] == 1


def test_reset_wakes_waiting_connections(sim):
    sim.fault("no_answer")
    child = sim.netns.popen([CLIENT, "ecr", "eu-central-1", "timeout=500"], env=sim.environment(),
                            stdout=subprocess.DEVNULL)
    wait_for(lambda: sim.state()["by_fault"] == {"no_answer": 1})
    sim.reset()
    child.wait(patience(10))


def test_parallel_requests(sim):
    command = curl_command(sim, signed_by_botocore(TARGET), "-o", "/dev/null")
    children = [sim.netns.popen(command, stdout=subprocess.PIPE) for _ in range(20)]
    assert [child.communicate(timeout=patience(60))[0] for child in children] == [b"\n200"] * 20
    state = sim.state()
    assert (state["requests"], state["connections"]) == (20, 20)


def test_invalid_bytes(shared):
    shared.reset()
    done = shared.netns.run(["/usr/bin/python3", "-c", f"""
import socket
for data in (b'', b'\\0' * 100, b'GET / HTTP/1.1\\r\\n\\r\\n', b'GET / HTTP/9\\r\\n'):
    s = socket.create_connection(('{shared.address}', 8080), 5)
    s.sendall(data)
    s.shutdown(socket.SHUT_WR)
    s.recv(1000)
"""], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(shared.state()["problems"]) == 3
    shared.reset()
    assert "data" in get_token(shared)


# Other clients


def test_aws_cli(sim):
    if not shutil.which("aws"):
        pytest.skip("awscli is not installed (apt install awscli)")
    done = sim.netns.run(["aws", "ecr", "get-login-password", "--region", "eu-central-1"],
                         env=sim.environment(), capture_output=True, text=True,
                         timeout=patience(120))
    assert done.returncode == 0, done.stderr
    assert 1300 < len(done.stdout.strip()) < 1400
    assert sim.state()["by_region"] == {"ecr/eu-central-1": 1}


def test_credential_helper(sim, tmp_path):
    helper = shutil.which("docker-credential-ecr-login")
    if not helper:
        pytest.skip("amazon-ecr-credential-helper is not installed (apt install it)")
    # It reads its CAs from the system, or from the variables of Go's crypto/x509.
    env = sim.environment(HOME=str(tmp_path), AWS_ECR_DISABLE_CACHE="1",
                          SSL_CERT_FILE=str(sim.ca.bundle))
    done = sim.netns.run([helper, "get"], env=env, input=IMAGE_HOST, capture_output=True,
                         text=True, timeout=patience(60))
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert answer["Username"] == "AWS"
    assert len(answer["Secret"]) > 1300


# As a program


def test_command_line(tmp_path):
    program = Path(__file__).with_name("simulator.py")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    control = tmp_path / "control"
    child = subprocess.Popen(
        [program, "--listen", f"127.0.0.1:{port}", "--ca-dir", tmp_path / "ca",
         "--control", control, "--key", "AKIA1:SECRET:111122223333"],
        stdout=subprocess.PIPE, text=True)
    assert is_ready(child)
    assert control.stat().st_mode & 0o777 == 0o600
    done = subprocess.run(["curl", "-s", "--unix-socket", control, "http://localhost/state"],
                          capture_output=True, check=True)
    assert json.loads(done.stdout)["requests"] == 0
    child.terminate()
    assert child.wait(patience(5)) == 0
    assert not control.exists()
    child.stdout.close()


@pytest.mark.parametrize("words", [[], ["--listen", "nowhere"], ["--key", "x"]])
def test_usage(tmp_path, words):
    program = Path(__file__).with_name("simulator.py")
    done = subprocess.run([program, "--ca-dir", tmp_path, *words], capture_output=True)
    assert done.returncode == 2
