# SPDX-License-Identifier: Apache-2.0
"""Runs the tools that build and check packages."""

import os
import subprocess


def call(argv, **kwargs):
    """Returns the output of a command, which must succeed."""
    done = subprocess.run([os.fspath(word) for word in argv], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, **{"stderr": subprocess.STDOUT, **kwargs})
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def copy_source(source, directory):
    """Copies the tree without its build directories, so that later changes do not affect a test."""
    call(["sh", "-c", 'mkdir -p "$2" && tar -C "$1" --exclude=./.git --exclude="./build*" --exclude=__pycache__ -c . | '
          'tar -C "$2" -x', "copy", source, directory])
