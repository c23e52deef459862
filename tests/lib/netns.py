# SPDX-License-Identifier: Apache-2.0
"""A network namespace with its own host names: programs under test use the real names of AWS,
and no packet leaves the machine.

    with NetNS("clients", addresses=["198.51.100.10"]) as net:
        net.add_hosts("198.51.100.10", "api.ecr.eu-central-1.amazonaws.com")
        net.run(["curl", "https://api.ecr.eu-central-1.amazonaws.com/"], check=True)

Addresses are from the TEST-NET ranges (RFC 5737), because dockerd treats 127.0.0.0/8 as insecure
registries. Names resolve from the hosts file alone; an unknown one fails at once. systemd-nspawn
joins with --network-namespace-path=NetNS.path; its tree has its own /etc, so write
NetNS.hosts_text there.
"""

import atexit
import itertools
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path


PREFIX = "ecr-test-"
ETC = Path("/etc/netns")
DEFAULT_ADDRESS = "198.51.100.10"

_numbers = itertools.count(1)


class NetNS:
    """A named network namespace with lo up, more addresses, and its own host names.

    name         unique per process, so that test runs can be parallel
    path         /run/netns/NAME
    hosts_text   the current contents of its /etc/hosts
    """

    def __init__(self, label="net", addresses=(DEFAULT_ADDRESS,)):
        sweep()
        self.name = f"{PREFIX}{label}-{os.getpid()}-{next(_numbers)}"
        self.path = Path("/run/netns") / self.name
        self.etc = ETC / self.name
        self._hosts = {}
        self._children = []
        self._closed = False
        _ip("netns", "add", self.name)
        atexit.register(self.close)
        self._write_etc()
        self._ip("link", "set", "lo", "up")
        self._device = self._add_device()
        for address in addresses:
            self.add_address(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Addresses and names

    def add_address(self, address):
        """Adds an IPv4 or IPv6 address, unless the namespace has it."""
        if ":" in address:
            self._ip("addr", "replace", f"{address}/128", "dev", self._device, "nodad")
        else:
            self._ip("addr", "replace", f"{address}/32", "dev", self._device)

    def add_hosts(self, address, *names):
        """Makes names resolve to an address, also in processes that already run. A name can have
        several addresses."""
        for name in names:
            known = self._hosts.setdefault(name.lower(), [])
            if address not in known:
                known.append(address)
        self._write_hosts()

    def remove_hosts(self, *names):
        """Makes names no longer resolve."""
        for name in names:
            self._hosts.pop(name.lower(), None)
        self._write_hosts()

    @property
    def hosts_text(self):
        lines = ["127.0.0.1 localhost", "::1 localhost"]
        lines += [f"{ip} {name}" for name, ips in self._hosts.items() for ip in ips]
        return "\n".join(lines) + "\n"

    # Processes

    def command(self, argv, user=None):
        """Returns the argv that runs argv in the namespace, as user if given: a uid, or
        (uid, gid), with no other groups. The prefix execs argv: same pid, same exit code."""
        prefix = ["ip", "netns", "exec", self.name]
        if user is not None:
            uid, gid = user if isinstance(user, tuple) else (user, user)
            prefix += ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups",
                       "--inh-caps=-all", "--"]
        return prefix + [os.fspath(word) for word in argv]

    def run(self, argv, user=None, **kwargs):
        """subprocess.run() in the namespace."""
        return subprocess.run(self.command(argv, user), **kwargs)

    def listens(self, address, port):
        """Reports whether an IPv4 address of the namespace accepts TCP connections."""
        connect = ["bash", "-c", f"exec 3<>/dev/tcp/{address}/{port}"]
        return self.run(connect, stderr=subprocess.DEVNULL).returncode == 0

    def popen(self, argv, user=None, **kwargs):
        """subprocess.Popen() in the namespace. close() ends the process."""
        child = subprocess.Popen(self.command(argv, user), **kwargs)
        self._children.append(child)
        return child

    # Cleanup

    def close(self):
        """Ends all processes in the namespace and removes it. May be called twice."""
        if self._closed:
            return
        self._closed = True
        atexit.unregister(self.close)
        for child in self._children:
            end(child)
        self._end_strays()
        _remove(self.name)

    def _end_strays(self):
        # All processes in this namespace were started in it: grandchildren, daemons.
        for sig in (signal.SIGTERM, signal.SIGKILL):
            deadline = time.monotonic() + 3
            pids = self._pids()
            for pid in pids:
                _kill(pid, sig)
            while pids and time.monotonic() < deadline:
                time.sleep(0.05)
                pids = self._pids()
            if not pids:
                return

    def _pids(self):
        out = subprocess.run(["ip", "netns", "pids", self.name], capture_output=True, text=True)
        return [int(word) for word in out.stdout.split() if int(word) != os.getpid()]

    def _ip(self, *args):
        _ip("-n", self.name, *args)

    def _add_device(self):
        # Without dummy interfaces in the kernel, lo can have the addresses.
        made = subprocess.run(["ip", "-n", self.name, "link", "add", "net0", "type", "dummy"],
                              capture_output=True)
        if made.returncode != 0:
            return "lo"
        self._ip("link", "set", "net0", "up")
        return "net0"

    def _write_etc(self):
        # `ip netns exec` mounts each of these files over the one in /etc, which must exist.
        self.etc.mkdir(parents=True, exist_ok=True)
        self._write_hosts()
        if Path("/etc/resolv.conf").exists():
            (self.etc / "resolv.conf").write_text("# no name server: names come from hosts\n")
        switch = Path("/etc/nsswitch.conf")
        if switch.exists():
            text = re.sub(r"(?m)^hosts:.*$", "hosts: files", switch.read_text())
            (self.etc / "nsswitch.conf").write_text(text)

    def _write_hosts(self):
        # In place, because running processes have this inode mounted.
        path = self.etc / "hosts"
        path.write_text(self.hosts_text)
        path.chmod(0o644)


def end(child, seconds=5):
    """Ends a child process: SIGTERM, SIGKILL if it still runs after these seconds, wait."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(seconds)
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream:
            stream.close()


def sweep():
    """Removes the empty namespaces of test runs that were killed."""
    for path in Path("/run/netns").glob(PREFIX + "*"):
        match = re.fullmatch(re.escape(PREFIX) + r".*-(\d+)-\d+", path.name)
        if match and not Path("/proc", match.group(1)).exists():
            _remove(path.name)


def _remove(name):
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    shutil.rmtree(ETC / name, ignore_errors=True)
    try:
        ETC.rmdir()
    except OSError:
        pass  # not empty: other namespaces use it


def _ip(*args):
    done = subprocess.run(["ip", *args], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(args)}: {done.stderr.strip()}")


def _kill(pid, sig):
    try:
        os.kill(pid, sig)
    except ProcessLookupError:
        pass
