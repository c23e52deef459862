# SPDX-License-Identifier: Apache-2.0
"""ecr-fetch with a session of `aws login`. The simulator verifies the DPoP proof with Python's
cryptography; Debian's AWS CLI is too old for this provider."""

import hashlib
import json
import time

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integration.conftest import seconds, timestamp
from lib.simulator import ACCOUNT

REGION = "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
SIGNIN = f"{REGION}.signin.aws.amazon.com"
ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/admin"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}
NAME = hashlib.sha256(ARN.encode()).hexdigest() + ".json"
SAME_DEVICE = "arn:aws:signin:::devtools/same-device"
PRESENT = {"id": "ASIAPRESENT", "secret": "presentSecret", "token": "presentToken",
           "account": ACCOUNT, "name": "Admin"}


class Login:
    """The state after `aws login`: the session at AWS, and the file."""

    def __init__(self, fetch, sim):
        self.fetch, self.sim = fetch, sim
        self.directory = "login/cache/"
        self.key = ec.generate_private_key(ec.SECP256R1())
        fetch.secrets |= {"presentSecret", "presentToken", "aRefreshToken", "signinSecret",
                          "signinSessionToken", "renewedLoginRefreshToken", "PRIVATE KEY"}
        fetch.aws_file("config", f"[profile dev]\nregion = {REGION}\nlogin_session = {ARN}\n")
        fetch.configure(REGISTRY, more="[aws]\nprofile = dev\n")
        sim.keys([PRESENT])

    def session(self, lasts=900, key=None, **more):
        """lasts: the life of the credentials in the file, in seconds."""
        public = (key or self.key).public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.sim.service("signin", sessions=[{
            "client_id": SAME_DEVICE, "refresh_token": "aRefreshToken", "account": ACCOUNT,
            "name": "Admin", "public_key": public.decode(), "expires": time.time() + 43200,
            **more}])
        private = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption())
        self.file = self.fetch.aws_file(self.directory + NAME, json.dumps({
            "accessToken": {
                "accessKeyId": PRESENT["id"], "secretAccessKey": PRESENT["secret"],
                "sessionToken": PRESENT["token"], "accountId": ACCOUNT,
                "expiresAt": timestamp(time.time() + lasts)},
            "clientId": SAME_DEVICE, "refreshToken": "aRefreshToken", "idToken": "x.y.z",
            "dpopKey": private.decode()}))
        return self

    def run(self, *arguments, env=None):
        return self.fetch(*arguments, env={**NO_KEYS, **(env or {})})

    def ok(self, *arguments, env=None):
        return self.fetch.ok(*arguments, env={**NO_KEYS, **(env or {})})

    @property
    def cache(self):
        return json.loads(self.file.read_text())


@pytest.fixture
def login(fetch, sim):
    return Login(fetch, sim)


def hosts(sim):
    return sim.state()["by_host"]


def test_current_credentials(login, sim):
    login.session()
    login.ok()
    assert hosts(sim) == {f"api.ecr.{REGION}.amazonaws.com": 1}
    assert login.fetch.token["provider"] == "login"
    assert login.fetch.token["principal"] == PRESENT["id"]


@pytest.mark.parametrize("lasts", [-60, 240], ids=["expired", "soon"])
def test_renewal(login, sim, lasts):
    login.session(lasts)
    before = login.cache
    login.ok()
    assert hosts(sim) == {SIGNIN: 1, f"api.ecr.{REGION}.amazonaws.com": 1}
    assert login.fetch.token["principal"] != PRESENT["id"]
    cache = login.cache
    assert cache["refreshToken"] == "renewedLoginRefreshToken1"
    assert cache["accessToken"]["accountId"] == ACCOUNT
    assert abs(seconds(cache["accessToken"]["expiresAt"]) - time.time() - 900) < 60
    assert (cache["idToken"], cache["dpopKey"]) == (before["idToken"], before["dpopKey"])
    assert login.file.stat().st_mode & 0o7777 == 0o600
    assert login.file.stat().st_uid == login.fetch.user.uid
    # The next renewal uses the new refresh token.
    cache["accessToken"]["expiresAt"] = timestamp(time.time() - 1)
    login.fetch.aws_file(login.directory + NAME, json.dumps(cache))
    login.ok("--force")
    assert hosts(sim)[SIGNIN] == 2


def test_directory(login, sim):
    login.directory = "../elsewhere/"
    login.session()
    login.ok(env={"AWS_LOGIN_CACHE_DIRECTORY": str(login.fetch.user.home / "elsewhere")})
    assert login.fetch.token["principal"] == PRESENT["id"]


@pytest.mark.parametrize("change, cause", [
    ({"expires": 0}, "ended"),
    ({"refresh_token": "another"}, "ended"),
    ({"client_id": "another"}, "ended"),
    ({"key": ec.generate_private_key(ec.SECP256R1())}, "malformed"),
], ids=["ended", "used", "another client", "another key"])
def test_refused(login, sim, change, cause):
    login.session(-60, **change)
    before = login.file.read_bytes()
    result = login.run()
    assert result.code == 1
    assert result.logged(cause, f'"aws login --profile dev" as the user {login.fetch.user.name}')
    assert hosts(sim) == {SIGNIN: 1}
    assert login.file.read_bytes() == before


def test_server_error(login, sim):
    login.session(-60)
    sim.fault("status", service="signin", status=503)
    result = login.run()
    assert result.code == 1
    assert result.logged("could not be renewed", SIGNIN, "503")


def test_failed_renewal_of_valid_credentials(login, sim):
    login.session(240)
    sim.fault("error", service="signin", code="InternalServerException", status=400)
    login.ok()
    assert login.fetch.token["principal"] == PRESENT["id"]


def test_no_session(login, sim):
    result = login.run()
    assert result.code == 1
    assert result.logged(f"no session of {ARN}", "aws login --profile dev")
    assert sim.state()["requests"] == 0
