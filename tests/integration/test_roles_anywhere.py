# SPDX-License-Identifier: Apache-2.0
"""IAM Roles Anywhere end to end: a certificate and its key get a session, which ECR accepts. The
simulator verifies the signature with the certificate's public key."""

import datetime
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lib import workload
from lib.simulator import ACCOUNT
from lib.workload import DAY, PKCS8, TRADITIONAL

REGION = "eu-west-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
PASSPHRASE = "correct horse battery staple"
PIN = "43218765"

SOFTHSM = Path("/usr/lib/softhsm/libsofthsm2.so")


class Setup:
    """A CA with a trust anchor, a profile and a role in the simulator; the user's files below ~/x.
    settings are the keys of the ini or the profile."""

    def __init__(self, fetch, sim, region=REGION, partition="aws"):
        self.fetch = fetch
        self.authority = workload.Authority("test root")
        arn = f"arn:{partition}:rolesanywhere:{region}:{ACCOUNT}"
        self.settings = {
            "trust_anchor_arn": f"{arn}:trust-anchor/8d3b1f2e-7f6a-4f0d-9d55-7b1a2c3d4e5f",
            "profile_arn": f"{arn}:profile/0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
            "role_arn": f"arn:{partition}:iam::{ACCOUNT}:role/service/pull",
            "certificate": "~/x/own.pem",
            "private_key": "~/x/key.pem",
        }
        sim.service("rolesanywhere",
                    trust_anchors={self.settings["trust_anchor_arn"]: self.authority.pem},
                    profiles={self.settings["profile_arn"]: [self.settings["role_arn"]]})

    def file(self, name, text, mode=0o600, setting=None):
        path = self.fetch.user.write(f"x/{name}", text, mode)
        if setting:
            self.settings[setting] = str(path)
        return path

    def give(self, certificate, key, form=PKCS8, passphrase=None, mode=0o600):
        """Writes both; no part of the key may be shown."""
        text = workload.key_pem(key, form, passphrase)
        self.fetch.secrets |= {text.splitlines()[1], PASSPHRASE, PIN}
        self.file("own.pem", workload.pem(certificate))
        self.file("key.pem", text, mode)

    def lines(self, **more):
        return "".join(f"{key} = {value}\n" for key, value in {**self.settings, **more}.items())

    def configure(self, **more):
        self.fetch.configure(REGISTRY, more="[aws]\n" + self.lines(**more))

    def configure_profile(self, **more):
        """The same in ~/.aws/config."""
        self.fetch.aws_file("config", "[profile anywhere]\n" + self.lines(**more))
        self.fetch.configure(REGISTRY, more="[aws]\nprofile = anywhere\n")


@pytest.fixture
def setup(fetch, sim):
    shutil.rmtree(fetch.user.home / "x", ignore_errors=True)
    return Setup(fetch, sim)


def fetched_by_certificate(fetch, sim):
    """One session and one token, requested with the session's key."""
    state = sim.state()
    assert state["by_operation"] == {"CreateSession": 1, "GetAuthorizationToken": 1}
    assert state["signature_failures"] == 0
    assert fetch.token["provider"] == "roles-anywhere"
    assert fetch.token["principal"].startswith("ASIA")


# Keys and files


@pytest.mark.parametrize("form", [PKCS8, TRADITIONAL], ids=["PKCS8", "traditional"])
@pytest.mark.parametrize("kind", ["RSA-2048", "RSA-3072", "P-256", "P-384"])
def test_types_of_keys(fetch, sim, setup, kind, form):
    setup.give(*setup.authority.workload(kind), form)
    setup.configure()
    fetch.ok()
    fetched_by_certificate(fetch, sim)
    assert sim.state()["by_region"][f"rolesanywhere/{REGION}"] == 1


def test_rsa_ca(fetch, sim, setup):
    authority = workload.Authority("RSA root", "RSA-2048")
    sim.service("rolesanywhere",
                trust_anchors={setup.settings["trust_anchor_arn"]: authority.pem})
    setup.give(*authority.workload())
    setup.configure()
    fetch.ok()
    fetched_by_certificate(fetch, sim)


@pytest.mark.parametrize("together", [False, True], ids=["a file of its own", "one file"])
def test_chain(fetch, sim, setup, together):
    below = workload.Authority("below", above=setup.authority)
    lowest = workload.Authority("lowest", above=below)
    certificate, key = lowest.workload()
    setup.give(certificate, key)
    if together:
        setup.file("own.pem", workload.pem(certificate) + lowest.pem + below.pem)
    else:
        setup.file("chain.pem", lowest.pem + below.pem, setting="certificate_chain")
    setup.configure()
    fetch.ok()
    fetched_by_certificate(fetch, sim)


def test_missing_chain(fetch, sim, setup):
    setup.give(*workload.Authority("below", above=setup.authority).workload())
    setup.configure()
    result = fetch()
    assert result.code == 1
    assert result.logged("AccessDeniedException", "Untrusted certificate", "certificate_chain")
    assert sim.state()["by_operation"] == {"CreateSession": 1}


