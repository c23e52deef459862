# SPDX-License-Identifier: Apache-2.0
"""HTTP: passes requests to the world, and its replies back."""

import base64
import http.server
import json
import re
import ssl
import threading
import time
import traceback
from urllib.parse import parse_qs, unquote, urlsplit

import yaml

from kube import rbac
from kube.world import KINDS, NAMESPACED, Refused

PATH = re.compile(r"/api/v1(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<kind>[a-z]+)"
                  r"(?:/(?P<name>[^/]+))?")
VERBS = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
JSON = ("application/json",)
APPLY = ("application/apply-patch+yaml",)
MERGE = ("application/merge-patch+json", "application/strategic-merge-patch+json")


def serve(world, address, certificate, client_ca=None):
    """Listens with TLS at (host, port); returns at once."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if client_ca:
        context.verify_mode = ssl.CERT_OPTIONAL
        context.load_verify_locations(client_ca)
    server = _Server(address, _Handler)
    server.world = world
    server.socket = context.wrap_socket(server.socket, server_side=True,
                                        do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass  # the client closed the connection


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self):
        super().setup()
        with self.server.world.lock:
            self.server.world.connections += 1

    def do_GET(self):
        world = self.server.world
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        with world.lock:
            world.in_flight += 1
            world.max_in_flight = max(world.max_in_flight, world.in_flight)
        try:
            fault = self._take_fault(world)
            if fault and fault["seconds"]:
                time.sleep(fault["seconds"])
            if fault and fault["first"]:
                method, *arguments = fault["first"]
                getattr(world, method)(*arguments)
            if fault and fault["breaks_off"]:
                self._record(world, "", "", 0)
                self.close_connection = True
                return
            if fault and fault["status"]:
                code, body, headers = fault["status"], fault["body"], fault["headers"]
                if body is None:
                    body = Refused(code, "Fault", "as the test wants it").status()
                self._record(world, "", "", code)
            else:
                code, body, headers = *self._reply(world, data), {}
        finally:
            with world.lock:
                world.in_flight -= 1
        self._send(code, body, headers)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def _take_fault(self, world):
        with world.lock:
            for fault in world.faults:
                if fault["method"] not in (None, self.command):
                    continue
                if fault["path"] and not re.search(fault["path"], self.path):
                    continue
                if fault["count"] is not None:
                    fault["count"] -= 1
                    if fault["count"] == 0:
                        world.faults.remove(fault)
                return fault
        return None

    def _reply(self, world, data):
        user = verb = None
        try:
            with world.lock:
                user = self._impersonate(world, self._authenticate(world))
                verb, code, body = self._act(world, user, data)
        except Refused as refused:
            code, body = refused.code, refused.status()
        except Exception:
            world.problems.append(traceback.format_exc())
            code, body = 500, {}
        self._record(world, user, verb or VERBS.get(self.command), code)
        return code, body

    def _record(self, world, user, verb, code):
        with world.lock:
            world.requests.append(dict(
                method=self.command, path=self.path, user=user, verb=verb, code=code,
                impersonation=self._impersonation(),
                agent=self.headers.get("User-Agent"), host=self.headers.get("Host")))

    def _authenticate(self, world):
        kind, _, rest = (self.headers.get("Authorization") or "").partition(" ")
        certificate = self.connection.getpeercert() or {}
        if kind == "Bearer" and rest in world.tokens:
            return world.tokens[rest]
        if kind == "Basic":
            name, _, password = base64.b64decode(rest).decode().partition(":")
            if world.passwords.get(name) == password:
                return name
        for names in certificate.get("subject", ()) if not kind else ():
            return dict(names).get("commonName")
        raise Refused(401, "Unauthorized", "Unauthorized")

    def _impersonation(self):
        """{header: values} of the request."""
        names = {name.lower() for name in self.headers if name.lower().startswith("impersonate-")}
        return {name: self.headers.get_all(name) for name in sorted(names)}

    def _impersonate(self, world, user):
        """The user that the request acts as ("User impersonation" in Kubernetes' docs)."""
        wanted = self._impersonation()
        if wanted and "impersonate-user" not in wanted:
            raise Refused(500, "InternalError", "requested without impersonating a user")
        for header, values in wanted.items():
            extra = header.removeprefix("impersonate-extra-")
            resource = {"impersonate-user": "users", "impersonate-group": "groups",
                        "impersonate-uid": "uids"}.get(header, f"userextras/{unquote(extra)}")
            group = "" if resource in ("users", "groups") else "authentication.k8s.io"
            for value in values:
                world.authorize(user, "impersonate", resource, None, value, group)
        return wanted.get("impersonate-user", [user])[0]

    def _act(self, world, user, data):
        """(verb, status, body)"""
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in
                 parse_qs(parts.query, keep_blank_values=True).items()}
        if parts.path in DISCOVERY:
            return "get", 200, DISCOVERY[parts.path]
        if parts.path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
            return "create", 201, self._review(world, user, json.loads(data))
        match = PATH.fullmatch(parts.path)
        if not match or match["kind"] not in KINDS:
            raise Refused(404, "NotFound", "the server could not find the requested resource")
        namespace, kind, name = match["namespace"], match["kind"], match["name"]
        if kind not in NAMESPACED:
            namespace = None
        if self.command == "GET" and not name:
            return "list", 200, self._list(world, user, kind, namespace, query)
        verb = VERBS[self.command]
        world.authorize(user, verb, kind, namespace or (name if kind == "namespaces" else None),
                        name)
        code, body = self._change(world, user, kind, namespace, name, query, data)
        return verb, code, self._reduced(body)

    def _list(self, world, user, kind, namespace, query):
        field = dict(part.split("=", 1) for part in query.get("fieldSelector", "").split(",")
                     if part)
        world.authorize(user, "list", kind, namespace, field.get("metadata.name"))
        selector = re.split(r",(?![^(]*\))", query.get("labelSelector", ""))
        items, token, left = world.list(
            kind, namespace, [part for part in selector if part.strip()], field,
            int(query.get("limit") or 0), query.get("continue"))
        meta = {"resourceVersion": str(world.version)}
        if token:
            meta.update({"continue": token, "remainingItemCount": left})
        if "as=PartialObjectMetadataList" in (self.headers.get("Accept") or ""):
            return {"kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
                    "metadata": meta, "items": [_metadata_only(item) for item in items]}
        for item in items:
            del item["kind"], item["apiVersion"]
        return {"kind": KINDS[kind] + "List", "apiVersion": "v1", "metadata": meta,
                "items": items}

    def _change(self, world, user, kind, namespace, name, query, data):
        manager = query.get("fieldManager")
        agent = (self.headers.get("User-Agent") or "unknown").split("/")[0]
        if self.command == "GET":
            return 200, world.read(kind, namespace, name)
        if self.command == "DELETE":
            return 200, world.delete(kind, namespace, name, json.loads(data or b"{}"))
        form = (self.headers.get("Content-Type") or "").split(";")[0]
        if self.command != "PATCH" and form not in JSON:
            raise Refused(415, "UnsupportedMediaType", f"the body of the request was in an unknown "
                          f"format - accepted media types include: {', '.join(JSON)}")
        if self.command == "PATCH" and form in APPLY:
            thing, is_new = world.apply(user, kind, namespace, name, yaml.safe_load(data), manager,
                                        query.get("force") == "true")
            return 201 if is_new else 200, thing
        thing = json.loads(data)
        if self.command == "PATCH" and form in MERGE:
            return 200, world.merge(kind, namespace, name, thing, manager or agent)
        if self.command == "PATCH":
            raise Refused(415, "UnsupportedMediaType", f"{form} is not supported")
        if self.command == "PUT":
            return 200, world.update(kind, namespace, name, thing, manager or agent)
        return 201, world.create(kind, namespace, thing, manager or agent)

    def _reduced(self, body):
        accept = self.headers.get("Accept") or ""
        if "as=PartialObjectMetadata;" in accept and "metadata" in body and \
                body.get("kind") != "Status":
            return _metadata_only(body)
        return body

    @staticmethod
    def _review(world, user, review):
        wanted = review["spec"]["resourceAttributes"]
        allowed = rbac.allows(world.rules.get(user, [rbac.EVERYTHING]), wanted["verb"],
                              wanted["resource"], wanted.get("namespace") or None,
                              wanted.get("name"))
        return {**review, "status": {"allowed": allowed}}

    def _send(self, code, body, headers):
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(code)
        for name, value in {"Content-Type": "application/json", **headers,
                            "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_):
        pass


def _metadata_only(thing):
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
            "metadata": thing["metadata"]}


def _resource(name, kind, namespaced):
    return {"name": name, "singularName": kind.lower(), "kind": kind, "namespaced": namespaced,
            "verbs": ["create", "delete", "get", "list", "patch", "update"],
            "shortNames": {"serviceaccounts": ["sa"], "namespaces": ["ns"],
                           "resourcequotas": ["quota"]}.get(name, [])}


DISCOVERY = {
    "/version": {"major": "1", "minor": "30", "gitVersion": "v1.30.0"},
    "/api": {"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []},
    "/apis": {"kind": "APIGroupList", "apiVersion": "v1", "groups": []},
    "/api/v1": {"kind": "APIResourceList", "groupVersion": "v1",
                "resources": [_resource(name, kind, name in NAMESPACED)
                              for name, kind in KINDS.items()]},
}
