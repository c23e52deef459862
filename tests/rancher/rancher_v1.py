# SPDX-License-Identifier: Apache-2.0
"""The registries of Rancher 1.x, /v1 and /v2-beta.

Source: the API pages of the Rancher 1.x documentation ("registry", "registryCredential",
"pagination", "filtering", "errors") and replies of Cattle. Its peculiarities: removed rows stay
in lists, filters it does not know are ignored, a second registry of the same address is refused
with 400 ServerAddressUsed, secretValue is never shown, rows are in transition after each change
and refuse others with 409 meanwhile, links begin with the server's own name for itself.
"""

import json
import uuid

VERSIONS = ("v1", "v2-beta")
CHALLENGE = 'Basic realm="Enter API access key and secret key as username and password"'


class Refused(Exception):
    def __init__(self, status, code, message=None, field=None):
        super().__init__(code)
        self.status, self.code, self.message, self.field = status, code, message or code, field


def error(refused):
    body = {"id": str(uuid.uuid4()), "type": "error", "links": {}, "actions": {},
            "status": refused.status, "code": refused.code, "message": refused.message,
            "detail": None}
    if refused.field:
        body["fieldName"] = refused.field
    return body


def root(request):
    """GET /: the versions."""
    rows = [{"id": version, "type": "apiVersion", "links": {"self": f"{request.base}/{version}"},
             "actions": {}} for version in VERSIONS]
    return 200, {"type": "collection", "resourceType": "apiVersion", "links": {
        "self": f"{request.base}/", "latest": f"{request.base}/v2-beta"}, "data": rows}


def reply(request):
    """(status, body) of a request below /v1 or /v2-beta. Raises Refused."""
    key = _authenticate(request)
    words = request.words[1:]
    project = key.get("project")
    if words and words[0].lower() in ("projects", "project"):
        if len(words) == 1:
            return _list(request, _projects_of(request, key), "project")
        project = _find(request.world.projects, words[1])["id"]
        if key["kind"] == "environment" and project != key["project"]:
            raise Refused(404, "Not Found")
        words = words[2:]
        if not words:
            return 200, _show(request, _find(request.world.projects, project))
    if not words:
        return 200, {"type": "apiVersion", "id": request.words[0], "links": {}}
    kind = {"registries": "registry", "registry": "registry",
            "registrycredentials": "credential",
            "registrycredential": "credential"}.get(words[0].lower())
    if kind is None:
        raise Refused(404, "Not Found")
    return _reply_for_kind(request, kind, project or "1a1", words[1:])


def _reply_for_kind(request, kind, project, words):
    world = request.world
    rows = world.registries if kind == "registry" else world.credentials
    mine = [row for row in rows if row["accountId"] == project]
    if not words:
        if request.method == "GET":
            return _list(request, mine, "registry" if kind == "registry" else "registryCredential")
        if request.method == "POST":
            make = _create_registry if kind == "registry" else _create_credential
            return 201, _show(request, make(request, mine, project))
        raise Refused(405, "Method not allowed")
    row = _find(mine, words[0])
    if request.method == "GET":
        return 200, _show(request, row)
    if request.method == "PUT" and kind == "credential":
        return 200, _show(request, _update_credential(request, row))
    if request.method == "POST" and request.query.get("action") == "activate":
        return 202, _show(request, _activate(world, row))
    raise Refused(405, "Method not allowed")


def _authenticate(request):
    for key in request.world.keys:
        if request.basic == (key["access"], key["secret"]) and key["kind"] != "token":
            if request.method != "GET" and key.get("read_only"):
                raise Refused(403, "Forbidden")
            return key
    raise Refused(401, "Unauthorized")


def _projects_of(request, key):
    world = request.world
    if key["kind"] == "environment":
        return [row for row in world.projects if row["id"] == key["project"]]
    return world.projects if world.settings["lists_projects"] else []


