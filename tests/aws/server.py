# SPDX-License-Identifier: Apache-2.0
"""Sockets, TLS and HTTP/1.1: one thread per connection, keep-alive, a certificate for every
requested name."""

import contextlib
import http
import select
import socket
import ssl
import threading
import time

from aws import dispatch
from aws.message import MalformedRequest, Request

IDLE_SECONDS = 60
MAX_LINE = 32 * 1024
MAX_HEADERS = 100
MAX_BODY = 1024 * 1024


class Certificates:
    """A server context per name, made for the first client that requests it."""

    def __init__(self, ca):
        self._ca = ca
        self._lock = threading.Lock()
        self._contexts = {}

    def context(self, name):
        with self._lock:
            if name not in self._contexts:
                self._contexts[name] = self._make(name)
            return self._contexts[name]

    def _make(self, name):
        context = _context()
        context.load_cert_chain(*self._ca.issue(name))
        return context


class Server:
    """Listens; serve_tls() and serve_plain() return at once."""

    def __init__(self, world, certificates):
        self.world = world
        self.certificates = certificates
        # Every handshake begins with this context; the name's own follows (Certificates). It is
        # shared because it holds the keys of the session tickets.
        self.tls = _context()
        self.tls.sni_callback = lambda sock, name, _: sock.connection.choose(name)

    def serve_tls(self, address):
        self._serve(address, _TlsConnection)

    def serve_plain(self, address):
        self._serve(address, _Connection)

    def _serve(self, address, kind):
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        listener = socket.create_server(address, family=family, backlog=512)
        threading.Thread(target=self._accept, args=(listener, kind), daemon=True).start()

    def _accept(self, listener, kind):
        while True:
            sock, _ = listener.accept()
            threading.Thread(target=kind(self, sock).run, daemon=True).start()


