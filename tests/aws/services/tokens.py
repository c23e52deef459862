# SPDX-License-Identifier: Apache-2.0
"""Authorization tokens with the size and form of ECR's, and the htpasswd files with which a real
registry accepts them."""

import base64
import os

PASSWORD_BYTES = 1011  # 1348 characters in base64, as long as ECR's


def issue(call):
    """Returns (authorizationToken, expiresAt) for a call, changed by its fault."""
    fault = call.fault.kind if call.fault else ""
    # bcrypt reads only 72 bytes: the part that differs between passwords must be first.
    password = base64.b64encode(os.urandom(PASSWORD_BYTES)).decode()
    token = base64.b64encode(f"AWS:{password}".encode()).decode()
    life = -3600 if fault == "expired" else call.world.life
    expires_at = int(call.now + life) + 0.337
    if fault == "bad_token":
        return _bad(password, call.fault.fields["form"]), expires_at
    if fault != "no_authorization_data":
        call.world.token_issued(call.endpoint.service, call.endpoint, call.key, token, expires_at)
        _update_htpasswd(call, password)
    return token, expires_at


def _bad(password, form):
    return "*" + password if form == "base64" else base64.b64encode(b"AWS").decode()


def _update_htpasswd(call, password):
    place = f"{call.endpoint.service}/{call.endpoint.region}"
    with call.world.lock:
        for target in call.world.htpasswd:
            wanted, equals, path = target.rpartition("=")
            if not equals or wanted == place:
                _write_htpasswd(path, password)


def _write_htpasswd(path, password):
    import bcrypt  # only needed to log in to a registry

    line = b"AWS:" + bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)) + b"\n"
    temporary = f"{path}.{os.getpid()}.new"
    with open(temporary, "wb") as file:
        file.write(line)
    os.chmod(temporary, 0o644)
    os.rename(temporary, path)
