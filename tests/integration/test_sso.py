# SPDX-License-Identifier: Apache-2.0
"""ecr-fetch with a session of `aws sso login`: both forms of the configuration, renewal, refusals;
and the AWS CLI with the same files."""

import hashlib
import json
import os
import re
import threading
import time

import pytest

from integration.conftest import seconds, timestamp
from lib.patience import patience
from lib.simulator import ACCOUNT

REGION = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
PORTAL = "portal.sso.eu-west-1.amazonaws.com"
OIDC = "oidc.eu-west-1.amazonaws.com"
START_URL = "https://d-abc123.awsapps.com/start"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}

KEYS = f"sso_account_id = {ACCOUNT}\nsso_role_name = Pull images\n"
HOME = f"sso_region = eu-west-1\nsso_start_url = {START_URL}\n"
SESSION = (f"[profile dev]\nregion = {REGION}\nsso_session = work\n{KEYS}"
           f"[sso-session work]\n{HOME}sso_registration_scopes = sso:account:access\n")
LEGACY = f"[profile dev]\nregion = {REGION}\n{HOME}{KEYS}"

TOKENS = {"anAccessToken", "aRefreshToken", "aClientSecret"}


def logged_in(lasts=8 * 3600, **more):
    """The session in Identity Center."""
    return {"access_token": "anAccessToken", "expires": time.time() + lasts,
            "refresh_token": "aRefreshToken", "client_id": "aClient",
            "client_secret": "aClientSecret", "roles": [[ACCOUNT, "Pull images"]], **more}


class Login:
    """The state after `aws sso login`: the session in Identity Center and the file."""

    def __init__(self, fetch, sim, config=SESSION):
        self.fetch, self.sim = fetch, sim
        name = "work" if config is SESSION else START_URL
        self.name = f"sso/cache/{hashlib.sha1(name.encode()).hexdigest()}.json"
        fetch.secrets |= TOKENS | {"ssoSecret", "ssoSessionToken", "renewedAccessToken",
                                   "renewedRefreshToken"}
        fetch.aws_file("config", config)
        fetch.configure(REGISTRY, more="[aws]\nprofile = dev\n")

    def session(self, lasts=8 * 3600, **more):
        self.sim.service("sso", sessions=[logged_in(lasts, **more)])
        self.write(lasts)
        return self

    def write(self, lasts=8 * 3600, registration=90 * 86400, **more):
        self.file = self.fetch.aws_file(self.name, json.dumps({
            "startUrl": START_URL, "region": "eu-west-1", "accessToken": "anAccessToken",
            "expiresAt": timestamp(time.time() + lasts), "clientId": "aClient",
            "clientSecret": "aClientSecret", "refreshToken": "aRefreshToken",
            "registrationExpiresAt": timestamp(time.time() + registration),
            "ofAnotherProgram": {"kept": [1, 2.50, None]}, **more}))

    def legacy(self, lasts=8 * 3600):
        self.sim.service("sso", sessions=[logged_in(lasts)])
        self.file = self.fetch.aws_file(self.name, json.dumps({
            "startUrl": START_URL, "region": "eu-west-1", "accessToken": "anAccessToken",
            "expiresAt": timestamp(time.time() + lasts).replace("Z", "UTC")}))
        return self

    def run(self, *arguments):
        return self.fetch(*arguments, env=NO_KEYS)

    def ok(self, *arguments):
        return self.fetch.ok(*arguments, env=NO_KEYS)

    @property
    def cache(self):
        return json.loads(self.file.read_text())


@pytest.fixture
def login(fetch, sim):
    return Login(fetch, sim)


def principal(sim):
    return sim.state()["issued"][-1]["principal"]


def hosts(sim):
    return sim.state()["by_host"]


# Success


def test_session(login, sim):
    login.session()
    before = login.file.read_bytes()
    login.ok()
    assert principal(sim) == f"arn:aws:sts::{ACCOUNT}:assumed-role/Pull images/session"
    assert hosts(sim) == {PORTAL: 1, f"api.ecr.{REGION}.amazonaws.com": 1}
    assert login.fetch.token["provider"] == "sso"
    assert login.file.read_bytes() == before


def test_legacy(fetch, sim):
    login = Login(fetch, sim, LEGACY).legacy()
    login.ok()
    assert principal(sim) == f"arn:aws:sts::{ACCOUNT}:assumed-role/Pull images/session"
    assert OIDC not in hosts(sim)


