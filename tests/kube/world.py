# SPDX-License-Identifier: Apache-2.0
"""The objects of a cluster, and the rules by which they change."""

import base64
import copy
import datetime
import json
import re
import threading
import uuid

from kube import fields, rbac

KINDS = {"namespaces": "Namespace", "secrets": "Secret", "serviceaccounts": "ServiceAccount",
         "resourcequotas": "ResourceQuota"}
NAMESPACED = KINDS.keys() - {"namespaces"}
TOKEN = "the-right-token"
DOCKER = "kubernetes.io/dockerconfigjson"
NAME = re.compile(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?")
LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")


class Refused(Exception):
    """A Status object of a failure."""

    def __init__(self, code, reason, message, **details):
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details

    def status(self):
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": self.message, "reason": self.reason, "details": self.details,
                "code": self.code}


class World:
    """One cluster. Tests call its public methods by name: see control.py."""

    def __init__(self):
        self.lock = threading.RLock()
        self.reset()

    # For tests

    def reset(self):
        with self.lock:
            self.objects = {kind: {} for kind in KINDS}  # (namespace, name) -> object
            self.managers = {}  # (kind, namespace, name) -> Managers
            self.version = 1000
            self.tokens = {TOKEN: "tester"}
            self.passwords = {}
            self.rules = {}  # user -> rules; a user without any may do everything
            self.faults = []
            self.requests = []
            self.in_flight = self.max_in_flight = self.connections = 0
            self.expired = 0  # so many continue tokens are too old
            self.problems = []

    def snapshot(self):
        with self.lock:
            return {"requests": list(self.requests), "max_in_flight": self.max_in_flight,
                    "connections": self.connections, "problems": list(self.problems),
                    "writes": [r for r in self.requests if r["verb"] in
                               ("create", "update", "patch", "delete") and r["code"] < 300
                               and r["path"].startswith("/api/")]}

    def forget(self):
        with self.lock:
            self.requests.clear()
            self.max_in_flight = self.connections = 0

    def configure(self, **settings):
        """tokens, passwords, rules, expired"""
        with self.lock:
            for name, value in settings.items():
                if name not in ("tokens", "passwords", "rules", "expired"):
                    raise ValueError(name)
                setattr(self, name, value)

    def fault(self, status=None, method=None, path=None, count=None, headers=None, seconds=0,
              body=None, breaks_off=False, first=None):
        """The reply to requests that match. seconds: delay. breaks_off: no reply. first: a method
        of this class, with its arguments, that is called before the reply."""
        with self.lock:
            self.faults.append(dict(status=status, method=method, path=path, count=count,
                                    headers=headers or {}, seconds=seconds, body=body,
                                    breaks_off=breaks_off, first=first))

    def heal(self):
        """Removes all faults."""
        with self.lock:
            self.faults.clear()

    def add_namespaces(self, *names, labels=None, accounts=("default",)):
        """Adds them with service accounts, as a cluster does."""
        with self.lock:
            for name in names:
                self.add("namespaces", None, name, {"metadata": {"labels": labels or {}}})
                for account in accounts:
                    self.add("serviceaccounts", name, account, {})

    def remove_namespace(self, name):
        """Deletes it; objects with finalizers keep it terminating."""
        with self.lock:
            self.terminate(name)
            for kind in NAMESPACED:
                for key in [key for key in self.objects[kind] if key[0] == name]:
                    self._delete(kind, *key)
            self._finish(name)

    def add(self, kind, namespace, name, thing, manager="kubectl-create"):
        """Creates or replaces an object as another client."""
        with self.lock:
            thing = copy.deepcopy(thing)
            thing.setdefault("metadata", {}).update(name=name)
            if namespace:
                thing["metadata"]["namespace"] = namespace
            old = self.objects[kind].get((namespace, name))
            self._store(kind, namespace, name, thing, (manager, "Update"), old)

    def terminate(self, name):
        with self.lock:
            self.objects["namespaces"][None, name]["metadata"]["deletionTimestamp"] = _now()

    def get(self, kind, namespace, name):
        with self.lock:
            return self._whole(kind, namespace, name)

    def all(self, kind):
        with self.lock:
            return [self._whole(kind, *key) for key in sorted(self.objects[kind], key=_order)]

    # Requests of a user that was authenticated

    def authorize(self, user, verb, kind, namespace=None, name=None, group=""):
        if not rbac.allows(self.rules.get(user, [rbac.EVERYTHING]), verb, kind, namespace, name):
            raise Refused(403, "Forbidden", rbac.refusal(user, verb, kind, namespace, name, group),
                          name=name, kind=kind)

    def read(self, kind, namespace, name):
        thing = self._whole(kind, namespace, name)
        if thing is None:
            raise Refused(404, "NotFound", f'{kind} "{name}" not found', name=name, kind=kind)
        return thing

    def list(self, kind, namespace, selector, field, limit, token):
        """(items, the continue token, how many are left)"""
        keys = sorted((key for key in self.objects[kind]
                       if namespace is None or key[0] == namespace), key=_order)
        keys = [key for key in keys if self._matches(kind, key, selector, field)]
        start = ""
        if token:
            if self.expired > 0:
                self.expired -= 1
                raise Refused(410, "Expired", "The provided continue parameter is too old to "
                              "display a consistent list result.")
            try:
                start = json.loads(base64.b64decode(token))["start"]
            except (ValueError, KeyError):
                raise Refused(400, "BadRequest", "continue key is not valid") from None
        rest = [key for key in keys if _order(key) > start]
        page = rest[:limit] if limit else rest
        left = len(rest) - len(page)
        more = json.dumps({"start": _order(page[-1])}).encode() if left else b""
        return ([self._whole(kind, *key) for key in page], base64.b64encode(more).decode(), left)

    def apply(self, user, kind, namespace, name, thing, manager, force):
        """Server-side apply: (object, whether it was created)"""
        if not manager:
            raise Refused(400, "BadRequest", "fieldManager is required for apply patch")
        if thing.get("kind") != KINDS[kind] or thing.get("apiVersion") != "v1":
            raise Refused(400, "BadRequest", "invalid object type")
        meta = thing.setdefault("metadata", {})
        if "managedFields" in meta:
            raise Refused(400, "BadRequest", "metadata.managedFields must be nil")
        self._check_name(meta, namespace, name)
        old = self.objects[kind].get((namespace, name))
        if old is None:
            self.authorize(user, "create", kind, namespace, name)
            if meta.get("uid") or meta.get("resourceVersion"):
                raise Refused(409, "Conflict", "no existing object was found", name=name, kind=kind)
        else:
            self._check_version(old, meta, kind, name)
            self._check_uid(old, meta, kind, name)
        managers = self.managers.get((kind, namespace, name), fields.Managers())
        try:
            merged, managers = fields.apply(old, managers, manager, thing, force, _now())
        except fields.Conflict as conflict:
            [found] = conflict.args
            causes = [{"reason": "FieldManagerConflict", "field": "." + ".".join(path),
                       "message": f'conflict with "{other}"'} for path, other in found.items()]
            listed = ", ".join(f'{cause["message"]}: {cause["field"]}' for cause in causes)
            raise Refused(409, "Conflict", f"Apply failed with {len(found)} "
                          f"conflict{'s' if len(found) > 1 else ''}: {listed}",
                          causes=causes) from None
        merged.setdefault("metadata", {}).update(name=name)
        if namespace:
            merged["metadata"]["namespace"] = namespace
        self._validate(kind, old, merged)
        if old is None:
            self._admit(kind, namespace, name)
        return self._keep(kind, namespace, name, merged, managers, old), old is None

    def merge(self, kind, namespace, name, patch, manager):
        """RFC 7396"""
        old = self.objects[kind].get((namespace, name))
        if old is None:
            raise Refused(404, "NotFound", f'{kind} "{name}" not found', name=name, kind=kind)
        self._check_version(old, patch.get("metadata", {}), kind, name)
        merged = _merge(old, patch)
        self._validate(kind, old, merged)
        return self._store(kind, namespace, name, merged, (manager, "Update"), old)

    def update(self, kind, namespace, name, thing, manager):
        old = self.objects[kind].get((namespace, name))
        if old is None:
            raise Refused(404, "NotFound", f'{kind} "{name}" not found', name=name, kind=kind)
        self._check_version(old, thing.get("metadata", {}), kind, name)
        self._validate(kind, old, thing)
        return self._store(kind, namespace, name, thing, (manager, "Update"), old)

    def create(self, kind, namespace, thing, manager):
        name = thing.get("metadata", {}).get("name", "")
        self._check_name(thing.setdefault("metadata", {}), namespace, name)
        if (namespace, name) in self.objects[kind]:
            raise Refused(409, "AlreadyExists", f'{kind} "{name}" already exists', name=name,
                          kind=kind)
        self._validate(kind, None, thing)
        self._admit(kind, namespace, name)
        made = self._store(kind, namespace, name, thing, (manager, "Update"), None)
        if kind == "namespaces":
            self.add("serviceaccounts", name, "default", {})
        return made

    def delete(self, kind, namespace, name, options):
        thing = self.read(kind, namespace, name)
        uid = (options.get("preconditions") or {}).get("uid")
        if uid and uid != thing["metadata"]["uid"]:
            raise Refused(409, "Conflict", f"Precondition failed: UID in precondition: {uid}, UID "
                          f"in object meta: {thing['metadata']['uid']}", name=name, kind=kind)
        self._check_version(thing, options.get("preconditions") or {}, kind, name)
        if kind == "namespaces":
            self.remove_namespace(name)
        else:
            self._delete(kind, namespace, name)
        return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                "details": {"name": name, "kind": kind, "uid": thing["metadata"]["uid"]}}

    # The rules

    def _matches(self, kind, key, selector, field):
        labels = self.objects[kind][key]["metadata"].get("labels", {})
        if field and field.get("metadata.name", key[1]) != key[1]:
            return False
        return all(_requirement(labels, part) for part in selector)

    def _check_name(self, meta, namespace, name):
        if meta.get("name", name) != name or (meta.get("namespace") or namespace) != namespace:
            raise Refused(400, "BadRequest", "the name of the object does not match the URL")
        if not NAME.fullmatch(name) or len(name) > 253:
            raise Refused(422, "Invalid", f'"{name}" is invalid: metadata.name', name=name,
                          causes=[{"field": "metadata.name"}])
        if namespace and (None, namespace) not in self.objects["namespaces"]:
            raise Refused(404, "NotFound", f'namespaces "{namespace}" not found', name=namespace,
                          kind="namespaces")

    def _check_version(self, old, meta, kind, name):
        if meta.get("resourceVersion", old["metadata"]["resourceVersion"]) != \
                old["metadata"]["resourceVersion"]:
            raise Refused(409, "Conflict", f'Operation cannot be fulfilled on {kind} "{name}": the '
                          "object has been modified; please apply your changes to the latest "
                          "version and try again", name=name, kind=kind)

    def _check_uid(self, old, meta, kind, name):
        if meta.get("uid", old["metadata"]["uid"]) != old["metadata"]["uid"]:
            cause = {"reason": "FieldValueInvalid", "field": "metadata.uid",
                     "message": f'Invalid value: "{meta["uid"]}": field is immutable'}
            raise Refused(422, "Invalid", f'{KINDS[kind]} "{name}" is invalid: metadata.uid: '
                          f'{cause["message"]}', name=name, kind=KINDS[kind], causes=[cause])

    def _validate(self, kind, old, new):
        name, causes = new["metadata"]["name"], []
        for value in (new["metadata"].get("labels") or {}).values():
            if not LABEL_VALUE.fullmatch(value):
                causes.append({"reason": "FieldValueInvalid", "field": "metadata.labels",
                               "message": f"Invalid value: {value!r}"})
        if kind == "secrets":
            causes += _validate_secret(old, new)
        if causes:
            listed = ", ".join(f"{cause['field']}: {cause['message']}" for cause in causes)
            raise Refused(422, "Invalid", f'{KINDS[kind]} "{name}" is invalid: {listed}', name=name,
                          kind=KINDS[kind], causes=causes)

    def _store(self, kind, namespace, name, thing, who, old):
        managers = self.managers.get((kind, namespace, name), fields.Managers()).copy()
        if kind == "secrets":
            thing.setdefault("type", "Opaque")
        if kind == "resourcequotas":
            thing["status"] = {"hard": thing["spec"]["hard"]}
        managers.updated(who, old or {}, thing, _now())
        return self._keep(kind, namespace, name, thing, managers, old)

    def _keep(self, kind, namespace, name, thing, managers, old):
        """Stores it; an unchanged object keeps its version."""
        thing = copy.deepcopy(thing)
        meta, before = thing.setdefault("metadata", {}), (old or {}).get("metadata", {})
        meta.pop("managedFields", None)
        meta["uid"] = before.get("uid") or str(uuid.uuid4())
        meta["creationTimestamp"] = before.get("creationTimestamp") or _now()
        meta["resourceVersion"] = before.get("resourceVersion")
        key = (kind, namespace, name)
        same = key in self.managers and self.managers[key].owned == managers.owned
        if thing != old or not same:
            self.version += 1
            meta["resourceVersion"] = str(self.version)
            self.managers[key] = managers
            self.objects[kind][namespace, name] = thing
        whole = self._whole(kind, namespace, name)
        if namespace and meta.get("deletionTimestamp") and not meta.get("finalizers"):
            self._remove(kind, namespace, name)
            self._finish(namespace)
        return whole

    def _delete(self, kind, namespace, name):
        meta = self.objects[kind][namespace, name]["metadata"]
        if meta.get("finalizers"):
            meta["deletionTimestamp"] = _now()
        else:
            self._remove(kind, namespace, name)

    def _finish(self, name):
        """A terminating namespace is removed when it is empty."""
        left = any(key[0] == name for kind in NAMESPACED for key in self.objects[kind])
        going = self.objects["namespaces"][None, name]["metadata"].get("deletionTimestamp")
        if going and not left:
            self._remove("namespaces", None, name)

    def _admit(self, kind, namespace, name):
        """Admits a new object unless the namespace is terminating or its quota is used up."""
        place = self.objects["namespaces"].get((None, namespace), {"metadata": {}})
        if "deletionTimestamp" in place["metadata"]:
            raise Refused(403, "Forbidden", f'{kind} "{name}" is forbidden: unable to create new '
                          f"content in namespace {namespace} because it is being terminated",
                          name=name, kind=kind,
                          causes=[{"reason": "NamespaceTerminating", "message": f"namespace "
                                   f"{namespace} is being terminated",
                                   "field": "metadata.namespace"}])
        for (where, quota), thing in self.objects["resourcequotas"].items():
            hard = thing["spec"]["hard"].get(f"count/{kind}")
            used = sum(key[0] == namespace for key in self.objects[kind])
            if where == namespace and hard is not None and used >= int(hard):
                raise Refused(
                    403, "Forbidden", f'{kind} "{name}" is forbidden: exceeded quota: {quota}, '
                    f"requested: count/{kind}=1, used: count/{kind}={used}, limited: "
                    f"count/{kind}={hard}", name=name, kind=kind)

    def _remove(self, kind, namespace, name):
        del self.objects[kind][namespace, name]
        self.managers.pop((kind, namespace, name), None)
        self.version += 1

    def _whole(self, kind, namespace, name):
        thing = self.objects[kind].get((namespace, name))
        if thing is None:
            return None
        thing = {"kind": KINDS[kind], "apiVersion": "v1", **copy.deepcopy(thing)}
        thing["metadata"]["managedFields"] = self.managers[kind, namespace, name].as_json()
        return thing


