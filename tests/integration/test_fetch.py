# SPDX-License-Identifier: Apache-2.0
"""ecr-fetch with the simulator: its requests, its state, and its messages."""

import base64
import hashlib
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from aws import hosts
from integration.conftest import HTTP_PORT, keys, seconds
from lib.ca import CA
from lib.netns import end
from lib.patience import is_ready, patience, wait_for
from lib.simulator import ACCESS_KEY_ID, ACCOUNT, SECRET_ACCESS_KEY

REGION = "eu-central-1"
FRANKFURT = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
OTHER_ACCOUNT = f"210987654321.dkr.ecr.{REGION}.amazonaws.com"
IRELAND = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
PUBLIC = "public.ecr.aws"
FRANKFURT_API = f"api.ecr.{REGION}.amazonaws.com"
PUBLIC_API = "api.ecr-public.us-east-1.amazonaws.com"

ATTEMPTS = 3  # of the standard retry mode


def digest(token):
    return hashlib.sha256(token["authorization"].encode()).hexdigest()


def issued(sim):
    return [token["sha256"] for token in sim.state()["issued"]]


# Success


def test_one_registry_one_request_one_handshake(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch.ok()
    state = sim.state()
    assert (state["requests"], state["handshakes"], state["connections"]) == (1, 1, 1)
    assert state["by_host"] == {FRANKFURT_API: 1}
    assert state["signature_failures"] == 0
    assert result.logged(FRANKFURT)
    token = fetch.token
    assert (token["identity"], token["service"]) == ("", "ecr")
    assert (token["partition"], token["region"]) == ("aws", REGION)
    assert (token["provider"], token["principal"]) == ("environment", ACCESS_KEY_ID)
    assert "failure" not in token
    assert abs(seconds(token["fetched_at"]) - time.time()) < 30
    assert abs(seconds(token["expires_at"]) - time.time() - 12 * 3600) < 30
    assert issued(sim) == [digest(token)]
    assert base64.b64decode(token["authorization"]).startswith(b"AWS:")


def test_only_the_owner_reads_the_state(fetch):
    fetch.configure(FRANKFURT)
    fetch.ok()
    assert fetch.state.stat().st_mode & 0o777 == 0o600
    assert fetch.directory.stat().st_mode & 0o777 == 0o700
    assert os.listdir(fetch.directory) == ["tokens.json"]


def test_accounts_of_a_region_share_a_token(fetch, sim):
    fetch.configure(FRANKFURT, OTHER_ACCOUNT, f"111122223333.dkr.ecr.{REGION}.amazonaws.com")
    fetch.ok()
    assert sim.state()["requests"] == 1
    assert fetch.token["region"] == REGION


def test_a_token_for_each_region(fetch, sim):
    fetch.configure(FRANKFURT, IRELAND, PUBLIC)
    fetch.ok()
    assert sim.state()["by_region"] == {"ecr/eu-central-1": 1, "ecr/eu-west-1": 1,
                                        "ecr-public/us-east-1": 1}
    assert sorted(issued(sim)) == sorted(map(digest, fetch.tokens))


@pytest.mark.parametrize("registry, service, region, fips, dualstack", [
    ("123456789012.dkr.ecr-fips.us-west-2.amazonaws.com", "ecr", "us-west-2", True, False),
    ("123456789012.dkr-ecr.us-west-2.on.aws", "ecr", "us-west-2", False, True),
    ("123456789012.dkr-ecr-fips.us-gov-east-1.on.aws", "ecr", "us-gov-east-1", True, True),
    ("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn", "ecr", "cn-north-1", False, False),
    ("123456789012.dkr-ecr.cn-north-1.on.amazonwebservices.com.cn", "ecr", "cn-north-1", False,
     True),
    ("123456789012.dkr.ecr.eusc-de-east-1.amazonaws.eu", "ecr", "eusc-de-east-1", False, False),
    ("123456789012.dkr.ecr.us-iso-east-1.c2s.ic.gov", "ecr", "us-iso-east-1", False, False),
    ("123456789012.dkr.ecr.xx-tomorrow-9.amazonaws.com", "ecr", "xx-tomorrow-9", False, False),
    ("public.ecr.aws", "ecr-public", "us-east-1", False, False),
    ("ecr-public.aws.com", "ecr-public", "us-east-1", False, True),
])
def test_api_of_each_registry(fetch, sim, registry, service, region, fips, dualstack):
    sim.add_region(region)
    fetch.configure(registry)
    fetch.ok()
    state = sim.state()
    assert state["by_host"] == {hosts.api_host(service, region, fips, dualstack): 1}
    token = fetch.token
    assert (token["service"], token["region"]) == (service, region)
    assert token["partition"] == hosts.parse(hosts.api_host(service, region)).partition


def test_custom_name_for_ecr(fetch, sim):
    fetch.configure("ecr.example.com", more=f"[registry ecr.example.com]\nregion = {REGION}\n")
    fetch.ok()
    assert sim.state()["by_host"] == {FRANKFURT_API: 1}


@pytest.mark.parametrize("ini, env", [
    (f"[aws]\nregion = {REGION}\n", {}),
    ("", {"AWS_REGION": REGION, "AWS_DEFAULT_REGION": "eu-west-1"}),
    ("", {"AWS_DEFAULT_REGION": REGION}),
    (f"[aws]\nregion = {REGION}\n", {"AWS_REGION": "eu-west-1"}),
], ids=["ini", "AWS_REGION", "AWS_DEFAULT_REGION", "the ini first"])
def test_auto_is_the_identitys_account(fetch, sim, ini, env):
    fetch.configure("auto", more=ini)
    fetch.ok(env=env)
    assert sim.state()["by_host"] == {FRANKFURT_API: 1}
    assert fetch.token["auto_host"] == FRANKFURT


def test_auto_and_a_host_of_its_region_share_a_call(fetch, sim):
    fetch.configure(OTHER_ACCOUNT, more=f"[aws]\nregion = {REGION}\n")
    fetch.ok()
    fetch.configure("auto", OTHER_ACCOUNT, more=f"[aws]\nregion = {REGION}\n")
    result = fetch.ok("--force")
    assert sim.state()["requests"] == 2
    assert result.logged(f"{FRANKFURT} and 1 more"), result.log
    assert (fetch.token["region"], fetch.token["auto_host"]) == (REGION, FRANKFURT)


def test_auto_and_a_host_in_several_runs(fetch, sim):
    """The ini does not name the region of "auto"; it is not confused with the host's."""
    fetch.configure(FRANKFURT, "auto")
    no_keys = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_REGION": REGION,
               "AWS_EC2_METADATA_DISABLED": "true"}
    assert fetch(env=no_keys).code == 1
    for arguments in ([], [], ["--force"]):
        fetch.ok(*arguments, env={"AWS_REGION": REGION})
    assert len(fetch.tokens) == 2 and all("failure" not in token for token in fetch.tokens)
    assert sim.state()["requests"] == 4


