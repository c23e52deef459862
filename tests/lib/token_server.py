#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The token server of a registry with Bearer tokens: the distribution specification's token
authentication. A client with a password of an htpasswd file gets a token for the scopes it requests;
a refresh token, which clients have as identitytoken, is always refused.

    token_server.py ADDRESS PORT HTPASSWD CERTIFICATE KEY

It prints "ready" and then serves. auth_of() returns the registry's side of it.
"""

import base64
import http.server
import json
import sys
import time
import urllib.parse
import uuid
from pathlib import Path

import bcrypt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

PROGRAM = Path(__file__).resolve()
SERVICE, ISSUER, LIFE = "ecr", "the tests", 300


def auth_of(address, port, ca):
    """Returns the registry's "auth"."""
    return {"token": {"realm": f"http://{address}:{port}/token", "service": SERVICE,
                      "issuer": ISSUER, "rootcertbundle": str(ca.bundle)}}


def encode(data):
    """Returns base64url, as in a JWT."""
    if not isinstance(data, bytes):
        data = json.dumps(data).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def access_of(scopes):
    for scope in " ".join(scopes).split():
        kind, name, actions = scope.split(":")
        yield {"type": kind, "name": name, "actions": actions.split(",")}


class Signer:
    def __init__(self, certificate, key):
        der = x509.load_pem_x509_certificate(Path(certificate).read_bytes()).public_bytes(
            serialization.Encoding.DER)
        self._header = {"typ": "JWT", "alg": "ES256", "x5c": [base64.b64encode(der).decode()]}
        self._key = serialization.load_pem_private_key(Path(key).read_bytes(), None)

    def token(self, subject, scopes):
        now = int(time.time())
        claims = {"iss": ISSUER, "sub": subject, "aud": SERVICE, "nbf": now - 60, "iat": now,
                  "exp": now + LIFE, "jti": str(uuid.uuid4()), "access": list(access_of(scopes))}
        text = f"{encode(self._header)}.{encode(claims)}"
        signed = self._key.sign(text.encode(), ec.ECDSA(hashes.SHA256()))
        r, s = decode_dss_signature(signed)
        return f"{text}.{encode(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        name = self._authenticated()
        if not name:
            return self._reply(401, {"details": "incorrect username or password"})
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)
        token = self.server.signer.token(name, query.get("scope", []))
        self._reply(200, {"token": token, "access_token": token, "expires_in": LIFE})

    def do_POST(self):
        """OAuth 2, which clients use if they have a refresh token."""
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._reply(401, {"details": "refresh tokens are refused"})

    def _authenticated(self):
        """Returns the name of the caller, or None."""
        kind, _, value = self.headers.get("Authorization", "").partition(" ")
        name, _, password = base64.b64decode(value).decode().partition(":")
        for line in Path(self.server.htpasswd).read_text().splitlines():
            known, _, hashed = line.partition(":")
            if kind == "Basic" and known == name and \
                    bcrypt.checkpw(password.encode()[:72], hashed.encode()):
                return name
        return None

    def _reply(self, status, body):
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def main(address, port, htpasswd, certificate, key):
    server = http.server.ThreadingHTTPServer((address, int(port)), Handler)
    server.htpasswd, server.signer = htpasswd, Signer(certificate, key)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
