# SPDX-License-Identifier: Apache-2.0
"""Quadlet: units of root and of a lingering user with an Image= of ECR start, because podman finds the
entry. The containers run without cgroups, because a host in a container has none to delegate."""

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
# overlay on top of the container's overlay needs privileges that a container lacks.
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
        # Reached on any machine with a network; rootless Quadlet units wait for it.
        box.run("systemctl start network-online.target")
        yield box
    layer.remove()


@pytest.fixture
def alice(box):
    box.linger("alice")
    return "alice"


class Unit:
    """demo.container, of the system manager or of a user's."""

    def __init__(self, box, directory, user=None):
        self.box, self.user = box, user
        self.systemctl = ["systemctl"] + (["--user"] if user else [])
        box.run(["mkdir", "-p", directory], user=user)
        box.write(f"{directory}/demo.container", UNIT, owner=user or "root")
        box.run([*self.systemctl, "daemon-reload"], user=user)

    def start(self):
        """Returns whether it started, and its output."""
        end = self.box.journal_end()
        done = self.box.run([*self.systemctl, "start", "demo.service"], user=self.user, check=False)
        output = [entry["MESSAGE"] for entry in self.box.journal("SYSLOG_IDENTIFIER=demo", since=end)]
        return done.returncode == 0, "\n".join(output)


def check(box, htpasswd, unit, user, path):
    started, output = unit.start()
    assert not started and "authentication required" in output

    box.configure(ini(user))
    box.enable()
    let_in(htpasswd, box.wait_for_entry(path))
    started, output = unit.start()
    assert started and MESSAGE in output, output


def test_unit_of_root(htpasswd, box):
    unit = Unit(box, "/etc/containers/systemd")
    check(box, htpasswd, unit, "root", "/root/.docker/config.json")


def test_unit_of_a_lingering_user(htpasswd, box, alice):
    unit = Unit(box, "/home/alice/.config/containers/systemd", alice)
    check(box, htpasswd, unit, alice, "/home/alice/.docker/config.json")
