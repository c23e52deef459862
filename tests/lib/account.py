# SPDX-License-Identifier: Apache-2.0
"""An ordinary user of this machine, for one test run, with a home and a runtime directory.

    with Account(netns) as user:
        user.write(".config/ecr-refresher.ini", "…")
        user.run(["skopeo", "inspect", …], env={"SSL_CERT_FILE": …})
"""

import atexit
import itertools
import os
import pwd
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

PREFIX = "ecr-test-"

_numbers = itertools.count(1)


class Account:
    """name, uid, gid; home; runtime_dir ($XDG_RUNTIME_DIR)"""

    def __init__(self, netns):
        _sweep()
        self.netns = netns
        self.name = f"{PREFIX}{os.getpid()}-{next(_numbers)}"
        # A short name: podman accepts a runroot of at most 50 characters.
        self.directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
        self.home, self.runtime_dir = self.directory / "home", self.directory / "run"
        atexit.register(self.close)
        _call("useradd", "--no-log-init", "--no-create-home", "--user-group",
              "--shell", "/bin/bash", "--home-dir", self.home, self.name)
        self.uid, self.gid = pwd.getpwnam(self.name)[2:4]
        self.directory.chmod(0o755)
        for path, mode in ((self.home, 0o755), (self.runtime_dir, 0o700)):
            path.mkdir(mode=mode)
            os.chown(path, self.uid, self.gid)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def environment(self, **more):
        """The environment of this user's login, without variables of the test process."""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
            "LANG": "C.UTF-8",
            "HOME": str(self.home),
            "USER": self.name,
            "LOGNAME": self.name,
            "XDG_RUNTIME_DIR": str(self.runtime_dir),
            **more,
        }

    def run(self, argv, env=None, **kwargs):
        """subprocess.run() as this user, in the namespace and the home directory, with output
        captured as text."""
        kwargs = {"capture_output": "stdout" not in kwargs, "text": True, **kwargs}
        return self.netns.run(argv, (self.uid, self.gid), env=self.environment(**(env or {})),
                              cwd=self.home, **kwargs)

    def popen(self, argv, env=None, **kwargs):
        """subprocess.Popen() in the same way."""
        return self.netns.popen(argv, (self.uid, self.gid), env=self.environment(**(env or {})),
                                cwd=self.home, **kwargs)

    def write(self, name, data, mode=0o600):
        """Writes this user's file below the home, creating directories. Returns its path."""
        path = self.home / name
        for parent in reversed(path.relative_to(self.home).parents[:-1]):
            directory = self.home / parent
            if not directory.exists():
                directory.mkdir(mode=0o700)
                os.chown(directory, self.uid, self.gid)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        path.chmod(mode)
        os.chown(path, self.uid, self.gid)
        return path

    def close(self):
        """Removes the user and the home. May be called twice."""
        atexit.unregister(self.close)
        _remove(self.name)
        shutil.rmtree(self.directory, ignore_errors=True)


def _remove(name):
    subprocess.run(["userdel", "--force", name], capture_output=True)


def _sweep():
    """Removes users left by test runs that were killed."""
    for entry in pwd.getpwall():
        match = re.fullmatch(re.escape(PREFIX) + r"(\d+)-\d+", entry.pw_name)
        if match and not Path("/proc", match[1]).exists():
            _remove(entry.pw_name)


def _call(*argv):
    done = subprocess.run([os.fspath(word) for word in argv], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{argv[0]}: {done.stderr.strip()}")
