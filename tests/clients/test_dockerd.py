# SPDX-License-Identifier: Apache-2.0
"""A real docker daemon pulls and runs an image for a user who only has our entry."""

import shutil

import pytest

from clients.conftest import CONTAINERS, DOCKER, PRIVATE, PUBLIC
from lib.dockerd import Dockerd
from lib.patience import patience
from lib.registry import IMAGE, MESSAGE


@pytest.fixture(scope="module")
def docker(world, user):
    if not shutil.which("/usr/sbin/dockerd"):
        pytest.skip("dockerd is not installed (Debian package docker.io)")
    ca, hosts = world.simulator.ca, [PRIVATE, PUBLIC]
    with Dockerd(world.netns, ca, hosts, gid=user.gid) as daemon:
        yield lambda *argv: user.run(["/usr/bin/docker", "--host", daemon.url, *argv],
                                     timeout=patience(60))


@pytest.mark.parametrize("host", [PRIVATE, PUBLIC])
def test_dockerd_pulls_and_runs(host, docker, refreshed):
    image = f"{host}/{IMAGE}"
    refreshed.remove_entry(CONTAINERS, host)

    pulled = docker("pull", image)
    assert pulled.returncode == 0, pulled.stderr
    ran = docker("run", "--rm", "--network", "none", image)
    assert (ran.returncode, ran.stdout) == (0, MESSAGE + "\n"), ran.stderr

    assert docker("rmi", "--force", image).returncode == 0
    refreshed.remove_entry(DOCKER, host)
    refused = docker("pull", image)
    assert refused.returncode != 0
    assert "no basic auth credentials" in refused.stderr
