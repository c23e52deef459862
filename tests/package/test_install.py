# SPDX-License-Identifier: Apache-2.0
"""README's "Install", "First minutes" and "Away again", typed literally by an ordinary user with
sudo, on a Debian without any of it. apt assumes yes."""

import re
from contextlib import contextmanager

import pytest

from host.box import CREDENTIALS_TEXT, INI, REGISTRY, TIMER, Box
from lib import readme
from lib.container import RELEASES
from lib.netns import NetNS
from lib.programs import SOURCE
from lib.registry import Registry
from lib.simulator import Simulator
from package.tools import copy_source

CLONE = "/home/alice/ecr-refresher"
FILE = "/home/alice/.docker/config.json"
# README builds without and with the unit tests; they are run in the next release.
CHECKS = {"bookworm": "nocheck", "trixie": ""}


@contextmanager
def aws_with_registries(net, directory):
    """The simulator of AWS, and real registries that accept its tokens, for "check --online"."""
    private, public = directory / "private", directory / "public"
    files = [f"ecr/eu-central-1={private}", f"ecr-public/us-east-1={public}"]
    with Simulator(net, htpasswd=files) as simulator, \
            Registry(net, simulator.ca, private, [REGISTRY], "198.51.100.20"), \
            Registry(net, simulator.ca, public, ["public.ecr.aws"], "198.51.100.21"):
        yield simulator


@pytest.fixture(scope="session")
def net():
    with NetNS("install") as net:
        yield net


@pytest.fixture(scope="session")
def world(net, tmp_path_factory):
    with aws_with_registries(net, tmp_path_factory.mktemp("htpasswd")) as simulator:
        yield simulator


@pytest.fixture(params=RELEASES)
def box(request, net, world):
    world.reset()
    with Box(f"fresh-{request.param}", netns=net) as box:
        box.trust(world.ca.bundle)
        make_alice(box)
        box.write("/etc/apt/apt.conf.d/yes", 'APT::Get::Assume-Yes "true";\n')
        yield box


def make_alice(box):
    """Creates the user who types, with a clone of the repository and AWS keys, and a user ci."""
    box.run("useradd --create-home --shell /bin/bash alice && useradd --create-home ci")
    box.write("/etc/sudoers.d/alice", "alice ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)
    copy_source(SOURCE, box.path(CLONE))
    box.run("mkdir -m 700 /home/alice/.aws")
    box.write("/home/alice/.aws/credentials", CREDENTIALS_TEXT, mode=0o600)
    box.run(["chown", "-R", "alice:", "/home/alice"])


def types(box, text, **environment):
    """Returns the output when alice types these lines into one shell."""
    done = box.run(["bash", "-ec", f"cd {CLONE}\n{text}"], user="alice", timeout=900, env=environment)
    return done.stdout + done.stderr


def check_first_minutes(box):
    """Types each block, from the ini on."""
    assert not box.is_active(TIMER), "nothing runs until the timer is enabled"
    assert box.stat(INI) is None
    types(box, readme.block("registry of the credentials' own account:"))
    types(box, readme.block("has the other\nways:"))
    enable, status = readme.block("**That it may begin**:").splitlines()
    types(box, enable)
    box.wait_until_idle()
    assert box.entry(FILE)
    assert "1 user, 1 registry fresh, next renewal" in types(box, status)
    box.configure(readme.block("every kind of section:"))
    box.wait_for_entry("/home/ci/.config/containers/auth.json")
    box.wait_until_idle()
    output = types(box, status)
    assert len(re.findall(r" fresh +\d", output)) == 5, "2 registries and 3 files: " + output
    assert "2 users, 2 registries fresh, next renewal" in output
    types(box, readme.block("**What is it doing?**"))


def test_apt(box):
    release = box.release.rpartition("-")[2]
    types(box, readme.block("On Debian 12 and 13, in a clone of this repository:"),
          DEB_BUILD_OPTIONS=CHECKS[release])
    assert box.run("ls /home/alice/ecr-refresher-publish_*.deb").stdout, "beside the clone"
    assert box.stat("/usr/libexec/ecr-refresher/ecr-publish") is None
    check_first_minutes(box)

    types(box, readme.block("**Away again**, entries included:"))
    assert box.entry(FILE) is None
    assert box.watches() == set() and not box.is_active(TIMER)
    assert box.run("dpkg-query -W ecr-refresher", check=False).returncode == 1
    assert REGISTRY not in box.read(FILE)
    assert "[user ci]" in box.read(INI), "the administrator's"
