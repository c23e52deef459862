# SPDX-License-Identifier: Apache-2.0
"""Roles and web identity: the principal of a registry's token, the number of STS calls, and the
messages of refusals. With the same files the AWS CLI must be the same principal."""

import json
import re

import pytest

from integration.conftest import keys
from lib.patience import patience
from lib.simulator import ACCOUNT, DEFAULT_KEY

REGION = "eu-central-1"
FRANKFURT = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IRELAND = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
OTHER = "210987654321"
PULL = f"arn:aws:iam::{OTHER}:role/pull"
HOP = f"arn:aws:iam::{ACCOUNT}:role/hop"
TESTER = f"arn:aws:iam::{ACCOUNT}:user/tester"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
OURS = r"ecr-refresher-[\w+=,.@-]+"
ATTEMPTS = 3


@pytest.fixture(autouse=True)
def role(sim):
    """Sets one role that the default key may assume, with ecr-refresher's session name."""
    sim.service("sts", roles=[{"arn": PULL, "trusts": [TESTER], "session": OURS}])


def n_calls(sim, operation="AssumeRole"):
    return sim.state()["by_operation"].get(operation, 0)


def owners(sim):
    return {token["account"] for token in sim.state()["issued"]}


def principal(fetch, env=None):
    """The principal that check prints. Its registries do not exist here."""
    result = fetch("--check", "--online", env=env)
    assert result.output.startswith("ok "), result.output + result.log
    return re.search(r"\bidentity +(arn:\S+)", result.output)[1]


def cli_principal(fetch, env=None):
    done = fetch.user.run(["/usr/bin/aws", "sts", "get-caller-identity", "--output", "json"],
                          env={**fetch.environment(env), "AWS_EC2_METADATA_DISABLED": "true"},
                          timeout=patience(60))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["Arn"]


# A role per registry


def test_role_of_a_registry(fetch, sim):
    other = f"{OTHER}.dkr.ecr.{REGION}.amazonaws.com"
    fetch.configure(FRANKFURT, other, more=f"[aws pull]\nrole_arn = {PULL}\n"
                    f"[registry {other}]\naws = pull\n")
    fetch.ok()
    assert n_calls(sim) == 1
    assert owners(sim) == {ACCOUNT, OTHER}
    assert {token["provider"] for token in fetch.tokens} == {"environment", "assume-role"}


@pytest.mark.parametrize("section, files", [
    (f"role_arn = {PULL}\n", {}),
    (f"role_arn = {PULL}\nprofile = base\n", {"credentials": f"[base]\n{keys()}"}),
    (f"role_arn = {PULL}\nsource_profile = base\n", {"credentials": f"[base]\n{keys()}"}),
    (f"role_arn = {PULL}\ncredential_source = Environment\n", {}),
    ("profile = p\n", {"config": f"[profile p]\nrole_arn = {PULL}\nsource_profile = base\n",
                       "credentials": f"[base]\n{keys()}"}),
    ("profile = p\n", {"config": f"[profile p]\nrole_arn = {PULL}\nsource_profile = p\n{keys()}"}),
    ("profile = p\n",
     {"config": f"[profile p]\nrole_arn = {PULL}\ncredential_source = Environment\n"}),
], ids=["default chain", "profile", "source_profile", "credential_source", "role of a profile",
        "of itself", "of a profile with credential_source"])
def test_source_of_a_role(fetch, sim, section, files):
    for name, text in files.items():
        fetch.aws_file(name, text)
    needs_environment = not files or "credential_source" in str(files)
    fetch.configure(FRANKFURT, more=f"[aws]\n{section}")
    fetch.ok(env={} if needs_environment else NO_KEYS)
    assert n_calls(sim) == 1
    assert owners(sim) == {OTHER}


def test_role_chain(fetch, sim):
    sim.service("sts", roles=[
        {"arn": HOP, "trusts": [TESTER], "session": "first", "external_id": "e/=ü"},
        {"arn": PULL, "trusts": [f"arn:aws:sts::{ACCOUNT}:assumed-role/hop/first"],
         "session": "second", "max_duration": 900}])
    fetch.aws_file("config", f"""\
[profile hop]
role_arn = {HOP}
source_profile = base
role_session_name = first
external_id = e/=ü
""")
    fetch.aws_file("credentials", f"[base]\n{keys()}")
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\nsource_profile = hop\n"
                    "role_session_name = second\nduration_seconds = 900\n")
    fetch.ok(env=NO_KEYS)
    assert n_calls(sim) == 2
    assert owners(sim) == {OTHER}


