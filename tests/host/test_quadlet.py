# SPDX-License-Identifier: Apache-2.0
"""Quadlet: a unit with an Image= of ECR starts, of root's and of a lingering user's, and podman finds
the entry by itself. The containers are run without cgroups, which a host in a container has none of to
give."""

import pytest

from host.box import Box, REGISTRY, ini, let_in
from host.conftest import prepare
from lib.registry import IMAGE, MESSAGE

UNIT = f"""[Container]
Image={REGISTRY}/{IMAGE}
Network=host
PodmanArgs=--cgroups=disabled

[Service]
Type=oneshot
RemainAfterExit=yes
"""
# The kernel's overlay over the container's own needs what a container has not.
STORAGE = """[storage]
driver = "vfs"
runroot = "/run/containers/storage"
graphroot = "/var/lib/containers/storage"
"""


@pytest.fixture
def box(release, package, netns, simulator):
    if release == "bookworm":
        pytest.skip("Debian 12 has podman 4.3, and Quadlet came with 4.4")
    host = f"podman-{release}"
    layer = prepare(host, package, netns, simulator)
    with Box(host, netns=netns, layer=layer) as box:
        box.write("/etc/containers/storage.conf", STORAGE)
        box.write("/etc/containers/containers.conf", "[containers]\nkeyring = false\n")
        # Every machine with a network reaches it; rootless units of Quadlet wait for it.
        box.run("systemctl start network-online.target")
        yield box
    layer.remove()


@pytest.fixture
def alice(box):
    box.linger("alice")
    return "alice"


class Unit:
    """demo.container in a manager of units: the system's, or a user's."""

    def __init__(self, box, directory, user=None):
        self.box, self.user = box, user
        self.systemctl = ["systemctl"] + (["--user"] if user else [])
        box.run(["mkdir", "-p", directory], user=user)
        box.write(f"{directory}/demo.container", UNIT, owner=user or "root")
        box.run([*self.systemctl, "daemon-reload"], user=user)

    def start(self):
        """Whether it started, and what it said."""
        end = self.box.journal_end()
        done = self.box.run([*self.systemctl, "start", "demo.service"], user=self.user, check=False)
        said = [entry["MESSAGE"] for entry in self.box.journal("SYSLOG_IDENTIFIER=demo", since=end)]
        return done.returncode == 0, "\n".join(said)


def check(box, htpasswd, unit, user, path):
    started, said = unit.start()
    assert not started and "authentication required" in said

    box.configure(ini(user))
    box.enable()
    let_in(htpasswd, box.wait_for_entry(path))
    started, said = unit.start()
    assert started and MESSAGE in said, said


def test_a_unit_of_roots(htpasswd, box):
    unit = Unit(box, "/etc/containers/systemd")
    check(box, htpasswd, unit, "root", "/root/.docker/config.json")


def test_a_unit_of_a_lingering_user(htpasswd, box, alice):
    unit = Unit(box, "/home/alice/.config/containers/systemd", alice)
    check(box, htpasswd, unit, alice, "/home/alice/.docker/config.json")
