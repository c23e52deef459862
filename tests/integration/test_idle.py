# SPDX-License-Identifier: Apache-2.0
"""What hardly costs anything: runs of ecr-fetch and ecr-publish that find nothing to do never load
what a network needs."""

import fcntl
import os
import re
import subprocess

import pytest

from integration.conftest import Fetch
from lib.simulator import ACCOUNT

REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
BY_HAND = ["--end-with-input", "--by-hand"]  # how 'ecr-refresher refresh' has systemd run them
NETWORK = {"libcurl", "libssl", "libcrypto", "libexpat", "libyaml-0"}


class Program(Fetch):
    """As it is installed; in the end it tells which libraries it has loaded."""

    def __init__(self, prefix, name, sim, user):
        self.directory_of_both = prefix / "libexec/ecr-refresher"
        super().__init__(self.directory_of_both / name, sim, user)

    def loads(self, *arguments):
        log = self.ok(*arguments, env={"LD_DEBUG": "files"}).log
        loaded = set(re.findall(r"file=(lib[\w-]+)\.so[.\d]* \[0\]", log))
        assert "libc" in loaded
        return loaded & NETWORK

    def run_without_network_part(self, *arguments):
        """The network's programs are not there for it."""
        command = self.user.netns.command(self.command(*arguments), (self.user.uid, self.user.gid))
        return subprocess.run(
            ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"',
             self.directory_of_both / "network", *command],
            env={**self.user.environment(), **self.environment()}, capture_output=True, text=True)


@pytest.fixture
def fetch(prefix, sim, user):
    return Program(prefix, "ecr-fetch", sim, user)


@pytest.fixture
def publish(prefix, sim, user):
    return Program(prefix, "ecr-publish", sim, user)


def test_only_who_has_work_loads_the_network(fetch):
    fetch.configure(REGISTRY)
    assert {"libcurl", "libcrypto"} <= fetch.loads()
    assert fetch.loads() == set()
    assert fetch.loads(*BY_HAND) == set()
    assert "libcurl" in fetch.loads("--force")


def test_a_run_for_one_user(fetch, user):
    """A cluster's token, which it has no use for, is let be."""
    fetch.configure(REGISTRY, more="[kubernetes prod]\nkubeconfig = /nowhere\nnamespaces = *\n"
                                   "registries = public.ecr.aws\n")
    fetch.ok()
    before = fetch.state.stat()
    assert fetch.loads("--user", user.name) == set()
    fetch.ok("--user", user.name, "--verbose")
    assert fetch.state.stat().st_ino == before.st_ino and len(fetch.tokens) == 2


@pytest.mark.parametrize("name", ["ecr-fetch", "ecr-publish"])
def test_nothing_configured(prefix, sim, user, name):
    program = Program(prefix, name, sim, user)
    program.configure()
    assert program.loads() == set()
    assert program.loads(*BY_HAND) == set()


def test_idle_run_ignores_the_lock(fetch):
    fetch.configure(REGISTRY, more="[refresh]\ntimeout = 1s")
    fetch.ok()
    directory = os.open(fetch.directory, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        fetch.ok()
        assert fetch("--force").said("another run has held the lock")
    finally:
        os.close(directory)


def test_the_program_with_the_network_is_missing(fetch):
    fetch.configure(REGISTRY)
    done = fetch.run_without_network_part()
    assert done.returncode == 1
    assert re.search("network/ecr-fetch cannot be run: .*installed", done.stderr)
    fetch.ok()
    assert fetch.run_without_network_part().returncode == 0


def test_a_cluster_is_work(publish):
    publish.configure(more="[kubernetes prod]\nkubeconfig = /nowhere\nnamespaces = *\n"
                           f"registries = {REGISTRY}\n")
    done = publish.run_without_network_part()
    assert done.returncode == 1
    assert re.search("network/ecr-publish cannot be run: .*installed", done.stderr)