def test_keys_of_the_ini(fetch, sim):
    """[aws] has the profile's keys; the session's section is in the user's file."""
    login = Login(fetch, sim).session()
    fetch.aws_file("config", f"[sso-session work]\n{HOME}")
    fetch.configure(REGISTRY, more=f"[aws]\nsso_session = work\n{KEYS}")
    login.ok()
    assert principal(sim).endswith("/Pull images/session")
    login.file.unlink()
    result = login.run("--force")
    assert result.code == 1
    assert result.logged('"aws sso login --sso-session work" as the user ' + fetch.user.name)


@pytest.mark.parametrize("lasts", [-3600, 240], ids=["expired", "soon"])
def test_renewal(login, sim, lasts):
    login.session(lasts)
    login.ok()
    assert hosts(sim) == {OIDC: 1, PORTAL: 1, f"api.ecr.{REGION}.amazonaws.com": 1}
    cache = login.cache
    assert cache["accessToken"] == "renewedAccessToken1"
    assert cache["refreshToken"] == "renewedRefreshToken1"
    assert abs(seconds(cache["expiresAt"]) - time.time() - 8 * 3600) < 60
    assert cache["ofAnotherProgram"] == {"kept": [1, 2.5, None]}
    assert cache["clientSecret"] == "aClientSecret"
    status = login.file.stat()
    assert (status.st_mode & 0o7777, status.st_uid) == (0o600, login.fetch.user.uid)
    assert os.listdir(login.file.parent) == [login.file.name]
    # The next run uses the renewed session.
    sim.reset()
    sim.service("sso", sessions=[logged_in(access_token="renewedAccessToken1")])
    login.ok("--force")
    assert OIDC not in hosts(sim)


def test_two_renewals(login, sim):
    """The refresh token of the first renewal serves the second."""
    login.session(-1)
    login.ok()
    cache = login.cache
    cache["expiresAt"] = timestamp(time.time() - 1)
    login.fetch.aws_file(login.name, json.dumps(cache))
    login.ok("--force")
    assert login.cache["refreshToken"] == "renewedRefreshToken2"


def test_identities_share_a_session(login, sim, fetch):
    """The refresh token is valid once: of several identities, one renews."""
    login.session(-1)
    more = "".join(f"[aws id{n}]\nprofile = dev\n"
                   f"[registry {n}23456789012.dkr.ecr.{REGION}.amazonaws.com]\naws = id{n}\n"
                   for n in range(2, 10))
    fetch.configure(*[f"{n}23456789012.dkr.ecr.{REGION}.amazonaws.com" for n in range(2, 10)],
                    more=more)
    login.ok()
    assert hosts(sim)[OIDC] == 1
    assert hosts(sim)[PORTAL] == 8


def test_failed_renewal_of_a_valid_session(login, sim):
    login.session(240)
    sim.fault("error", service="sso-oidc", code="InvalidGrantException", status=400)
    login.ok()
    assert login.cache["accessToken"] == "anAccessToken"


def test_source_profile(login, sim, fetch):
    """User mode without a profile in the ini: AWS_PROFILE names it."""
    login.session()
    fetch.configure(REGISTRY)
    fetch.ok(env={**NO_KEYS, "AWS_PROFILE": "dev"})
    assert principal(sim).endswith("/Pull images/session")


# Failures


def test_expired_session_names_the_command(login, sim):
    login.session(-3600)
    login.write(-3600, registration=-60)
    result = login.run()
    assert result.code == 1
    command = f'"aws sso login --profile dev" as the user {login.fetch.user.name}'
    assert result.logged("expired", command)
    assert sim.state()["requests"] == 0


def test_expired_legacy_session(fetch, sim):
    login = Login(fetch, sim, LEGACY).legacy(-60)
    result = login.run()
    assert result.code == 1
    assert result.logged("expired", "aws sso login --profile dev")
    assert sim.state()["requests"] == 0


def test_no_session(login, sim):
    result = login.run()
    assert result.code == 1
    assert result.logged("no session exists", "aws sso login --profile dev")


def test_revoked_session(login, sim):
    login.session()
    sim.service("sso", sessions=[])
    result = login.run()
    assert result.code == 1
    assert result.logged("revoked", "UnauthorizedException", "aws sso login --profile dev")
    assert hosts(sim) == {PORTAL: 1}


def test_used_refresh_token(login, sim):
    login.session(-60, refresh_token="another")
    before = login.file.read_bytes()
    result = login.run()
    assert result.code == 1
    assert result.logged("InvalidGrantException", "aws sso login --profile dev")
    assert login.file.read_bytes() == before


def test_unassigned_role(login, sim):
    login.session(roles=[[ACCOUNT, "Other"]])
    result = login.run()
    assert result.code == 1
    assert result.logged(f"role Pull images in account {ACCOUNT} is not assigned", "sso_role_name")


