# SPDX-License-Identifier: Apache-2.0
"""IAM Roles Anywhere: CreateSession, for the holder of a certificate of a trust anchor's CA.
Source: "CreateSession API", "Signing process" and "Trust model" in the IAM Roles Anywhere User
Guide.

Settings (sim.service("rolesanywhere", …)):

    trust_anchors   {ARN: the CA's certificate in PEM}
    profiles        {ARN: [the roles' ARNs]}
"""

import base64
import binascii
import json
import re
import secrets
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from aws import hosts, sigv4
from aws.message import ApiError, Reply
from aws.world import Key

NAME = "rolesanywhere"
DEFAULT_DURATION = 3600
MAX_CHAIN = 5

_AUTHORIZATION = re.compile(
    r"(?P<algorithm>AWS4-X509-(?:RSA|ECDSA)-SHA256) +Credential=(?P<serial>\d+)/(?P<date>\d{8})"
    r"/(?P<region>[^/, ]+)/(?P<service>[^/, ]+)/aws4_request, *SignedHeaders=(?P<headers>[^, ]+)"
    r", *Signature=(?P<signature>(?:[0-9a-f]{2})+)"
)


# Endpoint


def api_hosts(region):
    return [f"rolesanywhere.{region}.{hosts.endpoint_of(NAME, region).suffix}"]


def parse_host(name):
    match = re.fullmatch(r"rolesanywhere\.([a-z0-9-]+)\..+", name)
    return hosts.endpoint_of(NAME, match[1]) if match and name in api_hosts(match[1]) else None


def operation(request):
    path = urlsplit(request.target).path
    return "CreateSession" if request.method == "POST" and path == "/sessions" else None


def configure(world, data):
    unknown = set(data) - {"trust_anchors", "profiles"}
    if unknown:
        raise ValueError(f"rolesanywhere knows nothing of {', '.join(sorted(unknown))}")
    world.settings(NAME).update(data)


# Signer


def authenticate(world, request, endpoint):
    match = _AUTHORIZATION.fullmatch(request.header("Authorization") or "")
    if not match:
        raise _denied("Missing or malformed Authorization header")
    certificate = _certificate(request.header("X-Amz-X509"))
    if str(certificate.serial_number) != match["serial"]:
        raise _denied("The serial number is not the certificate's")
    sigv4.check_scope(match, endpoint)
    signed = match["headers"].split(";")
    sigv4.check_signed_headers(request, signed)
    stamp = sigv4.check_clock(request, match["date"], world.now())
    text = sigv4.string_to_sign(request, endpoint, match["algorithm"], signed, stamp)
    _check_signature(certificate.public_key(), match, text.encode())
    _check_trust(world, request, certificate)
    return Key(match["serial"], "", name=certificate.subject.rfc4514_string())


def _certificate(text):
    try:
        return x509.load_der_x509_certificate(base64.b64decode(text or "", validate=True))
    except (ValueError, binascii.Error):
        raise _denied("Untrusted certificate. Malformed X-Amz-X509") from None


def _check_signature(key, match, text):
    signature = bytes.fromhex(match["signature"])
    try:
        if isinstance(key, rsa.RSAPublicKey) and match["algorithm"] == "AWS4-X509-RSA-SHA256":
            key.verify(signature, text, padding.PKCS1v15(), hashes.SHA256())
            return
        if isinstance(key, ec.EllipticCurvePublicKey) and \
                match["algorithm"] == "AWS4-X509-ECDSA-SHA256":
            key.verify(signature, text, ec.ECDSA(hashes.SHA256()))
            return
    except InvalidSignature:
        raise ApiError("InvalidSignatureException", sigv4.NO_MATCH, 403) from None
    raise _denied("The algorithm is not the key's")


def _check_trust(world, request, certificate):
    """Verifies the path from the certificate over the chain to the trust anchor, all valid now."""
    chain = [_certificate(word) for word in (request.header("X-Amz-X509-Chain") or "").split(",")
             if word]
    if len(chain) > MAX_CHAIN:
        raise _denied("Untrusted certificate. The chain is too long")
    if _is_ca(certificate) or not _may_sign(certificate):
        raise _denied("Untrusted certificate. Insufficient certificate")
    anchor = _trust_anchor(world, request)
    current = certificate
    for _ in range(MAX_CHAIN + 1):
        _check_dates(current, world.now())
        if _issued(anchor, current):
            return
        current = next((ca for ca in chain if _is_ca(ca) and _issued(ca, current)), None)
        if current is None:
            break
    raise _denied("Untrusted certificate. Insufficient certificate")


