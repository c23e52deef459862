# SPDX-License-Identifier: Apache-2.0
"""A request as it came over the wire, and a reply as it is to go out."""

from dataclasses import dataclass, field


class ApiError(Exception):
    """What AWS answers instead of a result. Each protocol gives it a shape of its own."""

    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class MalformedRequest(Exception):
    """Bytes that are not HTTP/1.1 as we take it."""


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
        """The header's value, or None; several are joined as RFC 9110 5.3 says."""
        values = [value for key, value in self.headers if key.lower() == name.lower()]
        return ", ".join(values) if values else None

    @property
    def host(self):
        return (self.header("Host") or "").lower()

    @property
    def host_name(self):
        """The host without a port."""
        name, colon, port = self.host.rpartition(":")
        return name if colon and port.isdigit() else self.host


@dataclass
class Reply:
    status: int
    headers: dict = field(default_factory=dict)
    body: bytes = b""
    # How it goes out; see faults.py.
    cut: str = ""  # "request", "headers" or "body": where the connection ends
    drip: tuple = ()  # (bytes, seconds): so much, every so often
    delay: float = 0
    silent: bool = False
    stream_bytes: int = 0  # of filler behind the body, chunked
