# SPDX-License-Identifier: Apache-2.0
"""From a request to its reply: the service, a possible fault, the signer, and the service's
result."""

import re
import time
import traceback
import uuid
from dataclasses import dataclass
from email.utils import formatdate

from aws import hosts, sigv4
from aws.message import ApiError, Reply
from aws.services import SERVICES
from aws.world import Key, World


@dataclass
class Call:
    """A request with a valid signature, as passed to a service."""

    world: World
    request: object
    endpoint: hosts.Endpoint
    operation: str
    key: Key  # the signer; None if the service requires no signature
    now: float
    fault: object = None  # one for the reply, or None

    def require(self, action, resource="*"):
        """Raises AWS's refusal if the key is not allowed to do this."""
        refused = self.fault is not None and self.fault.kind == "access_denied"
        if not refused and self.key.allows(action):
            return
        raise ApiError(
            "AccessDeniedException",
            f"User: {self.key.arn(self.endpoint.partition)} is not authorized to perform: {action} "
            f"on resource: {resource} because no identity-based policy allows the {action} action",
        )


def answer(world, request):
    """Returns the Reply, and records it in the world."""
    started = time.time()
    service, endpoint, operation = _route(request)
    entry = _entry(request, endpoint, operation, started)
    if service is None:
        world.problem(f"no service at {request.host} for {request.method} {request.target}")
        reply = Reply(404, {"Content-Type": "text/plain"}, b"no such service\n")
    else:
        try:
            reply = _serve(world, request, service, endpoint, operation, entry)
        except Exception:
            world.problem(f"the simulator is wrong: {traceback.format_exc()}")
            reply = Reply(500)
    _finish(world, reply)
    entry["status"] = reply.status
    world.record(entry)
    return reply


def _serve(world, request, service, endpoint, operation, entry):
    facts = {"service": endpoint.service, "region": endpoint.region, "host": request.host_name}
    key, refusal = _authenticate(world, request, service, endpoint)
    fault = world.take_fault("request", **facts)

    def right_answer():
        try:
            if refusal:
                raise refusal
            late = world.take_fault("answer", **facts)
            if late:
                entry["fault"] = late.kind
                time.sleep(late.delay)
            call = Call(world, request, endpoint, operation, key, world.now(), late)
            return service.answer(call)
        except ApiError as error:
            entry["error"] = error.code
            return service.error(error)

    if fault is None:
        return right_answer()
    entry["fault"] = fault.kind
    reply = fault.apply(service, right_answer)
    reply.delay += fault.delay
    return reply


def _authenticate(world, request, service, endpoint):
    try:
        if hasattr(service, "authenticate"):
            return service.authenticate(world, request, endpoint), None
        return sigv4.verify(request, endpoint, world.keys, world.now()), None
    except ApiError as error:
        world.count("signature_failures")
        return None, error


def _route(request):
    """Returns (service, endpoint, operation). A custom host (AWS_ENDPOINT_URL) does not name the
    service, so the request must."""
    endpoint = parse_host(request.host_name)
    for service in SERVICES:
        operation = service.operation(request)
        if operation is None:
            continue
        if endpoint is None and not _is_aws(request.host_name):
            _, region, _ = sigv4.scope_of(request)
            return service, hosts.endpoint_of(service.NAME, region), operation
        if endpoint is not None and endpoint.service == service.NAME:
            return service, endpoint, operation
    return None, endpoint, ""


def parse_host(name):
    """Returns the Endpoint of a host name of any service, else None."""
    for service in SERVICES:
        parse = getattr(service, "parse_host", None)
        endpoint = parse(name) if parse else None
        if endpoint:
            return endpoint
    return hosts.parse(name)


def _is_aws(name):
    return any(name.endswith("." + suffix) for row in hosts.PARTITIONS for suffix in row[2:])


def _entry(request, endpoint, operation, started):
    return {
        "time": started,
        "method": request.method,
        "target": request.target,
        "scheme": request.scheme,
        "host": request.host,
        "server_name": request.server_name,
        "tls": request.tls,
        "resumed": request.resumed,
        "connection": request.connection,
        "headers": {name: _harmless(name, value) for name, value in request.headers},
        "body_size": len(request.body),
        "service": endpoint.service if endpoint else "",
        "region": endpoint.region if endpoint else "",
        "operation": operation,
        "access_key_id": sigv4.scope_of(request)[0],
        "status": 0,
        "error": "",
        "fault": "",
    }


def _harmless(name, value):
    if name.lower() == "authorization":
        return re.sub(r"Signature=.*", "Signature=…", value)
    if name.lower() in ("x-amz-security-token", "x-amz-sso_bearer_token", "dpop",
                        "proxy-authorization", "cookie"):
        return f"({len(value)} characters)"
    return value


def _finish(world, reply):
    reply.headers.setdefault("x-amzn-RequestId", str(uuid.uuid4()))
    reply.headers.setdefault("Date", formatdate(world.now(), usegmt=True))