# Number and region of STS calls


def test_registries_share_an_identity(fetch, sim):
    fetch.configure(FRANKFURT, IRELAND, "public.ecr.aws", more=f"[aws]\nrole_arn = {PULL}\n")
    fetch.ok()
    assert n_calls(sim) == 1
    assert n_calls(sim, "GetAuthorizationToken") == 3


def test_no_call_while_the_token_is_fresh(fetch, sim):
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\n")
    fetch.ok()
    fetch.ok()
    assert (n_calls(sim), sim.state()["requests"]) == (1, 2)
    fetch.age(11)
    fetch.ok()
    assert (n_calls(sim), sim.state()["requests"]) == (2, 4)


def test_twenty_identities_in_parallel(fetch, sim):
    hosts = [f"{200000000000 + i}.dkr.ecr.{REGION}.amazonaws.com" for i in range(20)]
    sim.fault("delay", seconds=1, service="sts")
    fetch.configure(*hosts, more="".join(
        f"[aws id{i}]\nrole_arn = {PULL}\nrole_session_name = ecr-refresher-{i}\n"
        f"[registry {host}]\naws = id{i}\n" for i, host in enumerate(hosts)))
    result = fetch.ok()
    assert n_calls(sim) == 20
    assert len(fetch.tokens) == 20
    assert sim.state()["parallel_max"] >= 10


@pytest.mark.parametrize("ini, env, region", [
    ("", {}, REGION),  # nothing is configured: the registry's
    ("", {"AWS_REGION": "eu-west-3"}, "eu-west-3"),
    ("region = us-west-2\n", {"AWS_REGION": "eu-west-3"}, "us-west-2"),
    ("profile = p\n", {}, "ap-south-1"),
    ("region = cn-north-1\n", {}, "cn-north-1"),
], ids=["registry", "environment", "ini", "profile", "China"])
def test_region_of_sts(fetch, sim, ini, env, region):
    fetch.aws_file("config", f"[profile p]\nregion = ap-south-1\n{keys()}")
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\n{ini}")
    fetch(env=env)
    suffix = "com.cn" if region.startswith("cn-") else "com"
    assert f"sts.{region}.amazonaws.{suffix}" in sim.state()["by_host"]


# Web identity


def web(fetch, token="tokenOne", **env):
    path = fetch.user.write("token.jwt", token + "\n")
    return {**NO_KEYS, "AWS_WEB_IDENTITY_TOKEN_FILE": str(path), "AWS_ROLE_ARN": PULL, **env}


def accept(sim, *tokens, **more):
    sim.service("sts", roles=[{"arn": PULL, "subject": "pod", **more}],
                tokens=[{"token": token, "subject": "pod"} for token in tokens])


def test_token_file_in_the_environment(fetch, sim):
    accept(sim, "tokenOne", session=OURS)
    fetch.configure(FRANKFURT)
    fetch.ok(env=web(fetch))
    assert fetch.token["provider"] == "web-identity"
    assert owners(sim) == {OTHER}


def test_session_name_in_the_environment(fetch, sim):
    accept(sim, "tokenOne", session="mine")
    fetch.configure(FRANKFURT)
    fetch.ok(env=web(fetch, AWS_ROLE_SESSION_NAME="mine"))


@pytest.mark.parametrize("place", ["ini", "profile", "source_profile"])
def test_token_file_configured(fetch, sim, place):
    accept(sim, "tokenOne")
    path = web(fetch)["AWS_WEB_IDENTITY_TOKEN_FILE"]
    text = f"role_arn = {PULL}\nweb_identity_token_file = {path}\n"
    ini = {"ini": text.replace(str(fetch.user.home), "~"), "profile": "profile = p\n",
           "source_profile": f"role_arn = {HOP}\nsource_profile = p\n"}[place]
    if place == "source_profile":
        sim.service("sts", roles=[{"arn": PULL, "subject": "pod"}, {"arn": HOP}],
                    tokens=[{"token": "tokenOne", "subject": "pod"}])
    fetch.aws_file("config", f"[profile p]\n{text}")
    fetch.configure(FRANKFURT, more=f"[aws]\n{ini}")
    fetch.ok(env=NO_KEYS)
    assert owners(sim) == {ACCOUNT if place == "source_profile" else OTHER}


