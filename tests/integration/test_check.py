# SPDX-License-Identifier: Apache-2.0
"""ecr-fetch --check, which checks the identities for ecr-refresher check, and export-credentials:
what an identity is, why it has no credentials, and its keys for other programs. test_doctor.py has
the rest of the check."""

import json
import re
import time

import pytest

from integration.conftest import Fetch, keys, timestamp
from lib.patience import patience
from lib.simulator import ACCESS_KEY_ID, ACCOUNT, SECRET_ACCESS_KEY

REGION = "eu-central-1"
FRANKFURT = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IRELAND = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
           "AWS_EC2_METADATA_DISABLED": "true"}
LAB = f"[aws lab]\nprofile = lab\n[registry {IRELAND}]\naws = lab\n"
OTHER_ID, OTHER_SECRET = "AKIAI44QH8DHBEXAMPLE", "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"


@pytest.fixture
def refresher(prefix, sim, user):
    """ecr-refresher as the user runs it; the command is the first argument."""
    return Fetch(prefix / "bin/ecr-refresher", sim, user)


@pytest.fixture
def checker(prefix, sim, user):
    """ecr-fetch as ecr-refresher check runs it; --check is the first argument."""
    return Fetch(prefix / "libexec/ecr-refresher/ecr-fetch", sim, user)


@pytest.fixture
def export(refresher, user):
    """Runs export-credentials, which prints a secret. Returns the result of subprocess.run()."""
    def run(*arguments, env=None):
        done = user.run(refresher.command("export-credentials", *arguments),
                        env=refresher.environment(env), timeout=patience(60))
        for secret in (SECRET_ACCESS_KEY, OTHER_SECRET):
            assert secret not in done.stderr
        return done
    return run


def findings(result):
    """[(ok or FAIL, subject, its lines)]"""
    found = []
    for line in result.output.splitlines():
        if line.startswith("      "):
            found[-1][2].append(line.strip())
        else:
            found.append((*line.split(maxsplit=1), []))
    return found


# check


def test_identity(checker, sim):
    checker.configure(FRANKFURT)
    result = checker.ok("--check")
    [(word, subject, lines)] = findings(result)
    assert word == "ok"
    assert "default identity" in subject and FRANKFURT in subject
    values = dict(line.split(maxsplit=1) for line in lines if not line.startswith("access"))
    assert values == {"provider": "environment", "expires": "never"}
    assert any(ACCESS_KEY_ID in line for line in lines)
    assert sim.state()["connections"] == 0
    assert not checker.state.exists()


def test_every_provider_that_was_tried(checker):
    """In the order of the chain, each with what it looked for."""
    checker.configure(FRANKFURT)
    result = checker("--check", env=NO_KEYS)
    assert result.code == 1
    [(word, _, lines)] = findings(result)
    assert word == "FAIL"
    numbers, texts = zip(*(line.split(". ", 1) for line in lines if re.match(r"\d+\. ", line)))
    assert list(map(int, numbers)) == list(range(1, len(numbers) + 1))
    places = [next(i for i, text in enumerate(texts) if re.search(word, text)) for word in
              ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", r"\.aws/credentials",
               "AWS_CONTAINER_CREDENTIALS", "AWS_EC2_METADATA_DISABLED")]
    assert places == sorted(places)


def test_same_reasons_in_the_journal(fetch):
    fetch.configure(FRANKFURT)
    result = fetch(env=NO_KEYS)
    assert result.code == 1
    assert result.logged(FRANKFURT, "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE",
                         r"\.aws/credentials", "AWS_CONTAINER_CREDENTIALS",
                         "AWS_EC2_METADATA_DISABLED"), result.log


def test_profile_without_credentials(checker):
    """Every provider of the profile has its own reason."""
    checker.aws_file("config", "[default]\nregion = eu-central-1\n")
    checker.configure(FRANKFURT)
    result = checker("--check", env=NO_KEYS)
    assert result.code == 1
    for word in ("role_arn", "SSO.*sso_", "login_session", "credential_process",
                 r"keys.*\.aws/credentials", r"keys.*\.aws/config"):
        assert re.search(rf"^ +\d+\. .*{word}", result.output, re.M), word


