# SPDX-License-Identifier: Apache-2.0
"""The docker CLI, in every version this machine has."""

import shutil

DOCKERS = {"debian": "/usr/bin/docker", "local": "/usr/local/bin/docker"}


def present():
    """Their paths: Debian's, and a newer one that somebody put into /usr/local."""
    return [path for path in DOCKERS.values() if shutil.which(path)]


def login(docker, host, username):
    """Reads the password from standard input."""
    return [docker, "login", "--username", username, "--password-stdin", host]


def logout(docker, host):
    return [docker, "logout", host]