def test_changing_token_file(fetch, sim):
    accept(sim, "tokenOne")
    fetch.configure(FRANKFURT)
    fetch.ok(env=web(fetch))
    accept(sim, "tokenTwo")
    result = fetch("--force", env=web(fetch))
    assert result.code == 1
    assert result.logged(FRANKFURT, "InvalidIdentityToken", "No OpenIDConnect", "OIDC provider")
    fetch.ok("--force", env=web(fetch, "tokenTwo"))
    assert n_calls(sim, "AssumeRoleWithWebIdentity") == 3


def test_expired_token(fetch, sim):
    sim.service("sts", roles=[{"arn": PULL, "subject": "pod"}],
                tokens=[{"token": "tokenOne", "subject": "pod", "expires": 1}])
    fetch.configure(FRANKFURT)
    result = fetch(env=web(fetch))
    assert result.code == 1
    assert result.logged(FRANKFURT, "ExpiredToken", "writes the token", "renew")


@pytest.mark.parametrize("text, said", [(None, "No such file"), ("", "empty"),
                                        ("x" * 66000, "64 KiB")])
def test_invalid_token_file(fetch, sim, text, said):
    env = web(fetch, text or "")
    if text is None:
        (fetch.user.home / "token.jwt").unlink()
    fetch.configure(FRANKFURT)
    result = fetch(env=env)
    assert result.code == 1
    assert result.logged(FRANKFURT, "token.jwt", said)
    assert sim.state()["connections"] == 0


def test_token_file_without_a_role(fetch, sim):
    fetch.configure(FRANKFURT)
    result = fetch(env=web(fetch, AWS_ROLE_ARN=None))
    assert result.code == 1
    assert result.logged(FRANKFURT, "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN")


# Refusals


def test_role_without_trust(fetch, sim):
    sim.service("sts", roles=[{"arn": PULL, "trusts": ["arn:aws:iam::1:user/other"]}])
    fetch.configure(FRANKFURT, IRELAND, more=f"[aws pull]\nrole_arn = {PULL}\n"
                    f"[registry {FRANKFURT}]\naws = pull\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, re.escape(PULL), "AccessDenied", "not authorized",
                         "trust policy")
    assert n_calls(sim) == 1
    assert fetch.token_of("eu-west-1"), "the other registry is served"


def test_temporary_throttling(fetch, sim):
    sim.fault("throttle", service="sts", count=2)
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\n")
    fetch.ok()
    assert n_calls(sim) == ATTEMPTS


def test_permanent_throttling(fetch, sim):
    sim.fault("throttle", service="sts")
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, "Throttling", "Rate exceeded", "again|later")
    assert n_calls(sim) == ATTEMPTS
    assert n_calls(sim, "GetAuthorizationToken") == 0


@pytest.mark.parametrize("key, said", [
    ({**DEFAULT_KEY, "secret": "another"}, "SignatureDoesNotMatch"),
    ({**DEFAULT_KEY, "id": "AKIANOBODY"}, "InvalidClientTokenId"),
    ({**DEFAULT_KEY, "expires": 1}, "ExpiredToken"),
    ({**DEFAULT_KEY, "allow": ["ecr:GetAuthorizationToken"]}, "AccessDenied"),
], ids=["secret", "id", "expired", "policy"])
def test_refused_source(fetch, sim, key, said):
    sim.keys([key])
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, re.escape(PULL), said)


@pytest.mark.parametrize("fault", ["garbage", "truncated", "huge"])
def test_malformed_reply(fetch, sim, fault):
    sim.fault(fault, service="sts")
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, "STS|sts")


def test_the_old_token_outlives_a_refusal(fetch, sim):
    fetch.configure(FRANKFURT, more=f"[aws]\nrole_arn = {PULL}\n")
    fetch.ok()
    before = fetch.token["authorization"]
    fetch.age(11)
    sim.fault("throttle", service="sts")
    assert fetch().code == 1
    assert fetch.token["authorization"] == before
    assert "Throttling" in fetch.failure["code"]


# Errors found without a request


BASE = f"[profile base]\n{keys()}"
ROLE = f"[profile p]\nrole_arn = {PULL}\n"


