# SPDX-License-Identifier: Apache-2.0
"""docker compose pulls with the entry of the user who runs it, in both generations: 1.29 of Debian 12,
and the plugin of current docker."""

import os
import shutil
from pathlib import Path

import pytest

from clients.conftest import CONTAINERS, DOCKER, PRIVATE
from lib.dockerd import Dockerd
from lib.patience import patience
from lib.registry import IMAGE, MESSAGE

PLUGINS = [Path(place, "docker/cli-plugins/docker-compose")
           for place in ("/usr/local/lib", "/usr/local/libexec", "/usr/lib", "/usr/libexec")]
PROJECT = f"""services:
  demo:
    image: {PRIVATE}/{IMAGE}
    network_mode: none
"""


def first_generation():
    return shutil.which("docker-compose")


def plugin():
    """It also runs without docker."""
    return next((str(path) for path in PLUGINS if os.access(path, os.X_OK)), None)


@pytest.fixture(scope="module")
def daemon(world, user):
    if not shutil.which("/usr/sbin/dockerd"):
        pytest.skip("dockerd is not installed (Debian package docker.io)")
    with Dockerd(world.netns, world.simulator.ca, [PRIVATE], gid=user.gid) as daemon:
        yield daemon


@pytest.mark.parametrize("find", [first_generation, plugin], ids=["docker-compose", "plugin"])
def test_pull_and_up(find, daemon, refreshed, user):
    program = find()
    if not program:
        pytest.skip("not installed (Debian package docker-compose: 1.29 in 12, the plugin later)")
    refreshed.remove_entry(CONTAINERS, PRIVATE)
    file = user.write("project/compose.yaml", PROJECT)

    def compose(*argv):
        env = {"DOCKER_HOST": daemon.url}
        done = user.run([program, "--file", file, *argv], env=env, timeout=patience(60))
        print(done.stdout, done.stderr)
        return done

    assert compose("pull").returncode == 0
    assert MESSAGE in compose("up").stdout
    assert compose("down", "--rmi", "all").returncode == 0
    refreshed.remove_entry(DOCKER, PRIVATE)
    refused = compose("pull")
    assert refused.returncode != 0
    assert "no basic auth credentials" in refused.stdout + refused.stderr