def test_identities_are_independent(checker):
    checker.aws_file("credentials", "[lab]\naws_access_key_id = AKIAHALF\n")
    checker.configure(FRANKFURT, IRELAND, more=LAB + "[aws unused]\nprofile = nowhere\n")
    result = checker("--check")
    assert result.code == 1
    good, bad = findings(result)
    assert good[0] == "ok" and "default identity" in good[1]
    assert bad[0] == "FAIL" and "identity lab" in bad[1] and IRELAND in bad[1]
    assert any("aws_secret_access_key" in line for line in bad[2])
    assert "unused" not in result.output


@pytest.mark.parametrize("file, text, message", [
    ("config", "[default]\nregion = eu-central-1\nnonsense\n", r"\.aws/config:3: "),
    ("config", "[profile other]\nregion = eu-west-1\n", '"lab".*named by the ini'),
], ids=["malformed", "no such profile"])
def test_invalid_file(checker, file, text, message):
    checker.aws_file(file, text)
    checker.configure(IRELAND, more=LAB)
    result = checker("--check")
    assert result.code == 1
    [(word, _, lines)] = findings(result)
    assert word == "FAIL" and any(re.search(message, line) for line in lines), result.output


def test_auto_without_a_region(checker):
    """The keys are valid, but fetch would fail."""
    checker.configure("auto")
    result = checker("--check", env={"AWS_EC2_METADATA_DISABLED": "true"})
    assert result.code == 1
    [(word, _, lines)] = findings(result)
    assert word == "FAIL"
    assert any(ACCESS_KEY_ID in line for line in lines)
    assert any("auto" in line and "AWS_REGION" in line for line in lines), result.output
    checker.ok("--check", env={"AWS_REGION": REGION})


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_world_readable_keys(checker, mode):
    checker.aws_file("credentials", f"[default]\n{keys()}").chmod(mode)
    checker.configure(FRANKFURT)
    [(word, _, lines)] = findings(checker.ok("--check", env=NO_KEYS))
    assert word == "ok"
    warned = any("every user can read" in line and "chmod" in line for line in lines)
    assert warned == (mode == 0o644)


def test_expiry(checker, user):
    program = user.write("keys", '#!/bin/sh\nprintf %s \'{"Version": 1, "AccessKeyId": "AKIAX", '
                         f'"SecretAccessKey": "{OTHER_SECRET}", "SessionToken": "tokenOfProcess", '
                         f'"Expiration": "{timestamp(time.time() + 3590)}"}}\'\n', mode=0o700)
    checker.secrets |= {OTHER_SECRET, "tokenOfProcess"}
    checker.aws_file("config", f"[profile lab]\ncredential_process = {program}\n")
    checker.configure(IRELAND, more=LAB)
    result = checker.ok("--check")
    assert re.search(r"expires .*\d\d:\d\d, in 59min", result.output), result.output
    assert "AKIAX" in result.output


def test_broken_ini(checker):
    checker.configure(FRANKFURT, more="[aws]\nregoin = eu-central-1\n")
    result = checker("--check")
    assert result.code == 78
    assert result.output == ""
    assert result.logged(r"ecr-refresher\.ini:2: ", "regoin"), result.log


def test_nothing_to_check(checker):
    checker.configure()
    result = checker.ok("--check")
    [(word, _, _)] = findings(result)
    assert word == "ok"


@pytest.mark.parametrize("arguments", [["check", "what"], ["check", "--sideways"],
                                       ["export-credentials", "one", "two"]], ids=" ".join)
def test_usage(refresher, arguments):
    refresher.configure(FRANKFURT)
    result = refresher(*arguments)
    assert result.code == 2
    assert arguments[0] in result.log


