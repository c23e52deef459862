# SPDX-License-Identifier: Apache-2.0
"""Running the tools that build and judge."""

import os
import subprocess


def call(argv, **kwargs):
    """What a command prints; it has to succeed."""
    done = subprocess.run([os.fspath(word) for word in argv], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, **{"stderr": subprocess.STDOUT, **kwargs})
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def copy_source(source, directory):
    """A copy of the tree, without what was built in it; it stays as it is while others work."""
    call(["sh", "-c", 'mkdir -p "$2" && tar -C "$1" --exclude=./.git --exclude="./build*" --exclude=__pycache__ -c . | '
          'tar -C "$2" -x', "copy", source, directory])
