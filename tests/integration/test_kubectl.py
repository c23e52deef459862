# SPDX-License-Identifier: Apache-2.0
"""ecr-publish and any cluster: these tests use only kubectl.

With ECR_REFRESHER_TEST_KUBECONFIG=FILE the cluster is the real one of that kubeconfig, whose user
needs all rights; namespaces that begin with "ecr-test-" are created and deleted there. Otherwise it
is the API server of tests/kube, which must behave in the same way.
"""

import base64
import copy
import json
import os
import subprocess

import pytest
import yaml

from integration.test_kubernetes import (DOCKER, HOST, LABEL, SECRET, Publish, content_of,
                                         manifests)
from kube.world import TOKEN
from lib.account import Account
from lib.kube import Kube
from lib.patience import patience, wait_for

REAL = os.environ.get("ECR_REFRESHER_TEST_KUBECONFIG")
PREFIX = f"ecr-test-{os.getpid()}"
A, B = f"{PREFIX}-a", f"{PREFIX}-b"
THEIRS = {".dockerconfigjson": base64.b64encode(
    b'{"auths":{"registry.example.com":{"auth":"dTpw"}}}').decode()}


class _Host:
    """Reaches a real cluster: in no network namespace."""

    @staticmethod
    def run(argv, user, **kwargs):
        kwargs["stdout"] = kwargs["stderr"] = subprocess.PIPE
        kwargs.pop("capture_output", None)
        return subprocess.run([os.fspath(word) for word in argv], user=user[0], group=user[1],
                              extra_groups=[], **kwargs)


class Cluster:
    """A cluster as Publish uses it, and kubectl."""

    def __init__(self, user, kubeconfig):
        self.user, self._kubeconfig = user, kubeconfig

    def kubeconfig(self, user=None, cluster=None):
        """user: replaces that of the current context."""
        assert not cluster
        config = copy.deepcopy(self._kubeconfig)
        [context] = [entry["context"] for entry in config["contexts"]
                     if entry["name"] == config["current-context"]]
        for entry in config["users"]:
            if user and entry["name"] == context["user"]:
                entry["user"] = user
        return config

    def kubectl(self, *arguments, input=None, check=True):
        done = self.user.run(["/usr/bin/kubectl", "--kubeconfig", ".kube/kubectl", *arguments],
                             input=input, timeout=patience(120))
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def create(self, kind, name, namespace=None, **more):
        """Creates from JSON, because kubectl's own commands send protobuf since 1.36."""
        metadata = {"name": name, "namespace": namespace, **more.pop("metadata", {})}
        self.kubectl("create", "--validate=false", "-f", "-", input=json.dumps(
            {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}))

    def get(self, kind, namespace, name):
        text = self.kubectl("-n", namespace, "get", kind, name, "-o", "json", check=False)
        return json.loads(text) if text else None

    def pull_secrets(self, namespace):
        account = self.get("serviceaccounts", namespace, "default")
        return [entry["name"] for entry in account.get("imagePullSecrets", [])]

    def add_namespace(self, name, labels=()):
        self.create("Namespace", name)
        wait_for(lambda: self.get("serviceaccounts", name, "default"))
        if labels:
            self.kubectl("label", "namespace", name, *labels)


class RealCluster(Cluster):
    def limited(self, rules):
        """A kubeconfig's user that has only these rights."""
        rbac = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": PREFIX}
        subject = {"kind": "ServiceAccount", "name": "default", "namespace": A}
        objects = [{"kind": "ClusterRole", "rules": rules},
                   {"kind": "ClusterRoleBinding", "roleRef": rbac, "subjects": [subject]}]
        for thing in objects:
            thing.update(apiVersion="rbac.authorization.k8s.io/v1", metadata={"name": PREFIX})
            self.kubectl("apply", "-f", "-", input=json.dumps(thing))
        me = f"--as=system:serviceaccount:{A}:default"
        for rule in rules:  # the server needs a moment
            names = rule.get("resourceNames", [""])
            what = rule["resources"][0] + (f"/{names[0]}" if names[0] else "")
            asks = ["auth", "can-i", rule["verbs"][0], what, me, "--all-namespaces"]
            wait_for(lambda: "yes" in self.kubectl(*asks, check=False))
        return {"token": self.kubectl("-n", A, "create", "token", "default").strip()}

    def reset(self):
        self.kubectl("delete", "clusterrolebinding,clusterrole", PREFIX, "--ignore-not-found")


class SimulatedCluster(Cluster):
    def __init__(self, user, kube):
        super().__init__(user, kube.kubeconfig())
        self._kube = kube

    def limited(self, rules):
        self._kube.configure(tokens={TOKEN: "tester", "limited-token": "limited"},
                             rules={"limited": rules})
        return {"token": "limited-token"}

    def reset(self):
        self._kube.configure(tokens={TOKEN: "tester"}, rules={})


@pytest.fixture(scope="module")
def cluster(request, user):
    if REAL:
        with open(REAL, encoding="utf-8") as file:
            return RealCluster(user, yaml.safe_load(file))
    return SimulatedCluster(user, request.getfixturevalue("simulated"))


