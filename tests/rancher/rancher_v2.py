# SPDX-License-Identifier: Apache-2.0
"""The docker credentials of projects in Rancher 2.x, /v3.

Source: the generated schemas of the project API (dockerCredential, namespacedDockerCredential)
and replies of its framework. A credential is a Secret: of the project (id PROJECT:NAME, copied
into each of its namespaces) or of one namespace (id NAMESPACE:NAME). Its peculiarities: passwords
are write-only, PUT replaces the map of registries, a name that is taken is 409 AlreadyExists, a
request without the right is 403 or (if the role removes the method from the schema) 405, the status
in a body of 401 is a string, an unreachable cluster is 503 ClusterUnavailable.
"""

import re

from rancher.rancher_v1 import Refused

KINDS = {
    "dockercredentials": "dockerCredential",
    "dockercredential": "dockerCredential",
    "namespaceddockercredentials": "namespacedDockerCredential",
    "namespaceddockercredential": "namespacedDockerCredential",
}
NAME = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"


def error(refused):
    if refused.status == 401:
        return {"type": "error", "status": "401", "message": "must authenticate"}
    body = {"type": "error", "baseType": "error", "status": refused.status, "code": refused.code,
            "message": refused.message}
    if refused.field:
        body["fieldName"] = refused.field
    return body


def root(request):
    """GET /: the APIs."""
    rows = [{"apiVersion": {"group": f"{group}.cattle.io", "path": path, "version": "v3"},
             "baseType": "apiRoot", "links": {"self": f"{request.base}{path}"}, "type": "apiRoot"}
            for group, path in (("management", "/v3"), ("cluster", "/v3/cluster"),
                                ("project", "/v3/project"))]
    return 200, {"type": "collection", "links": {"self": f"{request.base}/"}, "actions": {},
                 "pagination": {"limit": 1000}, "sort": {}, "resourceType": "apiRoot",
                 "data": rows}


def reply(request):
    key = _authenticate(request)
    words = [word for word in request.words[1:]]
    if not words:
        return 200, {"type": "apiRoot", "links": {}}
    if words[0].lower() not in ("project", "projects"):
        raise Refused(404, "NotFound", "")
    if len(words) == 1:
        return _list(request, _projects(request, key), "project")
    project = next((row for row in request.world.projects_v2 if row["id"] == words[1]), None)
    if project is None:
        raise Refused(404, "NotFound", f'projects.management.cattle.io "{words[1]}" not found')
    if project["id"] not in [row["id"] for row in _projects(request, key)]:
        raise Refused(403, "Forbidden", "can not list dockerCredential")
    if len(words) == 2:
        return 200, project
    kind = KINDS.get(words[2].lower())
    if kind is None:
        raise Refused(404, "NotFound", "")
    return _reply_for_kind(request, key, project, kind, words[3:])


def _authenticate(request):
    for key in request.world.keys:
        pair = (key["access"], key["secret"])
        if key["kind"] == "token" and pair in (request.bearer, request.basic):
            return key
    raise Refused(401, "Unauthorized")


def _projects(request, key):
    return [row for row in request.world.projects_v2
            if key.get("projects") is None or row["id"] in key["projects"]]


def _reply_for_kind(request, key, project, kind, words):
    rows = [row for row in request.world.secrets
            if row["projectId"] == project["id"] and row["type"] == kind]
    verb = {"GET": "get" if words else "list", "POST": "create", "PUT": "update",
            "DELETE": "delete"}[request.method]
    if not _may(key, verb):
        raise Refused(*key.get("refusal", (403, "Forbidden")), f"can not {verb} {kind}")
    if not words:
        if request.method == "GET":
            return _list(request, [_show(request, key, row) for row in rows], kind,
                         _may(key, "create"))
        return 201, _show(request, key, _create(request, project, kind))
    row = next((row for row in rows if row["id"] == words[0]), None)
    if row is None:
        raise Refused(404, "NotFound", f'secrets "{words[0].partition(":")[2]}" not found')
    if request.method == "PUT":
        _fill(row, request.body)
    if request.method == "DELETE":
        request.world.secrets.remove(row)
    return 200, _show(request, key, row)


def _may(key, verb):
    return verb in key.get("allow", ("get", "list", "create", "update", "delete"))


def _list(request, rows, kind, may_create=False):
    top = request.world.settings["page_limit"]
    limit = min(int(request.query.get("limit", top)), top)
    start = int(request.query.get("marker", "m0")[1:])
    pagination = {"limit": limit}
    if len(rows) > start + limit:
        pagination["next"] = (f"{request.base}{request.bare_path}"
                              f"?limit={limit}&marker=m{start + limit}")
        pagination["partial"] = True
    return 200, {"type": "collection", "resourceType": kind, "pagination": pagination,
                 "links": {"self": f"{request.base}{request.bare_path}"}, "actions": {},
                 "createTypes": {kind: f"{request.base}{request.bare_path}"} if may_create else {},
                 "data": rows[start:start + limit]}


def _create(request, project, kind):
    body = request.body
    name, namespace = body.get("name"), project["id"].partition(":")[2]
    if kind == "namespacedDockerCredential":
        namespace = body.get("namespaceId")
        if not namespace:
            raise Refused(422, "MissingRequired", field="namespaceId")
        if namespace not in project["namespaces"]:
            raise Refused(404, "NotFound", f'namespaces "{namespace}" not found')
    if not name:
        raise Refused(422, "MissingRequired", field="name")
    if not re.fullmatch(NAME, name):
        raise Refused(422, "InvalidFormat", "invalid value", field="name")
    taken = f"{namespace}:{name}"
    if any(row["id"] == taken for row in request.world.secrets):
        raise Refused(409, "AlreadyExists", f'secrets "{name}" already exists')
    row = {"id": taken, "type": kind, "name": name, "namespaceId": namespace,
           "projectId": project["id"], "labels": {}, "registries": {}, "writes": 0}
    _fill(row, body)
    request.world.secrets.append(row)
    return row


def _fill(row, body):
    registries = body.get("registries")
    if not isinstance(registries, dict) or not registries:
        raise Refused(422, "MissingRequired", field="registries")
    for entry in registries.values():
        if not isinstance(entry, dict) or not entry.get("username"):
            raise Refused(422, "InvalidFormat", field="registries")
    row["registries"] = registries
    row["labels"] = body.get("labels", row["labels"])
    row["writes"] = row.get("writes", 0) + 1


def _show(request, key, row):
    """links.update exists only for users with the right."""
    shown = {name: value for name, value in row.items() if name != "writes"}
    shown["registries"] = {host: {"username": entry.get("username")}
                           for host, entry in row["registries"].items()}
    url = f"{request.base}/v3/project/{row['projectId']}/{row['type']}s/{row['id']}"
    shown["links"] = {"self": url, **({"update": url} if _may(key, "update") else {})}
    shown["baseType"] = "secret" if row["type"] == "dockerCredential" else "namespacedSecret"
    return shown