def _find(rows, name):
    for row in rows:
        if row["id"] == name and row["state"] != "purged":
            return row
    raise Refused(404, "Not Found")


def _list(request, rows, kind):
    known = {"limit", "marker"}
    if set(request.query) - known:
        request.world.problem(f"a filter is not to be relied on: {request.path}")
    top = request.world.settings["page_limit"]
    limit = min(int(request.query.get("limit", top)), top)
    start = int(request.query.get("marker", "m0")[1:])
    page, more = rows[start:start + limit], len(rows) > start + limit
    url = f"{request.base}{request.bare_path}"
    link = f"{url}?limit={limit}&marker=m{start + limit}" if more else None
    return 200, {
        "type": "collection", "resourceType": kind, "links": {"self": url}, "createTypes": {},
        "actions": {}, "data": [_show(request, row) for row in page], "sortLinks": {},
        "pagination": {"first": None, "previous": None, "next": link, "limit": limit,
                       "total": None, "partial": more},
        "sort": None, "filters": {}, "createDefaults": {},
    }


def _show(request, row):
    request.world.read(row) if "transitioning" in row else None
    shown = {name: value for name, value in row.items()
             if name not in ("secret", "settles", "writes")}
    if row["type"] == "registryCredential":
        shown["secretValue"] = None
    url = f"{request.base}/{request.words[0]}/{row['type'].lower()}s/{row['id']}"
    return {"links": {"self": url}, "actions": {"update": url, "remove": f"{url}/?action=remove"},
            **shown}


def _create_registry(request, mine, project):
    address = request.body.get("serverAddress")
    if not address:
        raise Refused(422, "MissingRequired", field="serverAddress")
    for row in mine:
        if row["removed"] is None and (row["serverAddress"] or "").lower() == address.lower():
            raise Refused(400, "ServerAddressUsed")
    row = request.world.add_registry({"serverAddress": address, "accountId": project,
                                      "name": request.body.get("name"),
                                      "description": request.body.get("description")})
    row["writes"] += 1
    request.world.begin(row, "registering", "active")
    return row


def _create_credential(request, mine, project):
    body, world = request.body, request.world
    registry = next((row for row in world.registries if row["id"] == body.get("registryId")
                     and row["accountId"] == project and row["removed"] is None), None)
    if registry is None:
        raise Refused(422, "InvalidReference", field="registryId")
    _check_credential(request)
    row = world.add_credential({"registryId": registry["id"], "accountId": project,
                                "name": body.get("name"), "description": body.get("description")})
    _fill_credential(row, body)
    world.begin(row, "registering", "active")
    return row


def _update_credential(request, row):
    if row["removed"] is not None:
        raise Refused(404, "Not Found")
    _refuse_in_transition(request.world, row)
    _check_credential(request)
    _fill_credential(row, request.body)
    settled = row["state"]
    request.world.begin(row, f"updating-{settled}", settled)
    return row


def _refuse_in_transition(world, row):
    if row["transitioning"] == "yes":
        world.read(row)  # the row also settles if a client only tries again
        raise Refused(409, "Conflict")


def _check_credential(request):
    settings = request.world.settings
    if settings["needs_email"] and not request.body.get("email"):
        raise Refused(422, "MissingRequired", field="email")
    if len(request.body.get("secretValue") or "") > settings["max_secret"]:
        raise Refused(422, "MaxLengthExceeded", field="secretValue")


def _fill_credential(row, body):
    for name, value in (("publicValue", body.get("publicValue")), ("email", body.get("email")),
                        ("secret", body.get("secretValue"))):
        if value is not None:
            row[name] = value
    row["writes"] += 1


def _activate(world, row):
    _refuse_in_transition(world, row)
    if row["state"] != "inactive":
        raise Refused(422, "ActionNotAvailable")
    world.begin(row, "activating", "active")
    return row


def parse_body(data):
    try:
        body = json.loads(data)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refused(422, "InvalidBodyContent")
    return body
