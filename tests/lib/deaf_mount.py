#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Mounts a file system that never answers, like NFS without its server: FUSE, with no process that
serves the requests. They fail when this program ends.

    deaf_mount.py DIRECTORY [PID]

mounts it in its own mount namespace, or in that of PID, prints "ready" and waits.
"""

import contextlib
import ctypes
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lib.netns import end
from lib.patience import is_ready

PROGRAM = Path(__file__).resolve()
CLONE_NEWNS = 0x20000


@contextlib.contextmanager
def deaf_mount(directory, pid=None, popen=subprocess.Popen):
    """Yields the server's pid. Without a pid, popen decides in which namespace the mount is made."""
    argv = [sys.executable, PROGRAM, directory, *([str(pid)] if pid else [])]
    env = {"PYTHONPATH": str(PROGRAM.parent.parent), "PATH": os.environ["PATH"]}
    server = popen(argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        if not is_ready(server):
            pytest.skip(f"FUSE does not work on this machine: {server.stderr.read()[-200:]}")
        yield server.pid
    finally:
        end(server)


def _call(function, *arguments):
    if function(*arguments) < 0:
        sys.exit(os.strerror(ctypes.get_errno()))


def main(directory, pid=None):
    libc = ctypes.CDLL(None, use_errno=True)
    device = os.open("/dev/fuse", os.O_RDWR)
    if pid:
        _call(libc.setns, os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY), CLONE_NEWNS)
    options = f"fd={device},rootmode=40000,user_id=0,group_id=0,allow_other"
    _call(libc.mount, b"deaf", directory.encode(), b"fuse", 0, options.encode())
    print("ready", flush=True)
    time.sleep(6000)


if __name__ == "__main__":
    main(*sys.argv[1:])