@pytest.mark.parametrize("form", [PKCS8, TRADITIONAL], ids=["PKCS8", "traditional"])
@pytest.mark.parametrize("kind", ["RSA-2048", "P-256"])
def test_encrypted_key(fetch, sim, setup, kind, form):
    setup.give(*setup.authority.workload(kind), form, PASSPHRASE)
    setup.file("phrase", PASSPHRASE + "\n", setting="private_key_passphrase_file")
    setup.configure()
    fetch.ok()
    fetched_by_certificate(fetch, sim)


def test_passphrase_from_systemd(fetch, sim, setup):
    setup.give(*setup.authority.workload(), passphrase=PASSPHRASE)
    path = setup.file("private-key-passphrase", PASSPHRASE)
    setup.configure()
    fetch.ok(env={"CREDENTIALS_DIRECTORY": str(path.parent)})
    fetched_by_certificate(fetch, sim)


# Places of the settings


def test_profile_in_the_config_file(fetch, sim, setup):
    setup.give(*setup.authority.workload())
    setup.configure_profile()
    fetch.ok()
    fetched_by_certificate(fetch, sim)


def test_profile_in_the_environment(fetch, sim, setup):
    setup.give(*setup.authority.workload())
    fetch.aws_file("config", "[profile anywhere]\n" + setup.lines())
    fetch.configure(REGISTRY)
    fetch.ok(env={"AWS_PROFILE": "anywhere", "AWS_ACCESS_KEY_ID": None,
                  "AWS_SECRET_ACCESS_KEY": None})
    fetched_by_certificate(fetch, sim)


def test_section_of_one_registry(fetch, sim, setup):
    """Other registries keep the environment's keys."""
    setup.give(*setup.authority.workload())
    other = f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com"
    fetch.configure(REGISTRY, other, more=f"[aws anywhere]\n{setup.lines()}"
                                          f"[registry {REGISTRY}]\naws = anywhere\n")
    fetch.ok()
    assert fetch.token_of("eu-central-1")["provider"] == "roles-anywhere"
    assert fetch.token_of("us-east-1")["provider"] == "environment"


def test_other_partition(fetch, sim):
    setup = Setup(fetch, sim, "cn-north-1", "aws-cn")
    setup.give(*setup.authority.workload())
    setup.configure()
    fetch.ok()
    fetched_by_certificate(fetch, sim)
    assert sim.state()["by_host"]["rolesanywhere.cn-north-1.amazonaws.com.cn"] == 1


def test_session_settings(fetch, sim, setup):
    setup.give(*setup.authority.workload())
    setup.configure(duration_seconds=900, role_session_name="host-1.example")
    fetch.ok()
    fetched_by_certificate(fetch, sim)


def test_endpoint_in_the_environment(fetch, sim, setup):
    setup.give(*setup.authority.workload())
    setup.configure()
    fetch.ok(env={"AWS_ENDPOINT_URL_ROLESANYWHERE": f"http://{sim.address}:{sim.http_port}/"})
    fetched_by_certificate(fetch, sim)
    assert sim.state()["by_host"][f"{sim.address}:{sim.http_port}"] == 1


# A PKCS#11 token: Debian has the provider since trixie


def pkcs11_missing():
    modules = subprocess.run(["/usr/bin/openssl", "version", "-m"], capture_output=True, text=True)
    provider = Path(modules.stdout.partition('"')[2].rstrip('"\n')) / "pkcs11.so"
    for path in (SOFTHSM, Path("/usr/bin/softhsm2-util"), provider):
        if not path.exists():
            return f"{path} is not installed (softhsm2, pkcs11-provider)"
    return None


@pytest.fixture
def token(setup):
    """Setup with a key that only the token has. Returns its environment."""
    missing = pkcs11_missing()
    if missing:
        pytest.skip(missing)
    certificate, key = setup.authority.workload("RSA-2048")
    setup.give(certificate, key)
    user = setup.fetch.user
    config = setup.file("softhsm2.conf", f"directories.tokendir = {user.home}/x/tokens\n")
    (config.parent / "tokens").mkdir()
    os.chown(config.parent / "tokens", user.uid, user.gid)
    env = {"SOFTHSM2_CONF": str(config), "PKCS11_PROVIDER_MODULE": str(SOFTHSM)}
    for words in (["--init-token", "--free", "--label", "t", "--so-pin", PIN, "--pin", PIN],
                  ["--import", config.parent / "key.pem", "--token", "t", "--label", "k",
                   "--id", "01", "--pin", PIN]):
        done = user.run(["softhsm2-util", *words], env=env)
        assert done.returncode == 0, done.stderr
    (config.parent / "key.pem").unlink()
    setup.file("pin", PIN + "\n", setting="private_key_passphrase_file")
    return env


def test_pkcs11(fetch, sim, setup, token):
    setup.configure(private_key="pkcs11:token=t;object=k;type=private")
    fetch.ok(env=token)
    fetched_by_certificate(fetch, sim)


