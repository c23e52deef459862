# SPDX-License-Identifier: Apache-2.0
"""What the services share that keep a user's session: the restJson1 protocol, in which method and
path are the operation (source: smithy.io), requests that nobody signs, and temporary keys."""

import json
from urllib.parse import parse_qsl, urlsplit

from aws import hosts
from aws.message import ApiError, Reply
from aws.world import Key


def path(request):
    return urlsplit(request.target).path


def query(request):
    """The parameters as a dict; one that is there twice is an error."""
    pairs = parse_qsl(urlsplit(request.target).query, keep_blank_values=True, strict_parsing=True)
    if len(dict(pairs)) != len(pairs):
        raise ApiError("InvalidRequestException", "a parameter is there twice")
    return dict(pairs)


def body(request):
    """The request's JSON object."""
    if request.header("Content-Type") != "application/json":
        raise ApiError("InvalidRequestException", "Content-Type is not application/json")
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ApiError("InvalidRequestException", "the body is no JSON object")
    return data


def reply(data):
    return Reply(200, {"Content-Type": "application/json"}, json.dumps(data).encode())


def error(api_error, data, status=None):
    """With data as the body; the code is in a header, with the tail that AWS's servers give it."""
    return Reply(status or api_error.status,
                 {"Content-Type": "application/json",
                  "x-amzn-ErrorType": f"{api_error.code}:http://internal.amazon.com/coral/"},
                 json.dumps(data).encode())


def parse_host(service, name, api_hosts):
    """What a service with one host per region returns."""
    for label in name.split("."):
        if name in api_hosts(label):
            return hosts.endpoint_of(service, label)
    return None


def refuse_signature(request):
    if request.header("Authorization") is not None:
        raise ApiError("InvalidRequestException", "signed, which this operation is not")


def configure(world, service, data):
    if set(data) != {"sessions"}:
        raise ValueError(f"{service} takes sessions")
    with world.lock:
        world.settings(service).update(data)


def sessions(world, service):
    return world.settings(service).get("sessions", [])


def next_number(world, service):
    """1, 2, 3 …: what is issued under it differs."""
    with world.lock:
        settings = world.settings(service)
        settings["number"] = settings.get("number", 0) + 1
        return settings["number"]


def issue(world, service, account, name, life):
    """A Key of temporary credentials that the other services know from then on."""
    number = next_number(world, service)
    key = Key(f"ASIA{service.upper():0<8}{number:08}", f"{service}Secret{number:030}", account,
              f"{service}SessionToken{number:0300}", name, expires=world.now() + life)
    world.add_key(key)
    return key
