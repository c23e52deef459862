# SPDX-License-Identifier: Apache-2.0
"""IAM Identity Center's OIDC: CreateToken with a refresh token, which is good for one use. Source:
the IAM Identity Center OIDC API Reference. The sessions are sso.py's."""

import re

from aws import hosts
from aws.message import ApiError
from aws.services import rest_json, sso

NAME = "sso-oidc"
LIFE = 8 * 3600
FIELDS = {"clientId", "clientSecret", "grantType", "refreshToken"}


def api_hosts(region):
    return [f"oidc.{region}.{hosts.endpoint_of(NAME, region).suffix}"]


def parse_host(name):
    return rest_json.parse_host(NAME, name, api_hosts)


def operation(request):
    if request.method == "POST" and rest_json.path(request) == "/token":
        return "CreateToken"
    return None


def authenticate(world, request, endpoint):
    rest_json.refuse_signature(request)


def answer(call):
    fields = rest_json.body(call.request)
    if set(fields) != FIELDS:
        raise ApiError("InvalidRequestException", f"not {', '.join(sorted(FIELDS))}")
    if fields["grantType"] != "refresh_token":
        raise ApiError("UnsupportedGrantTypeException", "")
    with call.world.lock:
        session = _session(call.world, fields)
        number = rest_json.next_number(call.world, NAME)
        session["access_token"] = f"renewedAccessToken{number}"
        session["refresh_token"] = f"renewedRefreshToken{number}"
        session["expires"] = call.now + LIFE
    return rest_json.reply({
        "accessToken": session["access_token"], "refreshToken": session["refresh_token"],
        "expiresIn": LIFE, "tokenType": "Bearer"})


def error(api_error):
    """{"error": "invalid_grant"} for InvalidGrantException, in the way of OAuth."""
    words = re.findall("[A-Z][a-z]+", api_error.code.removesuffix("Exception"))
    return rest_json.error(api_error, {"error": "_".join(words).lower(),
                                       "error_description": api_error.message})


def _session(world, fields):
    for session in rest_json.sessions(world, sso.NAME):
        if session.get("client_id") != fields["clientId"]:
            continue
        if session["client_secret"] != fields["clientSecret"]:
            raise ApiError("InvalidClientException", "Invalid client", 401)
        if session["refresh_token"] == fields["refreshToken"]:
            return session
    raise ApiError("InvalidGrantException", "Invalid refresh token provided")