def test_online(checker, sim):
    checker.configure(FRANKFURT)
    result = checker("--check", "--online")
    assert f"arn:aws:iam::{ACCOUNT}:user/tester" in result.output
    assert sim.state()["by_operation"] == {"GetCallerIdentity": 1, "GetAuthorizationToken": 1}
    identity, token, registry = findings(result)
    assert (identity[0], token[0]) == ("ok", "ok")
    assert "AWS issues a token" in token[1] and not checker.state.exists()
    # The test network has no such registry.
    assert registry[0] == "FAIL" and registry[2][-1] == "see README#no-route"


def test_online_registry_that_is_also_auto_is_reported_once(checker):
    checker.configure("auto", FRANKFURT, more=f"[aws]\nregion = {REGION}\n")
    result = checker("--check", "--online")
    found = [subject for _, subject, _ in findings(result)
            if subject.startswith(f"{FRANKFURT}: the registry")]
    assert len(found) == 1, result.output


def test_online_unknown_key(checker):
    checker.configure(FRANKFURT)
    result = checker("--check", "--online", env={"AWS_ACCESS_KEY_ID": "AKIANOBODYSEXAMPLE"})
    assert result.code == 1
    (word, _, lines), token = findings(result)
    assert word == "FAIL"
    assert any("AKIANOBODYSEXAMPLE" in line for line in lines)
    assert any("InvalidClientTokenId" in line for line in lines), result.output
    assert lines[-1] == token[2][-1] == "see README#keys-refused"


# export-credentials


def test_export(export, refresher):
    refresher.configure(FRANKFURT)
    done = export()
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"Version": 1, "AccessKeyId": ACCESS_KEY_ID,
                                       "SecretAccessKey": SECRET_ACCESS_KEY}
    assert done.stderr == ""


def test_export_named_identity(export, refresher):
    """No registry needs to use it."""
    refresher.aws_file("credentials", "[lab]\n" + keys(OTHER_ID, OTHER_SECRET, "aToken"))
    refresher.configure(FRANKFURT, more="[aws lab]\nprofile = lab\n")
    done = export("lab")
    assert json.loads(done.stdout) == {"Version": 1, "AccessKeyId": OTHER_ID,
                                       "SecretAccessKey": OTHER_SECRET, "SessionToken": "aToken"}


def test_export_fails(export, refresher):
    refresher.configure(FRANKFURT)
    done = export(env=NO_KEYS)
    assert (done.returncode, done.stdout) == (1, "")
    assert "AWS_ACCESS_KEY_ID" in done.stderr
    done = export("lab")
    assert (done.returncode, done.stdout) == (2, "")
    assert "[aws lab]" in done.stderr


def test_aws_cli_is_the_same_principal(refresher, sim, user):
    refresher.aws_file("credentials", "[lab]\n" + keys())
    refresher.configure(FRANKFURT, more="[aws lab]\nprofile = lab\n")
    command = " ".join(map(str, refresher.command("export-credentials", "lab")))
    refresher.aws_file("config", f"[profile cli]\ncredential_process = {command}\n")
    done = user.run(["/usr/bin/aws", "ecr", "get-login-password", "--profile", "cli",
                     "--region", REGION], env=refresher.environment(NO_KEYS), timeout=patience(60))
    assert done.returncode == 0, done.stderr
    [request] = sim.state()["last"]
    assert request["access_key_id"] == ACCESS_KEY_ID


def test_export_detects_a_circle(export, refresher):
    refresher.configure(FRANKFURT, more="[aws lab]\nprofile = lab\n")
    command = " ".join(map(str, refresher.command("export-credentials", "lab")))
    refresher.aws_file("config", f"[profile lab]\ncredential_process = {command}\n")
    started = time.monotonic()
    done = export("lab")
    assert (done.returncode, done.stdout) == (1, "")
    assert time.monotonic() - started < patience(20)


def test_export_through_another_identity(export, refresher):
    """A credential_process that asks for another identity is not a circle."""
    refresher.configure(FRANKFURT, more="[aws lab]\nprofile = lab\n")
    command = " ".join(map(str, refresher.command("export-credentials")))
    refresher.aws_file("config", f"[profile lab]\ncredential_process = {command}\n")
    done = export("lab")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["AccessKeyId"] == ACCESS_KEY_ID
