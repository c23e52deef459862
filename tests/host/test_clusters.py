# SPDX-License-Identifier: Apache-2.0
"""The stage between fetch and write, in the service's sandbox: a cluster gets the token from AWS, and
one that fails does not affect the others."""

import base64
import json
import re

import pytest

from host.box import REGISTRY, SERVICE, config_of, ini
from host.conftest import install
from lib.kube import Kube
from lib.patience import patience

KUBECONFIG = "/root/prod.kubeconfig"
RECORD = "/var/lib/ecr-refresher/published/published.json"
SECTION = f"""[kubernetes prod]
kubeconfig = prod
namespaces = *
service_accounts = default
registries = {REGISTRY}
"""


@pytest.fixture(scope="module")
def shared_kube(netns):
    with Kube(netns) as kube:
        yield kube


@pytest.fixture
def kube(shared_kube):
    shared_kube.reset()
    shared_kube.add_namespaces("team-a", "team-b")
    return shared_kube


@pytest.fixture
def host(kube, box, package):
    """A box with the package for clusters, and a kubeconfig that only root can read."""
    [publisher] = package.parent.glob("ecr-refresher-publish_*.deb")
    install(box, publisher)
    box.write(KUBECONFIG, json.dumps(kube.kubeconfig()), mode=0o600)
    box.drop_in(f"[Service]\nLoadCredential=prod:{KUBECONFIG}\n")
    return box


def auth_in(kube, namespace):
    secret = kube.get("secrets", namespace, "ecr-refresher")
    if secret is None:
        return None
    config = json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))
    return config["auths"][REGISTRY]["auth"]


def test_files_and_cluster_have_the_same_token(host, kube):
    host.configure(ini("alice", more=SECTION))
    assert host.refresh() == 0
    token = host.wait_for_entry(config_of("alice"))
    assert auth_in(kube, "team-a") == auth_in(kube, "team-b") == token
    (event,) = host.events("PUBLISHED", ECR_TARGET="kubernetes prod")
    assert event["ECR_REGISTRY"] == REGISTRY and token not in json.dumps(event)
    assert host.stat(RECORD) == ("ecr-refresher", "ecr-refresher", "600", "regular file")
    assert token not in host.read(RECORD)
    [cluster] = host.status()["clusters"]
    assert (cluster["name"], cluster["state"]) == ("prod", "fresh")
    host.drop_in("[Service]\n", name="empty")  # a run that has nothing new
    kube.forget()
    assert host.refresh() == 0
    assert kube.snapshot()["writes"] == []


def test_failing_cluster_does_not_affect_others(host, kube):
    kube.configure(rules={"tester": []})
    host.configure(ini("alice", more=SECTION))
    assert host.refresh() == 1
    assert host.wait_for_entry(config_of("alice"))
    (event,) = host.events("PUBLISH_FAILED", ECR_TARGET="kubernetes prod")
    assert event["ECR_ERROR"] == "forbidden" and "may not list" in event["MESSAGE"]
    status = host.status()
    assert not status["good"] and status["clusters"][0]["state"] == "failed"
    assert "cluster" in host.show("ecr-refresher.service", "StatusText")["StatusText"]
    kube.configure(rules={})
    host.run(["touch", "/etc/ecr-refresher.ini"])
    done = host.run(["ecr-refresher", "check", "--online"], check=False)
    assert done.returncode != 0 and "[kubernetes prod] failed in the latest run" in done.stdout
    assert kube.server in done.stdout, "it looks with the credentials of the service"


def test_silent_cluster_costs_ten_seconds_at_most(host, kube):
    kube.fault(seconds=600)
    host.configure(ini("alice", more=SECTION))
    assert host.refresh() == 1
    assert host.wait_for_entry(config_of("alice"))
    shown = host.show("ecr-refresher.service", "ExecMainStartTimestampMonotonic",
                      "ExecMainExitTimestampMonotonic", "InactiveExitTimestampMonotonic")
    took = (int(shown["ExecMainExitTimestampMonotonic"])
            - int(shown["InactiveExitTimestampMonotonic"])) / 1e6
    assert 9 < took < patience(14)
    asked = len(kube.snapshot()["requests"])
    assert host.refresh() == 1
    assert len(kube.snapshot()["requests"]) == asked, "it is left alone for a minute"