@pytest.mark.parametrize("service, host", [("sso", PORTAL), ("sso-oidc", OIDC)])
def test_server_error(login, sim, service, host):
    login.session(-60 if service == "sso-oidc" else 3600)
    sim.fault("status", service=service, status=503)
    result = login.run()
    assert result.code == 1
    assert result.logged("SSO", host, "503")
    assert hosts(sim) == {host: 3}


def test_server_error_once(login, sim):
    login.session()
    sim.fault("status", service="sso", status=503, count=1)
    login.ok()
    assert hosts(sim)[PORTAL] == 2


@pytest.mark.parametrize("kind, fields, cause", [
    ("garbage", {}, "not JSON"), ("truncated", {}, "not JSON"),
    ("status", {"status": 200, "body": "html"}, "not JSON"), ("huge", {"megabytes": 1}, "256 KiB")])
def test_bad_reply(login, sim, kind, fields, cause):
    login.session()
    sim.fault(kind, service="sso", **fields)
    result = login.run()
    assert result.code == 1
    assert result.logged("GetRoleCredentials|federation/credentials", cause, "proxy")


def test_unwritable_cache(login, sim, fetch):
    login.session(-60)
    login.file.parent.chmod(0o500)
    try:
        result = login.run()
    finally:
        login.file.parent.chmod(0o700)
    assert result.code == 1
    assert result.logged(re.escape(login.file.name), "cannot be saved", fetch.user.name)
    assert OIDC not in hosts(sim), "the refresh token would be lost"


def test_bad_cache(login, sim):
    login.session()
    login.fetch.aws_file(login.name, '{"accessToken": "anAccessToken"')
    result = login.run()
    assert result.code == 1
    assert result.logged(re.escape(login.file.name), "not JSON", "aws sso login")


@pytest.mark.parametrize("config, cause", [
    ("[profile dev]\nsso_session = gone\n" + KEYS, "gone"),
    (f"[profile dev]\nsso_account_id = 1\n{HOME}", "sso_role_name"),
    (SESSION.replace("[profile dev]\n", "[profile dev]\nsso_region = us-east-1\n"), "sso_region"),
])
def test_bad_configuration(fetch, sim, config, cause):
    login = Login(fetch, sim, config)
    result = login.run()
    assert result.code == 1
    assert result.logged("SSO", 'profile "dev"', cause)
    assert sim.state()["requests"] == 0


def test_parallel_renewal(login, sim):
    """Two runs for two users of one home wait for each other."""
    login.session(-1)
    login.fetch.configure(REGISTRY, more="[aws]\nprofile = dev\n")
    sim.fault("delay", service="sso-oidc", seconds=1)
    results = []
    directory = login.fetch.user.home / "other-run"
    directory.mkdir(mode=0o700, exist_ok=True)
    os.chown(directory, login.fetch.user.uid, login.fetch.user.gid)
    runs = [threading.Thread(target=lambda env=env: results.append(
        login.fetch(env={**NO_KEYS, **env})))
        for env in ({}, {"XDG_RUNTIME_DIR": str(directory)})]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [result.code for result in results] == [0, 0]
    assert hosts(sim)[OIDC] == 1


# The AWS CLI with the same files


@pytest.mark.parametrize("config", [SESSION, LEGACY], ids=["session", "legacy"])
def test_the_cli_is_the_same_principal(fetch, sim, config):
    login = Login(fetch, sim, config)
    login.session() if config is SESSION else login.legacy()
    login.ok()
    ours = principal(sim)
    environment = {**fetch.environment(NO_KEYS), "AWS_PROFILE": "dev"}
    done = fetch.user.run(["aws", "ecr", "get-login-password"], env=environment,
                          timeout=patience(60))
    assert done.returncode == 0, done.stderr
    assert len(sim.state()["issued"]) == 2
    assert principal(sim) == ours


def test_cli_uses_our_renewed_session(login, sim, fetch):
    login.session(-60)
    login.ok()
    environment = {**fetch.environment(NO_KEYS), "AWS_PROFILE": "dev"}
    done = fetch.user.run(["aws", "ecr", "get-login-password"], env=environment,
                          timeout=patience(60))
    assert done.returncode == 0, done.stderr
    assert hosts(sim)[OIDC] == 1


def test_we_use_the_clis_renewed_session(login, sim, fetch):
    login.session(-60)
    environment = {**fetch.environment(NO_KEYS), "AWS_PROFILE": "dev"}
    done = fetch.user.run(["aws", "ecr", "get-login-password"], env=environment,
                          timeout=patience(60))
    assert done.returncode == 0, done.stderr
    login.ok()
    assert hosts(sim)[OIDC] == 1
