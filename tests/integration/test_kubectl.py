# SPDX-License-Identifier: Apache-2.0
"""ecr-publish, seen through kubectl alone, so that the cluster can be any.

With ECR_REFRESHER_TEST_KUBECONFIG=FILE it is the real one of that kubeconfig, whose user has to be
allowed everything; namespaces that begin with "ecr-test-" are made and deleted there. Without, it is
the API server of tests/kube, which this holds to the same behaviour.
"""

import base64
import json
import os
import subprocess

import pytest
import yaml

from integration.test_kubernetes import DOCKER, HOST, SECRET, Publish
from lib.account import Account
from lib.kube import Kube

REAL = os.environ.get("ECR_REFRESHER_TEST_KUBECONFIG")
PREFIX = f"ecr-test-{os.getpid()}"
A, B = f"{PREFIX}-a", f"{PREFIX}-b"


class _Host:
    """Where a real cluster is reached: no namespace at all."""

    @staticmethod
    def run(argv, user, **kwargs):
        kwargs["stdout"] = kwargs["stderr"] = subprocess.PIPE
        kwargs.pop("capture_output", None)
        return subprocess.run([os.fspath(word) for word in argv], user=user[0], group=user[1],
                              extra_groups=[], **kwargs)


class Cluster:
    """What Publish wants to know of a cluster, and kubectl."""

    def __init__(self, user, kubeconfig):
        self.user, self._kubeconfig = user, kubeconfig

    def kubeconfig(self, user=None, cluster=None):
        assert not user and not cluster
        return self._kubeconfig

    def kubectl(self, *arguments, input=None, check=True):
        done = self.user.run(["/usr/bin/kubectl", "--kubeconfig", ".kube/kubectl", *arguments],
                             input=input, timeout=120)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def get(self, kind, namespace, name):
        text = self.kubectl("-n", namespace, "get", kind, name, "-o", "json", check=False)
        return json.loads(text) if text else None

    def pull_secrets(self, namespace):
        account = self.get("serviceaccounts", namespace, "default")
        return [entry["name"] for entry in account.get("imagePullSecrets", [])]


@pytest.fixture(scope="module")
def kubeconfig(request):
    if REAL:
        with open(REAL, encoding="utf-8") as file:
            return yaml.safe_load(file)
    return request.getfixturevalue("simulated").kubeconfig()


@pytest.fixture(scope="module")
def simulated(net):
    with Kube(net) as kube:
        yield kube


@pytest.fixture(scope="module")
def user(request):
    with Account(_Host() if REAL else request.getfixturevalue("net")) as user:
        yield user


@pytest.fixture
def publish(publisher, user, kubeconfig):  # noqa: F811
    """With two namespaces that are made for this test."""
    user.write(".kube/kubectl", json.dumps(kubeconfig))
    cluster = Cluster(user, kubeconfig)
    publish = Publish(publisher, user, cluster)
    user.write(".kube/kubectl", json.dumps(kubeconfig))
    for namespace in (A, B):
        cluster.kubectl("create", "namespace", namespace)
        while cluster.get("serviceaccounts", namespace, "default") is None:
            pass
    yield publish
    for namespace in (A, B):
        cluster.kubectl("delete", "namespace", namespace, "--wait=true")


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


def test_what_is_no_longer_wanted_goes(publish):
    configure(publish)
    publish.ok()
    configure(publish, namespaces=B)
    publish.ok()
    assert publish.content(A) is None and publish.content(B)


def test_others_changes_are_undone(publish):
    configure(publish)
    publish.ok()
    publish.kube.kubectl("-n", B, "delete", "secret", SECRET)
    empty = base64.b64encode(b'{"auths":{}}').decode()
    publish.kube.kubectl(
        "-n", A, "apply", "--server-side", "--force-conflicts", "--validate=false", "-f", "-",
        input=json.dumps({"apiVersion": "v1", "kind": "Secret", "type": DOCKER,
                          "metadata": {"name": SECRET, "labels": {"theirs": "stays"}},
                          "data": {".dockerconfigjson": empty}}))
    assert publish.content(A) == {}
    publish.ok()
    assert publish.content(A) == publish.content(B) == {HOST: {"auth": publish.auth(HOST)}}
    assert publish.kube.get("secrets", A, SECRET)["metadata"]["labels"]["theirs"] == "stays"


def test_a_secret_of_another_type(publish):
    publish.kube.kubectl("-n", A, "create", "secret", "generic", SECRET, "--from-literal=a=b")
    configure(publish)
    publish.fails(f"{A}/{SECRET}", "another type")
    assert publish.content(B)


def test_a_namespace_that_is_not_there(publish):
    configure(publish, namespaces=f"{A} {PREFIX}-none")
    publish.fails(f"{PREFIX}-none", "no such namespace")


def test_an_invalid_label(publish):
    configure(publish, labels="team=-a")
    publish.fails("finds it invalid", "metadata.labels")