def test_by_hand(host, kube):
    """Runs as the service's user, which reads its own file."""
    host.configure(ini("alice", more=SECTION.replace("kubeconfig = prod",
                                                     "kubeconfig = ~/.kube/config")))
    host.run(["mkdir", "-m", "700", "/var/lib/ecr-refresher/.kube"])
    host.run(["chown", "ecr-refresher:", "/var/lib/ecr-refresher/.kube"])
    host.write("/var/lib/ecr-refresher/.kube/config", json.dumps(kube.kubeconfig()), mode=0o600,
               owner="ecr-refresher")
    done = host.run(["ecr-refresher", "refresh"])
    assert "1 user, 1 cluster, 1 registry fresh" in done.stdout
    assert auth_in(kube, "team-a") == host.entry(config_of("alice"))


def test_typo_removes_nothing_without_force(host, kube):
    """The printed command, typed by root, forces it."""
    host.configure(ini("alice", more=SECTION))
    assert host.refresh() == 0
    host.configure(ini("alice", more=SECTION.replace("namespaces = *", "namespaces = tema-*")))
    done = host.run(["ecr-refresher", "refresh", "--dry-run"], check=False)
    assert done.returncode == 1 and "no longer asks for 2 of 2 objects" in done.stdout
    assert host.refresh() == 1
    assert auth_in(kube, "team-a") and auth_in(kube, "team-b")
    (event,) = host.events("PUBLISH_FAILED", ECR_TARGET="kubernetes prod")
    assert event["ECR_ERROR"] == "mass-removal"
    [command] = re.findall("remove them with '([^']*)'", event["MESSAGE"])
    host.run(command.removeprefix("sudo ").split())
    assert auth_in(kube, "team-a") is None and auth_in(kube, "team-b") is None


def test_package_takes_effect_at_once(box, package):
    """So does its removal: no run may lack the stage or its program."""
    [publisher] = package.parent.glob("ecr-refresher-publish_*.deb")
    box.configure(ini("alice"))
    box.enable()  # systemd has the service in memory
    install(box, publisher)
    shown = box.show(SERVICE, "NeedDaemonReload", "DropInPaths")
    assert shown["NeedDaemonReload"] == "no" and "publish.conf" in shown["DropInPaths"]
    box.run("apt-get remove -y ecr-refresher-publish", env={"DEBIAN_FRONTEND": "noninteractive"})
    shown = box.show(SERVICE, "NeedDaemonReload", "DropInPaths")
    assert shown["NeedDaemonReload"] == "no" and shown["DropInPaths"] == ""
    assert box.refresh() == 0


def test_missing_package_is_reported(box, kube):
    box.configure(ini("alice", more=SECTION))
    assert box.refresh() == 1
    assert box.wait_for_entry(config_of("alice"))
    (event,) = box.events("PUBLISH_FAILED")
    assert "install the package ecr-refresher-publish" in event["MESSAGE"]


def test_exec_plugin_in_the_sandbox(host, kube):
    """Such as `aws eks get-token`: found in $PATH, run as the service's user."""
    host.write("/usr/local/bin/get-token", """#!/bin/sh
[ "$(id -un)" = ecr-refresher ] || exit 3
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
"status":{"token":"the-right-token"}}'
""", mode=0o755)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "get-token",
                     "interactiveMode": "IfAvailable"}}
    host.write(KUBECONFIG, json.dumps(kube.kubeconfig(user)), mode=0o600)
    host.configure(SECTION)
    assert host.refresh() == 0
    assert auth_in(kube, "team-a")
