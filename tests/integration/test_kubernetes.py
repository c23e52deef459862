# SPDX-License-Identifier: Apache-2.0
"""ecr-publish and a cluster: what it writes, what it leaves alone, and what it logs."""

import base64
import datetime
import fcntl
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
import yaml

from integration.conftest import RUN_LIMIT, Result, timestamp
from lib.kube import ADDRESS, NAME, Kube
from lib.netns import end
from lib.patience import is_ready, patience

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
OTHER = "210987654321.dkr.ecr.us-east-1.amazonaws.com"
REGIONS = {HOST: "eu-central-1", OTHER: "us-east-1"}
DOCKER = "kubernetes.io/dockerconfigjson"
SECRET = "ecr-refresher"


@pytest.fixture(scope="module")
def shared_kube(net):
    with Kube(net) as kube:
        yield kube


@pytest.fixture
def kube(shared_kube):
    """The cluster, empty. Fails in the end if it did not understand a request."""
    shared_kube.reset()
    yield shared_kube
    problems = shared_kube.snapshot()["problems"]
    shared_kube.reset()
    assert problems == []


class Publish:
    """ecr-publish as an ordinary user runs it, with tokens.json from the test."""

    def __init__(self, program, user, kube):
        self.program, self.user, self.kube = program, user, kube
        self.secrets = set()
        for name in ("run/ecr-refresher", "home/.local", "home/.kube", "home/.config"):
            shutil.rmtree(user.directory / name, ignore_errors=True)
        self.state = user.home / ".local/state/ecr-refresher/published.json"
        self.tokens(HOST)
        self.kubeconfig()

    def configure(self, registries=(HOST,), name="prod", more="", **keys):
        """[kubernetes prod] with these keys (None removes one), and other sections."""
        keys = {"kubeconfig": "~/.kube/config", "namespaces": "*",
                "registries": " ".join(registries), **keys}
        lines = [f"{key} = {value}" for key, value in keys.items() if value is not None]
        self.write("\n".join([f"[kubernetes {name}]", *lines, "", more]))

    def write(self, text):
        self.user.write(".config/ecr-refresher.ini", text)

    def kubeconfig(self, user=None, cluster=None, name=".kube/config", **more):
        return self.user.write(name, json.dumps(self.kube.kubeconfig(user, cluster, **more)))

    def tokens(self, *hosts, life=12 * 3600, password="first", ahead=0):
        """Writes tokens.json as ecr-fetch would, with a clock so many seconds ahead."""
        now = time.time() + ahead
        tokens = []
        for host in hosts:
            auth = self.auth(host, password)
            self.secrets |= {auth, f"{password}-of-{host}"}
            tokens.append({
                "identity": "", "settings": "", "service": "ecr", "partition": "aws",
                "region": REGIONS[host], "authorization": auth, "principal": "AKIAEXAMPLE",
                "provider": "test", "fetched_at": timestamp(now - 60),
                "expires_at": timestamp(now + life), "jitter": 0})
        directory = self.user.runtime_dir / "ecr-refresher"
        directory.mkdir(mode=0o700, exist_ok=True)
        file = directory / "tokens.json"
        file.write_text(json.dumps({"version": 1, "tokens": tokens}))
        file.chmod(0o600)
        for path in (directory, file):
            os.chown(path, self.user.uid, self.user.gid)

    @staticmethod
    def auth(host, password="first"):
        return base64.b64encode(f"AWS:{password}-of-{host}".encode()).decode()

    def __call__(self, *arguments, env=None):
        started = time.monotonic()
        done = self.user.run([self.program, *arguments], env=env or {}, timeout=RUN_LIMIT)
        result = Result(done.returncode, done.stdout, done.stderr, time.monotonic() - started)
        print(result.log, end="")
        state = self.state.read_text() if self.state.exists() else ""
        for secret in self.secrets | {"the-right-token", "a-password"}:
            assert secret not in result.output + result.log + state
        return result

    def ok(self, *arguments, env=None):
        result = self(*arguments, env=env)
        assert result.code == 0, result.log
        return result

    def fails(self, *patterns, env=None):
        """It fails and logs one line with the section's name and these patterns."""
        result = self(env=env)
        assert result.code == 1, result.log
        assert result.logged(r"\[kubernetes prod\]", *patterns), result.log
        return result

    def section(self, name="prod"):
        [section] = [s for s in json.loads(self.state.read_text())["sections"]
                     if s["name"] == name]
        return section

    # The cluster

    def content(self, namespace, name=SECRET):
        """The auths of a Secret; None if it does not exist."""
        secret = self.kube.get("secrets", namespace, name)
        if secret is None:
            return None
        assert secret["type"] == DOCKER
        return json.loads(base64.b64decode(secret["data"][".dockerconfigjson"]))["auths"]

    def holders(self, name=SECRET):
        """The namespaces that have the Secret."""
        return [s["metadata"]["namespace"] for s in self.kube.all("secrets")
                if s["metadata"]["name"] == name]

    def writes(self):
        return self.kube.snapshot()["writes"]


@pytest.fixture
def publish(publisher, user, kube):
    return Publish(publisher, user, kube)


def pull_secrets(kube, namespace, account="default"):
    account = kube.get("serviceaccounts", namespace, account)
    return [entry["name"] for entry in account.get("imagePullSecrets", [])]


# What is published


