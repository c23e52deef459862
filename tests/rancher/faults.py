# SPDX-License-Identifier: Apache-2.0
"""Failing on demand. A fault has a kind, the requests that it is for, and how often it happens.

Matchers (all that are given must hold): method, path (a regular expression for the path and
query). count: how often; always if it is missing. The first fault in the list that matches
happens. The kinds, with their own fields:

    delay       seconds              replies correctly, later
    cut         at                   closes the connection: "request" without reply, "body" halfway
    no_reply                         never replies
    status      status, body, code   body is "json", "html" or "empty"; does nothing else
    lost        status               does what the request wants, but replies this status
    garbage                          200 with bytes that are not JSON
    truncated                        the correct body, truncated
    huge        megabytes            200 and a body that does not end before that
    redirect    location, status
"""

import re
from dataclasses import dataclass, field

MATCHERS = ("method", "path")

KINDS = {
    "delay": {"seconds": 1.0},
    "cut": {"at": "request"},
    "no_reply": {},
    "status": {"status": 500, "body": "json", "code": "ServerError"},
    "lost": {"status": 504},
    "garbage": {},
    "truncated": {},
    "huge": {"megabytes": 64},
    "redirect": {"location": "https://198.51.100.99/", "status": 302},
}
CHOICES = {"at": ("request", "body"), "body": ("json", "html", "empty")}

HTML = b"<html><head><title>%d</title></head><body><h1>%d</h1><hr>a load balancer</body></html>\n"


@dataclass
class Fault:
    kind: str
    fields: dict
    matchers: dict = field(default_factory=dict)
    count: int = -1  # how often it still happens; always if negative

    @classmethod
    def from_json(cls, data):
        """Raises ValueError if it is malformed: a fault that never happens proves nothing."""
        data = dict(data)
        kind = data.pop("kind", None)
        if kind not in KINDS:
            raise ValueError(f"no fault of kind {kind!r}; there are {', '.join(KINDS)}")
        matchers = {name: data.pop(name) for name in MATCHERS if name in data}
        count = int(data.pop("count", -1))
        unknown = set(data) - set(KINDS[kind])
        if unknown:
            raise ValueError(f"{kind} has no field {', '.join(sorted(unknown))}")
        fields = {**KINDS[kind], **data}
        for name, choices in CHOICES.items():
            if name in fields and fields[name] not in choices:
                raise ValueError(f"{kind}: {name} is one of {', '.join(choices)}")
        return cls(kind, fields, matchers, count)

    def matches(self, method, path):
        wanted = self.matchers.get("method", method)
        return (self.count != 0 and wanted == method
                and re.search(self.matchers.get("path", ""), path) is not None)
