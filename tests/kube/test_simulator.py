# SPDX-License-Identifier: Apache-2.0
"""The rules of the simulated API server. That they are those of Kubernetes is tested by
integration/test_kubectl.py with a real one."""

import base64
import json

import pytest

from kube import rbac
from kube.world import DOCKER, Refused, World

EMPTY = base64.b64encode(b"{}").decode()


@pytest.fixture
def world():
    world = World()
    world.add_namespaces("a", "b")
    return world


def secret(data=EMPTY, **more):
    return {"apiVersion": "v1", "kind": "Secret", "type": DOCKER,
            "metadata": {"name": "s", "namespace": "a", **more}, "data": {".dockerconfigjson": data}}


def apply(world, thing, manager="me", force=True, name="s", kind="secrets", user="tester"):
    return world.apply(user, kind, "a", name, thing, manager, force)


def refused(code, function, *arguments, **keywords):
    with pytest.raises(Refused) as raised:
        function(*arguments, **keywords)
    assert raised.value.code == code
    return raised.value


def test_apply_creates_and_owns(world):
    thing, is_new = apply(world, secret(labels={"x": "1"}))
    assert is_new
    [manager] = thing["metadata"]["managedFields"]
    assert manager["fieldsV1"] == {"f:data": {"f:.dockerconfigjson": {}}, "f:type": {},
                                   "f:metadata": {"f:labels": {"f:x": {}}}}


def test_applying_the_same_changes_nothing(world):
    first, _ = apply(world, secret())
    second, is_new = apply(world, secret())
    assert not is_new and first == second


def test_a_conflict_needs_force(world):
    apply(world, secret(), "other")
    changed = base64.b64encode(b'{"auths":{}}').decode()
    conflict = refused(409, apply, world, secret(changed), force=False)
    assert conflict.details["causes"][0]["field"] == ".data..dockerconfigjson"
    thing, _ = apply(world, secret(changed))
    owners = {entry["manager"]: entry["fieldsV1"] for entry in thing["metadata"]["managedFields"]}
    assert "f:data" in owners["me"] and "f:data" not in owners["other"]
    assert "f:type" in owners["me"] and "f:type" in owners["other"], "both have the same value"


def test_a_field_no_longer_applied_is_removed_unless_others_own_it(world):
    apply(world, secret(labels={"x": "1", "y": "1"}))
    apply(world, secret(labels={"y": "1"}), "other")
    thing, _ = apply(world, secret())
    assert thing["metadata"]["labels"] == {"y": "1"}


def test_pull_secrets_of_an_account_are_atomic(world):
    """Applying one entry removes the others: the list is one field."""
    world.add("serviceaccounts", "a", "default", {"imagePullSecrets": [{"name": "theirs"}]})
    mine = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default"},
            "imagePullSecrets": [{"name": "mine"}]}
    mine["metadata"]["namespace"] = "a"
    thing, _ = apply(world, mine, name="default", kind="serviceaccounts")
    assert thing["imagePullSecrets"] == [{"name": "mine"}]


def test_the_type_is_immutable(world):
    world.add("secrets", "a", "s", {"type": "Opaque"})
    invalid = refused(422, apply, world, secret())
    assert invalid.details["causes"][0]["field"] == "type"


def test_contents_are_validated_and_not_repeated(world):
    invalid = refused(422, apply, world, secret(base64.b64encode(b"rubbish").decode()))
    assert "redacted" in invalid.message and "rubbish" not in invalid.message
    refused(422, apply, world, secret(labels={"x": "not a label"}))


def test_creation_by_apply_needs_its_own_right(world):
    world.configure(rules={"tester": [{"verbs": ["patch"], "resources": ["secrets"]}]})
    assert '"tester" cannot create resource "secrets"' in refused(403, apply, world,
                                                                  secret()).message


def test_the_message_of_a_refused_impersonation(world):
    world.configure(rules={"tester": []})
    assert refused(403, world.authorize, "tester", "impersonate", "users", None, "alice").message \
        == ('users "alice" is forbidden: User "tester" cannot impersonate resource "users" in API '
            'group "" at the cluster scope')
    assert refused(403, world.authorize, "tester", "impersonate", "uids", None, "1",
                   "authentication.k8s.io").message.startswith('uids.authentication.k8s.io "1" is')


