# SPDX-License-Identifier: Apache-2.0
"""IAM Identity Center's OIDC: CreateToken with a refresh token, which is valid once, and the
device authorization (RFC 8628) with which `aws sso login` begins. Source: the IAM Identity Center
OIDC API Reference. The sessions are sso.py's.

The test sets what the user does in the browser, with the code that the device shows:
sim.service("sso-oidc", code="ABCD-EFGH", roles=[[account, name]]), or without roles, which denies
it.
"""

import re

from aws import hosts
from aws.message import ApiError
from aws.services import rest_json, sso

NAME = "sso-oidc"
LIFE = 8 * 3600
REGISTRATION_LIFE = 90 * 86400
DEVICE_LIFE = 600
INTERVAL = 1  # seconds between polls
# Without it AWS issues no refresh token.
REFRESH_SCOPE = "sso:account:access"
CLIENT = {"clientId", "clientSecret"}
CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def api_hosts(region):
    return [f"oidc.{region}.{hosts.endpoint_of(NAME, region).suffix}"]


def parse_host(name):
    return rest_json.parse_host(NAME, name, api_hosts)


def configure(world, data):
    if not {"code"} <= set(data) <= {"code", "roles"}:
        raise ValueError(f"{NAME} takes code and roles")
    with world.lock:
        for device in _kept(world, "devices").values():
            if device["code"] == data["code"]:
                device.update(answered=True, roles=data.get("roles"))
                return
    raise ValueError(f"{NAME}: no device shows {data['code']}")


def operation(request):
    if request.method != "POST":
        return None
    return {"/client/register": "RegisterClient",
            "/device_authorization": "StartDeviceAuthorization",
            "/token": "CreateToken"}.get(rest_json.path(request))


def authenticate(world, request, endpoint):
    rest_json.refuse_signature(request)


def answer(call):
    fields = rest_json.body(call.request)
    make = {"RegisterClient": _register, "StartDeviceAuthorization": _start_device,
            "CreateToken": _create_token}[call.operation]
    with call.world.lock:
        return rest_json.reply(make(call, fields))


def error(api_error):
    """Returns {"error": "invalid_grant"} for InvalidGrantException, as in OAuth."""
    words = re.findall("[A-Z][a-z]+", api_error.code.removesuffix("Exception"))
    return rest_json.error(api_error, {"error": "_".join(words).lower(),
                                       "error_description": api_error.message})


# A client and its device


def _register(call, fields):
    _require(fields, {"clientName", "clientType"}, {"scopes"})
    if fields["clientType"] != "public":
        raise ApiError("InvalidClientMetadataException", "Invalid client type")
    number = rest_json.next_number(call.world, NAME)
    client = {"id": f"registeredClient{number}", "secret": f"registeredSecret{number:0100}",
              "scopes": fields.get("scopes", []), "expires": call.now + REGISTRATION_LIFE}
    _kept(call.world, "clients")[client["id"]] = client
    return {"clientId": client["id"], "clientSecret": client["secret"],
            "clientIdIssuedAt": int(call.now), "clientSecretExpiresAt": int(client["expires"])}


def _start_device(call, fields):
    _require(fields, CLIENT | {"startUrl"})
    client = _client(call, fields)
    if not re.fullmatch(r"https://[^/]+/\S+", fields["startUrl"]):
        raise ApiError("InvalidRequestException", "Invalid start url")
    number = rest_json.next_number(call.world, NAME)
    code, page = _code(number), f"https://device.sso.{call.endpoint.region}.{call.endpoint.suffix}/"
    _kept(call.world, "devices")[f"deviceCode{number:080}"] = {
        "code": code, "client": client["id"], "answered": False, "roles": None,
        "expires": call.now + DEVICE_LIFE}
    return {"deviceCode": f"deviceCode{number:080}", "userCode": code, "verificationUri": page,
            "verificationUriComplete": f"{page}?user_code={code}", "expiresIn": DEVICE_LIFE,
            "interval": INTERVAL}


def _code(number):
    """ABCD-EFGH"""
    letters = ""
    for _ in range(8):
        number, index = divmod(number * 7919 + 104729, len(CODE_LETTERS))
        letters += CODE_LETTERS[index]
    return f"{letters[:4]}-{letters[4:]}"


# Tokens


def _create_token(call, fields):
    grants = {"refresh_token": ("refreshToken", _renew),
              "urn:ietf:params:oauth:grant-type:device_code": ("deviceCode", _begin)}
    if fields.get("grantType") not in grants:
        raise ApiError("UnsupportedGrantTypeException", "")
    proof, make = grants[fields["grantType"]]
    _require(fields, CLIENT | {"grantType", proof})
    session = make(call, fields)
    more = {"refreshToken": session["refresh_token"]} if "refresh_token" in session else {}
    return {"accessToken": session["access_token"], "expiresIn": LIFE, "tokenType": "Bearer",
            **more}


def _renew(call, fields):
    session = _session(call.world, fields)
    number = rest_json.next_number(call.world, NAME)
    session["access_token"] = f"renewedAccessToken{number}"
    session["refresh_token"] = f"renewedRefreshToken{number}"
    session["expires"] = call.now + LIFE
    return session


def _begin(call, fields):
    """Returns a session if the user has approved the device, whose code is then used up."""
    client, devices = _client(call, fields), _kept(call.world, "devices")
    device = devices.get(fields["deviceCode"])
    if device is None or device["client"] != client["id"]:
        raise ApiError("InvalidGrantException", "Invalid device code")
    if device["expires"] <= call.now:
        raise ApiError("ExpiredTokenException", "Invalid or expired device code")
    if not device["answered"]:
        raise ApiError("AuthorizationPendingException", "")
    del devices[fields["deviceCode"]]
    if device["roles"] is None:
        raise ApiError("AccessDeniedException", "")
    number = rest_json.next_number(call.world, NAME)
    session = {"access_token": f"firstAccessToken{number}", "expires": call.now + LIFE,
               "client_id": client["id"], "client_secret": client["secret"],
               "roles": device["roles"]}
    if REFRESH_SCOPE in client["scopes"]:
        session["refresh_token"] = f"firstRefreshToken{number}"
    call.world.settings(sso.NAME).setdefault("sessions", []).append(session)
    return session


def _session(world, fields):
    for session in rest_json.sessions(world, sso.NAME):
        if session.get("client_id") != fields["clientId"]:
            continue
        if session["client_secret"] != fields["clientSecret"]:
            raise ApiError("InvalidClientException", "Invalid client", 401)
        if session.get("refresh_token") == fields["refreshToken"]:
            return session
    raise ApiError("InvalidGrantException", "Invalid refresh token provided")


# Requests and storage


def _require(fields, needed, allowed=frozenset()):
    if not needed <= set(fields) <= needed | allowed:
        raise ApiError("InvalidRequestException", f"not {', '.join(sorted(needed))}")


def _client(call, fields):
    client = _kept(call.world, "clients").get(fields["clientId"])
    if client is None or client["secret"] != fields["clientSecret"]:
        raise ApiError("InvalidClientException", "Invalid client", 401)
    if client["expires"] <= call.now:
        raise ApiError("InvalidClientException", "Client expired", 401)
    return client


def _kept(world, name):
    return world.settings(NAME).setdefault(name, {})