@pytest.mark.parametrize("config, said", [
    (f"{ROLE}source_profile = q\n[profile q]\nrole_arn = {HOP}\nsource_profile = p\n",
     ["p → q → p", "circle"]),
    (f"{ROLE}source_profile = base\nmfa_serial = arn:aws:iam::1:mfa/x\n{BASE}",
     ["mfa_serial", "service"]),
    (ROLE, ['"p"', "source_profile", "credential_source"]),
    (f"{ROLE}source_profile = nowhere\n", ["nowhere", '"p"']),
    (f"{ROLE}source_profile = q\n[profile q]\nregion = x\n", ['"q"', "no credentials"]),
    (f"{ROLE}source_profile = q\n[profile q]\naws_access_key_id = AKIA\n",
     ['"q"', "aws_secret_access_key"]),
    (f"{ROLE}source_profile = base\nduration_seconds = 5\n{BASE}", ["duration_seconds", "900"]),
    (f"{ROLE}credential_source = Environment\n", ["Environment|environment", "AWS_ACCESS_KEY_ID"]),
], ids=["cycle", "MFA", "no source", "no such source", "empty source", "half a key", "duration",
        "environment"])
def test_bad_profiles(fetch, sim, config, said):
    fetch.aws_file("config", config)
    fetch.configure(FRANKFURT, more="[aws]\nprofile = p\n")
    result = fetch(env=NO_KEYS)
    assert result.code == 1
    assert result.logged(FRANKFURT, *said)
    assert sim.state()["connections"] == 0


def test_external_id_without_a_role(fetch, sim):
    fetch.configure(FRANKFURT, more="[aws pull]\nexternal_id = e\n"
                    f"[registry {FRANKFURT}]\naws = pull\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, r"\[aws pull\]", "external_id", "role_arn")


def test_no_fallback_for_a_section_with_credentials(fetch, sim):
    fetch.configure(FRANKFURT, more="[aws]\nsso_session = work\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, r"\[aws\]", "sso_session", "sso_account_id")
    assert sim.state()["connections"] == 0, "not the keys in the environment"


def test_message_names_every_provider(fetch):
    fetch.configure(FRANKFURT)
    result = fetch(env={**NO_KEYS, "AWS_EC2_METADATA_DISABLED": "true"})
    assert result.code == 1
    assert result.logged(FRANKFURT, "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE",
                         r"\.aws/config", "AWS_CONTAINER_CREDENTIALS", "AWS_EC2_METADATA_DISABLED")


# Compared with the AWS CLI


SIDE_BY_SIDE = {
    "environment": ({}, {}),
    "environment before AWS_PROFILE": ({"AWS_PROFILE": "base"}, {
        "config": "[profile base]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = x\n"}),
    "credentials file": (NO_KEYS, {"credentials": f"[default]\n{keys()}"}),
    "config file": ({**NO_KEYS, "AWS_PROFILE": "base"}, {"config": BASE}),
    "role": ({**NO_KEYS, "AWS_PROFILE": "p"}, {
        "config": f"{ROLE}source_profile = base\nrole_session_name = ecr-refresher-x\n{BASE}"}),
    "source with keys and a role": ({**NO_KEYS, "AWS_PROFILE": "p"}, {
        "config": f"{ROLE}source_profile = q\nrole_session_name = ecr-refresher-x\n"
                  f"[profile q]\nrole_arn = {HOP}\nsource_profile = base\n{keys()}{BASE}"}),
    "web identity": ("web", {}),
    "web identity before keys of a profile": ("web", {"credentials": f"[default]\n{keys()}"}),
    "token of the environment, role of the profile": ("half", {
        "config": f"[default]\nrole_arn = {PULL}\nweb_identity_token_file = /nowhere\n"
                  "role_session_name = profiles\n"}),
}


@pytest.mark.parametrize("case", SIDE_BY_SIDE)
def test_the_same_principal_as_the_aws_cli(fetch, sim, case):
    env, files = SIDE_BY_SIDE[case]
    sim.service("sts", roles=[{"arn": PULL, "subject": "pod"}],
                tokens=[{"token": "tokenOne", "subject": "pod"}])
    if env in ("web", "half"):
        session = {"AWS_ROLE_SESSION_NAME": "mine"} if env == "web" else {}
        env = web(fetch, AWS_ROLE_ARN=PULL if env == "web" else None, **session)
    for name, text in files.items():
        fetch.aws_file(name, text)
    fetch.configure(FRANKFURT)
    env = {**env, "AWS_REGION": REGION, "AWS_DEFAULT_REGION": REGION}
    ours = principal(fetch, env)
    assert ours == cli_principal(fetch, env)
