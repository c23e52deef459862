# SPDX-License-Identifier: Apache-2.0
"""docker saves config.json without a lock while we write it: none of its updates is lost.

Each step starts a docker command and, at a random moment while it runs, one of our runs that must
write. docker reads the file first and saves it last, so it can undo our change, which the next run
restores; we must never undo docker's.
"""

import json
import random
import time

import pytest

from clients import docker as cli
from clients.conftest import DOCKER, PRIVATE, PUBLIC
from lib.patience import patience

FOREIGN = {"HttpHeaders": {"X-Team": "a\\b \u00e9"}, "psFormat": "table {{.ID}}"}


class Race:
    """Runs a docker command and one of our runs at the same time, repeatedly."""

    def __init__(self, refresher, user, env):
        self.refresher, self.user, self.env = refresher, user, env
        self.seconds = 0.1  # that docker's command takes
        self.undone = 0
        self.random = random.Random(2)

    def step(self, argv, password=None):
        """Runs both once. Returns the auths afterwards, with our entries restored."""
        self.refresher.remove_entry(DOCKER, PRIVATE)
        start = time.monotonic()
        docker = self.user.popen(argv, env=self.env, text=True, stdin=-1, stdout=-3, stderr=-3)
        if password:
            docker.stdin.write(password)
        docker.stdin.close()
        time.sleep(self.random.uniform(0, self.seconds))
        ours = self.refresher("write")
        assert docker.wait(patience(30)) == 0
        self.seconds = time.monotonic() - start
        assert ours.returncode == 0, ours.stderr
        auths = self.auths()
        if PRIVATE not in auths:
            self.undone += 1
            self.restore()
        return auths

    def restore(self):
        assert self.refresher("write").returncode == 0

    def auths(self):
        config = self.refresher.read(DOCKER)
        assert {key: config.get(key) for key in FOREIGN} == FOREIGN
        return config["auths"]


@pytest.mark.parametrize("docker", cli.present())
def test_no_docker_update_is_lost(docker, world, user, refresher, other_registry):
    user.write(DOCKER, json.dumps(FOREIGN))
    refresher.refresh()
    tokens = refresher.read(DOCKER)["auths"]
    race = Race(refresher, user, {"SSL_CERT_FILE": str(world.simulator.ca.bundle)})
    hosts = other_registry.hosts

    entries = {}
    for host in hosts:
        login = cli.login(docker, host, other_registry.username)
        auths = race.step(login, other_registry.password)
        assert host in auths, f"docker's login to {host} is lost"
        entries[host] = auths[host]
    assert race.auths() == {**tokens, **entries}

    for host in hosts:
        auths = race.step(cli.logout(docker, host))
        assert host not in auths, f"docker's logout from {host} is undone"
    assert race.auths() == tokens
    assert set(tokens) == {PRIVATE, PUBLIC}
    # Otherwise the two never overlapped, and nothing was tested.
    assert 0 < race.undone < 2 * len(hosts)
