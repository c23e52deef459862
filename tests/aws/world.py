# SPDX-License-Identifier: Apache-2.0
"""Shared by all connections: the clock, the access keys, the life of tokens, the faults, and the
record of requests."""

import collections
import hashlib
import threading
import time
from dataclasses import dataclass

from aws.faults import Fault

DEFAULT_LIFE = 12 * 3600
LAST_REQUESTS = 200


@dataclass(frozen=True)
class Key:
    """An access key and its permissions."""

    id: str
    secret: str
    account: str = "123456789012"
    token: str = ""  # the session token that is required with it
    name: str = "tester"
    allow: tuple | None = None  # actions ("ecr:GetAuthorizationToken"); None: all
    expires: float | None = None  # seconds since 1970

    @classmethod
    def from_json(cls, data):
        data = dict(data)
        if data.get("allow") is not None:
            data["allow"] = tuple(data["allow"])
        return cls(**data)

    def allows(self, action):
        return self.allow is None or action in self.allow

    def arn(self, partition):
        """Returns the caller's name in AWS's messages."""
        if self.token:
            return f"arn:{partition}:sts::{self.account}:assumed-role/{self.name}/session"
        return f"arn:{partition}:iam::{self.account}:user/{self.name}"


class World:
    """Thread-safe. keys, life: restored by reset()."""

    def __init__(self, keys, htpasswd=()):
        self.lock = threading.RLock()
        self.htpasswd = htpasswd
        self._open = 0
        self.generation = 0  # changes at each reset, for waiting connections
        self._first_keys = list(keys)
        self.reset()

    def reset(self):
        with self.lock:
            self.generation += 1
            self.shift = 0.0
            self.life = DEFAULT_LIFE
            self.faults = []
            self.keys = {key.id: key for key in self._first_keys}
            self.counts = collections.Counter()
            self.by = {name: collections.Counter() for name in
                       ("service", "region", "host", "operation", "status", "error", "fault")}
            self.last = collections.deque(maxlen=LAST_REQUESTS)
            self.issued = []
            self.problems = []
            self._settings = {}

    def now(self):
        return time.time() + self.shift

    def set_keys(self, keys, keep=False):
        with self.lock:
            self.keys = {key.id: key for key in keys}
            if keep:
                self._first_keys = list(keys)

    def add_key(self, key):
        """Adds one until the next reset."""
        with self.lock:
            self.keys[key.id] = key

    def settings(self, service):
        """Returns the settings of a service, kept until the next reset."""
        with self.lock:
            return self._settings.setdefault(service, {})

    def add_faults(self, faults):
        with self.lock:
            self.faults += [Fault.from_json(fault) for fault in faults]

    def take_fault(self, stage, **facts):
        """Returns the fault that happens now, or None."""
        with self.lock:
            for fault in self.faults:
                if fault.matches(stage, facts):
                    fault.count -= fault.count > 0
                    self.by["fault"][fault.kind] += 1
                    return fault
        return None

    # Record

    def count(self, name, by=1):
        with self.lock:
            self.counts[name] += by

    def connection_opened(self):
        """Returns the number of the new connection."""
        with self.lock:
            self.counts["connections"] += 1
            self._open += 1
            self.counts["parallel_max"] = max(self.counts["parallel_max"], self._open)
            return self.counts["connections"]

    def connection_closed(self):
        with self.lock:
            self._open -= 1

    def problem(self, text):
        """Records something that no well-behaved client does."""
        with self.lock:
            self.problems.append(text)

    def record(self, entry):
        """Records a request and its reply."""
        with self.lock:
            self.counts["requests"] += 1
            self.last.append(entry)
            place = f"{entry['service']}/{entry['region']}"
            for name, value in (("service", entry["service"]), ("region", place),
                                ("host", entry["host"]), ("operation", entry["operation"]),
                                ("status", str(entry["status"])), ("error", entry["error"])):
                if value:
                    self.by[name][value] += 1

    def token_issued(self, service, endpoint, key, token, expires_at):
        with self.lock:
            self.issued.append({
                "service": service, "region": endpoint.region, "account": key.account,
                "access_key_id": key.id, "expires_at": expires_at,
                "principal": key.arn(endpoint.partition),
                "sha256": hashlib.sha256(token.encode()).hexdigest(),
            })

    def snapshot(self):
        """For GET /state:

        requests, connections, parallel_max
        handshakes, of which handshakes_resumed; handshake_failures
        registry_ids           requests that named registries, which is deprecated
        signature_failures     requests whose signature was refused, whatever the reply
        bytes_sent             of bodies
        by_service, by_region ("ecr/eu-central-1"), by_host, by_operation, by_status, by_error,
        by_fault               how often each
        issued                 tokens, as the SHA-256 of what authorizationToken said
        last                   the last requests: method, target, host, headers without secrets,
                               status, error, fault, access_key_id, connection, body size, time
        problems               what no well-behaved client does, as text
        """
        names = ("requests", "connections", "parallel_max", "handshakes", "handshakes_resumed",
                 "handshake_failures", "registry_ids", "signature_failures", "bytes_sent")
        with self.lock:
            return {
                **{name: self.counts[name] for name in names},
                **{"by_" + name: dict(counter) for name, counter in self.by.items()},
                "issued": list(self.issued),
                "last": list(self.last),
                "problems": list(self.problems),
                "now": self.now(),
            }