def test_a_secret_in_every_namespace(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    publish.configure()
    result = publish.ok()
    for namespace in ("team-a", "team-b"):
        assert publish.content(namespace) == {HOST: {"auth": publish.auth(HOST)}}
    assert result.logged("published to 2 objects")
    secret = kube.get("secrets", "team-a", SECRET)
    assert secret["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "ecr-refresher"}
    [manager] = secret["metadata"]["managedFields"]
    assert (manager["manager"], manager["operation"]) == ("ecr-refresher", "Apply")


def test_kubectl_reads_what_we_send(publish, kube):
    """Debian's, or whichever is installed."""
    kube.add_namespaces("team-a")
    publish.configure(labels="team=a", annotations="example.com/why=because it is so")
    publish.ok()
    done = publish.user.run(["/usr/bin/kubectl", "--kubeconfig", ".kube/config", "-n", "team-a",
                             "get", "secret", SECRET, "-o", "json"], timeout=patience(60))
    assert done.returncode == 0, done.stderr
    secret = json.loads(done.stdout)
    assert secret["type"] == DOCKER
    assert secret["metadata"]["labels"]["team"] == "a"
    assert secret["metadata"]["annotations"] == {"example.com/why": "because it is so"}


def test_no_write_if_nothing_changed(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    publish.configure(service_accounts="default")
    publish.ok()
    assert len(publish.writes()) == 4
    kube.forget()
    before = publish.state.read_bytes(), publish.state.stat().st_mtime_ns
    assert publish.ok().log == ""
    assert publish.writes() == []
    assert (publish.state.read_bytes(), publish.state.stat().st_mtime_ns) == before


@pytest.mark.parametrize("change", ["token", "label", "registry"])
def test_a_changed_token_or_spec_is_sent(publish, kube, change):
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    if change == "token":
        publish.tokens(HOST, password="second")
    elif change == "label":
        publish.configure(labels="team=a")
    else:
        publish.tokens(HOST, OTHER)
        publish.configure(registries=(HOST, OTHER))
    publish.ok()
    assert len(publish.writes()) == 2
    expected = {HOST: publish.auth(HOST, "second" if change == "token" else "first")}
    if change == "registry":
        expected[OTHER] = publish.auth(OTHER)
    assert publish.content("team-a") == {host: {"auth": a} for host, a in expected.items()}


def test_an_unwanted_label_is_removed(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure(labels="team=a")
    publish.ok()
    publish.configure()
    publish.ok()
    assert "team" not in kube.get("secrets", "team-a", SECRET)["metadata"]["labels"]


def test_a_later_namespace_is_served_by_the_next_run(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    kube.forget()
    kube.add_namespaces("team-b")
    publish.ok()
    assert publish.content("team-b") and len(publish.writes()) == 1


@pytest.mark.parametrize("how", ["deleted", "changed", "its namespace was recreated"])
def test_changes_by_others_are_undone(publish, kube, how):
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    if how == "deleted":
        kube.delete("secrets", "team-a", SECRET, {})
    elif how == "changed":
        empty = base64.b64encode(b'{"auths":{}}').decode()
        kube.add("secrets", "team-a", SECRET, {"type": DOCKER,
                                               "data": {".dockerconfigjson": empty}})
    else:
        kube.remove_namespace("team-a")
        kube.add_namespaces("team-a")
    publish.ok()
    assert publish.content("team-a") == {HOST: {"auth": publish.auth(HOST)}}


@pytest.mark.parametrize("keys,expected", [
    ({"namespaces": "team-a"}, ["team-a"]),
    ({"namespaces": "team-*"}, ["team-a", "team-b"]),
    ({"namespaces": "!kube-* !team-a"}, ["default", "team-b"]),
    ({"namespaces": "team-? !team-b default"}, ["default", "team-a"]),
    ({"namespaces": None, "namespace_selector": "pull=yes"}, ["team-b"]),
    ({"namespaces": "!team-a", "namespace_selector": "pull in (yes, no)"}, ["team-b"]),
])
def test_which_namespaces(publish, kube, keys, expected):
    kube.add_namespaces("default", "kube-system")
    kube.add_namespaces("team-a", labels={"pull": "no"})
    kube.add_namespaces("team-b", labels={"pull": "yes"})
    publish.configure(**keys)
    publish.ok()
    assert publish.holders() == expected


def test_no_namespace_is_not_all_namespaces(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure(namespaces="tema-*")
    assert publish.ok().logged("no namespace matches 'namespaces'")
    assert publish.ok().log == ""


def test_a_terminating_namespace_is_not_touched(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    kube.terminate("team-b")
    publish.configure()
    publish.ok()
    assert publish.holders() == ["team-a"]


def test_named_namespaces_need_no_right_to_list(publish, kube):
    """A Role in each namespace suffices."""
    kube.add_namespaces("team-a", "team-b")
    role = {"verbs": ["get", "create", "patch", "delete"], "resources": ["secrets"],
            "resourceNames": [SECRET], "namespaces": ["team-a"]}
    accounts = {"verbs": ["get", "patch"], "resources": ["serviceaccounts"],
                "resourceNames": ["default"], "namespaces": ["team-a"]}
    kube.configure(rules={"tester": [role, accounts]})
    publish.configure(namespaces="team-a", service_accounts="default")
    publish.ok()
    assert publish.content("team-a") and pull_secrets(kube, "team-a") == [SECRET]
    kube.forget()
    publish.ok()
    assert publish.writes() == []


@pytest.mark.parametrize("change", ["another file", "another server in it"])
def test_another_cluster_without_the_right_to_list(publish, kube, net, change):
    kube.add_namespaces("team-a")
    kube.configure(rules={"tester": [{"verbs": ["get", "create", "patch"],
                                      "resources": ["secrets", "serviceaccounts"]}]})
    publish.configure(namespaces="team-a", service_accounts="default")
    publish.ok()
    kube.remove_namespace("team-a")  # that was the old one
    kube.add_namespaces("team-a")
    if change == "another file":
        publish.kubeconfig(name=".kube/other")
        publish.configure(namespaces="team-a", service_accounts="default",
                          kubeconfig="~/.kube/other")
    else:
        net.add_hosts(ADDRESS, "elsewhere.example.com")
        publish.kubeconfig(cluster={"tls-server-name": NAME,
                                    "server": "https://elsewhere.example.com:6443"})
    publish.ok()
    assert publish.content("team-a") and pull_secrets(kube, "team-a") == [SECRET]
    kube.forget()
    publish.ok()
    assert publish.writes() == []


# What is removed


@pytest.mark.parametrize("kind", ["namespaces", "secrets"])
@pytest.mark.parametrize("body", [
    {}, {"items": []}, {"kind": "Status", "status": "Failure", "message": "busy"},
    {"kind": "SecretList", "items": {}}, {"kind": "List", "items": [{}]}])
def test_a_reply_that_is_not_a_list_removes_nothing(publish, kube, kind, body):
    """Status 200 with another body, as from a proxy."""
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    kube.forget()
    kube.fault(status=200, path=f"/{kind}[?]", body=json.dumps(body))
    publish.fails(f"list of {kind}.*is malformed")
    assert publish.holders() == ["team-a"] and publish.writes() == []


def test_a_list_without_items_is_empty(publish, kube):
    """Go also writes an empty list as null."""
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    kube.fault(status=200, path="/namespaces[?]",
               body=json.dumps({"kind": "NamespaceList", "items": None}))
    publish.fails("no longer asks for 1 of 1 object")
    assert publish.holders() == ["team-a"]
    publish.ok("--force")
    assert publish.holders() == []


SIX = [f"team-{letter}" for letter in "abcdef"]


@pytest.mark.parametrize("keys,kept", [
    ({"namespaces": None, "namespace_selector": "taem=x"}, SIX),
    ({"namespaces": "tema-*"}, SIX),
    ({"namespaces": "team-a team-b"}, SIX),  # four of six
    ({"namespaces": "team-a team-g"}, [*SIX, "team-g"]),  # five, although another is new
    ({"namespaces": "team-g"}, [*SIX, "team-g"]),
])
def test_a_typo_removes_nothing(publish, kube, keys, kept):
    """Neither Secrets nor references to them; new namespaces are served."""
    kube.add_namespaces(*SIX, labels={"team": "x"})
    kube.add_namespaces("team-g")
    publish.configure(namespaces=None, namespace_selector="team=x", service_accounts="default")
    publish.ok()
    publish.configure(service_accounts="default", **keys)
    for _ in range(2):
        result = publish.fails("namespace", "ecr-refresher refresh --force")
        assert publish.holders() == kept
        assert all(pull_secrets(kube, namespace) == [SECRET] for namespace in kept)
    assert len([line for line in result.log.splitlines() if "no longer ask" in line]) == 1
    check = publish("--check")
    assert check.code == 1 and "no longer ask" in check.output
    publish.configure(namespaces=None, namespace_selector="team=x", service_accounts="default")
    if kept == SIX:
        publish.ok()  # corrected
    publish.configure(service_accounts="default", **keys)
    publish.ok("--force")
    assert set(publish.holders()) == set(kept) & set((keys["namespaces"] or "").split())
    assert pull_secrets(kube, "team-c") == []


def test_what_is_removed_without_force(publish, kube):
    """One of two, half of six; those in a terminating namespace; a Secret that is renamed."""
    kube.add_namespaces(*SIX, labels={"team": "x"})
    publish.configure(namespaces="team-*")
    publish.ok()
    publish.configure(namespaces="team-a team-b team-c")
    publish.ok()
    assert publish.holders() == SIX[:3]
    publish.configure(namespaces="team-*", secret="pull")
    publish.ok()
    assert publish.holders() == [] and publish.holders("pull") == SIX
    for namespace in SIX[:4]:
        kube.remove_namespace(namespace)
    kube.terminate("team-e")
    publish.ok()
    publish.configure(namespaces="team-f", secret="pull")
    publish.ok()
    assert publish.section()["targets"][0]["name"] == "team-f/pull"


def test_a_removal_is_forced_as_the_message_says(publish, kube, sim, prefix):
    kube.add_namespaces("team-a", "team-b")
    publish.configure(service_accounts="default")
    publish.ok()
    publish.configure(namespaces="nothing-*", service_accounts="default")
    [command] = re.findall("with '([^']*)'", publish.fails("no longer asks for 2 of 2").log)
    assert publish.holders() == ["team-a", "team-b"]
    program, *arguments = command.split()
    done = publish.user.run([prefix / "bin" / program, *arguments], env=sim.environment(),
                            timeout=RUN_LIMIT)
    assert done.returncode == 0, done.stderr
    assert publish.holders() == [] and pull_secrets(kube, "team-a") == []


def test_removal_without_the_right_to_list(publish, kube):
    kube.add_namespaces("team-a", "team-b", "team-c")
    kube.configure(rules={"tester": [{"verbs": ["get", "create", "patch", "delete"],
                                      "resources": ["secrets"]}]})
    publish.configure(namespaces="team-a team-b team-c")
    publish.ok()
    publish.configure(namespaces="team-a")
    publish.fails("no longer asks for 2 of 3 objects")
    publish.configure(namespaces="team-a team-b")
    publish.ok()
    assert publish.holders() == ["team-a", "team-b"]


def test_our_objects_are_removed_if_nothing_matches_them(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    publish.configure(service_accounts="default")
    publish.ok()
    publish.configure(namespaces="team-a", service_accounts="default")
    result = publish.ok()
    assert publish.holders() == ["team-a"]
    assert pull_secrets(kube, "team-a") == [SECRET] and pull_secrets(kube, "team-b") == []
    assert result.logged("removed 2 objects")
    kube.forget()
    publish.ok()
    assert publish.writes() == []


def test_foreign_objects_are_never_deleted(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    mine = {"type": DOCKER, "data": {".dockerconfigjson": base64.b64encode(b"{}").decode()}}
    kube.add("secrets", "team-a", SECRET, mine)
    publish.configure()
    assert publish().code == 1
    # Ours, but another program has since replaced it.
    kube.delete("secrets", "team-b", SECRET, {})
    kube.add("secrets", "team-b", SECRET, mine)
    publish.configure(namespaces="nothing-*")
    publish.ok()
    assert publish.holders() == ["team-a", "team-b"]


def content_of(**auths):
    """The data of a Secret with these logins."""
    text = json.dumps({"auths": {host: {"auth": auth} for host, auth in auths.items()}})
    return {".dockerconfigjson": base64.b64encode(text.encode()).decode()}


THEIRS = {"type": DOCKER, "data": content_of(**{"ghcr.io": "dTpw", "docker.io": "dTpx"})}
LABEL = {"app.kubernetes.io/managed-by": "ecr-refresher"}


def versions(kube, kind="secrets"):
    return {(thing["metadata"]["namespace"], thing["metadata"]["name"]):
            thing["metadata"]["resourceVersion"] for thing in kube.all(kind)}


@pytest.mark.parametrize("theirs", [
    THEIRS, {"type": "Opaque", "data": {"a": "Yg=="}}, {**THEIRS, "immutable": True},
    {**THEIRS, "metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}},
    {"type": DOCKER, "data": content_of(**{HOST: "QVdTOm9sZA=="})}])
@pytest.mark.parametrize("options", [(), ("--force",)])
def test_a_foreign_secret_is_refused(publish, kube, theirs, options):
    """It may hold the only copy of its logins. The other namespaces are served."""
    kube.add_namespaces("team-a", "team-b")
    kube.add("secrets", "team-b", SECRET, theirs)
    before = versions(kube)
    publish.configure(service_accounts="default")
    result = publish(*options)
    assert result.code == 1
    assert result.logged(
        r"^\[kubernetes prod\] team-b/ecr-refresher: .*not created by ecr-refresher",
        "choose another name with 'secret ='", "kubectl -n team-b delete secret ecr-refresher")
    assert versions(kube).items() >= before.items()
    assert publish.content("team-a") and pull_secrets(kube, "team-a") == [SECRET]
    assert pull_secrets(kube, "team-b") == []
    assert publish(*options).code == 1, "the record does not make it ours"
    assert versions(kube).items() >= before.items()
    publish.configure(secret="pull", service_accounts="default")
    publish.ok()
    assert publish.content("team-b", "pull") and pull_secrets(kube, "team-b") == ["pull"]
    assert versions(kube).items() >= before.items()


def kubectl_of(result):
    """The commands in brackets."""
    return [line.split() for line in re.findall(r"\((kubectl [^)]*)\)", result.log)]


def type_it(publish, command):
    done = publish.user.run(["/usr/bin/kubectl", "--kubeconfig", ".kube/config", *command[1:]],
                            timeout=60)
    assert done.returncode == 0, done.stderr


def test_a_foreign_secret_is_deleted_as_the_message_says(publish, kube):
    kube.add_namespaces("team-a")
    kube.add("secrets", "team-a", SECRET, THEIRS)
    publish.configure()
    delete, _ = kubectl_of(publish.fails("not created by ecr-refresher"))
    type_it(publish, delete)
    publish.ok()
    assert set(publish.content("team-a")) == {HOST}


def test_a_foreign_secret_is_handed_over_as_the_message_says(publish, kube):
    """If it has only logins of the section's registries; others would be lost."""
    kube.add_namespaces("team-a", "team-b")
    ours = {"type": DOCKER, "data": content_of(**{HOST: "QVdTOm9sZA=="}),
            "metadata": {"labels": {"app.kubernetes.io/managed-by": "Helm"}}}
    kube.add("secrets", "team-a", SECRET, ours)
    publish.configure()
    _, label = kubectl_of(publish.fails("not created by ecr-refresher"))
    type_it(publish, label)
    publish.ok()
    assert publish.content("team-a") == {HOST: {"auth": publish.auth(HOST)}}
    kube.delete("secrets", "team-a", SECRET, {})
    kube.add("secrets", "team-a", SECRET, THEIRS)
    _, label = kubectl_of(publish.fails("not created by ecr-refresher"))
    type_it(publish, label)
    before = versions(kube)
    result = publish.fails("team-a/ecr-refresher: this Secret has a login for (ghcr|docker).io")
    assert versions(kube) == before and set(publish.content("team-a")) == {"ghcr.io", "docker.io"}
    [delete] = kubectl_of(result)
    type_it(publish, delete)
    publish.ok()


@pytest.mark.parametrize("rights", ["list", "get", "none"])
def test_a_foreign_login_in_our_secret_is_not_lost(publish, kube, rights):
    kube.add_namespaces("team-a")
    publish.configure(namespaces="team-a")
    publish.ok()
    secret = kube.get("secrets", "team-a", SECRET)
    kube.add("secrets", "team-a", SECRET, {
        "type": DOCKER, "metadata": {"labels": secret["metadata"]["labels"]},
        "data": content_of(**{HOST: publish.auth(HOST), "ghcr.io": "dTpw"})})
    verbs = ["create", "patch", "delete"] + ([rights] if rights != "none" else [])
    kube.configure(rules={"tester": [{"verbs": verbs, "resources": ["secrets"]}]})
    publish.tokens(HOST, password="second")
    publish.fails('verbs: ..get' if rights == "none" else "login for ghcr.io")
    assert set(publish.content("team-a")) == {HOST, "ghcr.io"}


def test_a_secret_of_an_older_version_is_ours_without_a_record(publish, kube):
    """0.1.0 set the label and was the field manager; either suffices."""
    kube.add_namespaces("team-a", "team-b")
    publish.configure()
    publish.ok()
    bare = kube.get("secrets", "team-b", SECRET)
    kube.delete("secrets", "team-b", SECRET, {})
    kube.add("secrets", "team-b", SECRET, {
        "type": DOCKER, "data": bare["data"], "metadata": {"labels": LABEL}}, "a backup")
    kube.merge("secrets", "team-a", SECRET, {"metadata": {"labels": None}}, "a cleaner")
    publish.state.unlink()
    publish.tokens(HOST, password="second")
    publish.ok()
    for namespace in ("team-a", "team-b"):
        assert publish.content(namespace) == {HOST: {"auth": publish.auth(HOST, "second")}}
        assert kube.get("secrets", namespace, SECRET)["metadata"]["labels"] == LABEL


@pytest.mark.parametrize("was_there", [False, True])
@pytest.mark.parametrize("rights", ["list", "get", "none"])
def test_a_foreign_secret_appears_before_apply(publish, kube, was_there, rights):
    kube.add_namespaces("team-a")
    verbs = ["create", "patch", "delete"] + ([rights] if rights != "none" else [])
    kube.configure(rules={"tester": [{"verbs": verbs, "resources": ["secrets"]}]})
    publish.configure(namespaces="team-a")
    if was_there:
        publish.ok()
        publish.tokens(HOST, password="second")
        kube.delete("secrets", "team-a", SECRET, {})
        if rights != "none":
            kube.add("secrets", "team-a", SECRET, {
                "type": DOCKER, "data": content_of(), "metadata": {"labels": LABEL}})
            kube.fault(method="PATCH", count=1, first=["delete", "secrets", "team-a", SECRET, {}])
    kube.fault(method="PATCH", count=1, first=["add", "secrets", "team-a", SECRET, THEIRS])
    publish.fails("team-a/ecr-refresher",
                  'verbs: ..get' if rights == "none" else "not created by ecr-refresher")
    assert set(publish.content("team-a")) == {"ghcr.io", "docker.io"}


def test_a_secret_vanishes_or_changes_before_apply(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    publish.configure()
    publish.ok()
    publish.tokens(HOST, password="second")
    kube.fault(method="PATCH", path="team-a", count=1,
               first=["delete", "secrets", "team-a", SECRET, {}])
    kube.fault(method="PATCH", path="team-b", count=1, first=[
        "merge", "secrets", "team-b", SECRET, {"metadata": {"labels": {"theirs": "x"}}}, "them"])
    publish.ok()
    for namespace in ("team-a", "team-b"):
        assert publish.content(namespace) == {HOST: {"auth": publish.auth(HOST, "second")}}
    assert kube.get("secrets", "team-b", SECRET)["metadata"]["labels"]["theirs"] == "x"


def test_another_name_moves_the_secret(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure(service_accounts="default")
    publish.ok()
    publish.configure(secret="pull", service_accounts="default")
    publish.ok()
    assert publish.holders() == [] and publish.holders("pull") == ["team-a"]
    assert pull_secrets(kube, "team-a") == ["pull"]


OLD_NAME = {"verbs": ["*"], "resources": ["secrets"], "resourceNames": [SECRET]}
LISTS = {"verbs": ["list"], "resources": ["namespaces", "serviceaccounts"]}
ACCOUNTS = {"verbs": ["get", "patch"], "resources": ["serviceaccounts"]}


@pytest.mark.parametrize("namespaces", ["*", "team-a team-b"])
def test_another_name_without_the_right(publish, kube, namespaces):
    """The old Secrets, and references to them, stay until the new ones exist."""
    kube.add_namespaces("team-a", "team-b")
    publish.configure(namespaces=namespaces, service_accounts="default")
    publish.ok()
    kube.configure(rules={"tester": [OLD_NAME, LISTS, ACCOUNTS]})
    publish.configure(secret="pull", namespaces=namespaces, service_accounts="default")
    for _ in range(2):
        publish.fails("/pull", re.escape('resourceNames: ["pull"]'))
        assert publish.holders() == ["team-a", "team-b"] and publish.holders("pull") == []
        assert pull_secrets(kube, "team-a") == pull_secrets(kube, "team-b") == [SECRET]
    new_name = {**OLD_NAME, "resourceNames": [SECRET, "pull"], "namespaces": ["team-a"]}
    kube.configure(rules={"tester": [OLD_NAME, LISTS, ACCOUNTS, new_name]})
    publish.fails("team-b/pull", re.escape('resourceNames: ["pull"]'))
    assert publish.holders() == ["team-b"] and publish.holders("pull") == ["team-a"]
    assert pull_secrets(kube, "team-a") == ["pull"] and pull_secrets(kube, "team-b") == [SECRET]
    kube.configure(rules={})
    publish.ok()
    assert publish.holders() == [] and publish.holders("pull") == ["team-a", "team-b"]
    assert pull_secrets(kube, "team-b") == ["pull"]


def test_another_name_while_an_account_cannot_be_changed(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    publish.configure(service_accounts="default")
    publish.ok()
    kube.fault(status=403, method="PATCH", path="team-a/serviceaccounts")
    publish.configure(secret="pull", service_accounts="default")
    publish.fails("team-a/default")
    assert publish.holders() == ["team-a"] and publish.holders("pull") == ["team-a", "team-b"]
    assert pull_secrets(kube, "team-a") == [SECRET]
    kube.heal()
    publish.ok()
    assert publish.holders() == []


@pytest.mark.parametrize("force", [(), ("--force",)])
def test_an_old_name_is_removed_after_a_failure(publish, kube, force):
    """A failure of an earlier run keeps nothing."""
    kube.add_namespaces("team-a")
    publish.configure(service_accounts="default")
    publish.ok()
    kube.fault(status=500, method="DELETE", path="team-a/secrets")
    publish.configure(secret="pull", service_accounts="default")
    publish.fails("replied 500")
    assert publish.holders() == ["team-a"]
    kube.heal()
    publish.ok(*force)
    assert publish.holders() == [] and publish.holders("pull") == ["team-a"]


def test_a_typo_beside_another_name(publish, kube):
    kube.add_namespaces("team-a", "team-b", "team-c")
    publish.configure(namespaces="team-*")
    publish.ok()
    publish.configure(namespaces="taem-*", secret="pull")
    assert publish().code == 1 and len(publish.holders()) == 3
    publish.configure(namespaces="team-*", secret="pull")
    publish.ok()
    assert publish.holders() == [] and len(publish.holders("pull")) == 3


@pytest.mark.parametrize("keys", [{"secret": "pull"}, {"namespaces": "team-b team-c team-d"}])
def test_a_login_in_an_unreadable_secret_is_not_removed(publish, kube, keys):
    kube.add_namespaces("team-a", "team-b", "team-c", "team-d")
    kube.configure(rules={"tester": [
        {"verbs": ["create", "patch", "delete"], "resources": ["secrets"]}]})
    keys = {"namespaces": "team-a team-b team-c team-d", **keys}
    publish.configure(namespaces="team-a team-b team-c team-d")
    publish.ok()
    both = {HOST: {"auth": publish.auth(HOST)}, "ghcr.io": {"auth": "dTpw"}}
    text = base64.b64encode(json.dumps({"auths": both}).encode()).decode()
    kube.merge("secrets", "team-a", SECRET, {"data": {".dockerconfigjson": text}}, "kubectl")
    publish.configure(**keys)
    publish.fails("team-a/ecr-refresher", "has changed", "verbs: ..get")
    assert "ghcr.io" in publish.content("team-a")


def test_a_recreated_account_is_not_touched(publish, kube):
    """It has the same name, perhaps in another cluster, and what it has is not ours."""
    kube.add_namespaces(*(f"team-{c}" for c in "abcd"))
    publish.configure(namespaces="team-*", service_accounts="default")
    publish.ok()
    kube.delete("serviceaccounts", "team-a", "default", {})
    kube.add("serviceaccounts", "team-a", "default", {"imagePullSecrets": [{"name": SECRET}]})
    publish.configure(namespaces="team-b team-c team-d", service_accounts="default")
    publish.ok()
    assert pull_secrets(kube, "team-a") == [SECRET]


def test_another_name_while_a_token_is_missing(publish, kube):
    """The new Secret lacks it, but the old one has it."""
    kube.add_namespaces("team-a")
    publish.tokens(HOST, OTHER)
    publish.configure(registries=(HOST, OTHER), service_accounts="default")
    publish.ok()
    publish.tokens(HOST)
    publish.configure(registries=(HOST, OTHER), secret="pull", service_accounts="default")
    publish.fails("no valid token", OTHER)
    assert set(publish.content("team-a")) == {HOST, OTHER}
    assert pull_secrets(kube, "team-a") == [SECRET]
    publish.tokens(HOST, OTHER)
    publish.ok()
    assert publish.holders() == [] and pull_secrets(kube, "team-a") == ["pull"]
    assert set(publish.content("team-a", "pull")) == {HOST, OTHER}


def test_missing_namespaces_after_a_change(publish, kube):
    kube.add_namespaces("team-a", "team-b", "team-c")
    publish.configure(namespaces="team-a team-b", service_accounts="default")
    publish.ok()
    publish.configure(namespaces="team-a tema-c", service_accounts="default")
    publish.fails("tema-c/ecr-refresher", "no such namespace")
    assert publish.holders() == ["team-a", "team-b"] and pull_secrets(kube, "team-b") == [SECRET]
    assert "1 Secret of namespaces that are no longer wanted stays" in publish.state.read_text()
    publish.configure(namespaces="team-a team-c", service_accounts="default")
    publish.ok()
    assert publish.holders() == ["team-a", "team-c"] and pull_secrets(kube, "team-b") == []


def test_missing_service_accounts_after_a_change(publish, kube):
    kube.add_namespaces("team-a", "team-b", accounts=("default", "builder"))
    publish.configure(service_accounts="default")
    publish.ok()
    publish.configure(service_accounts="defualt")
    assert publish.ok().logged("2 service accounts .team-a/default, …. keep our Secret",
                               "ecr-refresher refresh --force")
    assert publish.ok().log == ""
    assert pull_secrets(kube, "team-a") == pull_secrets(kube, "team-b") == [SECRET]
    publish.configure(service_accounts="builder")
    publish.ok()
    assert pull_secrets(kube, "team-a") == pull_secrets(kube, "team-b") == []
    assert pull_secrets(kube, "team-b", "builder") == [SECRET]
    publish.configure(service_accounts="nothing")
    publish.ok("--force")
    assert pull_secrets(kube, "team-b", "builder") == []


def test_a_login_of_another_program_is_not_deleted(publish, kube):
    """Not even if the namespace no longer matches."""
    kube.add_namespaces("team-a", "team-b", "team-c")
    publish.configure()
    publish.ok()
    labels = kube.get("secrets", "team-b", SECRET)["metadata"]["labels"]
    kube.add("secrets", "team-b", SECRET, {
        "type": DOCKER, "metadata": {"labels": labels}, "data": THEIRS["data"]})
    publish.configure(namespaces="team-a team-c")
    publish.fails("team-b/ecr-refresher: this Secret has a login for")
    assert set(publish.content("team-b")) == {"ghcr.io", "docker.io"}


def test_a_section_removed_from_the_ini_warns(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    publish.write("[refresh]\n")
    result = publish.ok()
    assert result.logged("prod", "no longer in the ini", "secret team-a/ecr-refresher")
    assert publish.ok().log == ""
    assert publish.content("team-a")


# Service accounts


def test_pull_secrets_of_others_stay(publish, kube):
    kube.add_namespaces("team-a", accounts=("default", "builder"))
    kube.add("serviceaccounts", "team-a", "default",
             {"imagePullSecrets": [{"name": "theirs"}, {"name": "another"}]})
    publish.configure(service_accounts="default builder")
    publish.ok()
    assert pull_secrets(kube, "team-a") == ["theirs", "another", SECRET]
    assert pull_secrets(kube, "team-a", "builder") == [SECRET]
    publish.configure(service_accounts="builder")
    publish.ok()
    assert pull_secrets(kube, "team-a") == ["theirs", "another"]


def test_a_removed_pull_secret_is_added_again(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure(service_accounts="default")
    publish.ok()
    kube.add("serviceaccounts", "team-a", "default", {"imagePullSecrets": [{"name": "theirs"}]})
    publish.ok()
    assert pull_secrets(kube, "team-a") == ["theirs", SECRET]


def test_a_service_account_changes_meanwhile(publish, kube):
    """409: it is read again."""
    kube.add_namespaces("team-a")
    kube.fault(status=409, method="PATCH", path="/serviceaccounts/", count=2)
    publish.configure(service_accounts="default")
    publish.ok()
    assert pull_secrets(kube, "team-a") == [SECRET]


def test_a_missing_service_account(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure(namespaces="team-a", service_accounts="builder")
    publish.fails("team-a/builder", "no such service account")
    assert publish.content("team-a")
    publish.configure(namespaces="*", service_accounts="builder")
    publish.ok()


# What the cluster refuses


def test_forbidden_names_verb_resource_and_rule(publish, kube):
    kube.add_namespaces("team-a")
    lists = {"verbs": ["list"], "resources": ["*"]}
    kube.configure(rules={"tester": [lists]})
    publish.configure()
    publish.fails("may not patch", re.escape('resources: ["secrets"]'),
                  re.escape(f'resourceNames: ["{SECRET}"]'), re.escape('verbs: ["patch"]'))
    kube.configure(rules={"tester": [lists, {"verbs": ["patch"], "resources": ["secrets"]}]})
    publish.fails("may not create", re.escape('verbs: ["create"]'))
    kube.configure(rules={"tester": []})
    publish.fails("may not list", re.escape('resources: ["namespaces"]'))


def test_one_line_for_many_failing_namespaces(publish, kube):
    kube.add_namespaces(*(f"team-{i}" for i in range(30)))
    kube.configure(rules={"tester": [{"verbs": ["list"], "resources": ["*"]}]})
    publish.configure()
    result = publish.fails("and 29 more like it")
    assert len(result.log.splitlines()) == 1
    assert len(publish.section()["targets"]) == 30


def test_a_secret_of_another_type(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    kube.add("secrets", "team-a", SECRET, {"type": "Opaque", "data": {"a": "Yg=="},
                                           "metadata": {"labels": LABEL}})
    publish.configure()
    publish.fails("team-a/ecr-refresher", "another type", "kubectl -n team-a delete secret")
    assert kube.get("secrets", "team-a", SECRET)["data"] == {"a": "Yg=="}
    assert publish.content("team-b")


def test_a_message_with_the_token(publish, kube):
    """A webhook repeats what it rejects; the text around the token is logged."""
    kube.add_namespaces("team-a")
    whole = base64.b64encode(json.dumps({"auths": {HOST: {"auth": publish.auth(HOST)}}}).encode())
    publish.secrets.add(whole.decode()[:40])
    for token in (publish.auth(HOST), whole.decode()):
        kube.fault(status=422, method="PATCH", count=1,
                   body=json.dumps({"kind": "Status", "message": f'data: "{token}" is bad'}))
        publish.configure()
        publish.fails('data: "…" is bad')  # __call__() finds secrets


def test_an_immutable_secret(publish, kube):
    kube.add_namespaces("team-a")
    empty = base64.b64encode(b'{"auths":{}}').decode()
    kube.add("secrets", "team-a", SECRET,
             {"type": DOCKER, "immutable": True, "data": {".dockerconfigjson": empty},
              "metadata": {"labels": LABEL}})
    publish.configure()
    publish.fails("marked immutable", "delete it")


def test_a_missing_namespace(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure(namespaces="team-a nowhere")
    publish.fails("nowhere/ecr-refresher", "no such namespace")
    assert publish.content("team-a")


def test_a_busy_cluster(publish, kube):
    kube.add_namespaces("team-a")
    for status in (429, 503):
        kube.fault(status=status, method="PATCH", count=1, headers={"Retry-After": "1"})
    publish.configure()
    result = publish.ok()
    assert publish.content("team-a") and result.seconds > 1.9


def test_a_cluster_is_busy_for_too_long(publish, kube):
    kube.add_namespaces("team-a")
    kube.fault(status=503, headers={"Retry-After": "60"})
    publish.configure()
    result = publish.fails("too busy")
    assert result.seconds < patience(3)


LIST_OF_ACCOUNTS = "/serviceaccounts[?]"


def test_a_cluster_too_busy_to_list_is_not_asked_one_by_one(publish, kube):
    kube.add_namespaces(*(f"team-{i}" for i in range(30)))
    kube.fault(status=429, path=LIST_OF_ACCOUNTS, headers={"Retry-After": "60"},
               body="Too many requests, please try again later.")  # not JSON, as the real one
    publish.configure(service_accounts="default")
    result = publish.fails("serviceaccounts of the cluster.*too busy")
    assert len([line for line in result.log.splitlines() if "too busy" in line]) == 1
    assert len(publish.holders()) == 30
    assert not [r for r in kube.snapshot()["requests"] if "/serviceaccounts/" in r["path"]]
    kube.reset()


@pytest.mark.parametrize("namespaces", ["team-a team-b", "*"])
@pytest.mark.parametrize("fault", [
    {"status": 410},  # however often it is read again
    {"status": 400}, {"status": 403}, {"status": 404, "body": "<html>"}, {"status": 405},
    {"status": 200, "body": "{}"}])
def test_service_accounts_without_a_list_are_requested_singly(publish, kube, namespaces,
                                                                  fault):
    """410: they change too fast. The others: a proxy that has no lists."""
    kube.add_namespaces("team-a", "team-b")
    kube.fault(path=LIST_OF_ACCOUNTS, **fault)
    publish.configure(namespaces=namespaces, service_accounts="default")
    publish.ok()
    assert pull_secrets(kube, "team-a") == pull_secrets(kube, "team-b") == [SECRET]


def accounts(publish):
    """The service accounts in the record."""
    return sorted(t["name"] for t in publish.section()["targets"]
                  if t["kind"] == "service-account")


@pytest.mark.parametrize("fault", [{"status": 410}, {"status": 403}])
def test_a_pattern_may_match_namespaces_without_the_account(publish, kube, fault):
    kube.add_namespaces("team-a", "team-c", accounts=("builder",))
    kube.add_namespaces("team-b")
    kube.fault(path=LIST_OF_ACCOUNTS, **fault)
    publish.configure(service_accounts="builder default")
    publish.ok()
    assert accounts(publish) == ["team-a/builder", "team-b/default", "team-c/builder"]
    assert pull_secrets(kube, "team-c", "builder") == pull_secrets(kube, "team-b") == [SECRET]
    publish.configure(namespaces="team-b", service_accounts="builder default")
    publish.fails("team-b/builder .serviceaccounts.: does not exist")


def test_a_404_of_a_proxy_is_not_a_missing_account(publish, kube):
    kube.add_namespaces("team-a")
    kube.fault(status=404, path="/serviceaccounts", body="<html>")
    publish.configure(service_accounts="default")
    publish.fails("the server replied 404")


@pytest.mark.parametrize("fault", [
    {"status": 401}, {"status": 429, "headers": {"Retry-After": "60"}}, {"status": 500},
    {"breaks_off": True}])
def test_an_unreachable_cluster_fails_once(publish, kube,
                                                                               fault):
    """The section fails, not each account, even if there is no account yet."""
    kube.add_namespaces("team-a", "team-b", accounts=("builder",))
    kube.add_namespaces("team-c")
    publish.configure(service_accounts="builder")

    def fails():
        kube.fault(path="/serviceaccounts", **fault)
        kube.forget()
        result = publish.fails("Kubernetes|cluster|kube.example.com")
        assert len([line for line in result.log.splitlines() if "published to" not in line]) == 1
        assert not [r for r in kube.snapshot()["requests"] if "/serviceaccounts/" in r["path"]]
        assert len(publish.holders()) == 3
        kube.heal()

    fails()
    assert accounts(publish) == []
    publish.ok()
    assert accounts(publish) == ["team-a/builder", "team-b/builder"]
    fails()
    assert accounts(publish) == ["team-a/builder", "team-b/builder"]
    publish.ok()


def test_a_pausing_run_does_not_repeat_old_failures(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    kube.add("secrets", "team-a", SECRET, {"type": "Opaque"})
    publish.configure()
    publish.fails("not created by")
    kube.fault(status=500, path="/namespaces[?]")
    result = publish.fails("replied 500")
    assert len(result.log.splitlines()) == 1
    assert "foreign-secret" in publish.state.read_text(), "the status still reports it"


def test_a_list_expires(publish, kube):
    names = [f"team-{i:04}" for i in range(600)]
    kube.add_namespaces(*names, accounts=())
    kube.configure(expired=1)
    publish.configure(namespaces="team-00* !team-001*")
    publish.ok()
    assert publish.holders() == [name for name in names
                                 if name.startswith("team-00") and name[:8] != "team-001"]


def test_credentials_renewed_meanwhile(publish, kube, user):
    """401: they are read again, once."""
    kube.add_namespaces("team-a")
    plugin = user.write("plugin", f"""#!/bin/sh
echo x >>{user.home}/count
token=the-right-token
[ "$(wc -l <{user.home}/count)" -gt 1 ] || token=old
echo '{{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{{"token":"'$token'"}}}}'
""", 0o700)
    publish.kubeconfig({"exec": {"apiVersion": "client.authentication.k8s.io/v1",
                                 "command": str(plugin), "interactiveMode": "Never"}})
    publish.configure()
    publish.ok()
    assert (user.home / "count").read_text() == "x\nx\n" and publish.content("team-a")
    (user.home / "count").unlink()


def test_wrong_credentials(publish, kube):
    kube.add_namespaces("team-a")
    publish.kubeconfig({"token": "wrong-token"})
    publish.configure()
    publish.fails("rejects the credentials of the user tester", "401")
    assert len(kube.snapshot()["requests"]) == 2


# AWS fails


def test_no_token_leaves_the_secret_alone(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    kube.forget()
    for lose in (lambda: publish.tokens(), lambda: publish.tokens(HOST, life=-60)):
        lose()
        publish.fails("no valid token", HOST)
        assert publish.content("team-a") == {HOST: {"auth": publish.auth(HOST)}}
    assert kube.snapshot()["requests"] == []


def test_a_token_fetched_in_the_future_is_not_sent(publish, kube):
    kube.add_namespaces("team-a")
    publish.tokens(HOST, ahead=3 * 24 * 3600)
    publish.configure()
    publish.fails("no valid token", HOST)
    assert publish.content("team-a") is None


def test_one_of_two_tokens_is_missing(publish, kube):
    """The old one stays in the cluster, beside the new token of the other registry."""
    kube.add_namespaces("team-a")
    publish.tokens(HOST, OTHER)
    publish.configure(registries=(HOST, OTHER))
    publish.ok()
    publish.tokens(HOST, password="second")
    expected = {HOST: {"auth": publish.auth(HOST, "second")}, OTHER: {"auth": publish.auth(OTHER)}}
    publish.fails("no valid token", OTHER)
    assert publish.content("team-a") == expected
    kube.forget()
    publish.fails("no valid token", OTHER)
    assert publish.writes() == []
    publish.tokens(HOST, OTHER, password="third")
    publish.ok()
    assert publish.content("team-a") == {host: {"auth": publish.auth(host, "third")}
                                         for host in (HOST, OTHER)}


@pytest.mark.parametrize("rights", ["list", "get", "none"])
@pytest.mark.parametrize("record", ["missing", "of another cluster", "with fewer hosts"])
def test_missing_record_loses_no_host(publish, kube, rights, record):
    """As in pods of a CronJob: AWS refuses one registry, whose token in the cluster is valid."""
    kube.add_namespaces("team-a", "team-b")
    publish.tokens(HOST, OTHER)
    publish.configure(registries=(HOST, OTHER), namespaces="team-a")
    publish.ok()
    state = json.loads(publish.state.read_text())
    [section] = state["sections"]
    if record == "with fewer hosts":
        section["hosts"] = [host for host in section["hosts"] if host["name"] == HOST]
    section["targets"][0].update(uid="another", version="1", name="elsewhere/ecr-refresher")
    publish.state.write_text(json.dumps(state))
    if record == "missing":
        publish.state.unlink()
    verbs = ["create", "patch", "delete"] + ([rights] if rights != "none" else [])
    kube.configure(rules={"tester": [{"verbs": verbs, "resources": ["secrets"]}]})
    publish.tokens(HOST, password="second")
    for options in (), ("--force",) if rights != "none" else ():
        result = publish(*options)
        assert result.code == 1 and result.logged("no valid token", OTHER)
        assert publish.content("team-a")[OTHER] == {"auth": publish.auth(OTHER)}
    if rights == "none":
        assert result.logged("a token is missing", "verbs: ..get")
        return
    assert publish.content("team-a")[HOST] == {"auth": publish.auth(HOST, "second")}
    publish.configure(namespaces="team-a")
    publish.ok()
    assert set(publish.content("team-a")) == {HOST}, "it is no longer configured"


def test_no_host_of_another_ecr_refresher_is_lost_without_rights(publish, kube):
    """Our record is older than the Secret, but we may not read the Secret."""
    kube.add_namespaces("team-a")
    kube.configure(rules={"tester": [{"verbs": ["create", "patch"], "resources": ["secrets"]}]})
    publish.configure(namespaces="team-a")
    publish.ok()
    publish.configure(registries=(HOST, OTHER), namespaces="team-a")
    publish.tokens(HOST, password="second")
    publish.fails("no valid token", OTHER)
    assert publish.content("team-a") == {HOST: {"auth": publish.auth(HOST, "second")}}
    older = publish.state.read_bytes()
    publish.tokens(HOST, OTHER)
    publish.ok()
    publish.state.write_bytes(older)
    publish.tokens(HOST, password="third")
    publish.fails("team-a/ecr-refresher", 'verbs: ..get')
    assert set(publish.content("team-a")) == {HOST, OTHER}


def test_a_login_is_kept_as_it_is(publish, kube):
    """Even if another program wrote it, or adds it during the run."""
    kube.add_namespaces("team-a")
    publish.tokens(HOST)
    publish.configure(registries=(HOST, OTHER))
    publish.fails("no valid token", OTHER)
    login = {"username": "AWS", "password": 'pa"ss', "auth": "QVdTOnBhXCJzcw==", "email": "a@b"}
    publish.secrets.add("QVdTOnBhXCJzcw==")
    text = json.dumps({"auths": {OTHER: {**login, "more": {"x": 1}}}}).encode()
    theirs = {"type": DOCKER, "metadata": {"labels": LABEL},
              "data": {".dockerconfigjson": base64.b64encode(text).decode()}}
    publish.tokens(HOST, password="second")
    kube.fault(method="PATCH", count=1, first=["add", "secrets", "team-a", SECRET, theirs])
    publish.fails("no valid token", OTHER)
    assert publish.content("team-a") == {HOST: {"auth": publish.auth(HOST, "second")},
                                         OTHER: login}


def test_the_token_of_auto_is_kept_while_its_host_is_unknown(publish, kube):
    kube.add_namespaces("team-a")
    publish.tokens(HOST, OTHER)
    publish.configure(registries=(HOST, OTHER))
    publish.ok()
    publish.state.unlink()
    publish.tokens(HOST, password="second")
    publish.configure(registries=(HOST, "auto"), more="[aws]\nregion = us-east-1\n")
    publish.fails("no valid token for auto")
    assert publish.content("team-a") == {HOST: {"auth": publish.auth(HOST, "second")},
                                         OTHER: {"auth": publish.auth(OTHER)}}


def test_a_broken_record_is_not_overwritten(publish, kube):
    """Without it, we would not know what is ours: nothing is sent or overwritten."""
    kube.add_namespaces("team-a", "team-b")
    publish.configure()
    publish.ok()
    good = publish.state.read_text()
    publish.configure(namespaces="team-a")
    for text in ("{", ""):
        publish.state.write_text(text)
        kube.forget()
        result = publish()
        assert result.code == 1 and result.logged("published.json is not in the format.*remove it")
        assert publish.state.read_text() == text and kube.snapshot()["requests"] == []
    publish.state.write_text(good)
    publish.ok()
    assert publish.holders() == ["team-a"]


def test_broken_tokens_leave_the_record_alone(publish, kube):
    kube.add_namespaces("team-a", "team-b")
    publish.configure()
    publish.ok()
    tokens = publish.user.runtime_dir / "ecr-refresher/tokens.json"
    good = tokens.read_text()
    tokens.write_text("{")
    publish.fails("no valid token")
    assert {t["uid"] for t in publish.section()["targets"]} == {
        secret["metadata"]["uid"] for secret in kube.all("secrets")}
    tokens.write_text(good)
    publish.configure(namespaces="team-a")
    publish.ok()
    assert publish.holders() == ["team-a"]


def test_a_registry_without_any_token(publish, kube):
    """It is logged; the others are sent, renewed, and published to new namespaces."""
    kube.add_namespaces("team-a")
    publish.configure(registries=(HOST, OTHER))
    publish.fails("no valid token", OTHER)
    assert publish.content("team-a") == {HOST: {"auth": publish.auth(HOST)}}
    kube.add_namespaces("team-b")
    publish.tokens(HOST, password="second")
    publish.fails("no valid token", OTHER)
    for namespace in ("team-a", "team-b"):
        assert publish.content(namespace) == {HOST: {"auth": publish.auth(HOST, "second")}}


def test_an_unwanted_registry_delays_no_other(publish, kube):
    kube.add_namespaces("team-a")
    publish.tokens(HOST, OTHER)
    publish.configure(registries=(HOST, OTHER))
    publish.ok()
    publish.tokens(HOST)
    publish.configure()
    publish.ok()
    assert set(publish.content("team-a")) == {HOST}


# kubeconfig


def client_certificate(kube, user, days=30):
    """Signed by the cluster's CA: (certificate, key), PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    ca_key = serialization.load_pem_private_key((kube.ca.directory / "ca.key").read_bytes(), None)
    ca = x509.load_pem_x509_certificate(kube.ca.bundle.read_bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "certified")]))
        .issuer_name(ca.subject).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=60))
        .not_valid_after(now + datetime.timedelta(days=days))
        .sign(ca_key, hashes.SHA256()))
    return (certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                              serialization.NoEncryption()))


EXEC = {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "./plugin",
        "args": ["--one", "two words"], "env": [{"name": "WHO", "value": "the-right-token"}],
        "provideClusterInfo": True}
PLUGIN = """#!/bin/sh
[ "$1$2" = "--onetwo words" ] || exit 7
case $KUBERNETES_EXEC_INFO in *https://kube.example.com:6443*) ;; *) exit 8 ;; esac
echo '{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
"status": {"token": "'$WHO'", "expirationTimestamp": "2099-01-01T00:00:00Z"}}'
"""


def make_user(way, publish, kube):
    """A user of a kubeconfig; files are beside it."""
    if way in ("certificate data", "certificate files"):
        pems = client_certificate(kube, publish.user)
        if way == "certificate data":
            data = [base64.b64encode(pem).decode() for pem in pems]
            return {"client-certificate-data": data[0], "client-key-data": data[1]}
        publish.user.write(".kube/me.pem", pems[0])
        publish.user.write(".kube/me.key", pems[1])
        return {"client-certificate": "me.pem", "client-key": "me.key"}
    if way == "token file":
        publish.user.write(".kube/token", "the-right-token\n")
        return {"tokenFile": "token", "token": "another"}
    if way == "basic":
        kube.configure(passwords={"me": "a-password"})
        return {"username": "me", "password": "a-password"}
    if way == "exec":
        publish.user.write(".kube/plugin", PLUGIN, 0o700)
        return {"exec": EXEC}
    return {"token": "the-right-token"}


@pytest.mark.parametrize("way", ["token", "token file", "basic", "certificate data",
                                 "certificate files", "exec"])
def test_every_kind_of_user(publish, kube, way):
    kube.add_namespaces("team-a")
    publish.kubeconfig(make_user(way, publish, kube))
    publish.configure()
    publish.ok()
    users = {request["user"] for request in kube.snapshot()["requests"]}
    assert users == {{"basic": "me", "certificate data": "certified",
                      "certificate files": "certified"}.get(way, "tester")}


# as, as-uid, as-groups, as-user-extra

AS = {"as": "alice", "as-groups": ["team a", "b"],
      "as-user-extra": {"example.com/Scope%": ["one", "two"], "plain": ["x"]}}


def impersonations(kube):
    """The headers of each request."""
    found = [r["impersonation"] for r in kube.snapshot()["requests"]]
    assert found
    return found


@pytest.mark.parametrize("way", ["token", "certificate data", "exec"])
def test_impersonation(publish, kube, way):
    """With the same headers as kubectl's."""
    kube.add_namespaces("team-a")
    publish.kubeconfig({**make_user(way, publish, kube), **AS})
    publish.configure()
    publish.ok()
    ours = impersonations(kube)
    assert {request["user"] for request in kube.snapshot()["requests"]} == {"alice"}
    kube.forget()
    done = publish.user.run(["/usr/bin/kubectl", "--kubeconfig", ".kube/config", "get",
                             "namespaces"], timeout=60)
    assert done.returncode == 0, done.stderr
    expected = impersonations(kube)[-1]
    assert len(expected) == 4 and all(headers == expected for headers in ours)
    assert "acting as alice" in publish.ok("--check", "--online").output


def test_impersonation_of_a_uid(publish, kube):
    """kubectl supports it since 1.22."""
    publish.kubeconfig({"token": "the-right-token", "as": "alice", "as-uid": "1-2"})
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    assert {"impersonate-user": ["alice"], "impersonate-uid": ["1-2"]} in impersonations(kube)


def test_impersonation_of_a_weaker_user(publish, kube):
    """The stronger identity is not used instead; and the message names both."""
    kube.add_namespaces("team-a")
    kube.configure(rules={"alice": [{"verbs": ["list"], "resources": ["*"]}]})
    publish.kubeconfig({"token": "the-right-token", "as": "alice"})
    publish.configure()
    publish.fails("the user tester in .* acting as alice may not patch")
    assert publish.content("team-a") is None


@pytest.mark.parametrize("namespaces", ["*", "team-a"])
@pytest.mark.parametrize("entry,rule", [
    ({"as": "alice"}, 'apiGroups: [""], resources: ["users"], resourceNames: ["alice"]'),
    ({"as": "bob", "as-groups": ["g"]},
     'apiGroups: [""], resources: ["groups"], resourceNames: ["g"]'),
    ({"as": "bob", "as-user-extra": {"scopes": ["x"]}},
     'apiGroups: ["authentication.k8s.io"], resources: ["userextras/scopes"], '
     'resourceNames: ["x"]')])
def test_impersonation_is_forbidden(publish, kube, namespaces, entry, rule):
    kube.add_namespaces("team-a")
    kube.configure(rules={"tester": [{"verbs": ["impersonate"], "resources": ["users"],
                                      "resourceNames": ["bob"]}]})
    publish.kubeconfig({"token": "the-right-token", **entry})
    publish.configure(namespaces=namespaces)
    publish.fails("needs the right to impersonate", re.escape(f'{{{rule}, verbs: ["impersonate"]}}'))
    assert publish.content("team-a") is None


@pytest.mark.parametrize("entry,pattern", [
    ({"as-groups": ["g"]}, "as-groups.* without 'as'"),
    ({"as-uid": "1"}, "as-uid.* without 'as'"),
    ({"as-user-extra": {"a": ["b"]}}, "as-user-extra.* without 'as'"),
    ({"as": ["alice"]}, ":1: as is not a string"),
    ({"as": "alice", "as-groups": "g"}, ":1: as-groups is not a list"),
    ({"as": "alice", "as-groups": [["g"]]}, ":1: one of as-groups is not a string"),
    ({"as": "alice", "as-groups": [""]}, ":1: one of as-groups is empty"),
    ({"as": "alice", "as-user-extra": ["a"]}, ":1: as-user-extra is not a map"),
    ({"as": "alice", "as-user-extra": {"a": "b"}}, ":1: .*as-user-extra is not a list"),
    ({"as": "alice\r\nX: y"}, ":1: as has a control character"),
    ({"as": "alice", "as-groups": ["a\nb"]}, ":1: one of as-groups has a control character"),
    ({"as": "alice", "as-user-extra": {"a": ["b\n"]}}, "as-user-extra has a control character"),
    ({"as": " "}, ":1: as begins or ends with a space"),
    ({"as": "alice", "as-groups": ["system:masters "]}, "as-groups begins or ends with a space"),
    ({"as": "alice", "as-groups": ["a"] * 600, "as-user-extra": {"a": ["b"] * 600}}, "too many values"),
    ({"username": "me", "password": "a-password"}, "a token and a username"),
    ({"auth-provider": {"name": "gcp"}}, "auth-provider gcp"),
    ({"auth-provider": {}}, "auth-provider"),
])
def test_a_bad_impersonation(publish, kube, entry, pattern):
    """Beside a token that would suffice."""
    publish.kubeconfig({"token": "the-right-token", **entry})
    publish.configure()
    publish.fails("kubeconfig|config", pattern)
    assert kube.snapshot()["requests"] == []


def test_a_merge_key_is_refused(publish, kube):
    """It may contain an 'as', without which we would have more rights."""
    text = json.dumps(kube.kubeconfig({"token": "the-right-token"}))
    old = '"user": {"token": "the-right-token"}'
    assert old in text
    text = text.replace(old, '"user": {<<: {as: weak}, "token": "the-right-token"}')
    publish.user.write(".kube/config", text)
    publish.configure()
    publish.fails("kubeconfig|config", "merge keys")
    assert kube.snapshot()["requests"] == []


def test_sigpipe(publish, kube):
    """libcurl does not block it; it is sent if a connection breaks while we send."""
    kube.add_namespaces("team-a")
    publish.user.write(".kube/plugin", PLUGIN + "kill -PIPE $PPID\n", 0o700)
    publish.kubeconfig({"exec": EXEC})
    publish.configure()
    publish.ok()
    assert publish.content("team-a")


def test_a_ca_file_and_another_name_for_the_server(publish, kube, net):
    kube.add_namespaces("team-a")
    net.add_hosts(ADDRESS, "elsewhere.example.com")
    publish.user.write(".kube/ca.pem", kube.ca.bundle.read_bytes())
    publish.kubeconfig(cluster={"certificate-authority-data": "",
                                "certificate-authority": "ca.pem", "tls-server-name": NAME,
                                "server": "https://elsewhere.example.com:6443/"})
    publish.configure()
    publish.ok()
    assert {r["host"] for r in kube.snapshot()["requests"]} == {"elsewhere.example.com:6443"}


def test_a_foreign_ca(publish, kube):
    kube.add_namespaces("team-a")
    publish.kubeconfig(cluster={"certificate-authority-data": ""})
    publish.configure()
    publish.fails("certificate is not trusted", "certificate-authority of the cluster here")
    assert kube.snapshot()["requests"] == []


def test_insecure_works_and_warns_once(publish, kube):
    kube.add_namespaces("team-a")
    publish.kubeconfig(cluster={"certificate-authority-data": "",
                                "insecure-skip-tls-verify": True})
    publish.configure()
    assert publish.ok().logged("insecure-skip-tls-verify", "can read the tokens")
    assert publish.ok().log == ""


def test_a_world_readable_kubeconfig(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure()
    path = publish.kubeconfig()
    path.chmod(0o644)
    assert publish.ok().logged("every user of this host can read or write", "chmod o=")
    path.chmod(0o640)
    assert publish.ok().log == ""


def test_a_list_of_kubeconfigs(publish, kube, user):
    """$KUBECONFIG: the first entry with a name counts; a missing file is skipped."""
    kube.add_namespaces("team-a")
    whole = kube.kubeconfig()
    user.write("a/config", json.dumps({"users": whole["users"],
                                       "contexts": [{"name": "main", "context": {
                                           "cluster": "here", "user": "tester"}}]}))
    user.write("b/config", json.dumps({**whole, "users": [
        {"name": "tester", "user": {"token": "wrong"}}]}))
    publish.configure(kubeconfig=None)
    publish.ok(env={"KUBECONFIG": f"{user.home}/none:{user.home}/a/config:{user.home}/b/config"})
    assert publish.content("team-a")
    for name in ("a", "b"):
        shutil.rmtree(user.home / name)


@pytest.mark.parametrize("value,words", [
    ("{home}/none", "exists: .*/none"), ("{home}/none:{home}/neither", "none:.*/neither"),
    ("none", "exists: none"), (":", "names no file"), (" ", "exists:  ")])
def test_a_kubeconfig_variable_without_a_file_uses_no_other_cluster(publish, kube, user, pod, value,
                                                                  words):
    """Neither that of ~/.kube/config nor the pod's: kubectl has no cluster then."""
    kube.add_namespaces("team-a")
    publish.configure(kubeconfig=None)
    publish.fails("KUBECONFIG", words, env={"KUBECONFIG": value.format(home=user.home), **pod})
    assert kube.snapshot()["requests"] == []
    publish.ok(env={"KUBECONFIG": "", **pod})  # as if it were not set
    assert publish.content("team-a")


def test_too_many_files_in_the_variable(publish, kube, user):
    """One of those that are not read may have the user."""
    publish.configure(kubeconfig=None)
    publish.fails("KUBECONFIG", "more than 32", env={"KUBECONFIG": ":".join(
        f"{user.home}/{i}" for i in range(33))})


def test_an_unreadable_file_in_the_variable(publish, kube, user):
    closed = publish.kubeconfig(name="closed/config")
    closed.chmod(0)
    publish.configure(kubeconfig=None)
    for name in (closed, user.home / ".kube/config/none"):
        publish.fails("cannot be read", str(name),
                      env={"KUBECONFIG": f"{user.home}/.kube/config:{name}"})
    assert kube.snapshot()["requests"] == []


def test_the_usual_kubeconfig_and_a_context(publish, kube):
    kube.add_namespaces("team-a")
    contexts = [{"name": "wrong", "context": {"cluster": "nowhere", "user": "tester"}},
                {"name": "right", "context": {"cluster": "here", "user": "tester"}}]
    publish.kubeconfig(contexts=contexts, **{"current-context": "wrong"})
    publish.configure(kubeconfig=None, context="right")
    publish.ok()
    publish.configure(kubeconfig=None)
    publish.fails("the context wrong names the cluster nowhere")


BAD_KUBECONFIGS = {
    "not YAML": ("a: [1\nb", r"config:\d: not YAML"),
    "rubbish": ("\x00\x01\x02", "config:1: not YAML"),
    "a list": ("- a\n", "not a kubeconfig"),
    "empty": ("", "no current-context"),
    "another kind": ("kind: Pod\n", "its kind is not Config"),
    "bad base64": ("clusters:\n- name: a\n  cluster:\n    certificate-authority-data: '***'\n",
                   "config:4: certificate-authority-data is not base64"),
    "clusters are not a list": ("clusters: {}\n", "config:1: clusters is not a list"),
    "no server": ("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n"
                  "clusters: [{name: c}]\n", "the cluster c, which has no server"),
    "no scheme": ("current-context: a\ncontexts: [{name: a, context: {cluster: c}}]\n"
                  "clusters: [{name: c, cluster: {server: 'kube:6443'}}]\n",
                  "'kube:6443' is not a URL"),
    "a missing user": ("current-context: a\ncontexts: [{name: a, context: {cluster: c, user: u}}]\n"
                       "clusters: [{name: c, cluster: {server: 'https://k'}}]\n",
                       "the user u, which does not exist"),
}


@pytest.mark.parametrize("server", ["https://me:a-password@kube.example.com:6443",
                                    "me:a-password@kube", "https://a-password@kube/x"])
@pytest.mark.parametrize("more", [{}, {"certificate-authority": "/etc/hostname"}])
def test_a_password_in_the_url(publish, kube, server, more):
    """__call__() finds secrets."""
    publish.kubeconfig(cluster={"server": server, "certificate-authority-data": "", **more})
    publish.configure()
    publish.fails("server of the cluster here", "has a user or a password")
    assert kube.snapshot()["requests"] == []


@pytest.mark.parametrize("name", BAD_KUBECONFIGS)
def test_a_bad_kubeconfig(publish, kube, name):
    text, pattern = BAD_KUBECONFIGS[name]
    publish.user.write(".kube/config", text)
    publish.configure()
    publish.fails(pattern)


@pytest.mark.parametrize("entry,pattern", [
    ({"client-certificate": "none.pem", "client-key": "none.key"}, "none.pem, cannot be read"),
    ({"tokenFile": "none"}, "token file .*none cannot be read"),
    ({"client-certificate-data": base64.b64encode(b"-----BEGIN CERTIFICATE-----").decode()},
     "client certificate without its client-key"),
    ({"auth-provider": {"name": "gcp"}}, "auth-provider gcp.*exec plugin"),
    ({"exec": {"apiVersion": "client.authentication.k8s.io/v1alpha1", "command": "x"}},
     "v1alpha1; expected"),
    ({"exec": {**EXEC, "interactiveMode": "Always"}}, "there is no terminal"),
    ({"exec": {**EXEC, "command": "no-such-plugin", "installHint": "get it there"}},
     "no-such-plugin cannot be run.*get it there"),
])
def test_a_bad_user(publish, kube, entry, pattern):
    publish.kubeconfig(entry)
    publish.configure()
    publish.fails(pattern)
    assert kube.snapshot()["requests"] == []


@pytest.mark.parametrize("body,pattern", [
    ("exit 3", "exited with status 3"),
    ("kill -9 $$", "was killed by signal 9"),
    ("echo rubbish", "is not a JSON object"),
    (":", "is empty"),
    ("echo '{}'", "is not an ExecCredential"),
    ("cat /dev/zero", "more than 64 KiB"),
    ('echo \'{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential"}\'',
     "another apiVersion"),
    ('echo \'{"apiVersion":"client.authentication.k8s.io/v1beta1","kind":"ExecCredential",'
     '"status":{"token":"t","expirationTimestamp":"2001-01-01T00:00:00Z"}}\'', "expired at 2001"),
])
def test_a_bad_exec_plugin(publish, kube, body, pattern):
    publish.user.write(".kube/plugin", f"#!/bin/sh\n{body}\n", 0o700)
    publish.kubeconfig({"exec": EXEC})
    publish.configure()
    publish.fails(r"\./plugin", pattern)


def test_a_hanging_exec_plugin(publish, kube):
    """It is killed; another cluster is served meanwhile."""
    kube.add_namespaces("team-a")
    publish.user.write(".kube/plugin", "#!/bin/sh\nsleep 1000\n", 0o700)
    publish.kubeconfig({"exec": EXEC}, name=".kube/hanging")
    publish.configure(kubeconfig="~/.kube/hanging",
                      more=f"[kubernetes good]\nkubeconfig = ~/.kube/config\nnamespaces = *\n"
                           f"registries = {HOST}\n")
    result = publish.fails("did not exit in time and was killed")
    assert result.seconds < patience(13) and publish.content("team-a")
    assert subprocess.run(["pgrep", "--runstates", "RSD", "-u", str(publish.user.uid), "sleep"]
                          ).returncode == 1


def test_an_expired_client_certificate(publish, kube):
    data = [base64.b64encode(pem).decode() for pem in client_certificate(kube, None, days=-2)]
    publish.kubeconfig({"client-certificate-data": data[0], "client-key-data": data[1]})
    publish.configure()
    publish.fails("client certificate of the user tester", "expired at 20")


# A cluster that does not respond


def test_no_server(publish, kube):
    publish.kubeconfig(cluster={"server": "https://kube.example.com:1"})
    publish.configure()
    publish.fails("kube.example.com:1")


def test_a_pause_after_a_cluster_failure(publish, kube):
    """In the service; a run by hand ignores the pause."""
    service = {"INVOCATION_ID": "0" * 32}
    kube.add_namespaces("team-a")
    kube.fault(status=500)
    publish.configure()
    publish.fails("replied 500", env=service)
    asked = len(kube.snapshot()["requests"])
    assert publish(env=service).code == 1
    assert len(kube.snapshot()["requests"]) == asked
    publish.fails("replied 500")
    assert len(kube.snapshot()["requests"]) > asked
    kube.reset()
    kube.add_namespaces("team-a")
    assert publish(env=service).code == 1 and publish.content("team-a") is None
    publish.tokens(HOST, password="second")
    publish.ok(env=service)
    assert publish.content("team-a")


def test_a_pause_set_by_a_clock_that_was_ahead_ends(publish, kube):
    service = {"INVOCATION_ID": "0" * 32}
    kube.add_namespaces("team-a")
    kube.fault(status=500)
    publish.configure()
    publish.fails("replied 500", env=service)
    kube.reset()
    kube.add_namespaces("team-a")
    state = json.loads(publish.state.read_text())
    state["sections"][0]["retry_at"] = timestamp(time.time() + 3 * 24 * 3600)
    publish.state.write_text(json.dumps(state))
    publish.ok(env=service)
    assert publish.content("team-a")


def test_a_refresh_by_hand_does_not_wait_in_a_desktops_shell(publish, kube, prefix):
    """The shell is part of a unit, which sets the variable."""
    service = {"INVOCATION_ID": "0" * 32}
    kube.add_namespaces("team-a")
    kube.fault(status=500)
    publish.configure()
    publish.fails("replied 500", env=service)
    asked = len(kube.snapshot()["requests"])
    for _ in range(2):
        done = publish.user.run([prefix / "bin/ecr-refresher", "refresh"], env=service,
                                timeout=RUN_LIMIT)
        assert done.returncode == 1 and "replied 500" in done.stderr, done.stderr
        assert len(kube.snapshot()["requests"]) > asked
        asked = len(kube.snapshot()["requests"])


# Many


def test_five_hundred_namespaces(publish, kube):
    """At most 20 requests in flight, on as many connections, and no request too many."""
    kube.add_namespaces(*(f"team-{i}" for i in range(500)))
    publish.configure()
    publish.ok()
    state = kube.snapshot()
    assert len(state["writes"]) == 500 and len(publish.holders()) == 500
    assert state["max_in_flight"] <= 20 and state["connections"] <= 21
    assert len(state["requests"]) <= 503
    kube.forget()
    publish.ok()
    state = kube.snapshot()
    assert state["writes"] == [] and len(state["requests"]) <= 3


# Nothing to do


def test_nothing_configured(publish, kube):
    publish.write("[refresh]\n")
    assert publish.ok().log == "" and not publish.state.exists()


def test_nothing_configured_exits_at_once(publish, kube):
    """Also if the network program runs: it creates no directory and takes no lock."""
    publish.write("[refresh]\n")
    directory = publish.state.parent
    assert publish.ok("--verbose", "--force").code == 0 and not directory.exists()
    publish.user.run(["mkdir", "-p", directory])
    lock = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        publish.ok("--verbose")
    finally:
        os.close(lock)


def plan(result):
    """What a dry run prints of [kubernetes prod], except the first line."""
    prefix = "kubernetes prod: "
    lines = result.output.splitlines()
    assert lines[0].startswith(prefix + "would publish the tokens of")
    assert all(line.startswith(prefix) for line in lines)
    return [line.removeprefix(prefix) for line in lines[1:]]


@pytest.mark.parametrize("has_token", [True, False])
def test_dry_run_prints_what_would_be_done(publish, kube, has_token):
    kube.add_namespaces("team-a", "team-b", "team-c", "team-d")
    publish.configure(namespaces="team-a team-c team-d", service_accounts="default")
    publish.ok()
    kube.add("secrets", "team-b", SECRET, THEIRS)
    kube.delete("secrets", "team-d", SECRET, {})
    before = versions(kube), versions(kube, "serviceaccounts"), publish.state.read_bytes()
    publish.tokens(*([HOST] if has_token else []), password="second")
    publish.configure(namespaces="* !team-c", service_accounts="default")
    result = publish("--dry-run")
    assert result.code == 1
    lines = plan(result)
    [refused] = [line for line in lines if "would fail" in line]
    assert "team-b/ecr-refresher" in refused and "not created by ecr-refresher" in refused
    assert sorted(set(lines) - {refused}) == [
        "1 Secret of namespaces that are no longer wanted stays until the new ones are in place; "
        "'ecr-refresher refresh --force' removes them at once",
        "would change secret team-a/ecr-refresher", "would create secret team-d/ecr-refresher",
        "would leave 4 objects as they are"]
    assert (versions(kube), versions(kube, "serviceaccounts"),
            publish.state.read_bytes()) == before


def test_a_dry_run_before_and_after_the_first_run(publish, kube):
    kube.add_namespaces("team-a")
    publish.tokens()
    publish.configure(registries=("auto",), service_accounts="default",
                      more="[aws]\nregion = eu-central-1\n")
    expected = ["would create secret team-a/ecr-refresher",
                "would change service-account team-a/default"]
    assert plan(publish.ok("--dry-run")) == expected
    assert publish.writes() == [] and not publish.state.exists()
    publish.tokens(HOST)
    publish.configure(service_accounts="default")
    publish.ok()
    assert plan(publish.ok("--dry-run")) == ["would leave 2 objects as they are"]
    publish.configure(namespaces="tema-*", service_accounts="default")
    result = publish("--dry-run")
    assert result.code == 1 and "no longer asks for 1 of 1 object" in plan(result)[0]
    assert plan(publish.ok("--dry-run", "--force"))[:2] == [
        "would remove secret team-a/ecr-refresher", "would remove service-account team-a/default"]
    assert len(publish.writes()) == 2


def test_a_dry_run_with_a_failing_cluster(publish, kube):
    publish.kubeconfig({"token": "wrong-token"})
    publish.configure()
    result = publish("--dry-run")
    assert result.code == 1 and "would fail: the cluster rejects" in plan(result)[0]


def test_refresh_prints_what_would_be_done(publish, kube, prefix):
    kube.add_namespaces("team-a", "team-b")
    kube.add("secrets", "team-b", SECRET, THEIRS)
    publish.configure()
    done = publish.user.run([prefix / "bin/ecr-refresher", "refresh", "--dry-run"],
                            timeout=RUN_LIMIT)
    assert done.returncode == 1 and publish.writes() == []
    assert "would create secret team-a/ecr-refresher" in done.stdout
    assert "would fail: team-b/ecr-refresher: this Secret was not created by" in done.stdout


def test_check_prints_what_would_be_done(publish, kube):
    kube.add_namespaces("team-a", "team-b", "team-c", "team-d")
    publish.configure(namespaces="team-a team-c team-d")
    publish.ok()
    result = publish.ok("--check", "--online")
    assert "a run would" not in result.output
    kube.add("secrets", "team-b", SECRET, THEIRS)
    kube.delete("secrets", "team-d", SECRET, {})
    kube.forget()
    publish.configure(namespaces="* !team-c")
    result = publish("--check", "--online")
    assert result.code == 1 and publish.writes() == []
    for words in ("a run would create 1 object (secret team-d/ecr-refresher)",
                  "team-b/ecr-refresher: this Secret was not created by ecr-refresher"):
        assert words in result.output, result.output
    publish.configure(namespaces="team-a team-d")
    assert "a run would remove 1 object (secret team-c/ecr-refresher)" in publish.ok(
        "--check", "--online").output
    assert "would" not in publish("--check").output


# The part of `ecr-refresher check`


def test_check_prints_how_to_reach_the_cluster(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure()
    publish.ok()
    kube.forget()
    result = publish.ok("--check")
    assert kube.server in result.output and "the user tester in" in result.output
    assert "1 published object" in result.output
    assert kube.snapshot()["requests"] == []
    result = publish.ok("--check", "--online")
    assert "may not" not in result.output and publish.writes() == []


def test_check_names_each_missing_right(publish, kube):
    kube.add_namespaces("team-a")
    publish.configure(service_accounts="default")
    publish.ok()
    kube.configure(rules={"tester": [
        {"verbs": ["patch", "create"], "resources": ["secrets"], "resourceNames": [SECRET]}]})
    result = publish("--check", "--online")
    assert result.code == 1
    for rule in ('resources: ["namespaces"], verbs: ["list"]',
                 f'resources: ["secrets"], resourceNames: ["{SECRET}"], verbs: ["delete"]',
                 f'resources: ["secrets"], resourceNames: ["{SECRET}"], verbs: ["get"]',
                 'resources: ["serviceaccounts"], resourceNames: ["default"], verbs: ["get"]'):
        assert rule in result.output
    assert 'verbs: ["patch"]' not in result.output.split("serviceaccounts")[0]
    assert "may not list secrets of this name" in result.output


def test_check_needs_one_right_to_read_the_secret(publish, kube):
    """get suffices, and so a Role in one namespace."""
    kube.add_namespaces("team-a")
    publish.configure(namespaces="team-a")
    publish.ok()
    kube.configure(rules={"tester": [{
        "verbs": ["get", "patch", "create", "delete"], "resources": ["secrets"],
        "resourceNames": [SECRET], "namespaces": ["team-a"]}]})
    result = publish("--check", "--online")
    assert result.code == 0 and "may not list secrets of this name" in result.output, result.output


def test_check_prints_the_latest_failure(publish, kube):
    kube.add_namespaces("team-a")
    kube.add("secrets", "team-a", SECRET, {"type": "Opaque"})
    publish.configure()
    publish.fails("not created by")
    result = publish("--check")
    assert result.code == 1 and "not created by" in result.output
    publish.user.write(".kube/config", "rubbish")
    result = publish("--check")
    assert result.code == 1 and "not a kubeconfig" in result.output


def test_check_before_the_first_run(publish, kube):
    publish.configure()
    result = publish("--check")
    assert result.code == 1 and "[kubernetes prod] has not been served yet" in result.output
    assert "type: ecr-refresher refresh" in result.output


# Inside a cluster

MANIFESTS = Path(__file__).resolve().parents[2] / "etc/kubernetes"
POD_SECRETS = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def manifests():
    """{(kind, name): object} of the shipped files."""
    return {(thing["kind"], thing["metadata"]["name"]): thing
            for file in MANIFESTS.glob("*.yaml") for thing in yaml.safe_load_all(file.read_text())
            if "metadata" in thing}


@pytest.fixture
def pod(publish, kube):
    """What kubelet gives a pod."""
    if POD_SECRETS.exists():
        pytest.skip(f"{POD_SECRETS} is there already")
    made = [path for path in (POD_SECRETS, *POD_SECRETS.parents) if not path.exists()]
    POD_SECRETS.mkdir(parents=True)
    try:
        (POD_SECRETS / "ca.crt").write_bytes(kube.ca.bundle.read_bytes())
        (POD_SECRETS / "token").write_text("the-right-token")
        yield {"KUBERNETES_SERVICE_HOST": NAME, "KUBERNETES_SERVICE_PORT": "6443"}
    finally:
        shutil.rmtree(made[-1])


def test_the_manifests_are_enough(publish, kube, pod):
    """The ini of the CronJob works with only the rights of the ClusterRole."""
    objects = manifests()
    role = objects["ClusterRole", "ecr-refresher"]
    kube.configure(rules={"tester": role["rules"]})
    kube.add_namespaces("kube-system", "team-a", "team-b")
    ini = objects["ConfigMap", "ecr-refresher"]["data"]["ecr-refresher.ini"]
    publish.write(ini.replace("registries = auto", f"registries = {HOST}")
                     .replace("[aws]\nregion = eu-central-1\n", ""))
    publish.ok(env=pod)
    assert publish.holders() == ["team-a", "team-b"]
    assert pull_secrets(kube, "team-b") == [SECRET]
    result = publish("--check", "--online", env=pod)
    assert result.code == 0, result.output
    assert "the service account of this pod" in result.output
    publish.write(ini.replace("registries = auto", f"registries = {HOST}")
                     .replace("[aws]\nregion = eu-central-1\n", "")
                     .replace("!kube-*", "!kube-* !team-b"))
    publish.ok(env=pod)
    assert publish.holders() == ["team-a"] and pull_secrets(kube, "team-b") == []


def test_the_container_has_what_the_programs_need():
    """Paths of the CronJob are those of the programs."""
    job = manifests()["CronJob", "ecr-refresher"]["spec"]["jobTemplate"]["spec"]
    [container] = job["template"]["spec"]["containers"]
    mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
    environment = {entry["name"]: entry["value"] for entry in container["env"]}
    assert {"/run/ecr-refresher", "/var/lib/ecr-refresher/published", "/config"} == mounts
    assert environment["RUNTIME_DIRECTORY"] == "/run/ecr-refresher"
    done = subprocess.run(["sh", "-n", "-c", container["args"][0]], capture_output=True)
    assert done.returncode == 0, done.stderr


def test_neither_pod_nor_kubeconfig(publish, kube):
    publish.user.home.joinpath(".kube/config").unlink()
    publish.configure(kubeconfig=None)
    publish.fails("no kubeconfig, and this is not a pod")
    publish.configure(kubeconfig="in-cluster")
    publish.fails("KUBERNETES_SERVICE_HOST is not set")


def test_a_kubeconfig_as_a_systemd_credential(publish, kube):
    kube.add_namespaces("team-a")
    path = publish.kubeconfig(name="credentials/prod")
    publish.configure(kubeconfig="prod")
    publish.ok(env={"CREDENTIALS_DIRECTORY": str(path.parent)})
    assert publish.content("team-a")
    publish.fails("no systemd credential 'prod'", "LoadCredential=prod:FILE")


def test_a_proxy(publish, kube, net, tmp_path):
    """proxy-url of the cluster: the connection goes through it."""
    kube.add_namespaces("team-a")
    publish.kubeconfig(cluster={"proxy-url": f"http://{NAME}:3128"})
    publish.configure()
    publish.fails("kube.example.com")
    log = tmp_path / "log"
    process = net.popen([Path(__file__).with_name("proxy.py"), ADDRESS, "3128", log],
                        stdout=subprocess.PIPE, text=True)
    try:
        assert is_ready(process)
        publish.ok()
    finally:
        end(process)
    assert set(re.findall(r"CONNECT (\S+)", log.read_text())) == {f"{NAME}:6443"}
    assert publish.content("team-a")


def test_two_sections_share_a_cluster(publish, kube):
    """Each has a Secret, in the same namespaces and the same service account."""
    kube.add_namespaces("team-a")
    publish.tokens(HOST, OTHER)
    publish.configure(service_accounts="default",
                      more="[kubernetes more]\nkubeconfig = ~/.kube/config\nnamespaces = *\n"
                           f"secret = other\nservice_accounts = default\nregistries = {OTHER}\n")
    publish.ok()
    assert set(publish.content("team-a")) == {HOST}
    assert set(publish.content("team-a", "other")) == {OTHER}
    assert sorted(pull_secrets(kube, "team-a")) == [SECRET, "other"]
    kube.forget()
    publish.ok()
    assert publish.writes() == []
    publish.configure(service_accounts="default")
    result = publish.ok()
    assert result.logged(r"\[kubernetes more\] is no longer in the ini", "other")
