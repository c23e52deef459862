# SPDX-License-Identifier: Apache-2.0
"""The awsJson1.1 protocol: POST /, the operation in X-Amz-Target. Source: smithy.io."""

import json

from aws.message import ApiError, Reply

CONTENT_TYPE = "application/x-amz-json-1.1"


def operation(request, prefix):
    target = request.header("X-Amz-Target") or ""
    if request.method != "POST" or request.target != "/" or not target.startswith(prefix + "."):
        return None
    return target[len(prefix) + 1:]


def parameters(request):
    """Returns the request's JSON object."""
    if request.header("Content-Type") != CONTENT_TYPE:
        raise ApiError("UnknownOperationException", "")
    try:
        data = json.loads(request.body)
    except ValueError:
        data = None
    if not isinstance(data, dict):
        raise ApiError("SerializationException", "")
    return data


def reply(data):
    return _reply(200, data)


def error(api_error):
    # AWS's front end writes "message", the services behind it "Message"; clients accept both.
    name = "Message" if api_error.code == "AccessDeniedException" else "message"
    data = {"__type": api_error.code}
    if api_error.message:
        data[name] = api_error.message
    return _reply(api_error.status, data)


def _reply(status, data):
    body = json.dumps(data, separators=(",", ":")).encode()
    return Reply(status, {"Content-Type": CONTENT_TYPE}, body)