def test_pkcs11_without_such_a_key(fetch, sim, setup, token):
    setup.configure_profile(private_key=f"pkcs11:token=t;object=other?pin-value={PIN}")
    result = fetch(env=token)
    assert result.code == 1
    assert result.logged("pkcs11:token=t;object=other: ", "no token has")
    assert sim.state()["requests"] == 0


def test_pin_in_the_ini(fetch, sim, setup):
    """Every user could read it there."""
    fetch.secrets.add(PIN)
    setup.configure(private_key=f"pkcs11:token=t;object=k?pin-value={PIN}")
    result = fetch()
    assert result.code == 78
    assert result.logged("private_key", "without pin-value")


@pytest.mark.skipif(pkcs11_missing() is None, reason="the provider is installed")
def test_pkcs11_without_the_provider(fetch, sim, setup):
    setup.give(*setup.authority.workload())
    setup.configure_profile(private_key=f"pkcs11:token=t;object=k?pin-value={PIN}")
    result = fetch()
    assert result.code == 1
    assert result.logged("pkcs11:token=t;object=k: ", "provider", "pkcs11-provider")
    assert sim.state()["requests"] == 0


# Errors before any request


def refused(fetch, sim, setup, *patterns):
    setup.configure()
    result = fetch()
    assert result.code == 1
    assert result.logged(*patterns), result.log
    assert sim.state()["requests"] == 0


def test_key_of_another_certificate(fetch, sim, setup):
    certificate, _ = setup.authority.workload()
    _, key = setup.authority.workload()
    setup.give(certificate, key)
    refused(fetch, sim, setup, "own.pem", "key.pem", "does not belong")


def test_expired(fetch, sim, setup):
    setup.give(*setup.authority.workload(begin=-3 * DAY, end=-2 * DAY))
    date = (datetime.datetime.now(datetime.timezone.utc) - 2 * DAY).strftime("%Y-%m-%d")
    refused(fetch, sim, setup, "own.pem", f"expired on {date}", "renew")


def test_not_yet_valid(fetch, sim, setup):
    setup.give(*setup.authority.workload(begin=DAY, end=2 * DAY))
    date = (datetime.datetime.now(datetime.timezone.utc) + DAY).strftime("%Y-%m-%d")
    refused(fetch, sim, setup, "own.pem", f"not valid before {date}", "clock")


def test_unknown_type_of_key(fetch, sim, setup):
    setup.give(*setup.authority.workload("Ed25519"))
    refused(fetch, sim, setup, "key.pem", "ED25519", "RSA and EC")


def test_unreadable_key(fetch, sim, setup):
    setup.give(*setup.authority.workload(), mode=0)
    refused(fetch, sim, setup, "key.pem", "Permission denied")


def test_missing_file(fetch, sim, setup):
    refused(fetch, sim, setup, "own.pem", "No such file")


def test_wrong_passphrase(fetch, sim, setup):
    setup.give(*setup.authority.workload(), passphrase=PASSPHRASE)
    setup.file("phrase", "wrong\n", setting="private_key_passphrase_file")
    refused(fetch, sim, setup, "key.pem", "phrase", "does not open")


def test_no_passphrase(fetch, sim, setup):
    setup.give(*setup.authority.workload(), passphrase=PASSPHRASE)
    refused(fetch, sim, setup, "key.pem", "private-key-passphrase")


def test_missing_setting(fetch, sim, setup):
    setup.give(*setup.authority.workload())
    del setup.settings["role_arn"]
    refused(fetch, sim, setup, "role_arn")


def test_exposed_key(fetch, sim, setup):
    """A warning, but the token is fetched."""
    setup.give(*setup.authority.workload(), mode=0o644)
    setup.configure()
    result = fetch.ok()
    fetched_by_certificate(fetch, sim)
    assert result.logged("key.pem", "every user", "chmod")


# Replies of the service


def test_other_ca(fetch, sim, setup):
    setup.give(*workload.Authority("test root").workload())
    setup.configure()
    result = fetch()
    assert result.code == 1
    assert result.logged("AccessDeniedException", "trust anchor")
    assert fetch.failure["code"] == "AccessDeniedException"


def test_throttled(fetch, sim, setup):
    sim.fault("throttle", service="rolesanywhere", count=1, status=429)
    setup.give(*setup.authority.workload())
    setup.configure()
    fetch.ok()
    assert sim.state()["by_operation"] == {"CreateSession": 2, "GetAuthorizationToken": 1}


def test_wrong_clock(fetch, sim, setup):
    """Signed again with the service's time; by our clock the session has not expired."""
    sim.clock(-7200)
    setup.give(*setup.authority.workload())
    setup.configure()
    result = fetch.ok()
    assert fetch.token["provider"] == "roles-anywhere"
    assert result.logged("clock")


@pytest.mark.parametrize("kind", ["garbage", "truncated", "expired"])
def test_bad_reply(fetch, sim, setup, kind):
    sim.fault(kind, service="rolesanywhere")
    setup.give(*setup.authority.workload())
    setup.configure()
    result = fetch()
    assert result.code == 1
    assert result.logged("Roles Anywhere", "expired credentials" if kind == "expired" else "reply")
    assert "GetAuthorizationToken" not in sim.state()["by_operation"]
