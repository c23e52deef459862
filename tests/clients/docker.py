# SPDX-License-Identifier: Apache-2.0
"""The docker CLI, in every version that is installed."""

import shutil

# Debian's, and a newer one if /usr/local has it.
DOCKERS = {"debian": "/usr/bin/docker"}
if shutil.which("/usr/local/bin/docker"):
    DOCKERS["local"] = "/usr/local/bin/docker"


def present():
    """The paths of those that exist, the newest last."""
    return [path for path in DOCKERS.values() if shutil.which(path)]


def login(docker, host, username):
    """Reads the password from standard input."""
    return [docker, "login", "--username", username, "--password-stdin", host]


def logout(docker, host):
    return [docker, "logout", host]
