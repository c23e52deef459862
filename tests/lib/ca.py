# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for one test run: EC P-256, all its files in one directory."""

import datetime
import ipaddress
import os
import subprocess
import threading
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

DAY = datetime.timedelta(days=1)


class CA:
    """Creates a CA in a directory, or loads the one it contains.

        ca = CA("/tmp/run/ca")
        ca.bundle                          the CA certificate: for AWS_CA_BUNDLE, --cacert …
        certificate, key = ca.issue("registry.example.com", "198.51.100.20")
        ca.hash_directory()                the same for an OpenSSL CApath
    """

    def __init__(self, directory, name=None):
        self.directory = Path(directory)
        self.directory.mkdir(mode=0o755, parents=True, exist_ok=True)
        self.bundle = self.directory / "ca.pem"
        self._key_file = self.directory / "ca.key"
        self._lock = threading.Lock()
        self._issued = {}
        if self.bundle.exists():
            self._load()
        else:
            self._make(name or f"ecr-refresher test CA {os.getpid()}")

    def issue(self, *names, days=30):
        """Returns (certificate file, key file) for DNS names and IP addresses; the same names
        always have the same files."""
        with self._lock:
            if names not in self._issued:
                self._issued[names] = self._issue(names, days)
            return self._issued[names]

    def hash_directory(self):
        """Returns a directory with the CA certificate under its hash, as c_rehash makes it."""
        path = self.directory / "hashed"
        if not path.exists():
            path.mkdir(mode=0o755)
            (path / "ca.pem").write_bytes(self.bundle.read_bytes())
            subprocess.run(["openssl", "rehash", path], check=True, capture_output=True)
        return path

    def _load(self):
        self._certificate = x509.load_pem_x509_certificate(self.bundle.read_bytes())
        self._key = serialization.load_pem_private_key(self._key_file.read_bytes(), None)

    def _make(self, name):
        self._key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = self._builder(subject, subject, self._key.public_key(), days=3650)
        builder = builder.add_extension(x509.BasicConstraints(True, 0), critical=True)
        builder = builder.add_extension(usage, critical=True)
        self._certificate = builder.sign(self._key, hashes.SHA256())
        _write_key(self._key_file, self._key)
        _write_certificate(self.bundle, self._certificate)

    def _issue(self, names, days):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])])
        builder = self._builder(subject, self._certificate.subject, key.public_key(), days)
        for extension, critical in (
            (x509.BasicConstraints(False, None), True),
            (x509.SubjectAlternativeName([_general_name(name) for name in names]), False),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False),
        ):
            builder = builder.add_extension(extension, critical)
        stem = f"{os.getpid()}-{len(self._issued) + 1}"
        certificate, key_file = (self.directory / f"{stem}.{end}" for end in ("pem", "key"))
        _write_key(key_file, key)
        _write_certificate(certificate, builder.sign(self._key, hashes.SHA256()))
        return certificate, key_file

    @staticmethod
    def _builder(subject, issuer, public_key, days):
        now = datetime.datetime.now(datetime.timezone.utc)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - DAY)
            .not_valid_after(now + days * DAY)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
        )


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _write_certificate(path, certificate):
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    path.chmod(0o644)


def _write_key(path, key):
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
