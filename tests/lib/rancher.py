# SPDX-License-Identifier: Apache-2.0
"""The Rancher simulator (tests/rancher) as a fixture: started in a NetNS, controlled over its socket.

    with NetNS() as net, Rancher(net) as rancher:
        rancher.put(registries=[{"serverAddress": "registry.example.com"}])
        rancher.fault("status", status=503, path="/registries", count=2)
        assert rancher.state()["writes"] == []
"""

from pathlib import Path

from lib.ca import CA
from lib.control import Simulation

PROGRAM = Path(__file__).resolve().parent.parent / "rancher" / "simulator.py"

ADDRESS = "198.51.100.30"
NAME = "rancher.example.com"
HTTP_PORT = 8080

# The keys it has at its start: see FIRST_KEYS in tests/rancher/world.py.
ENVIRONMENT_KEY = ("ENVKEY", "env-secret")
ACCOUNT_KEY = ("ACCOUNTKEY", "account-secret")
TOKEN = "token-abcde:bearer-secret"
PROJECT = "1a5"
PROJECT_V2 = "c-m1abc:p-x2def"


class Rancher(Simulation):
    """A running simulator: https://NAME, and http://NAME:HTTP_PORT.

    ca    its lib.ca.CA; another simulator's can be given
    """

    def __init__(self, netns, ca=None, address=ADDRESS, name=NAME):
        super().__init__(netns)
        netns.add_address(address)
        netns.add_hosts(address, name)
        self.name = name
        self.ca = ca or CA(self.directory / "ca")
        self.start(PROGRAM, "--listen", f"{address}:443", "--listen-http",
                   f"{address}:{HTTP_PORT}", "--name", name, "--ca-dir", self.ca.directory)

    def state(self):
        """Returns its requests and objects: see World.snapshot() in tests/rancher/world.py."""
        return self.call("GET", "/state")

    def reset(self):
        self.call("POST", "/reset", {})

    def configure(self, **settings):
        """See SETTINGS in tests/rancher/world.py."""
        self.call("POST", "/configure", settings)

    def put(self, **rows):
        """Adds rows of registries, credentials, secrets; replaces keys, projects, projects_v2."""
        self.call("POST", "/put", rows)

    def fault(self, kind, **fields):
        """Adds a fault after the existing ones: see tests/rancher/faults.py."""
        self.call("POST", "/faults", [{"kind": kind, **fields}])

    def clear_faults(self):
        self.call("DELETE", "/faults")

    def forget(self):
        """Clears the recorded requests."""
        self.call("DELETE", "/requests")
