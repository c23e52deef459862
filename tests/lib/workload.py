# SPDX-License-Identifier: Apache-2.0
"""Certificates for workloads of IAM Roles Anywhere: a CA, a CA below it, and the workload's own,
with keys of any kind and in any form."""

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)

PKCS8 = serialization.PrivateFormat.PKCS8
TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL  # PKCS#1, SEC1


def make_key(kind):
    """Creates a key: "RSA-2048", "P-256", "P-384", "Ed25519" …"""
    name, _, size = kind.partition("-")
    if name == "RSA":
        return rsa.generate_private_key(65537, int(size))
    if name == "Ed25519":
        return ed25519.Ed25519PrivateKey.generate()
    return ec.generate_private_key({"256": ec.SECP256R1, "384": ec.SECP384R1}[size]())


class Authority:
    """A root CA, or a CA below another one. pem: its certificate."""

    def __init__(self, name, kind="P-256", above=None):
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.key = make_key(kind)
        self.certificate = (above or self).sign(self.name, self.key.public_key(), is_ca=True)
        self.pem = pem(self.certificate)

    def sign(self, name, public_key, is_ca=False, begin=-DAY, end=DAY):
        """Returns a certificate that is valid from now + begin until now + end."""
        now = datetime.datetime.now(datetime.timezone.utc)
        usage = x509.KeyUsage(not is_ca, False, False, False, False, is_ca, is_ca, False, False)
        builder = x509.CertificateBuilder(
            issuer_name=self.name, subject_name=name, public_key=public_key,
            serial_number=x509.random_serial_number(),
            not_valid_before=now + begin, not_valid_after=now + end)
        return (builder.add_extension(x509.BasicConstraints(is_ca, None), critical=True)
                .add_extension(usage, critical=True).sign(self.key, hashes.SHA256()))

    def workload(self, kind="P-256", **validity):
        """Returns (certificate, key)."""
        key = make_key(kind)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "workload")])
        return self.sign(name, key.public_key(), **validity), key


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key, form=PKCS8, passphrase=None):
    encryption = serialization.NoEncryption()
    if passphrase:
        encryption = serialization.BestAvailableEncryption(passphrase.encode())
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()
