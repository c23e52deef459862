# SPDX-License-Identifier: Apache-2.0
"""Failures on demand. A fault has a kind, matches some requests, and happens a number of times.

Matchers (all given ones must match): service, region, host. count: how often; always if absent.
delay: seconds to wait first. The first fault in the list that matches happens. The kinds, with
their fields:

    delay       seconds              a correct reply, later
    drip        bytes, seconds       the correct body, so many bytes every so many seconds
    cut         at                   ends the connection: "tls" during the handshake, "request"
                                     without a reply, "headers" after them, "body" halfway
    no_answer   at                   sends nothing: "tls" from the start, "request" after reading it
    status      status, body         body is "json", "html" or "empty"
    error       code, message, status
    throttle    status               ThrottlingException
    garbage                          200 with bytes that are not JSON
    truncated                        200 with truncated JSON
    huge        megabytes            200 and a body of at least that size
    redirect    location, status

and, after the signature has been verified:

    access_denied                    as if the key's policies allowed nothing
    expired                          a token whose expiresAt is in the past
    no_authorization_data            a reply without it
    bad_token   form                 "base64": invalid; "colon": without one
"""

import os
from dataclasses import dataclass, field

from aws.message import ApiError, Reply

MATCHERS = ("service", "region", "host")

# kind: its fields and their defaults
TRANSPORT_KINDS = {
    "delay": {"seconds": 1.0},
    "drip": {"bytes": 1, "seconds": 0.1},
    "cut": {"at": "request"},
    "no_answer": {"at": "request"},
    "status": {"status": 500, "body": "json"},
    "error": {"code": "ServerException", "message": "", "status": 400},
    "throttle": {"status": 400},
    "garbage": {},
    "truncated": {},
    "huge": {"megabytes": 64},
    "redirect": {"location": "https://198.51.100.99/", "status": 307},
}
ANSWER_KINDS = {
    "access_denied": {},
    "expired": {},
    "no_authorization_data": {},
    "bad_token": {"form": "base64"},
}
KINDS = {**TRANSPORT_KINDS, **ANSWER_KINDS}
CHOICES = {
    "at": {"cut": ("tls", "request", "headers", "body"), "no_answer": ("tls", "request")},
    "body": {"status": ("json", "html", "empty")},
    "form": {"bad_token": ("base64", "colon")},
}

HTML = b"""<html>\r\n<head><title>%d</title></head>\r\n<body>\r\n<center><h1>%d</h1></center>\r
<hr><center>a load balancer</center>\r\n</body>\r\n</html>\r\n"""


@dataclass
class Fault:
    kind: str
    fields: dict
    matchers: dict = field(default_factory=dict)
    count: int = -1  # how often it will still happen; always if negative
    delay: float = 0

    @classmethod
    def from_json(cls, data):
        """Raises ValueError for an invalid fault, because one that never happens would prove
        nothing."""
        data = dict(data)
        kind = data.pop("kind", None)
        if kind not in KINDS:
            raise ValueError(f"no fault of kind {kind!r}; there are {', '.join(KINDS)}")
        matchers = {name: data.pop(name) for name in MATCHERS if name in data}
        count, delay = int(data.pop("count", -1)), float(data.pop("delay", 0))
        unknown = set(data) - set(KINDS[kind])
        if unknown:
            raise ValueError(f"{kind} has no field {', '.join(sorted(unknown))}")
        fields = {**KINDS[kind], **data}
        for name, value in fields.items():
            choices = CHOICES.get(name, {}).get(kind)
            if choices and value not in choices:
                raise ValueError(f"{kind}: {name} is one of {', '.join(choices)}")
        return cls(kind, fields, matchers, count, delay)

    @property
    def stage(self):
        """When it happens: in the "tls" handshake, at the "request", in the "answer"."""
        if self.fields.get("at") == "tls":
            return "tls"
        return "answer" if self.kind in ANSWER_KINDS else "request"

    def matches(self, stage, facts):
        return (
            self.count != 0
            and self.stage == stage
            and all(facts.get(name) == value for name, value in self.matchers.items())
        )

    def apply(self, service, answer):
        """Returns the reply of a fault at the request. answer() makes the correct one, if needed;
        service formats errors."""
        return getattr(self, "_" + self.kind)(service, answer)

    def _delay(self, service, answer):
        reply = answer()
        reply.delay = self.fields["seconds"]
        return reply

    def _drip(self, service, answer):
        reply = answer()
        reply.drip = (self.fields["bytes"], self.fields["seconds"])
        return reply

    def _cut(self, service, answer):
        reply = Reply(0) if self.fields["at"] == "request" else answer()
        reply.cut = self.fields["at"]
        return reply

    def _no_answer(self, service, answer):
        return Reply(0, silent=True)

    def _status(self, service, answer):
        status, body = self.fields["status"], self.fields["body"]
        if body == "html":
            return Reply(status, {"Content-Type": "text/html"}, HTML % (status, status))
        if body == "empty":
            return Reply(status)
        return service.error(ApiError("ServerException", "The server has failed.", status))

    def _error(self, service, answer):
        return service.error(ApiError(self.fields["code"], self.fields["message"],
                                      self.fields["status"]))

    def _throttle(self, service, answer):
        return service.error(ApiError("ThrottlingException", "Rate exceeded",
                                      self.fields["status"]))

    def _garbage(self, service, answer):
        return Reply(200, {"Content-Type": "application/x-amz-json-1.1"}, os.urandom(2000))

    def _truncated(self, service, answer):
        reply = answer()
        reply.body = reply.body[: len(reply.body) // 2]
        return reply

    def _huge(self, service, answer):
        return Reply(200, {"Content-Type": "application/x-amz-json-1.1"}, b'{"filler":"',
                     stream_bytes=self.fields["megabytes"] * 1024 * 1024)

    def _redirect(self, service, answer):
        return Reply(self.fields["status"], {"Location": self.fields["location"]})
