# SPDX-License-Identifier: Apache-2.0
"""Server-side apply: field sets, conflicts, merging ("Server-Side Apply" in Kubernetes' docs).

A field is a path of keys. Maps are granular: each key of labels, annotations and data has its own
owners. Everything else is one field, also the list imagePullSecrets of a service account: it is
atomic, unlike that of a pod.
"""

import copy

GRANULAR = {("metadata", "labels"), ("metadata", "annotations"), ("data",), ("stringData",)}
# These have no owner.
IDENTITY = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"),
            ("metadata", "uid"), ("metadata", "resourceVersion"), ("metadata", "managedFields"),
            ("metadata", "creationTimestamp"), ("metadata", "generateName"), ("status",)}


def field_set(thing, path=()):
    """The paths of everything in an object."""
    found = set()
    for key, value in thing.items():
        here = path + (key,)
        if here in IDENTITY:
            continue
        if here == ("metadata",) or here in GRANULAR:
            found |= field_set(value or {}, here)
        else:
            found.add(here)
    return found


def get(thing, path):
    for key in path:
        if not isinstance(thing, dict) or key not in thing:
            return None
        thing = thing[key]
    return thing


def put(thing, path, value):
    for key in path[:-1]:
        thing = thing.setdefault(key, {})
    thing[path[-1]] = copy.deepcopy(value)


def drop(thing, path):
    parents = [thing]
    for key in path[:-1]:
        if key not in parents[-1]:
            return
        parents.append(parents[-1][key])
    parents[-1].pop(path[-1], None)
    for parent, key in zip(reversed(parents[:-1]), reversed(path[:-1])):
        if not parent[key] and key != "metadata":
            del parent[key]


class Managers:
    """The owners of one object's fields: (manager, operation) -> set of paths."""

    def __init__(self):
        self.owned = {}
        self.times = {}

    def copy(self):
        other = Managers()
        other.owned = {who: set(paths) for who, paths in self.owned.items()}
        other.times = dict(self.times)
        return other

    def conflicts(self, who, applied, live):
        """{path: manager} of fields that others own with another value."""
        return {
            path: manager
            for (manager, operation), paths in self.owned.items()
            if (manager, operation) != who
            for path in paths & field_set(applied)
            if get(live, path) != get(applied, path)
        }

    def take(self, who, paths, now, lost=()):
        """From now on, who owns exactly these; the others lose some."""
        before = {name: set(owned) for name, owned in self.owned.items()}
        for name, owned in self.owned.items():
            if name != who:
                owned -= set(lost)
        self.owned[who] = set(paths)
        self.owned = {name: owned for name, owned in self.owned.items() if owned}
        for name, owned in self.owned.items():
            if before.get(name) != owned:
                self.times[name] = now

    def updated(self, who, old, new, now):
        """An ordinary write: who owns what changed."""
        changed = {path for path in field_set(old) | field_set(new)
                   if get(old, path) != get(new, path)}
        gone = field_set(old) - field_set(new)
        mine = (self.owned.get(who, set()) | changed) - gone
        for owned in self.owned.values():
            owned -= gone
        self.take(who, mine, now, changed)

    def as_json(self):
        return [
            {"manager": manager, "operation": operation, "apiVersion": "v1",
             "time": self.times.get((manager, operation)), "fieldsType": "FieldsV1",
             "fieldsV1": _tree(paths)}
            for (manager, operation), paths in sorted(self.owned.items())
        ]


def _tree(paths):
    tree = {}
    for path in sorted(paths):
        node = tree
        for key in path:
            node = node.setdefault("f:" + key, {})
    return tree


def apply(live, managers, manager, applied, force, now):
    """Returns (object, managers), or raises Conflict. live is None if there is none yet."""
    who = (manager, "Apply")
    managers = managers.copy()
    merged = copy.deepcopy(live) if live else {}
    conflicts = managers.conflicts(who, applied, live or {})
    if conflicts and not force:
        raise Conflict(conflicts)
    wanted = field_set(applied)
    for path in wanted:
        put(merged, path, get(applied, path))
    for path in managers.owned.get(who, set()) - wanted:
        if not any(path in owned for name, owned in managers.owned.items() if name != who):
            drop(merged, path)
    managers.take(who, wanted, now, conflicts)
    return merged, managers


class Conflict(Exception):
    """{path: manager}"""