def _validate_secret(old, new):
    causes = []
    if old and old.get("type") != new.get("type"):
        causes.append({"reason": "FieldValueInvalid", "field": "type",
                       "message": f'Invalid value: "{new.get("type")}": field is immutable'})
    if old and old.get("immutable") and old.get("data") != new.get("data"):
        causes.append({"reason": "FieldValueForbidden", "field": "data",
                       "message": "Forbidden: field is immutable when `immutable` is set"})
    if new.get("type") == DOCKER:
        try:
            json.loads(base64.b64decode(new["data"][".dockerconfigjson"], validate=True))
        except (KeyError, TypeError):
            causes.append({"reason": "FieldValueRequired", "field": "data[.dockerconfigjson]",
                           "message": "Required value"})
        except ValueError:
            causes.append({"reason": "FieldValueInvalid", "field": "data[.dockerconfigjson]",
                           "message": 'Invalid value: "<secret contents redacted>"'})
    return causes


def _requirement(labels, part):
    """One of a label selector: k=v, k==v, k!=v, k, !k, k in (a,b), k notin (a,b)"""
    match = re.fullmatch(r"\s*([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)\s*", part)
    if match:
        values = {value.strip() for value in match[3].split(",")}
        return (labels.get(match[1]) in values) == (match[2] == "in")
    match = re.fullmatch(r"\s*([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)\s*", part)
    if match:
        return (labels.get(match[1]) == match[3]) == (match[2] != "!=")
    match = re.fullmatch(r"\s*(!?)([\w./-]+)\s*", part)
    if not match:
        raise Refused(400, "BadRequest", f"unable to parse requirement: {part!r}")
    return (match[2] in labels) == (not match[1])


def _merge(old, patch):
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    merged = copy.deepcopy(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = _merge(merged.get(key), value)
    return merged


def _order(key):
    return f"{key[0] or ''}/{key[1]}"


def _now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