@pytest.fixture(scope="module")
def simulated(net):
    with Kube(net) as kube:
        yield kube


@pytest.fixture(scope="module")
def user(request):
    with Account(_Host() if REAL else request.getfixturevalue("net")) as user:
        yield user


@pytest.fixture
def publish(publisher, user, cluster):  # noqa: F811
    """With two namespaces that are created for this test."""
    publish = Publish(publisher, user, cluster)
    user.write(".kube/kubectl", json.dumps(cluster.kubeconfig()))
    for namespace in (A, B):
        cluster.add_namespace(namespace)
    yield publish
    cluster.reset()
    cluster.kubectl("delete", "namespace", A, B, "--ignore-not-found", "--wait=true")


def configure(publish, **keys):
    publish.configure(**{"namespaces": f"{PREFIX}-*", **keys})


def test_the_secret_and_its_owner(publish):
    configure(publish, labels="team=a", service_accounts="default")
    publish.ok()
    for namespace in (A, B):
        assert publish.content(namespace) == {HOST: {"auth": publish.auth(HOST)}}
        assert publish.kube.pull_secrets(namespace) == [SECRET]
    secret = json.loads(publish.kube.kubectl("-n", A, "get", "secret", SECRET, "-o", "json",
                                             "--show-managed-fields", check=False)
                        or publish.kube.kubectl("-n", A, "get", "secret", SECRET, "-o", "json"))
    assert secret["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "ecr-refresher",
                                            "team": "a"}
    [manager] = secret["metadata"]["managedFields"]
    assert (manager["manager"], manager["operation"]) == ("ecr-refresher", "Apply")


def versions(publish):
    return [publish.kube.get(kind, namespace, name)["metadata"]["resourceVersion"]
            for namespace in (A, B)
            for kind, name in (("secrets", SECRET), ("serviceaccounts", "default"))]


def test_a_second_run_changes_nothing(publish):
    configure(publish, service_accounts="default")
    publish.ok()
    before = versions(publish)
    assert publish.ok().log == ""
    assert versions(publish) == before
    publish.ok("--force")
    assert versions(publish) == before, "applying the same is no change to Kubernetes"


def test_pull_secrets_of_others_stay(publish):
    publish.kube.kubectl("-n", A, "patch", "serviceaccount", "default", "--type=merge", "-p",
                         '{"imagePullSecrets": [{"name": "theirs"}]}')
    configure(publish, service_accounts="default")
    publish.ok()
    assert publish.kube.pull_secrets(A) == ["theirs", SECRET]
    configure(publish)
    publish.ok()
    assert publish.kube.pull_secrets(A) == ["theirs"]


def test_unwanted_objects_are_removed(publish):
    configure(publish)
    publish.ok()
    configure(publish, namespaces=B)
    publish.ok()
    assert publish.content(A) is None and publish.content(B)


def test_changes_by_others_are_undone(publish):
    configure(publish)
    publish.ok()
    publish.kube.kubectl("-n", B, "delete", "secret", SECRET)
    publish.kube.kubectl(
        "-n", A, "apply", "--server-side", "--force-conflicts", "--validate=false", "-f", "-",
        input=json.dumps({"apiVersion": "v1", "kind": "Secret", "type": DOCKER,
                          "metadata": {"name": SECRET, "labels": {"theirs": "stays"}},
                          "data": content_of(**{HOST: "QVdTOm9sZA=="})}))
    assert publish.content(A) == {HOST: {"auth": "QVdTOm9sZA=="}}
    publish.ok()
    assert publish.content(A) == publish.content(B) == {HOST: {"auth": publish.auth(HOST)}}
    assert publish.kube.get("secrets", A, SECRET)["metadata"]["labels"]["theirs"] == "stays"


def test_a_secret_of_another_type(publish):
    publish.kube.create("Secret", SECRET, A, type="Opaque", data={"a": "Yg=="},
                        metadata={"labels": LABEL})
    configure(publish)
    publish.fails(f"{A}/{SECRET}", "another type")
    assert publish.content(B)


def test_a_missing_namespace(publish):
    configure(publish, namespaces=f"{A} {PREFIX}-none")
    publish.fails(f"{PREFIX}-none", "no such namespace")


def test_an_invalid_label(publish):
    configure(publish, labels="team=-a")
    publish.fails("rejects this as invalid", "metadata.labels")


# Which namespaces


@pytest.mark.parametrize("keys,expected", [
    ({"namespaces": A}, [A]),
    ({"namespaces": f"{PREFIX}-? !{A}"}, [B]),
    ({"namespaces": f"{PREFIX}-*", "namespace_selector": "pull=yes"}, [B]),
    ({"namespaces": None, "namespace_selector": f"test={PREFIX},pull notin (yes)"}, [A]),
])
def test_which_namespaces(publish, keys, expected):
    publish.kube.kubectl("label", "namespace", A, B, f"test={PREFIX}")
    publish.kube.kubectl("label", "namespace", B, "pull=yes")
    configure(publish, **keys)
    publish.ok()
    assert [namespace for namespace in (A, B) if publish.content(namespace)] == expected


