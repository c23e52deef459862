# SPDX-License-Identifier: Apache-2.0
"""kubelet's plugin on a node with the package, run by a system service as root without HOME."""

import base64
import json

import pytest

from host.box import REGISTRY, config_of, digest, ini
from lib.simulator import ACCOUNT

PLUGIN = "/usr/bin/ecr-refresher-credential-provider"
SAMPLE = "/usr/share/doc/ecr-refresher/examples/credential-provider-config.yaml"
ROLE = "arn:aws:iam::210987654321:role/team-a"
TOKEN = "eyJhbGciOiJSUzI1NiJ9.teamApayload.teamAsignature"


def ask(box, **more):
    request = {"kind": "CredentialProviderRequest", "image": f"{REGISTRY}/team/app",
               "apiVersion": "credentialprovider.kubelet.k8s.io/v1", **more}
    return box.run(["systemd-run", "--quiet", "--pipe", "--wait", "--collect", "--unit=kubelet",
                    PLUGIN], input=json.dumps(request), check=False)


def answer(box, **more):
    """The auth of the reply, in the form of config.json."""
    done = ask(box, **more)
    assert (done.returncode, done.stderr) == (0, "")
    entry = json.loads(done.stdout)["auth"][REGISTRY]
    return base64.b64encode(f"{entry['username']}:{entry['password']}".encode()).decode()


def issued(simulator):
    return [(token["sha256"], token["account"]) for token in simulator.state()["issued"]]


def test_sample_matches_the_installed_paths(box):
    assert "name: " + PLUGIN.rpartition("/")[2] in box.read(SAMPLE)
    assert box.run(["test", "-x", PLUGIN], check=False).returncode == 0


def test_token_of_the_service(box, simulator):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert answer(box) == box.entry(config_of("alice"))
    assert simulator.state()["requests"] == 1


def test_node_without_configuration(box, simulator):
    """It only needs an identity, and the fetcher drops root as in the service."""
    auth = answer(box)
    assert issued(simulator) == [(digest(auth), ACCOUNT)]
    assert answer(box, image=f"{REGISTRY}/other") == auth
    assert simulator.state()["requests"] == 1


@pytest.fixture
def team(simulator):
    simulator.service("sts", roles=[{"arn": ROLE, "subject": "a"}],
                      tokens=[{"token": TOKEN, "subject": "a"}])
    return {"serviceAccountToken": TOKEN,
            "serviceAccountAnnotations": {"eks.amazonaws.com/ecr-role-arn": ROLE}}


def test_service_account(box, simulator, team):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    auth = answer(box, **team)
    assert issued(simulator)[1:] == [(digest(auth), "210987654321")]
    assert auth != box.entry(config_of("alice"))
    found = box.run(f"grep -rlF {TOKEN} /run /tmp /var/lib/ecr-refresher /root; journalctl | "
                    f"grep -F {TOKEN}", check=False)
    assert found.stdout == ""


def test_failures_are_in_the_journal(box, simulator, team):
    simulator.fault("access_denied")
    for more in {}, team:
        done = ask(box, **more)
        assert (done.returncode, done.stdout) == (1, "")
        assert "AccessDenied" in done.stderr
        [event] = box.events("PULL_FAILED")[-1:]
        assert event["MESSAGE"] in done.stderr
        assert (event["ECR_REGISTRY"], event["_UID"]) == (REGISTRY, "0")
        assert event["SYSLOG_IDENTIFIER"] == "ecr-refresher"
    assert len(box.events("PULL_FAILED")) == 2