def test_rights_by_name():
    rule = {"verbs": ["list"], "resources": ["secrets"], "resourceNames": ["s"]}
    assert rbac.allows([rule], "list", "secrets", None, "s")
    assert not rbac.allows([rule], "list", "secrets")
    assert not rbac.allows([{**rule, "namespaces": ["a"]}], "list", "secrets", "b", "s")


def test_pages(world):
    world.add_namespaces(*"cdefg")
    found, token = [], ""
    while True:
        items, token, left = world.list("namespaces", None, [], {}, 3, token)
        found += [item["metadata"]["name"] for item in items]
        assert bool(token) == bool(left)
        if not token:
            break
    assert found == list("abcdefg")


def test_an_expired_continue_token(world):
    _, token, _ = world.list("namespaces", None, [], {}, 1, "")
    world.configure(expired=1)
    assert refused(410, world.list, "namespaces", None, [], {}, 1, token).reason == "Expired"
    refused(400, world.list, "namespaces", None, [], {}, 1, "rubbish")


def test_a_merge_patch_of_another_version(world):
    thing = world.get("serviceaccounts", "a", "default")
    patch = {"metadata": {"resourceVersion": thing["metadata"]["resourceVersion"]},
             "imagePullSecrets": [{"name": "x"}]}
    world.merge("serviceaccounts", "a", "default", patch, "me")
    refused(409, world.merge, "serviceaccounts", "a", "default", patch, "me")


def test_an_apply_to_another_object_or_version(world):
    """"Server-Side Apply": the uid and resourceVersion that it contains must match."""
    conflict = refused(409, apply, world, secret(uid="u", resourceVersion="1"))
    assert conflict.message == "no existing object was found"
    assert world.get("secrets", "a", "s") is None
    thing, _ = apply(world, secret())
    seen = {name: thing["metadata"][name] for name in ("uid", "resourceVersion")}
    apply(world, secret(labels={"x": "1"}, **seen))
    refused(409, apply, world, secret(**seen))
    refused(422, apply, world, secret(uid="another"))


def test_deletion_of_another_object(world):
    apply(world, secret())
    refused(409, world.delete, "secrets", "a", "s", {"preconditions": {"uid": "another"}})
    uid = world.get("secrets", "a", "s")["metadata"]["uid"]
    refused(409, world.delete, "secrets", "a", "s", {"preconditions": {"resourceVersion": "1"}})
    world.delete("secrets", "a", "s", {"preconditions": {"uid": uid}})
    refused(404, world.read, "secrets", "a", "s")


def test_nothing_is_created_in_a_terminating_namespace(world):
    world.terminate("a")
    assert "being terminated" in refused(403, apply, world, secret()).message
    assert json.dumps(world.snapshot())


def test_the_message_of_a_conflict(world):
    apply(world, secret(), "other")
    changed = base64.b64encode(b'{"auths":{}}').decode()
    conflict = refused(409, apply, world, secret(changed), force=False)
    assert conflict.message == ('Apply failed with 1 conflict: conflict with "other": '
                                ".data..dockerconfigjson")


def test_a_quota_counts_created_objects(world):
    world.create("resourcequotas", "a", {"metadata": {"name": "q"},
                                         "spec": {"hard": {"count/secrets": "1"}}}, "me")
    apply(world, secret())
    apply(world, secret(labels={"x": "1"}))
    assert refused(403, apply, world, secret(name="t"), name="t").message == (
        'secrets "t" is forbidden: exceeded quota: q, requested: count/secrets=1, used: '
        "count/secrets=1, limited: count/secrets=1")


def test_a_finalizer_keeps_the_namespace(world):
    world.create("secrets", "a", secret(finalizers=["example.com/test"]), "me")
    world.delete("namespaces", None, "a", {})
    assert world.get("serviceaccounts", "a", "default") is None
    assert "being terminated" in refused(403, apply, world, secret(name="t"), name="t").message
    apply(world, secret(finalizers=["example.com/test"], labels={"x": "1"}))
    world.merge("secrets", "a", "s", {"metadata": {"finalizers": None}}, "me")
    assert world.get("secrets", "a", "s") is None and world.get("namespaces", None, "a") is None