def test_auto_without_a_region(fetch, sim):
    fetch.configure("auto")
    result = fetch()
    assert result.code == 1
    assert result.logged("region", r"AWS_REGION|\[aws\]")
    assert sim.state()["connections"] == 0


def test_fifty_regions_in_parallel(fetch, sim):
    regions = [f"xx-many-{n}" for n in range(1, 51)]
    for region in regions:
        sim.add_region(region)
    sim.fault("delay", seconds=1)
    fetch.configure(*[f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com" for region in regions])
    result = fetch.ok()
    state = sim.state()
    assert state["requests"] == 50
    assert {token["region"] for token in fetch.tokens} == set(regions)
    assert state["parallel_max"] >= 10


def test_nothing_configured(fetch, sim):
    fetch.configure()
    result = fetch()
    assert result.code == 0, result.log
    assert sim.state()["connections"] == 0


# When to renew


def test_nothing_to_do(fetch, sim):
    fetch.configure(FRANKFURT, PUBLIC)
    fetch.ok()
    before = fetch.state.stat()
    sim.reset()
    result = fetch.ok()
    after = fetch.state.stat()
    assert sim.state()["connections"] == 0
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)
    assert result.log == ""


@pytest.mark.parametrize("hours, renewed", [(5.9, False), (7.3, True), (11.9, True), (13, True)])
def test_renewal_at_half_life(fetch, sim, hours, renewed):
    """Half of 12 hours, and a random tenth more."""
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(hours)
    sim.reset()
    fetch.ok()
    assert sim.state()["connections"] == int(renewed)
    if renewed:
        assert issued(sim) == [digest(fetch.token)]
        assert seconds(fetch.token["expires_at"]) > time.time() + 11 * 3600


def test_renewal_follows_ecrs_expiry(fetch, sim):
    sim.life(12)
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.ok()
    assert sim.state()["requests"] == 1
    time.sleep(7)
    fetch.ok()
    assert sim.state()["requests"] == 2


def test_renew_at(fetch, sim):
    fetch.configure(FRANKFURT, more="[refresh]\nrenew_at = 20%\n")
    fetch.ok()
    fetch.age(3.7)
    fetch.ok()
    assert sim.state()["requests"] == 2


def test_force(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    old = digest(fetch.token)
    fetch.ok("--force")
    assert sim.state()["requests"] == 2
    assert digest(fetch.token) != old


def test_dry_run(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch.ok("--dry-run")
    assert FRANKFURT in result.output
    assert sim.state()["connections"] == 0
    assert not fetch.state.exists()


def test_only_missing_tokens_are_fetched(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    old = digest(fetch.token)
    sim.reset()
    fetch.configure(FRANKFURT, IRELAND)
    fetch.ok()
    assert sim.state()["by_region"] == {"ecr/eu-west-1": 1}
    assert digest(fetch.token_of(REGION)) == old


def test_unconfigured_tokens_are_removed(fetch, sim):
    fetch.configure(FRANKFURT, IRELAND)
    fetch.ok()
    sim.reset()
    fetch.configure(FRANKFURT)
    fetch.ok()
    assert sim.state()["connections"] == 0
    assert fetch.token["region"] == REGION


def test_changed_identity_needs_a_new_token(fetch, sim):
    fetch.aws_file("credentials", f"[default]\n{keys()}[two]\n{keys()}")
    fetch.configure(FRANKFURT, more="[aws]\nprofile = default\n")
    fetch.ok()
    fetch.configure(FRANKFURT, more="[aws]\nprofile = two\n")
    fetch.ok()
    assert sim.state()["requests"] == 2


def test_two_runs_in_parallel_make_one_call(fetch, sim):
    sim.fault("delay", seconds=1.5)
    fetch.configure(FRANKFURT)
    children = [fetch.start(stderr=subprocess.DEVNULL) for _ in range(2)]
    assert [child.wait(patience(30)) for child in children] == [0, 0]
    assert sim.state()["requests"] == 1
    assert fetch.token


# Keys


def test_keys_in_the_credentials_file(fetch, sim):
    fetch.aws_file("credentials", f"[default]\n{keys()}")
    fetch.configure(FRANKFURT)
    fetch.ok(env=NO_KEYS)
    assert fetch.token["provider"] == "shared-credentials-file"
    assert fetch.token["principal"] == ACCESS_KEY_ID


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_world_readable_keys(fetch, sim, mode):
    """A warning, but the token is fetched."""
    fetch.aws_file("credentials", f"[default]\n{keys()}").chmod(mode)
    fetch.configure(FRANKFURT)
    warned = fetch.ok(env=NO_KEYS).logged("credentials", "every user can read", "chmod")
    assert warned == (mode == 0o644)


NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
SESSION = {"id": "ASIAIOSFODNN7EXAMPLE", "secret": "sessionSecretsessionSecret", "account": ACCOUNT,
           "token": "sessionToken/" + "x" * 700}


def test_session_token(fetch, sim):
    sim.keys([SESSION])
    fetch.secrets |= {SESSION["secret"], SESSION["token"]}
    fetch.configure(FRANKFURT)
    fetch.ok(env={"AWS_ACCESS_KEY_ID": SESSION["id"], "AWS_SECRET_ACCESS_KEY": SESSION["secret"],
                  "AWS_SESSION_TOKEN": SESSION["token"]})
    fetch.aws_file("credentials", "[default]\n" + keys(SESSION["id"], SESSION["secret"],
                                                       SESSION["token"]))
    fetch.ok("--force", env=NO_KEYS)
    assert sim.state()["requests"] == 2


@pytest.mark.parametrize("character", ["\r\n", "\n", "\x7f", "\x01"], ids=ascii)
def test_session_token_is_one_header(fetch, sim, character):
    fetch.secrets.add("firstPart")
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_SESSION_TOKEN": f"firstPart{character}X-Injected: 1"})
    assert result.code == 1
    assert result.logged("Session.Token|Security-Token", "control character"), result.log
    assert sim.state()["connections"] == 0


def test_blank_keys_count_as_unset(fetch):
    fetch.aws_file("credentials", f"[default]\n{keys()}")
    fetch.configure(FRANKFURT)
    fetch.ok(env={"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""})
    assert fetch.token["provider"] == "shared-credentials-file"


@pytest.mark.parametrize("there, missing", [("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
                                            ("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")])
def test_half_a_key_pair(fetch, sim, there, missing):
    fetch.aws_file("credentials", f"[default]\n{keys()}")
    fetch.configure(FRANKFURT)
    result = fetch(env={missing: None})
    assert result.code == 1
    assert result.logged(FRANKFURT, there, missing)
    assert sim.state()["connections"] == 0


def test_no_keys(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch(env=NO_KEYS)
    assert result.code == 1
    assert result.logged(FRANKFURT, "AWS_ACCESS_KEY_ID", r"\.aws/credentials")
    assert sim.state()["connections"] == 0


def test_missing_profile(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_PROFILE": "nowhere"})
    assert result.code == 1
    assert result.logged(FRANKFURT, "nowhere", "AWS_PROFILE")
    assert sim.state()["connections"] == 0


def test_keys_in_the_environment_before_aws_profile_but_after_the_ini(fetch, sim):
    sim.keys([{"id": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY},
              {"id": "AKIAPROFILE", "secret": "profileSecretprofileSecret"}])
    fetch.secrets.add("profileSecretprofileSecret")
    fetch.aws_file("credentials", "[prod]\n" + keys("AKIAPROFILE", "profileSecretprofileSecret"))
    fetch.configure(FRANKFURT)
    fetch.ok(env={"AWS_PROFILE": "prod"})
    assert fetch.token["principal"] == ACCESS_KEY_ID
    fetch.configure(FRANKFURT, more="[aws]\nprofile = prod\n")
    fetch.ok()
    assert fetch.token["principal"] == "AKIAPROFILE"


def test_each_identity_has_its_own_token(fetch, sim):
    sim.keys([{"id": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY},
              {"id": "AKIAPROD", "secret": "prodSecretprodSecret", "account": "210987654321"}])
    fetch.secrets.add("prodSecretprodSecret")
    fetch.aws_file("credentials", "[production]\n" + keys("AKIAPROD", "prodSecretprodSecret"))
    fetch.configure(FRANKFURT, OTHER_ACCOUNT, more="[aws prod]\nprofile = production\n"
                    f"[registry {OTHER_ACCOUNT}]\naws = prod\n")
    fetch.ok()
    assert sim.state()["by_region"] == {f"ecr/{REGION}": 2}
    assert {(t["identity"], t["principal"]) for t in fetch.tokens} == {
        ("", ACCESS_KEY_ID), ("prod", "AKIAPROD")}


@pytest.mark.parametrize("size", [513, 600, 30000])
def test_invalid_access_key_id_fails_only_its_identity(fetch, sim, size):
    odd, secret = "AKIA" + "X" * (size - 4), "oddSecretoddSecret"
    sim.keys([{"id": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY},
              {"id": odd, "secret": secret, "account": "210987654321"},
              {"id": "AKIAPROD", "secret": secret, "account": "210987654321"}])
    fetch.secrets.add(secret)
    fetch.configure(FRANKFURT, OTHER_ACCOUNT, more="[aws odd]\nprofile = odd\n"
                    f"[registry {OTHER_ACCOUNT}]\naws = odd\n")
    fetch.aws_file("credentials", "[odd]\n" + keys("AKIAPROD", secret))
    fetch.ok()
    before = {t["identity"]: t for t in fetch.tokens}
    fetch.age(8)
    process = json.dumps({"Version": 1, "AccessKeyId": odd, "SecretAccessKey": secret})
    answer = fetch.user.write("answer.json", process)
    fetch.aws_file("credentials", f"[odd]\ncredential_process = cat {answer}\n")
    for _ in range(2):
        result = fetch()
        assert result.code == 1
        assert result.logged(OTHER_ACCOUNT, "access key ID", "too long", "process"), result.log
    after = {t["identity"]: t for t in fetch.tokens}
    assert after["odd"]["authorization"] == before["odd"]["authorization"]
    assert "failure" in after["odd"] and "failure" not in after[""]
    assert after[""]["authorization"] != before[""]["authorization"]
    renewed = [i for i in sim.state()["issued"] if i["access_key_id"] == ACCESS_KEY_ID]
    assert len(renewed) == 2, "the good identity's token was lost"


def test_invalid_token_in_the_state_is_fetched_again(fetch, sim):
    fetch.configure(FRANKFURT, IRELAND)
    fetch.ok()
    data = json.loads(fetch.state.read_text())
    data["tokens"][0]["principal"] = "X" * 600
    fetch.write_state(json.dumps(data))
    fetch.ok()
    assert sim.state()["requests"] == 3 and len(fetch.tokens) == 2


# Failures: a token that is due cannot be renewed

# the fault; the number of requests; in the one line: the cause, the fix
FAILURES = {
    "503 json": ("status", {"status": 503}, ATTEMPTS, "503", "next run|again|later"),
    "503 html": ("status", {"status": 503, "body": "html"}, ATTEMPTS, "503", "again|later"),
    "500 empty": ("status", {"status": 500, "body": "empty"}, ATTEMPTS, "500", "again|later"),
    "throttled": ("throttle", {}, ATTEMPTS, "Throttling.*Rate exceeded", "again|later"),
    "throttled 429": ("throttle", {"status": 429}, ATTEMPTS, "429|Throttling", "again|later"),
    "access denied": ("access_denied", {}, 1, "AccessDenied.*not authorized",
                      "allow ecr:GetAuthorizationToken"),
    "signature 403": ("error", {"code": "InvalidSignatureException", "message": "no match",
                                "status": 403}, 1, "InvalidSignature", "secret access key"),
    "unknown error": ("error", {"code": "ValidationException", "message": "no"}, 1,
                      "ValidationException", ""),
    "html 200": ("status", {"status": 200, "body": "html"}, None, "JSON", "proxy"),
    "html 404": ("status", {"status": 404, "body": "html"}, 1, "404", "proxy|AWS_ENDPOINT_URL"),
    "garbage": ("garbage", {}, None, "JSON", "proxy"),
    "truncated": ("truncated", {}, None, "JSON", "proxy"),
    "huge": ("huge", {"megabytes": 64}, None, "more than", "proxy"),
    "redirect": ("redirect", {"location": "https://api.ecr.eu-west-1.amazonaws.com/"}, 1, "307",
                 "proxy|AWS_ENDPOINT_URL"),
    "expired token": ("expired", {}, None, "expired", "clock"),
    "no data": ("no_authorization_data", {}, None, "authorization", "proxy"),
    "not base64": ("bad_token", {"form": "base64"}, None, "base64", "proxy"),
    "no colon": ("bad_token", {"form": "colon"}, None, "password", "proxy"),
    "cut before": ("cut", {"at": "request"}, ATTEMPTS, FRANKFURT_API, "check|again|proxy"),
    "cut in the body": ("cut", {"at": "body"}, ATTEMPTS, FRANKFURT_API, "check|again|proxy"),
    "cut handshake": ("cut", {"at": "tls"}, 0, FRANKFURT_API, "check|again|proxy"),
}


@pytest.mark.parametrize("kind, fields, requests, cause, mend", FAILURES.values(),
                         ids=FAILURES.keys())
def test_valid_token_is_kept(fetch, sim, kind, fields, requests, cause, mend):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(8)
    old = fetch.token
    sim.reset()
    sim.fault(kind, host=FRANKFURT_API, **fields)
    result = fetch()
    state = sim.state()
    assert result.code == 1
    assert result.logged(FRANKFURT, cause, mend), result.log
    assert result.logged(FRANKFURT, "valid|still"), result.log
    assert len(result.log.splitlines()) == 1, result.log
    new = fetch.token
    assert {**new, "failure": None} == {**old, "failure": None}
    assert new["failure"]["code"] and new["failure"]["text"] in result.log
    assert abs(seconds(new["failure"]["at"]) - time.time()) < 60
    assert set(state["by_host"]) <= {FRANKFURT_API}
    assert 0 < state["by_fault"][kind] <= ATTEMPTS
    if requests is not None:
        assert state["requests"] == requests
    assert state["bytes_sent"] < 32 * 1024 * 1024


SILENT = {
    "silent server": ("no_answer", {"at": "request"}),
    "silent handshake": ("no_answer", {"at": "tls"}),
    "slow body": ("drip", {"bytes": 1, "seconds": 0.2}),
    "late": ("delay", {"seconds": 600}),
}


@pytest.mark.parametrize("kind, fields", SILENT.values(), ids=SILENT.keys())
def test_deadline(fetch, sim, kind, fields):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(8)
    old = digest(fetch.token)
    fetch.configure(FRANKFURT, more="[refresh]\ntimeout = 3s\n")
    sim.fault(kind, **fields)
    result = fetch()
    assert result.code == 1
    assert 2 < result.seconds < patience(6)
    assert result.logged(FRANKFURT, "in time|timed? ?out", "check"), result.log
    assert digest(fetch.token) == old
    assert fetch.failure["text"] in result.log


def test_deadline_is_for_the_whole_run(fetch, sim):
    regions = [f"xx-many-{n}" for n in range(1, 51)]
    for region in regions:
        sim.add_region(region)
    sim.fault("no_answer")
    fetch.configure(*[f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com" for region in regions],
                    more="[refresh]\ntimeout = 3s\n")
    result = fetch()
    assert result.code == 1
    assert result.seconds < patience(8)
    assert len([token for token in fetch.tokens if "failure" in token]) == 50


SLOW = "[aws slow]\nprofile = slow\n"


def test_slow_identity_delays_only_itself(fetch, sim, user):
    """It takes the whole deadline, and the others have their tokens long before."""
    program = user.write("slow", "#!/bin/sh\nsleep 300\n", mode=0o700)
    fetch.aws_file("config", f"[profile slow]\ncredential_process = {program}\n")
    fetch.configure(FRANKFURT, PUBLIC, IRELAND,
                    more=f"[refresh]\ntimeout = 3s\n{SLOW}[registry {IRELAND}]\naws = slow\n")
    result = fetch()
    assert result.code == 1
    assert result.seconds < patience(6)
    assert "authorization" in fetch.token_of(REGION), result.log
    assert "authorization" in fetch.token_of("us-east-1", "ecr-public")
    assert fetch.token_of("eu-west-1")["failure"]["code"] == "process-timeout"


def test_no_time_left(fetch, sim, user):
    """The keys come after the deadline: the message names that, and does not blame AWS."""
    document = json.dumps({"Version": 1, "AccessKeyId": ACCESS_KEY_ID,
                           "SecretAccessKey": SECRET_ACCESS_KEY})
    program = user.write("slow", f"#!/bin/sh\nsleep 1.5\necho '{document}'\n", mode=0o700)
    fetch.aws_file("config", f"[profile slow]\ncredential_process = {program}\n")
    sim.fault("delay", seconds=1.5)
    regions = [f"xx-many-{n}" for n in range(1, 51)]
    for region in regions:
        sim.add_region(region)
    registries = [f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com" for region in regions]
    fetch.configure(*registries, more="[refresh]\ntimeout = 3s\n[aws]\nprofile = slow\n")
    result = fetch(env=NO_KEYS)
    assert result.code == 1
    assert result.logged(r"timeout = in \[refresh\]", "used up"), result.log


def test_twenty_identities_in_parallel(fetch, sim, user):
    """Sequentially they would exceed the deadline of a run."""
    names = [f"xx-many-{n}" for n in range(1, 21)]
    program = user.write("slow", "#!/bin/sh\nsleep 5\necho '" + json.dumps(
        {"Version": 1, "AccessKeyId": ACCESS_KEY_ID,
         "SecretAccessKey": SECRET_ACCESS_KEY}) + "'\n", mode=0o700)
    fetch.aws_file("config", f"[profile slow]\ncredential_process = {program}\n")
    for name in names:
        sim.add_region(name)
    registries = {name: f"{ACCOUNT}.dkr.ecr.{name}.amazonaws.com" for name in names}
    fetch.configure(*registries.values(), more="".join(
        f"[aws {name}]\nprofile = slow\n[registry {host}]\naws = {name}\n"
        for name, host in registries.items()))
    result = fetch.ok()
    assert len(fetch.tokens) == 20


def test_no_route(fetch, sim):
    sim.netns.add_hosts("198.51.100.77", "api.ecr.xx-lost-1.amazonaws.com")
    registry = f"{ACCOUNT}.dkr.ecr.xx-lost-1.amazonaws.com"
    fetch.configure(registry)
    result = fetch()
    assert result.code == 1
    assert result.logged(registry, "connect|unreachable", "route|firewall|proxy"), result.log


def test_unknown_region(fetch):
    registry = f"{ACCOUNT}.dkr.ecr.xx-nowhere-1.amazonaws.com"
    fetch.configure(registry)
    result = fetch()
    assert result.code == 1
    assert result.logged(registry, "resolve", "DNS|region"), result.log


@pytest.fixture
def silent_dns(net):
    """A name server that receives queries and never answers. Names in the hosts file resolve."""
    child = net.popen(["/usr/bin/python3", "-c",
                       "import socket, time\n"
                       "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                       "s.bind(('127.0.0.1', 53))\n"
                       "print('ready', flush=True)\n"
                       "time.sleep(300)\n"], stdout=subprocess.PIPE, text=True)
    assert is_ready(child)
    files = {net.etc / "resolv.conf": "nameserver 127.0.0.1\noptions timeout:30 attempts:5\n",
             net.etc / "nsswitch.conf": "hosts: files dns\n"}
    before = {path: path.read_text() for path in files}
    for path, text in files.items():
        path.write_text(text)
    yield
    for path, text in before.items():
        path.write_text(text)
    end(child)


def test_deadline_with_silent_dns(fetch, silent_dns):
    """glibc would wait for minutes, and cannot be interrupted."""
    registry = f"{ACCOUNT}.dkr.ecr.xx-nowhere-1.amazonaws.com"
    fetch.configure(registry, more="[refresh]\ntimeout = 2s\n")
    result = fetch()
    assert result.code == 1
    assert result.seconds < patience(4)
    assert result.logged(registry, "DNS"), result.log


def test_wrong_secret(fetch, sim):
    fetch.secrets.add("aWrongSecretaWrongSecret")
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_SECRET_ACCESS_KEY": "aWrongSecretaWrongSecret"})
    assert result.code == 1
    assert result.logged(FRANKFURT, "InvalidSignatureException", "secret access key"), result.log
    assert sim.state()["requests"] == 1


def test_unknown_access_key(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_ACCESS_KEY_ID": "AKIAGONE"})
    assert result.code == 1
    assert result.logged(FRANKFURT, "UnrecognizedClientException", "access key"), result.log
    assert sim.state()["requests"] == 1


def test_expired_session_token(fetch, sim):
    sim.keys([{**SESSION, "expires": time.time() - 1}])
    fetch.secrets |= {SESSION["secret"], SESSION["token"]}
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_ACCESS_KEY_ID": SESSION["id"], "AWS_SESSION_TOKEN": SESSION["token"],
                        "AWS_SECRET_ACCESS_KEY": SESSION["secret"]})
    assert result.code == 1
    assert result.logged(FRANKFURT, "ExpiredToken", "new credentials"), result.log


@pytest.mark.parametrize("allow, missing", [
    (["sts:GetServiceBearerToken"], "ecr-public:GetAuthorizationToken"),
    (["ecr-public:GetAuthorizationToken"], "sts:GetServiceBearerToken")])
def test_ecr_public_needs_two_permissions(fetch, sim, allow, missing):
    sim.keys([{"id": ACCESS_KEY_ID, "secret": SECRET_ACCESS_KEY, "allow": allow}])
    fetch.configure(PUBLIC)
    result = fetch()
    assert result.code == 1
    assert result.logged(PUBLIC, "AccessDenied", missing, "IAM|polic"), result.log


def test_one_failure_does_not_affect_others(fetch, sim):
    fetch.configure(FRANKFURT, IRELAND, PUBLIC)
    sim.fault("access_denied", region="eu-west-1")
    result = fetch()
    assert result.code == 1
    assert "authorization" in fetch.token_of(REGION)
    assert "authorization" in fetch.token_of("us-east-1", "ecr-public")
    failed = fetch.token_of("eu-west-1")
    assert "authorization" not in failed
    assert failed["failure"]["code"] == "AccessDeniedException"
    # The next run fetches only the missing token.
    sim.reset()
    fetch.ok()
    assert sim.state()["by_region"] == {"ecr/eu-west-1": 1}
    assert "failure" not in fetch.token_of("eu-west-1")


def test_successful_retry(fetch, sim):
    sim.fault("status", status=500, count=1)
    sim.fault("throttle", count=1)
    fetch.configure(FRANKFURT)
    fetch.ok()
    assert sim.state()["by_status"] == {"500": 1, "400": 1, "200": 1}


def test_time_of_the_first_failure(fetch, sim):
    fetch.configure(FRANKFURT)
    sim.fault("access_denied", count=2)
    fetch()
    first = fetch.failure
    time.sleep(1.1)
    fetch()
    second = fetch.failure
    assert first["since"] == second["since"] == first["at"]
    assert second["at"] > first["at"]
    fetch.ok()
    assert "failure" not in fetch.token


def test_failure_is_retried_while_the_token_is_valid(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    sim.fault("access_denied", count=1)
    assert fetch("--force").code == 1
    fetch.ok()
    assert "failure" not in fetch.token
    assert digest(fetch.token) in issued(sim)
    assert sim.state()["requests"] == 3


def test_expired_token_and_failure(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(13)
    sim.fault("access_denied")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, "AccessDenied", "expired"), result.log


# The clock


@pytest.mark.parametrize("shift, word", [(3600, "behind"), (-3600, "ahead")])
def test_wrong_clock_is_compensated_and_reported(fetch, sim, shift, word):
    sim.clock(shift)
    fetch.configure(FRANKFURT)
    result = fetch.ok()
    assert sim.state()["requests"] == 2
    assert result.logged("clock", word, "1h|60min|59min"), result.log
    assert "failure" not in fetch.token
    assert issued(sim) == [digest(fetch.token)]


def test_wrong_clock_is_one_warning_for_all(fetch, sim):
    sim.clock(3600)
    fetch.configure(FRANKFURT, IRELAND, PUBLIC)
    result = fetch.ok()
    assert len([line for line in result.log.splitlines() if "clock" in line]) == 1


def test_slightly_wrong_clock_is_ignored(fetch, sim):
    sim.clock(120)
    fetch.configure(FRANKFURT)
    result = fetch.ok()
    assert sim.state()["requests"] == 1
    assert "clock" not in result.log


def test_wrong_secret_under_a_wrong_clock(fetch, sim):
    sim.clock(3600)
    fetch.secrets.add("aWrongSecretaWrongSecret")
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_SECRET_ACCESS_KEY": "aWrongSecretaWrongSecret"})
    assert result.code == 1
    assert result.logged(FRANKFURT, "signature", "secret access key"), result.log
    assert sim.state()["requests"] == 2


# Certificates


def test_missing_ca_bundle(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_CA_BUNDLE": "/no/such/bundle.pem"})
    assert result.code == 1
    assert result.logged(FRANKFURT, "/no/such/bundle.pem", "AWS_CA_BUNDLE"), result.log
    assert sim.state()["requests"] == 0


def test_invalid_ca_bundle(fetch, user):
    bundle = user.write("bundle.pem", "this is no certificate\n")
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_CA_BUNDLE": str(bundle)})
    assert result.code == 1
    assert result.logged(FRANKFURT, str(bundle), "AWS_CA_BUNDLE"), result.log


def test_wrong_ca(fetch, sim, user):
    other = CA(user.directory / "other-ca")
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_CA_BUNDLE": str(other.bundle)})
    assert result.code == 1
    assert result.logged(FRANKFURT, "certificate", str(other.bundle), "AWS_CA_BUNDLE"), result.log
    state = sim.state()
    assert state["requests"] == 0
    assert state["connections"] == 1, "a certificate does not become trusted by asking again"


def test_system_cas_reject_the_simulator(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_CA_BUNDLE": None})
    assert result.code == 1
    assert result.logged(FRANKFURT, "certificate", "AWS_CA_BUNDLE"), result.log
    assert sim.state()["requests"] == 0


def test_ca_directory(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok(env={"AWS_CA_BUNDLE": str(sim.ca.hash_directory())})


def test_certificate_of_another_name(fetch, sim):
    # The simulator has a certificate for every requested name; this server does not.
    registry = f"{ACCOUNT}.dkr.ecr.xx-other-1.amazonaws.com"
    certificate, key = sim.ca.issue("somebody.example.com")
    sim.netns.add_address("198.51.100.40")
    sim.netns.add_hosts("198.51.100.40", "api.ecr.xx-other-1.amazonaws.com")
    server = sim.netns.popen(["openssl", "s_server", "-quiet", "-accept", "198.51.100.40:443",
                              "-cert", certificate, "-key", key], stdin=subprocess.PIPE)
    wait_for_port(sim.netns, "198.51.100.40", 443)
    fetch.configure(registry)
    result = fetch()
    server.terminate()
    assert result.code == 1
    assert result.logged(registry, "certificate", "name"), result.log


def wait_for_port(net, address, port):
    wait_for(lambda: net.run(["ss", "-Hltn", "src", f"{address}:{port}"],
                             capture_output=True).stdout, 5, f"a server at {address}:{port}")


# Custom endpoints


def test_endpoint_url(fetch, sim):
    url = f"http://{sim.address}:{HTTP_PORT}"
    fetch.configure(FRANKFURT, PUBLIC)
    fetch.ok(env={"AWS_ENDPOINT_URL": url, "AWS_CA_BUNDLE": None})
    state = sim.state()
    assert {request["scheme"] for request in state["last"]} == {"http"}
    assert state["by_region"] == {f"ecr/{REGION}": 1, "ecr-public/us-east-1": 1}
    assert state["handshakes"] == 0


def test_endpoint_url_of_one_service_comes_first(fetch, sim):
    url = f"http://{sim.address}:{HTTP_PORT}"
    fetch.configure(FRANKFURT, PUBLIC)
    fetch.ok(env={"AWS_ENDPOINT_URL": "http://198.51.100.99/", "AWS_ENDPOINT_URL_ECR": url,
                  "AWS_ENDPOINT_URL_ECR_PUBLIC": url + "/"})
    assert sim.state()["requests"] == 2


def test_ignored_endpoint_urls(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok(env={"AWS_ENDPOINT_URL": "http://198.51.100.99/",
                  "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"})
    assert sim.state()["by_host"] == {FRANKFURT_API: 1}


@pytest.mark.parametrize("url", ["ftp://198.51.100.10/", "198.51.100.10", "https://"])
def test_bad_endpoint_url(fetch, sim, url):
    fetch.configure(FRANKFURT)
    result = fetch(env={"AWS_ENDPOINT_URL": url})
    assert result.code == 1
    assert result.logged(FRANKFURT, "AWS_ENDPOINT_URL"), result.log
    assert sim.state()["connections"] == 0


def test_endpoint_url_and_fips_exclude_each_other(fetch, sim):
    registry = "123456789012.dkr.ecr-fips.us-west-2.amazonaws.com"
    fetch.configure(registry)
    result = fetch(env={"AWS_ENDPOINT_URL": f"http://{sim.address}:{HTTP_PORT}"})
    assert result.code == 1
    assert result.logged(registry, "FIPS", "endpoint"), result.log
    assert sim.state()["connections"] == 0


# Proxies


PROXY_ADDRESS, PROXY_PORT = "198.51.100.30", 3128
PROXY = f"http://{PROXY_ADDRESS}:{PROXY_PORT}"


class Proxy:
    def __init__(self, net, log):
        self.log = log
        self.log.write_text("")
        net.add_address(PROXY_ADDRESS)
        self.child = net.popen(
            [Path(__file__).with_name("proxy.py"), PROXY_ADDRESS, str(PROXY_PORT), log],
            env={**os.environ, "REFUSE": "api.ecr.eu-west-1.amazonaws.com"},
            stdout=subprocess.PIPE, text=True)
        assert is_ready(self.child)

    @property
    def seen(self):
        return self.log.read_text().splitlines()


@pytest.fixture(scope="module")
def one_proxy(net, tmp_path_factory):
    return Proxy(net, tmp_path_factory.mktemp("proxy") / "log")


@pytest.fixture
def proxy(one_proxy):
    one_proxy.log.write_text("")
    return one_proxy


@pytest.mark.parametrize("env", [{"https_proxy": PROXY}, {"HTTPS_PROXY": PROXY},
                                 {"https_proxy": PROXY, "no_proxy": "example.com,.eu"}], ids=str)
def test_proxy(fetch, sim, proxy, env):
    fetch.configure(FRANKFURT)
    fetch.ok(env=env)
    assert proxy.seen == [f"CONNECT {FRANKFURT_API}:443 HTTP/1.1"]
    assert sim.state()["requests"] == 1


@pytest.mark.parametrize("env", [
    {"https_proxy": PROXY, "no_proxy": ".amazonaws.com"},
    {"https_proxy": PROXY, "no_proxy": f"example.com, {FRANKFURT_API}"},
    {"https_proxy": PROXY, "NO_PROXY": "*"},
    {"http_proxy": PROXY},
], ids=str)
def test_no_proxy(fetch, sim, proxy, env):
    fetch.configure(FRANKFURT)
    fetch.ok(env=env)
    assert proxy.seen == []
    assert sim.state()["requests"] == 1


def test_proxy_with_a_password(fetch, proxy):
    fetch.secrets.add("theProxysPassword")
    fetch.configure(FRANKFURT)
    fetch.ok(env={"https_proxy": f"http://someone:theProxysPassword@{PROXY_ADDRESS}:{PROXY_PORT}"})
    credentials = base64.b64encode(b"someone:theProxysPassword").decode()
    assert f"Proxy-Authorization: Basic {credentials}" in proxy.seen


def test_refusing_proxy(fetch, sim, proxy):
    fetch.secrets.add("theProxysPassword")
    fetch.configure(IRELAND)
    result = fetch(env={"https_proxy": f"http://me:theProxysPassword@{PROXY_ADDRESS}:{PROXY_PORT}"})
    assert result.code == 1
    assert result.logged(IRELAND, "403", "proxy"), result.log
    assert sim.state()["connections"] == 0


def test_dead_proxy(fetch, sim):
    fetch.secrets.add("theProxysPassword")
    fetch.configure(FRANKFURT)
    result = fetch(env={"https_proxy": "http://me:theProxysPassword@198.51.100.10:9"})
    assert result.code == 1
    assert result.logged(FRANKFURT, "198.51.100.10", "proxy"), result.log
    assert sim.state()["connections"] == 0


@pytest.mark.parametrize("url", ["http://me:the Proxys Password@198.51.100.10:3128",
                                 "http://me:12/the Proxys Password@198.51.100.10:3128",
                                 "me:the Proxys Password@198.51.100.10:3128",
                                 "http://me:the Proxys Password",
                                 "ftp://me:the Proxys Password@198.51.100.10:3128",
                                 "http://me:the Proxys Password@198.51.100.10:99999"])
def test_invalid_proxy_url(fetch, sim, url):
    """An invalid URL is not repeated."""
    fetch.secrets.add("the Proxys Password")
    fetch.configure(FRANKFURT)
    result = fetch(env={"https_proxy": url})
    assert result.code == 1
    assert result.logged("proxy"), result.log
    assert "Password" not in result.log
    assert sim.state()["connections"] == 0


# The ini and the state


def test_wrong_ini_changes_nothing(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(8)
    before = fetch.state.read_bytes()
    sim.reset()
    config = fetch.configure(FRANKFURT, more="[refresh]\ntimeout = soon\n")
    result = fetch()
    assert result.code == 78
    assert result.logged(f"{config}:2: "), result.log
    assert fetch.state.read_bytes() == before
    assert sim.state()["connections"] == 0


def test_missing_ini(fetch, sim, user):
    fetch.config = user.home / "nowhere.ini"
    result = fetch()
    assert result.code == 78
    assert result.logged("nowhere.ini"), result.log


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", '{"version":2,"tokens":[]}', "[" * 10000, "\0" * 100,
], ids=lambda text: text[:30])
def test_broken_state_is_replaced(fetch, sim, text):
    fetch.configure(FRANKFURT)
    fetch.write_state(text)
    result = fetch.ok()
    assert result.logged("tokens.json"), result.log
    assert issued(sim) == [digest(fetch.token)]


@pytest.mark.parametrize("token", [
    "{}", '{"identity":"","service":"ecr","partition":"aws",'
    '"region":"eu-central-1","authorization":"a\\nb"}',
])
def test_broken_token_is_fetched_again(fetch, sim, token):
    fetch.configure(FRANKFURT)
    fetch.write_state('{"version":1,"tokens":[%s]}' % token)
    fetch.ok()
    assert issued(sim) == [digest(fetch.token)]


def test_enormous_state_is_not_read(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.write_state("")
    os.truncate(fetch.state, 1 << 40)
    result = fetch.ok()
    assert result.logged("tokens.json"), result.log
    assert issued(sim) == [digest(fetch.token)]


@pytest.mark.parametrize("kind", ["directory", "fifo"])
def test_state_is_not_a_file(fetch, kind):
    fetch.configure(FRANKFURT)
    fetch.write_state("")
    fetch.state.unlink()
    os.mkdir(fetch.state) if kind == "directory" else os.mkfifo(fetch.state, 0o666)
    result = fetch()
    assert result.logged("tokens.json"), result.log
    assert result.code == (1 if kind == "directory" else 0)  # a directory cannot be replaced


def test_state_cannot_be_written(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(8)
    before = fetch.state.read_bytes()
    os.chown(fetch.directory, 0, 0)
    fetch.directory.chmod(0o755)
    result = fetch()
    assert result.code == 1
    assert result.logged("tokens.json", "written", "denied"), result.log
    assert not result.logged("new token"), "what could not be kept is no new token"
    assert fetch.state.read_bytes() == before


def test_no_runtime_directory(fetch):
    fetch.configure(FRANKFURT)
    result = fetch(env={"XDG_RUNTIME_DIR": ""})
    assert result.code == 1
    assert result.logged("XDG_RUNTIME_DIR"), result.log


def test_killed_while_running(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(8)
    before = fetch.state.read_bytes()
    sim.fault("no_answer", count=1)
    child = fetch.start()
    wait_for(lambda: sim.state()["by_fault"])
    child.send_signal(signal.SIGKILL)
    child.wait(patience(10))
    assert fetch.state.read_bytes() == before
    assert fetch.ok().seconds < patience(6), "no lock is left behind"


# Secrets


def test_secrets_in_process_listings(fetch, sim, user):
    """The keys are in a file, so ps must not show any part of them."""
    sim.keys([{**SESSION}])
    sim.fault("no_answer", count=1)
    fetch.aws_file("credentials", "[default]\n" + keys(SESSION["id"], SESSION["secret"],
                                                       SESSION["token"]))
    fetch.configure(FRANKFURT)
    child = fetch.start(env=NO_KEYS, stderr=subprocess.DEVNULL)
    wait_for(lambda: sim.state()["by_fault"])
    process = Path("/proc", str(child.pid))
    shown = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    children = (process / "task" / str(child.pid) / "children").read_text()
    # Not dumpable: owned by root in /proc, no core dump, not traceable by the user's other
    # processes.
    owner = (process / "environ").stat().st_uid
    peek = user.run(["cat", str(process / "environ")])
    child.kill()
    child.wait(patience(10))
    assert b"ecr-fetch" in shown
    assert SESSION["secret"].encode() not in shown and SESSION["token"].encode() not in shown
    assert children == ""
    assert owner == 0
    assert peek.returncode != 0


def test_verbose_shows_why_nothing_is_fetched(fetch):
    fetch.configure(FRANKFURT)
    fetch.ok()
    assert fetch.ok().log == ""
    assert re.search(rf"{FRANKFURT} \(.*\): the token is valid for 1[12]h.*, and will be renewed",
                     fetch.ok("--verbose").log)


def test_verbose_shows_no_secret(fetch):
    """The fixture checks every run for secrets; this one logs the most."""
    fetch.configure(FRANKFURT)
    fetch.ok("--verbose")


def test_token_in_an_error_is_not_repeated(fetch, sim):
    """A malformed reply may still contain a token: no error text quotes it."""
    fetch.configure(FRANKFURT)
    sim.fault("truncated")
    result = fetch()
    assert result.code == 1
    assert "authorizationToken\":\"" not in result.log
    assert json.loads(fetch.state.read_text())["tokens"][0].get("authorization") is None


# The command line


@pytest.mark.parametrize("arguments", [["--nonsense"], ["argument"]])
def test_usage(fetch, arguments):
    fetch.configure(FRANKFURT)
    assert fetch(*arguments).code == 2


def test_root_is_refused(fetch, sim, program):
    fetch.configure(FRANKFURT)
    done = sim.netns.run(fetch.command(), env=fetch.environment(), capture_output=True, text=True)
    assert done.returncode == 2
    assert "root" in done.stderr
    assert sim.state()["connections"] == 0
