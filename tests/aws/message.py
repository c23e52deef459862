# SPDX-License-Identifier: Apache-2.0
"""A request as received, and a reply as sent."""

from dataclasses import dataclass, field


class ApiError(Exception):
    """An error reply of AWS. Each protocol has its own form of it."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class MalformedRequest(Exception):
    """Bytes that are not acceptable HTTP/1.1."""


@dataclass
class Request:
    method: str
    target: str  # path and query as sent
    headers: list  # (name, value) as sent, in order
    body: bytes
    scheme: str = "https"
    server_name: str = ""  # SNI
    connection: int = 0
    tls: str = ""
    resumed: bool = False

    def header(self, name):
        """Returns the header's value, or None; several are joined as in RFC 9110 5.3."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def host(self):
        return (self.header("Host") or "").lower()

    @property
    def host_name(self):
        """Returns the host without a port."""
        name, colon, port = self.host.rpartition(":")
        return name if colon and port.isdigit() else self.host


@dataclass
class Reply:
    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    # How it is sent; see faults.py.
    cut: str = ""  # "request", "headers" or "body": where the connection ends
    drip: tuple = ()  # (bytes, seconds): so much, every so often
    delay: float = 0
    silent: bool = False
    stream_bytes: int = 0  # of filler after the body, chunked