class _Connection:
    """One connection from accept to close, without TLS."""

    scheme = "http"

    def __init__(self, server, sock):
        self.world = server.world
        self.server = server
        self.sock = sock
        self.server_name = ""
        self.generation = self.world.generation
        self.number = self.world.connection_opened()

    def run(self):
        try:
            self.sock.settimeout(IDLE_SECONDS)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.handshake():
                self._requests()
        except MalformedRequest as error:
            self.world.problem(f"malformed request: {error}")
        except OSError:
            pass  # the client is gone
        finally:
            self._close()
            self.world.connection_closed()

    def handshake(self):
        return True

    def describe(self, request):
        pass

    def _requests(self):
        with self.sock.makefile("rb") as reader:
            while True:
                request = self._read(reader)
                if request is None:
                    return
                self.describe(request)
                reply = dispatch.answer(self.world, request)
                if not self._send(reply):
                    return
                if (request.header("Connection") or "").lower() == "close":
                    return

    # Reading

    def _read(self, reader):
        """Returns the next request, or None at the end."""
        line = reader.readline(MAX_LINE)
        if not line:
            return None
        words = line.decode("latin-1").split()
        if len(words) != 3 or words[2] != "HTTP/1.1":
            raise MalformedRequest(f"{line[:100]!r}")
        headers = self._read_headers(reader)
        request = Request(words[0], words[1], headers, b"", self.scheme, self.server_name,
                          self.number)
        if request.header("Host") is None:
            raise MalformedRequest("no Host")
        if (request.header("Expect") or "").lower() == "100-continue":
            self.sock.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.body = self._read_body(reader, request)
        return request

    @staticmethod
    def _read_headers(reader):
        headers = []
        while True:
            line = reader.readline(MAX_LINE)
            if line == b"\r\n":
                return headers
            name, colon, value = line.decode("latin-1").partition(":")
            if not line.endswith(b"\r\n") or not colon or len(headers) == MAX_HEADERS:
                raise MalformedRequest(f"header {line[:100]!r}")
            headers.append((name, value.strip()))

    @staticmethod
    def _read_body(reader, request):
        if request.header("Transfer-Encoding"):
            return _read_chunks(reader)
        size = request.header("Content-Length") or "0"
        if not size.isdigit() or int(size) > MAX_BODY:
            raise MalformedRequest(f"Content-Length {size}")
        return _read_exactly(reader, int(size))

    # Writing

    def _send(self, reply):
        """Returns whether the connection continues."""
        if reply.silent:
            self._stay_silent()
            return False
        if reply.delay:
            self._wait(reply.delay)
        if reply.cut == "request":
            return False
        self.sock.sendall(_head(reply))
        if reply.cut == "headers":
            return False
        if reply.stream_bytes:
            return self._stream(reply)
        body = reply.body[: len(reply.body) // 2] if reply.cut == "body" else reply.body
        self._send_body(body, reply.drip)
        return not reply.cut

    def _send_body(self, body, drip):
        size, seconds = drip or (len(body) or 1, 0)
        for start in range(0, len(body), size):
            if start and not self._wait(seconds):
                return
            part = body[start:start + size]
            self.sock.sendall(part)
            self.world.count("bytes_sent", len(part))

    def _stream(self, reply):
        part = b"A" * 65536
        self._send_chunk(reply.body)
        for _ in range(reply.stream_bytes // len(part)):
            self._send_chunk(part)
        self.sock.sendall(b"0\r\n\r\n")
        return True

    def _send_chunk(self, data):
        self.sock.sendall(b"%x\r\n%s\r\n" % (len(data), data))
        self.world.count("bytes_sent", len(data))

    # Waiting

    def _wait(self, seconds):
        """Returns False if the world was reset meanwhile: no client waits any more."""
        end = time.monotonic() + seconds
        while self.world.generation == self.generation:
            left = end - time.monotonic()
            if left <= 0:
                return True
            time.sleep(min(left, 0.1))
        return False

    def _stay_silent(self):
        """Waits until the client closes the connection or the world is reset."""
        while self.world.generation == self.generation:
            readable, _, _ = select.select([self.sock.fileno()], [], [], 0.1)
            if readable and not socket.socket.recv(self.sock, 65536):
                return

    def _close(self):
        with contextlib.suppress(OSError):
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
        self.sock.close()


class _TlsConnection(_Connection):
    scheme = "https"

    def handshake(self):
        self.sock = self.server.tls.wrap_socket(self.sock, server_side=True,
                                                do_handshake_on_connect=False)
        self.sock.connection = self
        try:
            self.sock.do_handshake()
        except OSError:
            self.world.count("handshake_failures")
            return False
        self.world.count("handshakes")
        self.world.count("handshakes_resumed", int(self.sock.session_reused or False))
        return True

    def describe(self, request):
        request.tls = self.sock.version() or ""
        request.resumed = bool(self.sock.session_reused)
        if self.server_name and request.host_name != self.server_name:
            self.world.problem(f"SNI {self.server_name}, but Host {request.host}")

    def choose(self, name):
        """Called in the handshake, as soon as the client's server name is known."""
        self.server_name = (name or "").lower()
        fault = self.world.take_fault("tls", host=self.server_name, **_facts(self.server_name))
        if fault:
            self._wait(fault.delay)
            if fault.kind == "no_answer":
                self._stay_silent()
            socket.socket.shutdown(self.sock, socket.SHUT_RDWR)
            return
        name = self.server_name or self.sock.getsockname()[0]
        self.sock.context = self.server.certificates.context(name)


def _context():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    return context


def _facts(name):
    endpoint = dispatch.parse_host(name)
    return {"service": endpoint.service, "region": endpoint.region} if endpoint else {}


def _head(reply):
    try:
        phrase = http.HTTPStatus(reply.status).phrase
    except ValueError:
        phrase = "Unknown"
    if reply.stream_bytes:
        reply.headers["Transfer-Encoding"] = "chunked"
    else:
        reply.headers["Content-Length"] = str(len(reply.body))
    lines = [f"HTTP/1.1 {reply.status} {phrase}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _read_exactly(reader, size):
    data = reader.read(size)
    if len(data) != size:
        raise MalformedRequest("the body breaks off")
    return data


def _read_chunks(reader):
    body = b""
    while True:
        line = reader.readline(MAX_LINE).split(b";")[0].strip()
        try:
            size = int(line, 16)
        except ValueError:
            raise MalformedRequest(f"chunk {line[:100]!r}") from None
        if not 0 <= size <= MAX_BODY - len(body):
            raise MalformedRequest("a body too long")
        body += _read_exactly(reader, size)
        _read_exactly(reader, 2)
        if size == 0:
            return body