def _trust_anchor(world, request):
    arn = _arns(request)["trustAnchorArn"]
    text = world.settings(NAME).get("trust_anchors", {}).get(arn)
    if text is None:
        raise ApiError("ResourceNotFoundException", f"Trust anchor {arn} not found", 404)
    return x509.load_pem_x509_certificate(text.encode())


def _issued(issuer, certificate):
    if issuer.subject != certificate.issuer:
        return False
    key, digest = issuer.public_key(), certificate.signature_hash_algorithm
    more = [ec.ECDSA(digest)] if isinstance(key, ec.EllipticCurvePublicKey) else \
        [padding.PKCS1v15(), digest]
    try:
        key.verify(certificate.signature, certificate.tbs_certificate_bytes, *more)
    except InvalidSignature:
        return False
    return True


def _is_ca(certificate):
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _may_sign(certificate):
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return usage.digital_signature


def _check_dates(certificate, now):
    at = datetime.utcfromtimestamp(now)
    if not certificate.not_valid_before <= at <= certificate.not_valid_after:
        raise _denied("Untrusted certificate. Certificate is expired or not yet valid")


# Reply


def answer(call):
    arns = _arns(call.request)
    duration, session_name = _parameters(call.request)
    roles = call.world.settings(NAME).get("profiles", {}).get(arns["profileArn"])
    if roles is None:
        raise ApiError("ResourceNotFoundException", f"Profile {arns['profileArn']} not found", 404)
    if arns["roleArn"] not in roles or (call.fault and call.fault.kind == "access_denied"):
        raise _denied(f"Unable to assume role {arns['roleArn']} for {call.key.name}")
    if call.fault and call.fault.kind == "expired":
        duration = -duration
    return _reply(201, _session(call, arns["roleArn"], session_name or call.key.id, duration))


def _session(call, role, session_name, duration):
    account, name = role.split(":")[4], role.split("/")[-1]
    key = Key("ASIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30), account,
              secrets.token_urlsafe(600), name, expires=call.now + duration)
    call.world.add_key(key)
    end = datetime.fromtimestamp(key.expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    identity = f"AROA{secrets.token_hex(8).upper()}:{session_name}"
    return {
        "credentialSet": [{
            "assumedRoleUser": {
                "arn": f"arn:{call.endpoint.partition}:sts::{account}:assumed-role/{name}/"
                       f"{session_name}",
                "assumedRoleId": identity,
            },
            "credentials": {"accessKeyId": key.id, "expiration": end,
                            "secretAccessKey": key.secret, "sessionToken": key.token},
            "packedPolicySize": 10,
            "roleArn": role,
            "sourceIdentity": call.key.name,
        }],
        "subjectArn": f"arn:{call.endpoint.partition}:rolesanywhere:{call.endpoint.region}:"
                      f"{account}:subject/{session_name}",
    }


def _arns(request):
    query = parse_qs(urlsplit(request.target).query, strict_parsing=True)
    names = ("profileArn", "roleArn", "trustAnchorArn")
    if sorted(query) != sorted(names) or any(len(values) != 1 for values in query.values()):
        raise ApiError("ValidationException", "Invalid URI parameters")
    return {name: query[name][0] for name in names}


def _parameters(request):
    """Returns (durationSeconds, roleSessionName or None)."""
    if request.header("Content-Type") != "application/json":
        raise ApiError("ValidationException", "Invalid content type")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict) or set(body) - {"durationSeconds", "roleSessionName"}:
        raise ApiError("ValidationException", "Invalid request body")
    duration, name = body.get("durationSeconds", DEFAULT_DURATION), body.get("roleSessionName")
    if not isinstance(duration, int) or not 900 <= duration <= 43200:
        raise ApiError("ValidationException", "Invalid durationSeconds")
    if name is not None and not re.fullmatch(r"[\w+=,.@-]{2,64}", name):
        raise ApiError("ValidationException", "Invalid roleSessionName")
    return duration, name


def error(api_error):
    reply = _reply(api_error.status, {"message": api_error.message})
    reply.headers["x-amzn-ErrorType"] = api_error.code
    return reply


def _denied(message):
    return ApiError("AccessDeniedException", message, 403)


def _reply(status, data):
    body = json.dumps(data, separators=(",", ":")).encode()
    return Reply(status, {"Content-Type": "application/json"}, body)
