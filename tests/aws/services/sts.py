# SPDX-License-Identifier: Apache-2.0
"""AWS STS. Source: the AWS Security Token Service API Reference, 2011-06-15. Its protocol is
awsQuery (smithy.io): a form in, XML out.

Its roles and web identity tokens (POST /services/sts):

    roles    arn; optionally trusts (ARNs of callers; default: any), external_id,
             session (a regular expression), max_duration, allow (actions, as a key has them),
             subject (of the web identity tokens it accepts)
    tokens   token, subject; optionally expires (seconds since 1970)
"""

import re
import secrets
from datetime import datetime, timezone
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from aws import hosts, sigv4
from aws.message import ApiError, Reply
from aws.world import Key

NAME = "sts"
NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
CONTENT_TYPE = "application/x-www-form-urlencoded"
DEFAULT_DURATION = 3600
# The query protocol's names of the front end's errors.
CODES = {
    "UnrecognizedClientException": ("InvalidClientTokenId", 403),
    "InvalidSignatureException": ("SignatureDoesNotMatch", 403),
    "MissingAuthenticationTokenException": ("MissingAuthenticationToken", 403),
    "ExpiredTokenException": ("ExpiredToken", 403),
    "IncompleteSignatureException": ("IncompleteSignature", 400),
    "AccessDeniedException": ("AccessDenied", 403),
    "ThrottlingException": ("Throttling", 400),
}


def api_hosts(region):
    row = hosts._partition(region)
    return [f"sts{fips}.{region}.{suffix}" for fips in ("", "-fips") for suffix in row[2:]]


def parse_host(name):
    match = re.match(r"sts(-fips)?\.([a-z0-9-]+)\.(.*)", name)
    if not match or name not in api_hosts(match[2]):
        return None
    partition, _, suffix, dual = hosts._partition(match[2])
    return hosts.Endpoint(NAME, match[2], partition, suffix, bool(match[1]), match[3] == dual)


def operation(request):
    type_ = (request.header("Content-Type") or "").partition(";")[0]
    if request.method != "POST" or request.target != "/" or type_ != CONTENT_TYPE:
        return None
    form = dict(parse_qsl(request.body.decode(errors="replace")))
    return form.get("Action") if form.get("Version") == "2011-06-15" else None


def authenticate(world, request, endpoint):
    if operation(request) != "AssumeRoleWithWebIdentity":
        return sigv4.verify(request, endpoint, world.keys, world.now())
    if request.header("Authorization") is not None:
        raise ApiError("InvalidParameterValue", "signed, which this operation is not")
    return None


def configure(world, data):
    settings = world.settings(NAME)
    with world.lock:
        settings["roles"] = {role["arn"]: role for role in data.get("roles", [])}
        settings["tokens"] = {token["token"]: token for token in data.get("tokens", [])}


def answer(call):
    form = dict(parse_qsl(call.request.body.decode(), keep_blank_values=True))
    if call.operation == "GetCallerIdentity":
        return _get_caller_identity(call)
    if call.operation == "AssumeRole":
        return _assume_role(call, form)
    if call.operation == "AssumeRoleWithWebIdentity":
        return _assume_role_with_web_identity(call, form)
    raise ApiError("InvalidAction", f"Could not find operation {call.operation}")


def error(api_error):
    code, status = CODES.get(api_error.code, (api_error.code, api_error.status))
    kind = "Receiver" if status >= 500 else "Sender"
    return _reply(status, f'<ErrorResponse xmlns="{NAMESPACE}"><Error><Type>{kind}</Type>'
                  f"<Code>{escape(code)}</Code><Message>{escape(api_error.message)}</Message>"
                  "</Error>{id}</ErrorResponse>")


def _caller(call):
    callers = call.world.settings(NAME).get("callers", {})
    return callers.get(call.key.id) or call.key.arn(call.endpoint.partition)


def _get_caller_identity(call):
    result = (f"<Arn>{escape(_caller(call))}</Arn><UserId>AIDA{call.key.name.upper()}</UserId>"
              f"<Account>{call.key.account}</Account>")
    return _result("GetCallerIdentity", result)


