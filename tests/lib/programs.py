# SPDX-License-Identifier: Apache-2.0
"""The programs under test, built and installed into a prefix that every user can read.

ECR_REFRESHER_PREFIX names an existing prefix, to save the time.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent.parent


@contextlib.contextmanager
def installed(options=()):
    """Yields the prefix, as a Path: bin/ecr-refresher, libexec/ecr-refresher/ecr-fetch … options
    are those of meson setup, if the prefix is built here."""
    given = os.environ.get("ECR_REFRESHER_PREFIX")
    if given:
        yield Path(given)
        return
    directory = Path(tempfile.mkdtemp(prefix="ecr-test-prefix-"))
    try:
        directory.chmod(0o755)
        install(directory / "build", directory / "usr", options)
        yield directory / "usr"
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def install(build, prefix, options=()):
    """Builds in one directory and installs in the other. Raises with the end of meson's output."""
    for argv in (
        ["meson", "setup", f"--prefix={prefix}", *options, build, SOURCE],
        ["meson", "compile", "-C", build],
        ["meson", "install", "-C", build, "--no-rebuild"],
    ):
        done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"meson {argv[1]} failed:\n{done.stdout[-4000:]}")
