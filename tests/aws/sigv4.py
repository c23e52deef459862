# SPDX-License-Identifier: Apache-2.0
"""The signer of a request. The signature is computed with botocore's SigV4Auth from the received
bytes, so that an error of ours cannot be on both sides.

The rules and the texts are AWS's: "Create a signed AWS API request" and "Troubleshoot SigV4
signing" in the IAM User Guide.
"""

import hashlib
import hmac
import re
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from aws.message import ApiError

MAX_SKEW = 5 * 60
ISO_8601_BASIC = "%Y%m%dT%H%M%SZ"

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=(?P<key>[^/, ]+)/(?P<date>\d{8})/(?P<region>[^/, ]+)"
    r"/(?P<service>[^/, ]+)/aws4_request, *SignedHeaders=(?P<headers>[^, ]+)"
    r", *Signature=(?P<signature>[0-9a-f]{64})"
)

# Matches any signature of version 4, with any algorithm.
_SCOPE = re.compile(
    r"AWS4-[A-Z0-9-]+ +Credential=(?P<key>[^/, ]+)/\d{8}/(?P<region>[^/, ]+)/(?P<service>[^/, ]+)/"
)

UNKNOWN_KEY = "The security token included in the request is invalid."
NO_MATCH = (
    "The request signature we calculated does not match the signature you provided. Check your "
    "AWS Secret Access Key and signing method. Consult the service documentation for details."
)


def scope_of(request):
    """Returns (access key id, region, service) as the request claims, or three empty strings."""
    match = _SCOPE.match(request.header("Authorization") or "")
    return match.group("key", "region", "service") if match else ("", "", "")


def verify(request, endpoint, keys, now):
    """Returns the Key that signed the request. Raises ApiError with AWS's text if none did."""
    header = request.header("Authorization")
    if header is None:
        raise ApiError("MissingAuthenticationTokenException", "Missing Authentication Token")
    match = _AUTHORIZATION.fullmatch(header)
    if not match:
        raise ApiError("IncompleteSignatureException",
                       "Authorization header is not one of AWS Signature Version 4.")
    key = _known_key(keys, match["key"], request.header("X-Amz-Security-Token"), now)
    signed = match["headers"].split(";")
    check_scope(match, endpoint)
    check_signed_headers(request, signed)
    stamp = check_clock(request, match["date"], now)
    check_body_hash(request)
    if not hmac.compare_digest(_signature(request, endpoint, key, signed, stamp),
                               match["signature"]):
        raise ApiError("InvalidSignatureException", NO_MATCH)
    return key


def _known_key(keys, access_key_id, token, now):
    key = keys.get(access_key_id)
    if key is None or not hmac.compare_digest((key.token or "").encode(), (token or "").encode()):
        raise ApiError("UnrecognizedClientException", UNKNOWN_KEY)
    if key.expires is not None and key.expires <= now:
        raise ApiError("ExpiredTokenException",
                       "The security token included in the request is expired")
    return key


def check_scope(match, endpoint):
    if match["region"] != endpoint.region:
        raise ApiError("InvalidSignatureException",
                       f"Credential should be scoped to a valid region, not '{match['region']}'. ")
    if match["service"] != endpoint.service:
        raise ApiError("InvalidSignatureException",
                       f"Credential should be scoped to correct service: '{endpoint.service}'. ")


def check_signed_headers(request, signed):
    if signed != sorted(set(signed)):
        raise ApiError("IncompleteSignatureException", "SignedHeaders are not in order.")
    present = {name.lower() for name, _ in request.headers}
    must = {"host"} | {name for name in present
                       if name.startswith("x-amz-") or name == "content-type"}
    for name in sorted(must - set(signed)):
        raise ApiError("InvalidSignatureException",
                       f"'{name}' must be a 'SignedHeader' in the AWS Authorization.")
    for name in sorted(set(signed) - present):
        raise ApiError("InvalidSignatureException", f"The signed header '{name}' was not sent.")


def check_clock(request, scope_date, now):
    """Returns the signed time stamp; raises ApiError if it is too far off."""
    stamp = request.header("X-Amz-Date") or _http_date(request.header("Date"))
    try:
        signed_at = datetime.strptime(stamp or "", ISO_8601_BASIC).replace(tzinfo=timezone.utc)
    except ValueError:
        raise ApiError("IncompleteSignatureException",
                       "Date must be in ISO-8601 'basic format'.") from None
    if stamp[:8] != scope_date:
        raise ApiError("InvalidSignatureException",
                       "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of "
                       f"date from HTTP: '{scope_date}' != '{stamp[:8]}', from '{stamp}'.")
    at = signed_at.timestamp()
    if at < now - MAX_SKEW:
        raise ApiError("InvalidSignatureException",
                       f"Signature expired: {stamp} is now earlier than "
                       f"{_stamp(now - MAX_SKEW)} ({_stamp(now)} - 5 min.)")
    if at > now + MAX_SKEW:
        raise ApiError("InvalidSignatureException",
                       f"Signature not yet current: {stamp} is still later than "
                       f"{_stamp(now + MAX_SKEW)} ({_stamp(now)} + 5 min.)")
    return stamp


def check_body_hash(request):
    claimed = request.header("X-Amz-Content-SHA256")
    if claimed and claimed != hashlib.sha256(request.body).hexdigest():
        raise ApiError("InvalidSignatureException", NO_MATCH)


def _signature(request, endpoint, key, signed, stamp):
    rebuilt, auth = _rebuild(request, endpoint, key, signed, stamp)
    canonical = auth.canonical_request(rebuilt)
    return auth.signature(auth.string_to_sign(rebuilt, canonical), rebuilt)


def string_to_sign(request, endpoint, algorithm, signed, stamp):
    """Computes it as botocore would for another algorithm than its own."""
    rebuilt, auth = _rebuild(request, endpoint, None, signed, stamp)
    digest = hashlib.sha256(auth.canonical_request(rebuilt).encode()).hexdigest()
    scope = f"{stamp[:8]}/{endpoint.region}/{endpoint.service}/aws4_request"
    return f"{algorithm}\n{stamp}\n{scope}\n{digest}"


def _rebuild(request, endpoint, key, signed, stamp):
    rebuilt = AWSRequest(
        method=request.method,
        url=f"{request.scheme}://{request.host}{request.target}",
        data=request.body,
    )
    for name, value in request.headers:
        if name.lower() in signed:
            rebuilt.headers.add_header(name, value)
    rebuilt.context["timestamp"] = stamp
    credentials = Credentials(key.id, key.secret) if key else None
    return rebuilt, SigV4Auth(credentials, endpoint.service, endpoint.region)


def _http_date(text):
    try:
        return parsedate_to_datetime(text).strftime(ISO_8601_BASIC)
    except (TypeError, ValueError):
        return None


def _stamp(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime(ISO_8601_BASIC)