def _assume_role(call, form):
    arn = form.get("RoleArn", "")
    refused = _denied(call, _caller(call), "AssumeRole", arn)
    role = call.world.settings(NAME).get("roles", {}).get(arn)
    if role is None or _caller(call) not in role.get("trusts", [_caller(call)]):
        raise refused
    if role.get("external_id") != form.get("ExternalId") or not call.key.allows("sts:AssumeRole"):
        raise refused
    if call.fault and call.fault.kind == "access_denied":
        raise refused
    return _result("AssumeRole", _session(call, role, form, refused))


def _assume_role_with_web_identity(call, form):
    arn = form.get("RoleArn", "")
    settings = call.world.settings(NAME)
    # AWS also accepts a trailing newline: the Rust SDK's recordings have one.
    token = settings.get("tokens", {}).get(form.get("WebIdentityToken", "").strip())
    if token is None:
        raise ApiError("InvalidIdentityToken", "No OpenIDConnect provider found in your account "
                       "for https://oidc.example.com/id/0")
    if token.get("expires", call.now + 1) <= call.now:
        raise ApiError("ExpiredToken", "Token expired: current date/time must be before the "
                       "expiration date/time")
    role = settings.get("roles", {}).get(arn)
    if role is None or role.get("subject") != token["subject"]:
        raise ApiError("AccessDenied",
                       "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403)
    refused = ApiError("AccessDenied", "Not authorized", 403)
    more = (f"<SubjectFromWebIdentityToken>{escape(token['subject'])}"
            "</SubjectFromWebIdentityToken><Audience>sts.amazonaws.com</Audience>")
    return _result("AssumeRoleWithWebIdentity", _session(call, role, form, refused) + more)


def _denied(call, who, action, resource):
    return ApiError("AccessDenied", f"User: {who} is not authorized to perform: sts:{action} on "
                    f"resource: {resource}", 403)


def _session(call, role, form, refused):
    """Returns the credentials of a role, which every service accepts from now on."""
    name, duration = form.get("RoleSessionName", ""), _duration(form)
    if not re.fullmatch(r"[\w+=,.@-]{2,64}", name, re.ASCII):
        raise ApiError("ValidationError", f"1 validation error detected: Value '{name}' at "
                       "'roleSessionName' failed to satisfy constraint")
    if not re.fullmatch(role.get("session", ".*"), name):
        raise refused
    if duration > role.get("max_duration", 43200):
        raise ApiError("ValidationError", "The requested DurationSeconds exceeds the "
                       "MaxSessionDuration set for this role.")
    arn = role["arn"].split(":")
    account, role_name = arn[4], arn[5].rpartition("/")[2]
    key = Key(f"ASIA{secrets.token_hex(8).upper()}", secrets.token_urlsafe(30), account,
              secrets.token_urlsafe(400), role_name,
              tuple(role["allow"]) if "allow" in role else None, call.now + duration)
    assumed = f"arn:{arn[1]}:sts::{account}:assumed-role/{role_name}/{name}"
    with call.world.lock:
        call.world.add_key(key)
        call.world.settings(NAME).setdefault("callers", {})[key.id] = assumed
    end = datetime.fromtimestamp(key.expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return (f"<AssumedRoleUser><AssumedRoleId>AROA{role_name.upper()}:{name}</AssumedRoleId>"
            f"<Arn>{assumed}</Arn></AssumedRoleUser><Credentials><AccessKeyId>{key.id}"
            f"</AccessKeyId><SecretAccessKey>{key.secret}</SecretAccessKey><SessionToken>"
            f"{key.token}</SessionToken><Expiration>{end}</Expiration></Credentials>")


def _duration(form):
    text = form.get("DurationSeconds", str(DEFAULT_DURATION))
    if not text.isdigit() or not 900 <= int(text) <= 43200:
        raise ApiError("ValidationError", "Value at 'durationSeconds' failed to satisfy constraint")
    return int(text)


def _result(name, result):
    return _reply(200, f'<{name}Response xmlns="{NAMESPACE}">\n  <{name}Result>{result}'
                  f"</{name}Result>\n  {{id}}\n</{name}Response>\n")


def _reply(status, text):
    number = f"{secrets.token_hex(4)}-0000-4000-8000-{secrets.token_hex(6)}"
    text = text.replace("{id}", f"<ResponseMetadata><RequestId>{number}</RequestId>"
                        "</ResponseMetadata>" if status == 200
                        else f"<RequestId>{number}</RequestId>")
    return Reply(status, {"Content-Type": "text/xml"}, text.encode())
