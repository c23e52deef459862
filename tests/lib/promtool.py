# SPDX-License-Identifier: Apache-2.0
"""promtool from Debian's package prometheus, which is not installed because it starts a server."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

CACHE = Path(os.environ.get("ECR_REFRESHER_CACHE", "/var/cache/ecr-refresher-tests"))


def promtool():
    """Returns the program's path, or None if it cannot be downloaded."""
    installed = shutil.which("promtool")
    cached = CACHE / "promtool"
    if installed or cached.exists():
        return Path(installed or cached)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE) as directory:
        done = subprocess.run(["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download",
                               "prometheus"], cwd=directory, capture_output=True, text=True)
        packages = list(Path(directory).glob("prometheus_*.deb"))
        if done.returncode != 0 or not packages:
            return None
        subprocess.run(["dpkg-deb", "--extract", packages[0], f"{directory}/root"], check=True)
        os.replace(f"{directory}/root/usr/bin/promtool", cached)
    return cached


def check(text):
    """Returns the complaints of "promtool check metrics", or ""."""
    done = subprocess.run([promtool(), "check", "metrics"], input=text, capture_output=True,
                          text=True)
    return done.stdout + done.stderr or ("" if done.returncode == 0 else "promtool failed")
