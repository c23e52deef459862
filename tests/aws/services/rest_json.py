# SPDX-License-Identifier: Apache-2.0
"""Shared by the services that have user sessions: the restJson1 protocol, in which method and path
name the operation (source: smithy.io), unsigned requests, and temporary keys."""

import json
from urllib.parse import parse_qsl, urlsplit

from aws import hosts
from aws.message import ApiError, Reply
from aws.world import Key


def path(request):
    return urlsplit(request.target).path


def query(request):
    """Returns the parameters as a dict; a duplicate is an error."""
    pairs = parse_qsl(urlsplit(request.target).query, keep_blank_values=True, strict_parsing=True)
    if len(dict(pairs)) != len(pairs):
        raise ApiError("InvalidRequestException", "a parameter is there twice")
    return dict(pairs)


def body(request):
    """Returns the request's JSON object."""
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
    """Returns an error with data as the body; the code is in a header, with the suffix of AWS's
    servers."""
    return Reply(status or api_error.status,
                 {"Content-Type": "application/json",
                  "x-amzn-ErrorType": f"{api_error.code}:http://internal.amazon.com/coral/"},
                 json.dumps(data).encode())


def parse_host(service, name, api_hosts):
    """The Endpoint of a service with one host per region."""
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
    """Returns 1, 2, 3 …, so that issued values differ."""
    with world.lock:
        settings = world.settings(service)
        settings["number"] = settings.get("number", 0) + 1
        return settings["number"]


def issue(world, service, account, name, life):
    """Returns a Key of temporary credentials that the other services accept from then on."""
    number = next_number(world, service)
    key = Key(f"ASIA{service.upper():0<8}{number:08}", f"{service}Secret{number:030}", account,
              f"{service}SessionToken{number:0300}", name, expires=world.now() + life)
    world.add_key(key)
    return key
