# SPDX-License-Identifier: Apache-2.0
"""The rows, the keys and their rights, the settings, and the requests so far."""

import threading
import time
import uuid

from rancher.faults import Fault

# Settings; POST /configure changes them.
SETTINGS = {
    "generation": 1,        # which API its root lists; it does not have the other's paths
    "page_limit": 100,      # rows of a page if the client has no limit; also the maximum
    "public_url": None,     # the start of links and pagination.next; None: as in Host
    "transition_reads": 0,  # how often a new or changed row is read before it settles
    "max_secret": 4096,     # characters of secretValue (the column is VARCHAR(4096))
    "needs_email": True,    # v1: 422 without one
    "lists_projects": True,  # False: the list is empty for account keys (some versions')
}

FIRST_KEYS = [
    # environment: a key of one environment; account: a user's, for all of them
    {"access": "ENVKEY", "secret": "env-secret", "kind": "environment", "project": "1a5"},
    {"access": "ACCOUNTKEY", "secret": "account-secret", "kind": "account"},
    # Rancher 2 calls it token-NAME:SECRET
    {"access": "token-abcde", "secret": "bearer-secret", "kind": "token"},
]

FIRST_PROJECTS = [{"id": "1a5", "name": "Default"}]

FIRST_PROJECTS3 = [
    {"id": "c-m1abc:p-x2def", "name": "Default", "namespaces": ["shop", "web"]},
]


class World:
    """Thread-safe under its lock; requests are served one at a time."""

    def __init__(self):
        self.lock = threading.RLock()
        self.generation = 0  # changes at each reset, for threads that wait
        self.reset()

    def reset(self):
        with self.lock:
            self.generation += 1
            self.settings = dict(SETTINGS)
            self.keys = [dict(key) for key in FIRST_KEYS]
            self.projects = [self._project(row) for row in FIRST_PROJECTS]
            self.projects_v2 = [dict(row) for row in FIRST_PROJECTS3]
            self.registries = []   # of Rancher 1
            self.credentials = []
            self.secrets = []      # of Rancher 2
            self.faults = []
            self.requests = []
            self.problems = []
            self._next_id = 1

    # Rows

    def configure(self, settings):
        unknown = set(settings) - set(SETTINGS)
        if unknown:
            raise ValueError(f"no setting {', '.join(sorted(unknown))}")
        with self.lock:
            self.settings.update(settings)

    def put(self, what):
        """Adds rows as an administrator: {"projects": […], "registries": […] …}, with the
        fields that matter; the rest is filled in. keys, projects and projects_v2 replace all."""
        makers = {"registries": self.add_registry, "credentials": self.add_credential,
                  "secrets": self.secrets.append}
        with self.lock:
            for name, rows in what.items():
                if name == "projects":
                    self.projects = [self._project(row) for row in rows]
                elif name in ("keys", "projects_v2"):
                    setattr(self, name, rows)
                elif name in makers:
                    for row in rows:
                        makers[name](row)
                else:
                    raise ValueError(f"no rows called {name}")

    def _project(self, row):
        return {"type": "project", "state": "active", "removed": None, **row}

    def new_id(self, letters):
        self._next_id += 1
        return f"1{letters}{self._next_id}"

    def add_registry(self, row):
        return self._add(self.registries, "sp", {
            "type": "registry", "baseType": "storagePool", "kind": "registry", "name": None,
            "description": None, "driverName": None, "externalId": None,
            "serverAddress": None, **row})

    def add_credential(self, row):
        return self._add(self.credentials, "c", {
            "type": "registryCredential", "baseType": "credential", "kind": "registryCredential",
            "name": None, "description": None, "email": None, "publicValue": None,
            "registryId": None, "secret": None, **row})

    def _add(self, rows, letters, row):
        row = {"accountId": "1a5", "state": "active", "removed": None, "removeTime": None,
               "transitioning": "no", "transitioningMessage": None,
               "transitioningProgress": None, "uuid": str(uuid.uuid4()),
               "created": "2016-03-12T09:00:00Z", "data": {}, "writes": 0, **row}
        row.setdefault("id", None)
        row["id"] = row["id"] or self.new_id(letters)
        rows.append(row)
        return row

    def begin(self, row, state, settled):
        """Begins a transition of a row, which settles by itself."""
        reads = self.settings["transition_reads"]
        row["state"], row["transitioning"] = (state, "yes") if reads else (settled, "no")
        row["settles"] = (reads + 1, settled)  # the reply to the change also reads it

    def read(self, row):
        """Called for each row of a reply."""
        reads, settled = row.get("settles", (0, None))
        if row["transitioning"] == "yes":
            row["settles"] = (reads - 1, settled)
            if reads <= 1:
                row["state"], row["transitioning"] = settled, "no"

    # Faults and records

    def add_faults(self, faults):
        with self.lock:
            self.faults += [Fault.from_json(fault) for fault in faults]

    def take_fault(self, method, path):
        with self.lock:
            for fault in self.faults:
                if fault.matches(method, path):
                    fault.count -= fault.count > 0
                    return fault
        return None

    def record(self, **entry):
        with self.lock:
            self.requests.append({"time": time.time(), **entry})

    def problem(self, text):
        """Records something that no well-behaved client does."""
        with self.lock:
            self.problems.append(text)

    def snapshot(self):
        """For GET /state: requests (method, path, status, key, scheme, fault, the names in the
        body) in order, writes (all but GET), problems, and all rows with their secrets."""
        with self.lock:
            return {
                "requests": list(self.requests),
                "writes": [f"{r['method']} {r['path']}" for r in self.requests
                           if r["method"] != "GET"],
                "problems": list(self.problems),
                "registries": self.registries,
                "credentials": self.credentials,
                "secrets": self.secrets,
            }
