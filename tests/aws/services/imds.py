# SPDX-License-Identifier: Apache-2.0
"""The instance metadata service of Amazon EC2, versions 1 and 2. Source: "Use the Instance
Metadata Service" in the Amazon EC2 User Guide.

Settings (POST /services/imds):

    tokens      the status of a request for one: 200, or 403 (disabled), 404, 405
    required    HttpTokens: every request needs a token
    hop_limit   1: the reply with the token is lost, as on the way into a container
    role        None: the instance has no role
    code        of the credentials' reply, instead of "Success"
    rotation, life (seconds), account, region
"""

import hashlib
import hmac
import os

from aws.message import ApiError, Reply
from aws.services import local

NAME = "imds"
HOSTS = ("169.254.169.254", "[fd00:ec2::254]")
DEFAULTS = {"tokens": 200, "required": True, "hop_limit": 2, "role": "puller", "code": "Success",
            "rotation": 1, "life": 6 * 3600, "account": "123456789012", "region": "eu-central-1"}

ROLES = "/latest/meta-data/iam/security-credentials/"
PLACEMENT = "/latest/meta-data/placement/"
PAGE = """<?xml version="1.0" encoding="iso-8859-1"?>
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>%(status)d - %(text)s</title>
 </head>
 <body>
  <h1>%(status)d - %(text)s</h1>
 </body>
</html>
"""

_secret = os.urandom(32)


def parse_host(name):
    return local.endpoint(NAME, HOSTS, name)


def authenticate(world, request, endpoint):
    return None


def configure(world, data):
    local.configure(world, NAME, DEFAULTS, data)


def operation(request):
    if request.host_name not in HOSTS:
        return None
    if request.target == "/latest/api/token":
        return request.method + " token"
    return f"{request.method} {request.target.removeprefix('/latest/meta-data/')}"


def error(api_error):
    page = PAGE % {"status": api_error.status, "text": api_error.message}
    return Reply(api_error.status, {"Content-Type": "text/html", "Server": "EC2ws"}, page.encode())


def answer(call):
    settings = {**DEFAULTS, **call.world.settings(NAME)}
    if call.request.target == "/latest/api/token":
        return _token(call, settings)
    _authorize(call, settings)
    if call.request.method != "GET":
        raise _error(405, "Method Not Allowed")
    return _metadata(call, settings)


def _token(call, settings):
    if settings["tokens"] != 200:
        raise _error(settings["tokens"], "Forbidden")
    if call.request.method != "PUT":
        raise _error(405, "Method Not Allowed")
    if call.request.header("X-Forwarded-For"):
        raise _error(403, "Forbidden")
    ttl = call.request.header("X-aws-ec2-metadata-token-ttl-seconds") or ""
    if not ttl.isdigit() or not 1 <= int(ttl) <= 21600:
        raise _error(400, "Bad Request")
    if settings["hop_limit"] < 2:
        return Reply(0, silent=True)
    return _text(_sign(int(call.now) + int(ttl)), {"X-aws-ec2-metadata-token-ttl-seconds": ttl})


def _sign(until):
    return f"AQAE{until}-{hmac.new(_secret, str(until).encode(), hashlib.sha256).hexdigest()}=="


def _authorize(call, settings):
    token = call.request.header("X-aws-ec2-metadata-token")
    if token is None and not settings["required"] and settings["tokens"] != 403:
        return
    if settings["tokens"] == 403:
        raise _error(403, "Forbidden")
    until = (token or "").removeprefix("AQAE").split("-")[0]
    good = until.isdigit() and token == _sign(int(until)) and int(until) > call.now
    if not good:
        raise _error(401, "Unauthorized")


def _metadata(call, settings):
    target, role = call.request.target, settings["role"]
    if target == PLACEMENT + "region":
        return _text(settings["region"])
    if target.rstrip("/") == PLACEMENT + "availability-zone":
        return _text(settings["region"] + "a")
    if target == ROLES and role:
        return _text(role)
    if role and target == ROLES + role:
        return _credentials(call, settings)
    raise _error(404, "Not Found")


def _credentials(call, settings):
    if settings["code"] != "Success":
        return local.json_reply({
            "Code": settings["code"],
            "Message": f"EC2 cannot assume the role {settings['role']}.",
            "LastUpdated": "2026-11-22T00:00:00Z",
        })
    return local.json_reply({"Code": "Success", "LastUpdated": "2026-11-22T00:00:00Z",
                             "Type": "AWS-HMAC", **local.issue(call, settings)})


def _text(text, headers=()):
    return Reply(200, {"Content-Type": "text/plain", "Server": "EC2ws", **dict(headers)},
                 text.encode())


def _error(status, text):
    return ApiError(str(status), text, status)
