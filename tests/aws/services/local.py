# SPDX-License-Identifier: Apache-2.0
"""Shared by the services next to a machine: they use plain HTTP at special addresses, and issue a
role's keys, which the other services accept from then on."""

import hashlib
import json
from datetime import datetime, timezone

from aws import hosts
from aws.message import Reply
from aws.world import Key


def endpoint(service, addresses, name):
    """The result of parse_host() of such a service."""
    return hosts.endpoint_of(service, "") if name in addresses else None


def configure(world, service, defaults, data):
    unknown = set(data) - set(defaults)
    if unknown:
        raise ValueError(f"{service} has no setting {', '.join(sorted(unknown))}")
    with world.lock:
        world.settings(service).update(data)


def issue(call, settings):
    """Returns the keys of the settings' role, which change with its rotation: the reply of all such
    services."""
    seed = f"{call.endpoint.service}/{settings['role']}/{settings['rotation']}"
    digest = hashlib.sha256(seed.encode()).hexdigest()
    key = Key(f"ASIA{digest[:16].upper()}", digest[16:56], settings["account"],
              token=("IQoJ" + digest) * 12, name=settings["role"])
    call.world.add_key(key)
    until = datetime.fromtimestamp(call.now + settings["life"], timezone.utc)
    return {"AccessKeyId": key.id, "SecretAccessKey": key.secret, "Token": key.token,
            "Expiration": until.strftime("%Y-%m-%dT%H:%M:%SZ")}


def json_reply(data, status=200):
    return Reply(status, {"Content-Type": "application/json"}, json.dumps(data).encode())
