# SPDX-License-Identifier: Apache-2.0
"""A real dockerd (Debian's docker.io) in a network namespace, separate from the machine's own.

Images, sockets and pid file are in a temporary directory; /etc/docker and the cgroup tree are
mounted in the mount namespace that `ip netns exec` gives each process. It changes no iptables
rules and creates no bridge, so containers run with `--network none`.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from lib.netns import end
from lib.patience import ServerError, wait_for_server

# Arguments: CA certificate, registry hosts, "--", dockerd and its arguments.
_START = """
set -e
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /etc/docker
mount -t tmpfs tmpfs /etc/docker
ca=$1; shift
while [ "$1" != -- ]; do
        mkdir -p "/etc/docker/certs.d/$1"
        cp "$ca" "/etc/docker/certs.d/$1/ca.crt"
        shift
done
shift
exec "$@"
"""

_SWEEP = "mount -t cgroup2 cgroup2 /sys/fs/cgroup && rmdir /sys/fs/cgroup/$1"


class Dockerd:
    """A running daemon that trusts ca for these hosts; members of the group gid may connect to it.

    url   for docker -H
    """

    def __init__(self, netns, ca, hosts, gid=0):
        self.netns = netns
        self._directory = Path(tempfile.mkdtemp(prefix="ecr-test-dockerd-"))
        self._directory.chmod(0o755)
        self._cgroup = self._directory.name
        self.socket = self._directory / "docker.sock"
        self.url = f"unix://{self.socket}"
        atexit.register(self.stop)
        argv = ["bash", "-c", _START, "dockerd", ca.bundle, *hosts, "--", *self._command(gid)]
        with open(self._directory / "log", "w") as log:
            self._process = netns.popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
            )
        self._wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def log(self):
        return (self._directory / "log").read_text()

    def stop(self):
        """Ends the daemon and its containers. May be called twice."""
        atexit.unregister(self.stop)
        end(self._process, 20)
        if self._directory.exists():
            self.netns.run(["bash", "-c", _SWEEP, "sweep", self._cgroup], capture_output=True)
        shutil.rmtree(self._directory, ignore_errors=True)

    def _command(self, gid):
        directory = self._directory
        return [
            "/usr/sbin/dockerd", "--host", self.url, "--group", str(gid),
            "--data-root", directory / "data", "--exec-root", directory / "exec",
            "--pidfile", directory / "pid", "--cgroup-parent", "/" + self._cgroup,
            "--exec-opt", "native.cgroupdriver=cgroupfs",
            "--iptables=false", "--ip6tables=false", "--bridge=none",
        ]

    def _wait(self):
        ping = ["curl", "-sf", "--unix-socket", str(self.socket), "http://docker/_ping"]
        try:
            wait_for_server("dockerd", self._process, lambda: subprocess.run(
                ping, capture_output=True, env=_plain()).returncode == 0,
                self._directory / "log", 40)
        except ServerError:
            self.stop()
            raise


def _plain():
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