def test_a_recreated_namespace(publish):
    configure(publish, service_accounts="default")
    publish.ok()
    publish.kube.kubectl("delete", "namespace", B)
    publish.ok()
    publish.kube.add_namespace(B)
    publish.ok()
    assert publish.content(B) and publish.kube.pull_secrets(B) == [SECRET]


def test_a_terminating_namespace(publish):
    """A finalizer keeps it. A name in the ini selects it, a pattern does not."""
    publish.kube.create("Secret", "holds", B, metadata={"finalizers": ["example.com/test"]})
    publish.kube.kubectl("delete", "namespace", B, "--wait=false")
    try:
        configure(publish, service_accounts="default")
        publish.ok()
        assert publish.content(A) and publish.content(B) is None
        configure(publish, namespaces=f"{A} {B}")
        publish.fails(f"{B}/{SECRET}", "forbids this", "because it is being terminated")
    finally:
        publish.kube.kubectl("-n", B, "patch", "secret", "holds", "--type=merge",
                             "-p", '{"metadata": {"finalizers": null}}')
    # Until 1.24, "kubectl wait" fails if the namespace is gone already.
    wait_for(lambda: publish.kube.get("namespaces", A, B) is None)
    configure(publish)
    publish.ok()


# Other programs


def test_a_foreign_secret(publish):
    publish.kube.create("Secret", SECRET, A, type=DOCKER, data=THEIRS)
    configure(publish)
    publish.fails(f"{A}/{SECRET}", "not created by ecr-refresher")
    assert publish("--force").code == 1
    assert set(publish.content(A)) == {"registry.example.com"} and publish.content(B)
    configure(publish, namespaces=B)
    publish.ok()
    assert publish.content(A), "what others made is never deleted"


def test_another_manager_gets_a_conflict(publish):
    configure(publish)
    publish.ok()
    theirs = json.dumps({"apiVersion": "v1", "kind": "Secret", "type": DOCKER,
                         "metadata": {"name": SECRET}, "data": THEIRS})
    done = publish.user.run(
        ["/usr/bin/kubectl", "--kubeconfig", ".kube/kubectl", "-n", A, "apply", "--server-side",
         "--validate=false", "-f", "-"], input=theirs, timeout=patience(120))
    assert done.returncode == 1 and 'conflict with "ecr-refresher"' in done.stderr
    assert publish.content(A)


def test_an_immutable_secret(publish):
    publish.kube.create("Secret", SECRET, A, type=DOCKER, immutable=True,
                        data=content_of(), metadata={"labels": LABEL})
    configure(publish)
    publish.fails(f"{A}/{SECRET}", "marked immutable")
    assert publish.content(B)


def test_a_quota(publish):
    publish.kube.create("ResourceQuota", "none", A, spec={"hard": {"count/secrets": "0"}})
    wait_for(lambda: publish.kube.get("quota", A, "none").get("status", {}).get("hard"))
    configure(publish)
    result = publish.fails(f"{A}/{SECRET}", "the cluster forbids this", "exceeded quota: none")
    assert not result.logged("role needs")
    assert publish.content(B)
    publish.kube.kubectl("-n", A, "delete", "quota", "none")
    publish.ok()


# Rights


def shipped():
    return copy.deepcopy(manifests()["ClusterRole", "ecr-refresher"]["rules"])


def test_the_shipped_rights(publish):
    publish.kubeconfig(publish.kube.limited(shipped()))
    configure(publish, service_accounts="default")
    publish.ok()
    for namespace in (A, B):
        assert publish.content(namespace) and publish.kube.pull_secrets(namespace) == [SECRET]
    assert publish.ok().log == ""
    result = publish.ok("--check", "--online")
    assert "may not" not in result.output
    configure(publish, namespaces=A, service_accounts="default")
    publish.ok()
    assert publish.content(B) is None and publish.kube.pull_secrets(B) == []


@pytest.mark.parametrize("resource,verb", [
    ("namespaces", "list"), ("secrets", "create"), ("secrets", "patch"),
    ("serviceaccounts", "patch")])
def test_a_missing_right(publish, resource, verb):
    """With the rule to add, in a run and in a check."""
    rules = shipped()
    [rule] = [rule for rule in rules if rule["resources"] == [resource]]
    rule["verbs"].remove(verb)
    names = "".join(f'resourceNames: ["{name}"], ' for name in rule.get("resourceNames", []))
    line = f'resources: ["{resource}"], {names}verbs: ["{verb}"]'
    publish.kubeconfig(publish.kube.limited([rule for rule in rules if rule["verbs"]]))
    configure(publish, service_accounts="default")
    result = publish()
    assert result.code == 1 and f"may not {verb} it" in result.log and line in result.log
    result = publish("--check", "--online")
    assert result.code == 1 and line in result.output


def test_an_unknown_token(publish):
    publish.kubeconfig({"token": "unknown"})
    configure(publish)
    publish.fails("rejects the credentials", "401")
