# SPDX-License-Identifier: Apache-2.0
"""The portal of IAM Identity Center: credentials of roles for sessions. Source: the IAM Identity
Center Portal API Reference.

Sessions (sim.service("sso", sessions=[{…}])): access_token, expires (seconds
since 1970), roles ([account, name] each); and for oidc.py refresh_token, client_id, client_secret.
"""

import hmac

from aws import hosts
from aws.message import ApiError
from aws.services import rest_json

NAME = "sso"
LIFE = 3600


def api_hosts(region):
    return [f"portal.sso.{region}.{hosts.endpoint_of(NAME, region).suffix}"]


def parse_host(name):
    return rest_json.parse_host(NAME, name, api_hosts)


def configure(world, data):
    rest_json.configure(world, NAME, data)


def operation(request):
    if request.method == "GET" and rest_json.path(request) == "/federation/credentials":
        return "GetRoleCredentials"
    return None


def authenticate(world, request, endpoint):
    rest_json.refuse_signature(request)
    _session(world, request)


def answer(call):
    session = _session(call.world, call.request)
    wanted = rest_json.query(call.request)
    if set(wanted) != {"account_id", "role_name"}:
        raise ApiError("InvalidRequestException", "account_id and role_name are needed")
    if [wanted["account_id"], wanted["role_name"]] not in session["roles"]:
        raise ApiError("ForbiddenException", "No access", 403)
    key = rest_json.issue(call.world, NAME, wanted["account_id"], wanted["role_name"], LIFE)
    return rest_json.reply({"roleCredentials": {
        "accessKeyId": key.id, "secretAccessKey": key.secret, "sessionToken": key.token,
        "expiration": int(key.expires * 1000)}})


def error(api_error):
    return rest_json.error(api_error, {
        "message": api_error.message,
        "__type": f"com.amazonaws.switchboard.portal#{api_error.code}"})


def _session(world, request):
    token = request.header("x-amz-sso_bearer_token") or ""
    for session in rest_json.sessions(world, NAME):
        if (hmac.compare_digest(session["access_token"], token)
                and session["expires"] > world.now()):
            return session
    raise ApiError("UnauthorizedException", "Session token not found or invalid", 401)
