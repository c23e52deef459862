# SPDX-License-Identifier: Apache-2.0
"""The API server (tests/kube) as a fixture: started in a NetNS, controlled over its socket.

    with NetNS() as net, Kube(net) as kube:
        kube.add_namespaces("team-a", "team-b")
        assert kube.all("secrets") == []

Every public method of World in tests/kube/world.py is a method here.
"""

import base64
from pathlib import Path

from kube.world import TOKEN
from lib.ca import CA
from lib.control import Simulation

PROGRAM = Path(__file__).resolve().parent.parent / "kube" / "simulator.py"
ADDRESS = "198.51.100.40"
NAME = "kube.example.com"


class Kube(Simulation):
    """server: its URL; ca: its lib.ca.CA, which also signs its clients' certificates."""

    def __init__(self, netns, address=ADDRESS, name=NAME):
        super().__init__(netns)
        netns.add_address(address)
        netns.add_hosts(address, name)
        self.server = f"https://{name}:6443"
        self.ca = CA(self.directory / "ca")
        self.start(PROGRAM, "--listen", f"{address}:6443", "--name", name,
                   "--ca-dir", self.ca.directory)

    def __getattr__(self, method):
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda *arguments, **keywords: self.call(
            "POST", "/call", [method, arguments, keywords])["result"]

    def kubeconfig(self, user=None, cluster=None, **more):
        """Returns a kubeconfig as a dict (JSON is YAML). user replaces the user's entry; cluster
        is merged into the cluster's."""
        bundle = base64.b64encode(self.ca.bundle.read_bytes()).decode()
        return {
            "apiVersion": "v1", "kind": "Config", "current-context": "main",
            "clusters": [{"name": "here", "cluster": {
                "server": self.server, "certificate-authority-data": bundle, **(cluster or {})}}],
            "users": [{"name": "tester", "user": {"token": TOKEN} if user is None else user}],
            "contexts": [{"name": "main", "context": {"cluster": "here", "user": "tester"}}],
            **more,
        }
