# SPDX-License-Identifier: Apache-2.0
"""A swarm of two nodes, each with its own network: the user who starts a service has our entry, and
the other node pulls with the credentials that came with the service.

The kernel may lack IPVS, so the services have the host's network and publish nothing.
"""

import json
import re
import shutil
import subprocess

import pytest

from clients.conftest import DOCKER, PRIVATE
from lib.container import wait_for
from lib.dockerd import Dockerd
from lib.netns import NetNS
from lib.patience import patience
from lib.programs import SOURCE
from lib.registry import IMAGE

MANAGER, WORKER = "203.0.113.1", "203.0.113.2"
SERVICE = "demo"
REFERENCE = f"{PRIVATE}/{IMAGE}"
CREATE = ["service", "create", "--name", SERVICE, "--detach", "--network", "host",
          "--constraint", "node.role==worker", "--restart-condition", "none",
          "--stop-signal", "KILL"]
COMMAND = [REFERENCE, "/bin/busybox", "sleep", "1000"]


class Swarm:
    """manager and worker are the daemons; docker() is the user's CLI on the manager."""

    def __init__(self, user, manager, worker):
        self.user, self.manager, self.worker = user, manager, worker

    def docker(self, *argv, daemon=None):
        daemon = daemon or self.manager
        done = self.user.run(["/usr/bin/docker", "--host", daemon.url, *argv], timeout=patience(60))
        print(*argv, done.returncode, done.stdout, done.stderr)
        return done

    def ok(self, *argv, **kwargs):
        done = self.docker(*argv, **kwargs)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def tasks(self):
        """Each task of the service, the newest first."""
        lines = self.ok("service", "ps", "--no-trunc", "--format", "{{json .}}", SERVICE)
        return [json.loads(line) for line in lines.splitlines()]

    def newest(self, state, after=None):
        """Waits for a newer task that is in that state, or has failed to reach it."""
        def task():
            tasks = self.tasks()
            if not tasks or tasks[0]["ID"] == after:
                return None
            now = tasks[0]["CurrentState"].split()[0]
            return now in (state, "Rejected", "Failed") and tasks[0]
        found = wait_for(task, 30, f"a task that is {state}")
        assert found["CurrentState"].startswith(state), found
        return found

    def image_of_worker(self):
        return self.ok("images", "--quiet", daemon=self.worker)

    def start_on_a_new_node(self):
        """Stops the task, and starts one on a node without the image."""
        self.ok("service", "scale", "--detach", f"{SERVICE}=0")
        wait_for(lambda: not self.tasks(), 30, "no task")
        self.forget_image()
        self.ok("service", "scale", "--detach", f"{SERVICE}=1")

    def forget_image(self):
        wait_for(lambda: not self.ok("ps", "--quiet", daemon=self.worker), 30,
                 "no container on the worker")
        for image in set(self.image_of_worker().split()):
            self.ok("rmi", "--force", image, daemon=self.worker)

    def remove_service(self):
        self.docker("service", "rm", SERVICE)
        self.forget_image()


def link(first, second):
    """Connects two network namespaces; the second reaches everything in the first."""
    def ip(*argv):
        subprocess.run(["ip", *argv], check=True)
    ip("link", "add", "swarm0", "netns", first.name, "type", "veth", "peer", "name", "swarm0",
       "netns", second.name)
    for netns, address in ((first, MANAGER), (second, WORKER)):
        ip("-n", netns.name, "addr", "add", f"{address}/30", "dev", "swarm0")
        ip("-n", netns.name, "link", "set", "swarm0", "up")
    ip("-n", second.name, "route", "add", "default", "via", MANAGER)


@pytest.fixture(scope="module")
def nodes(world, user):
    if not shutil.which("/usr/sbin/dockerd"):
        pytest.skip("dockerd is not installed (Debian package docker.io)")
    ca = world.simulator.ca
    with NetNS("worker", addresses=()) as netns:
        try:
            link(world.netns, netns)
        except subprocess.CalledProcessError:
            pytest.skip("this kernel has no veth")
        netns.add_hosts(world.private.address, PRIVATE)
        with Dockerd(world.netns, ca, [PRIVATE], gid=user.gid) as manager, \
                Dockerd(netns, ca, [PRIVATE], gid=user.gid) as worker:
            yield Swarm(user, manager, worker)


@pytest.fixture(scope="module")
def joined(nodes):
    made = nodes.docker("swarm", "init", "--advertise-addr", MANAGER)
    if made.returncode != 0:
        pytest.skip(f"no swarm with this kernel: {made.stderr}")
    token = nodes.ok("swarm", "join-token", "--quiet", "worker")
    nodes.ok("swarm", "join", "--token", token, "--advertise-addr", WORKER, f"{MANAGER}:2377",
             daemon=nodes.worker)
    return nodes


@pytest.fixture
def swarm(joined):
    yield joined
    joined.remove_service()


def test_service_sends_the_entry_to_the_nodes(swarm, refreshed):
    swarm.ok(*CREATE, "--with-registry-auth", *COMMAND)
    swarm.newest("Running")
    assert swarm.image_of_worker()


def test_no_pull_without_the_option(swarm, refreshed):
    """The other tests depend on it."""
    swarm.ok(*CREATE, *COMMAND)
    assert "No such image" in swarm.newest("Rejected")["Error"]
    assert not swarm.image_of_worker()


def test_later_pull_uses_the_entry_that_was_sent(swarm, refreshed):
    swarm.ok(*CREATE, "--with-registry-auth", *COMMAND)
    swarm.newest("Running")
    refreshed.refresh("--force")  # the registry accepts only the new token

    swarm.start_on_a_new_node()
    rejected = swarm.newest("Rejected")
    assert "No such image" in rejected["Error"]

    swarm.ok("service", "update", "--detach", "--with-registry-auth", SERVICE)
    swarm.newest("Running", after=rejected["ID"])


def test_update_does_not_restart_a_task(swarm, refreshed):
    swarm.ok(*CREATE, "--with-registry-auth", *COMMAND)
    running = swarm.newest("Running")["ID"]
    refreshed.refresh("--force")
    swarm.ok("service", "update", "--with-registry-auth", SERVICE)  # returns when it has finished
    assert [task["ID"] for task in swarm.tasks()] == [running]


def test_readme_command_for_all_services(swarm, user, refreshed):
    swarm.ok(*CREATE, "--with-registry-auth", *COMMAND)
    swarm.newest("Running")
    refreshed.refresh("--force")
    (line,) = re.findall(r"^    (docker service ls .*)$", (SOURCE / "README.md").read_text(), re.M)

    done = user.run(["sh", "-c", line], env={"DOCKER_HOST": swarm.manager.url},
                    timeout=patience(60))
    assert done.returncode == 0, done.stderr
    swarm.start_on_a_new_node()
    swarm.newest("Running")
