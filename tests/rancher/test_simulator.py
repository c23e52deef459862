# SPDX-License-Identifier: Apache-2.0
"""The simulator with an independent client: Python's urllib and http.client."""

import base64
import http.client
import json
import socket
import ssl
import urllib.error
import urllib.request

import pytest

from lib.ca import CA
from lib.patience import patience
from rancher import server
from rancher.world import World

HOST = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
PROJECT = "c-m1abc:p-x2def"


@pytest.fixture
def world():
    return World()


@pytest.fixture
def api(world, tmp_path):
    """call(method, path, body) → (status, body) with an environment's key."""
    ca = CA(tmp_path)
    port = _free_port()
    server.serve(world, ("127.0.0.1", port), ca.issue("localhost"))
    context = ssl.create_default_context(cafile=ca.bundle)

    def call(method, path, body=None, key=("ENVKEY", "env-secret")):
        request = urllib.request.Request(
            f"https://localhost:{port}{path}", method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers=_authorization(key))
        try:
            reply = urllib.request.urlopen(request, context=context, timeout=patience(5))
        except urllib.error.HTTPError as error:
            reply = error
        text = reply.read()
        return reply.status, json.loads(text) if text[:1] == b"{" else text

    return call


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def _authorization(key):
    if isinstance(key, str):
        return {"Authorization": f"Bearer {key}"}
    return {"Authorization": "Basic " + base64.b64encode(":".join(key).encode()).decode()}


@pytest.mark.parametrize("version", ["v1", "v2-beta"])
def test_life_of_a_registry(api, world, version):
    status, registry = api("POST", f"/{version}/projects/1a5/registries", {"serverAddress": HOST})
    assert status == 201 and registry["state"] == "active"
    status, credential = api("POST", f"/{version}/registrycredentials", {
        "registryId": registry["id"], "publicValue": "AWS", "secretValue": "s", "email": "x@y"})
    assert status == 201 and credential["secretValue"] is None and "secret" not in credential
    status, changed = api("PUT", f"/{version}/registrycredentials/{credential['id']}",
                          {"secretValue": "t", "email": "x@y"})
    assert status == 200 and changed["publicValue"] == "AWS"
    assert world.credentials[0]["secret"] == "t"


def test_same_address_twice(api):
    assert api("POST", "/v1/registries", {"serverAddress": HOST})[0] == 201
    status, error = api("POST", "/v1/registries", {"serverAddress": HOST.upper()})
    assert (status, error["code"]) == (400, "ServerAddressUsed")


def test_pages_with_removed_rows_and_useless_filters(api, world):
    world.configure({"page_limit": 2, "public_url": "http://10.0.0.1:8080"})
    world.put({"registries": [{"serverAddress": f"r{i}", "state": "removed" if i == 0 else "active",
                               "removed": "2016-04-01T00:00:00Z" if i == 0 else None}
                              for i in range(5)]})
    path, seen = "/v1/registries?state=active", []
    while path:
        status, page = api("GET", path)
        seen += [row["serverAddress"] for row in page["data"]]
        path = (page["pagination"]["next"] or "").removeprefix("http://10.0.0.1:8080")
    assert seen == ["r0", "r1", "r2", "r3", "r4"]
    assert world.problems  # the client relied on a filter


@pytest.mark.parametrize("body, code, field", [
    ({"registryId": "1sp9", "email": "x"}, "InvalidReference", "registryId"),
    ({"registryId": "1sp2"}, "MissingRequired", "email"),
    ({"registryId": "1sp2", "email": "x", "secretValue": "s" * 4097}, "MaxLengthExceeded",
     "secretValue"),
])
def test_refused_credentials(api, world, body, code, field):
    world.put({"registries": [{"id": "1sp2", "serverAddress": HOST}]})
    status, error = api("POST", "/v1/registrycredentials", body)
    assert (status, error["code"], error["fieldName"]) == (422, code, field)


def test_transitions(api, world):
    world.configure({"transition_reads": 2})
    world.put({"credentials": [{"id": "1c1", "state": "inactive"}]})
    path = "/v1/registrycredentials/1c1"
    status, row = api("POST", f"{path}?action=activate")
    assert (status, row["state"], row["transitioning"]) == (202, "activating", "yes")
    assert api("PUT", path, {"email": "x"})[0] == 409
    assert api("GET", path)[1]["state"] == "active"
    assert api("POST", f"{path}?action=activate")[0] == 422


def test_keys(api, world):
    world.put({"projects": [{"id": "1a5", "name": "Default"}, {"id": "1a7", "name": "Prod"}]})
    assert api("GET", "/v1/projects", key=("ENVKEY", "wrong"))[0] == 401
    assert [row["id"] for row in api("GET", "/v1/projects")[1]["data"]] == ["1a5"]
    assert api("GET", "/v1/projects/1a7/registries")[0] == 404
    account = ("ACCOUNTKEY", "account-secret")
    assert [r["id"] for r in api("GET", "/v1/projects", key=account)[1]["data"]] == ["1a5", "1a7"]
    assert api("GET", "/v1/projects/1a7/registries", key=account)[0] == 200


def test_credentials_of_rancher_2(api, world):
    world.configure({"generation": 2})
    token = "token-abcde:bearer-secret"
    path = f"/v3/project/{PROJECT}/dockerCredentials"
    body = {"name": "ecr", "registries": {HOST: {"username": "AWS", "password": "s"}}}
    assert api("GET", path)[0] == 401
    status, made = api("POST", path, body, token)
    assert (status, made["id"]) == (201, "p-x2def:ecr")
    assert api("POST", path, body, token)[0] == 409
    status, row = api("PUT", f"{path}/p-x2def:ecr",
                      {"registries": {"other": {"username": "u", "password": "p"}}}, token)
    assert status == 200 and row["registries"] == {"other": {"username": "u"}}
    assert api("PUT", f"{path}/p-x2def:none", body, token)[0] == 404
    assert api("POST", path, {**body, "name": "No_Name"}, token)[0] == 422
    namespaced = path.replace("docker", "namespacedDocker")
    assert api("POST", namespaced, {**body, "namespaceId": "elsewhere"}, token)[0] == 404
    assert api("POST", namespaced, {**body, "namespaceId": "shop"}, token)[0] == 201
    assert api("GET", "/v3/project/c-m1abc:p-none/dockerCredentials", key=token)[0] == 404
    assert api("GET", "/v1/registries")[0] == 404


@pytest.mark.parametrize("fault, seen", [
    ({"kind": "status", "status": 503, "body": "html"}, 503),
    ({"kind": "garbage"}, 200),
    ({"kind": "redirect"}, None),
    ({"kind": "cut"}, None),
    ({"kind": "cut", "at": "body"}, None),
])
def test_faults(api, world, fault, seen):
    world.add_faults([{**fault, "count": 1, "method": "GET", "path": "^/v1/registries"}])
    try:
        assert api("GET", "/v1/registries")[0] == seen
    except (OSError, http.client.HTTPException):
        assert seen is None
    assert api("GET", "/v1/registries")[0] == 200
    with pytest.raises(ValueError):
        world.add_faults([{"kind": "status", "colour": "red"}])


def test_unknown_settings():
    with pytest.raises(ValueError):
        World().configure({"page_size": 3})
