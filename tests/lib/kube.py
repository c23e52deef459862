# SPDX-License-Identifier: Apache-2.0
"""The API server (tests/kube) as a fixture: started in a NetNS, steered over its socket.

    with NetNS() as net, Kube(net) as kube:
        kube.add_namespaces("team-a", "team-b")
        assert kube.all("secrets") == []

Every public method of World in tests/kube/world.py is a method here.
"""

import atexit
import base64
import json
import os
import select
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

from kube.world import TOKEN
from lib.ca import CA
from lib.netns import end

PROGRAM = Path(__file__).resolve().parent.parent / "kube" / "simulator.py"
ADDRESS = "198.51.100.40"
NAME = "kube.example.com"


class Kube:
    """server: its URL; ca: its lib.ca.CA, which also signs its clients' certificates."""

    def __init__(self, netns, address=ADDRESS, name=NAME):
        netns.add_address(address)
        netns.add_hosts(address, name)
        self.server = f"https://{name}:6443"
        self.directory = Path(tempfile.mkdtemp(prefix="ecr-test-kube-"))
        os.chmod(self.directory, 0o755)
        self.ca = CA(self.directory / "ca")
        self._control = str(self.directory / "control")
        self._process = netns.popen(
            [PROGRAM, "--listen", f"{address}:6443", "--name", name,
             "--ca-dir", self.ca.directory, "--control", self._control],
            stdout=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self._process.stdout], [], [], 20)
        if not ready or self._process.stdout.readline() != "ready\n":
            end(self._process)
            raise RuntimeError("the API server did not start")
        atexit.register(self.stop)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def __getattr__(self, method):
        if method.startswith("_"):
            raise AttributeError(method)
        return lambda *arguments, **keywords: self._call(method, arguments, keywords)

    def kubeconfig(self, user=None, cluster=None, **more):
        """As a dict; JSON is YAML. user and cluster: their entries, or what is to be added."""
        bundle = base64.b64encode(self.ca.bundle.read_bytes()).decode()
        return {
            "apiVersion": "v1", "kind": "Config", "current-context": "main",
            "clusters": [{"name": "here", "cluster": {
                "server": self.server, "certificate-authority-data": bundle, **(cluster or {})}}],
            "users": [{"name": "tester", "user": {"token": TOKEN} if user is None else user}],
            "contexts": [{"name": "main", "context": {"cluster": "here", "user": "tester"}}],
            **more,
        }

    def stop(self):
        """Ends it. Can be called twice."""
        atexit.unregister(self.stop)
        end(self._process)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _call(self, method, arguments, keywords):
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(30)
            connection.connect(self._control)
            connection.sendall(json.dumps([method, arguments, keywords]).encode() + b"\n")
            with connection.makefile() as reply:
                answer = json.loads(reply.readline())
        if isinstance(answer, dict):
            raise ValueError(answer["error"])
        return answer[0]
