# SPDX-License-Identifier: Apache-2.0
"""Cheap runs: if nothing is due, ecr-fetch and ecr-publish do not load the libraries for the
network."""

import fcntl
import os
import re
import subprocess

import pytest

from integration.conftest import Fetch
from lib.simulator import ACCOUNT

REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
BY_HAND = ["--end-with-input", "--by-hand"]  # the arguments of 'ecr-refresher refresh'
NETWORK = {"libcurl", "libssl", "libcrypto", "libexpat", "libyaml-0"}


class Program(Fetch):
    """An installed program, whose loaded libraries can be listed."""

    def __init__(self, prefix, name, sim, user):
        self.libexec = prefix / "libexec/ecr-refresher"
        super().__init__(self.libexec / name, sim, user)

    def loaded(self, *arguments):
        """Runs it and returns the libraries for the network that it loaded."""
        log = self.ok(*arguments, env={"LD_DEBUG": "files"}).log
        loaded = set(re.findall(r"file=(lib[\w-]+)\.so[.\d]* \[0\]", log))
        assert "libc" in loaded
        return loaded & NETWORK

    def run_without_network_part(self, *arguments):
        """Runs it without the programs with the network."""
        command = self.user.netns.command(self.command(*arguments), (self.user.uid, self.user.gid))
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"',
             self.libexec / "network", *command],
            env={**self.user.environment(), **self.environment()}, capture_output=True, text=True)


@pytest.fixture
def fetch(prefix, sim, user):
    return Program(prefix, "ecr-fetch", sim, user)


@pytest.fixture
def publish(prefix, sim, user):
    return Program(prefix, "ecr-publish", sim, user)


def test_network_libraries_are_loaded_only_if_due(fetch):
    fetch.configure(REGISTRY)
    assert {"libcurl", "libcrypto"} <= fetch.loaded()
    assert fetch.loaded() == set()
    assert fetch.loaded(*BY_HAND) == set()
    assert "libcurl" in fetch.loaded("--force")


def test_run_for_one_user(fetch, user):
    """It keeps a cluster's token, which it does not need."""
    fetch.configure(REGISTRY, more="[kubernetes prod]\nkubeconfig = /nowhere\nnamespaces = *\n"
                                   "registries = public.ecr.aws\n")
    fetch.ok()
    before = fetch.state.stat()
    assert fetch.loaded("--user", user.name) == set()
    fetch.ok("--user", user.name, "--verbose")
    assert fetch.state.stat().st_ino == before.st_ino and len(fetch.tokens) == 2


@pytest.mark.parametrize("name", ["ecr-fetch", "ecr-publish"])
def test_nothing_configured(prefix, sim, user, name):
    program = Program(prefix, name, sim, user)
    program.configure()
    assert program.loaded() == set()
    assert program.loaded(*BY_HAND) == set()


def test_idle_run_ignores_the_lock(fetch):
    fetch.configure(REGISTRY, more="[refresh]\ntimeout = 1s")
    fetch.ok()
    directory = os.open(fetch.directory, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        fetch.ok()
        assert fetch("--force").logged("another run has held the lock")
    finally:
        os.close(directory)


def test_missing_network_program(fetch):
    fetch.configure(REGISTRY)
    done = fetch.run_without_network_part()
    assert done.returncode == 1
    assert re.search("network/ecr-fetch cannot be run: .*installed", done.stderr)
    fetch.ok()
    assert fetch.run_without_network_part().returncode == 0


def test_cluster_is_due(publish):
    publish.configure(more="[kubernetes prod]\nkubeconfig = /nowhere\nnamespaces = *\n"
                           f"registries = {REGISTRY}\n")
    done = publish.run_without_network_part()
    assert done.returncode == 1
    assert re.search("network/ecr-publish cannot be run: .*installed", done.stderr)
