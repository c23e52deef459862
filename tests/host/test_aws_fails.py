# SPDX-License-Identifier: Apache-2.0
"""AWS refuses, or does not answer: the journal has the reason, and the others are served."""

import json

import pytest

from host.box import CREDENTIALS, OTHER_REGION, PUBLIC, REGISTRY, config_of, ini

# A fault of the simulator, and words of the line that reports it.
FAULTS = {
    "access denied": (dict(kind="access_denied"), "AccessDenied"),
    "server error": (dict(kind="status", status=503), "503"),
    "HTML": (dict(kind="status", status=200, body="html"), ""),
    "an expired token": (dict(kind="expired"), "expired"),
    "no authorization data": (dict(kind="no_authorization_data"), ""),
    "cut off": (dict(kind="cut", at="body"), ""),
    "garbage": (dict(kind="garbage"), ""),
    "huge": (dict(kind="huge"), ""),
    "silence": (dict(kind="no_answer"), ""),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_others_are_served(box, simulator, kind):
    fault, word = FAULTS[kind]
    simulator.fault(region="us-east-1", **fault)
    box.configure("[refresh]\ntimeout = 4s\n" + ini("alice", registries=OTHER_REGION) + ini("bob"))

    assert box.refresh() == 1

    assert box.entry(config_of("bob"))
    assert box.stat(config_of("alice")) is None or not box.entry(config_of("alice"), OTHER_REGION)
    (event,) = box.events("TOKEN_FAILED")
    assert event["ECR_REGISTRY"] == OTHER_REGION
    assert word in event["MESSAGE"] and OTHER_REGION in event["MESSAGE"]
    assert event["PRIORITY"] == "3"
    assert OTHER_REGION in json.dumps(box.status())


def test_wrong_keys(box, simulator):
    box.write(CREDENTIALS, "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"
              "aws_secret_access_key = wrong\n", mode=0o600, owner="ecr-refresher")
    box.configure(ini("alice"))
    assert box.refresh() == 1
    (event,) = box.events("TOKEN_FAILED")
    assert "InvalidSignature" in event["MESSAGE"] and "wrong" not in event["MESSAGE"].split()
    assert box.stat(config_of("alice")) is None


def test_no_keys(box):
    box.run(["rm", CREDENTIALS])
    box.configure(ini("alice"))
    assert box.refresh() == 1
    (event,) = box.events("TOKEN_FAILED")
    assert CREDENTIALS in event["MESSAGE"]
    assert box.stat(config_of("alice")) is None


def test_valid_token_is_kept(box, simulator):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    auth = box.entry(config_of("alice"))
    simulator.fault("status", status=500)
    box.configure(ini("alice", "bob"))

    box.run("ecr-refresher refresh --force", check=False)

    assert box.entry(config_of("alice")) == auth
    assert box.entry(config_of("bob")) == auth


def test_expired_public_entry_is_removed(box, simulator):
    """Anonymous pulls work; pulls with an expired token do not."""
    simulator.life(3)
    box.configure(ini("alice", registries=f"{REGISTRY} {PUBLIC}"))
    assert box.refresh() == 0
    assert box.entry(config_of("alice"), PUBLIC)
    simulator.fault("status", status=500)
    box.run("sleep 4")

    assert box.refresh() == 1

    assert box.entry(config_of("alice"), PUBLIC) is None
    assert box.events("ENTRY_REMOVED", ECR_REGISTRY=PUBLIC)
