# SPDX-License-Identifier: Apache-2.0
"""AWS Sign-In: CreateOAuth2Token with a refresh token, which is valid once and bound to a key
(DPoP, RFC 9449). Source: the AWS Sign-In API Reference.

Sessions (sim.service("signin", sessions=[{…}])): client_id, refresh_token,
public_key (PEM), account, name, expires (seconds since 1970).
"""

import base64
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from aws import hosts
from aws.message import ApiError
from aws.services import rest_json

NAME = "signin"
LIFE = 900
MAX_SKEW = 300
# Separate domains, after the region; elsewhere its names are like other services'.
DOMAINS = {"aws": "signin.aws.amazon.com", "aws-cn": "signin.amazonaws.cn",
           "aws-us-gov": "signin.amazonaws-us-gov.com"}
FIELDS = {"clientId", "grantType", "refreshToken"}


class Refusal(ApiError):
    """error: the OAuth code, in addition to the exception's."""

    def __init__(self, error, message, code="AccessDeniedException", status=401):
        super().__init__(code, message, status)
        self.error = error


def api_hosts(region):
    endpoint = hosts.endpoint_of(NAME, region)
    if endpoint.partition in DOMAINS:
        return [f"{region}.{DOMAINS[endpoint.partition]}"]
    return [f"signin.{region}.{endpoint.suffix}"]


def parse_host(name):
    return rest_json.parse_host(NAME, name, api_hosts)


def configure(world, data):
    rest_json.configure(world, NAME, data)


def operation(request):
    if request.method == "POST" and rest_json.path(request) == "/v1/token":
        return "CreateOAuth2Token"
    return None


def authenticate(world, request, endpoint):
    rest_json.refuse_signature(request)


def answer(call):
    fields = rest_json.body(call.request)
    if set(fields) != FIELDS or fields["grantType"] != "refresh_token":
        raise _malformed(f"not {', '.join(sorted(FIELDS))}")
    with call.world.lock:
        session = _session(call, fields)
        _check_proof(call, session)
        number = rest_json.next_number(call.world, NAME)
        session["refresh_token"] = f"renewedLoginRefreshToken{number}"
    key = rest_json.issue(call.world, NAME, session["account"], session["name"], LIFE)
    return rest_json.reply({
        "accessToken": {"accessKeyId": key.id, "secretAccessKey": key.secret,
                        "sessionToken": key.token},
        "tokenType": "aws_sigv4", "expiresIn": LIFE, "refreshToken": session["refresh_token"]})


def error(api_error):
    return rest_json.error(api_error, {
        "error": getattr(api_error, "error", "server_error"), "message": api_error.message})


def _malformed(message):
    return Refusal("INVALID_REQUEST", message, "ValidationException", 400)


def _session(call, fields):
    for session in rest_json.sessions(call.world, NAME):
        if (session["client_id"], session["refresh_token"]) == (fields["clientId"],
                                                                fields["refreshToken"]):
            if session["expires"] <= call.now:
                break
            return session
    raise Refusal("TOKEN_EXPIRED", "The refresh token has expired")


def _check_proof(call, session):
    """Verifies a proof as in RFC 9449 section 4.3, with the key that the refresh token is bound
    to."""
    header, claims, text, signature = _parse(call.request.header("DPoP") or "")
    if header.get("typ") != "dpop+jwt" or header.get("alg") != "ES256":
        raise _malformed("DPoP: typ or alg")
    key = _public_key(header.get("jwk", {}))
    bound = serialization.load_pem_public_key(session["public_key"].encode())
    if key.public_numbers() != bound.public_numbers():
        raise _malformed("DPoP: another key")
    try:
        key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise _malformed("DPoP: signature") from None
    url = f"{call.request.scheme}://{call.request.host}{rest_json.path(call.request)}"
    if (claims.get("htm"), claims.get("htu")) != ("POST", url):
        raise _malformed(f"DPoP: not for POST {url}")
    if abs(claims["iat"] - call.now) > MAX_SKEW:
        raise _malformed("DPoP: iat")
    seen = call.world.settings(NAME).setdefault("seen", set())
    if claims["jti"] in seen:
        raise _malformed("DPoP: seen before")
    seen.add(claims["jti"])


def _parse(proof):
    """Returns (header, claims, signed text, signature in DER)."""
    if not re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+", proof, re.ASCII):
        raise _malformed("DPoP: no JSON web token")
    parts = [_decode(part) for part in proof.split(".")]
    if len(parts[2]) != 64:
        raise _malformed("DPoP: not a signature of ES256")
    r, s = (int.from_bytes(half, "big") for half in (parts[2][:32], parts[2][32:]))
    text = proof.rpartition(".")[0].encode()
    return json.loads(parts[0]), json.loads(parts[1]), text, encode_dss_signature(r, s)


def _public_key(jwk):
    if set(jwk) != {"kty", "crv", "x", "y"} or (jwk["kty"], jwk["crv"]) != ("EC", "P-256"):
        raise _malformed("DPoP: jwk")
    x, y = (int.from_bytes(_decode(jwk[name]), "big") for name in ("x", "y"))
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _decode(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
