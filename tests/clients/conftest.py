# SPDX-License-Identifier: Apache-2.0
"""One simulator of AWS, two real registries (a private one, ECR Public) and one ordinary user
of this machine, whose files the refresher maintains."""

import json
import os
import shutil
from dataclasses import dataclass

import bcrypt
import pytest

from lib.account import Account
from lib.netns import NetNS
from lib.programs import installed
from lib.registry import PACKAGES, Registry
from lib.simulator import Simulator

PRIVATE = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
PUBLIC = "public.ecr.aws"
DOCKER = ".docker/config.json"
CONTAINERS = ".config/containers/auth.json"
NEEDED = ["docker-registry", "skopeo", "/bin/busybox", "curl"]


@dataclass
class World:
    netns: NetNS
    simulator: Simulator
    private: Registry
    public: Registry

    def registry(self, host):
        return self.private if host == PRIVATE else self.public


def pytest_collection_modifyitems(items):
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    reason = f"not installed: {' '.join(missing)} (Debian packages {' '.join(PACKAGES)})"
    if os.geteuid() != 0:
        missing, reason = ["root"], "needs root"
    for item in items if missing else ():
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def programs():
    with installed() as prefix:
        yield prefix


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    directory = tmp_path_factory.mktemp("htpasswd")
    private, public = directory / "private", directory / "public"
    files = [f"ecr/eu-central-1={private}", f"ecr-public/us-east-1={public}"]
    with NetNS("clients") as netns, Simulator(netns, htpasswd=files) as simulator:
        ca = simulator.ca
        with Registry(netns, ca, private, [PRIVATE], "198.51.100.20") as first:
            with Registry(netns, ca, public, [PUBLIC], "198.51.100.21") as second:
                yield World(netns, simulator, first, second)


@pytest.fixture(scope="session")
def user(world):
    with Account(world.netns) as account:
        yield account


class Refresher:
    """The programs as the user runs them, and the files that they maintain."""

    def __init__(self, programs, world, user):
        self.program = programs / "bin" / "ecr-refresher"
        self.world, self.user = world, user
        user.write(".config/ecr-refresher.ini", f"[user {user.name}]\n"
                   f"registries = {PRIVATE}\n        {PUBLIC}\n"
                   f"files = ~/{DOCKER} ~/{CONTAINERS}\n")

    def command(self, *arguments):
        return [self.program, *arguments]

    def environment(self):
        return self.world.simulator.environment()

    def __call__(self, *arguments):
        return self.user.run(self.command(*arguments), env=self.environment())

    def refresh(self, *arguments):
        """Runs it and expects success."""
        done = self("refresh", *arguments)
        assert done.returncode == 0, done.stderr
        return done

    def read(self, name):
        return json.loads((self.user.home / name).read_text())

    def remove_entry(self, name, host):
        """Rewrites the file without this host, as an editor would."""
        config = self.read(name)
        del config["auths"][host]
        self.user.write(name, json.dumps(config, indent="\t"))


@pytest.fixture(scope="session")
def refresher(programs, world, user):
    return Refresher(programs, world, user)


@pytest.fixture
def refreshed(refresher):
    """The refresher after a run: every file has every entry, and the registries accept only these
    tokens (the simulator may have issued others since the previous run)."""
    refresher.refresh("--force")
    return refresher


@dataclass
class OtherRegistry:
    """A foreign registry, under many names, with its own password."""

    hosts: list
    username: str
    password: str


@pytest.fixture(scope="session")
def other_registry(world, tmp_path_factory):
    other = OtherRegistry([f"registry-{n}.example.net" for n in range(100)], "someone", "s3cret")
    htpasswd = tmp_path_factory.mktemp("other") / "htpasswd"
    hashed = bcrypt.hashpw(other.password.encode(), bcrypt.gensalt(5, b"2a")).decode()
    htpasswd.write_text(f"{other.username}:{hashed}\n")
    with Registry(world.netns, world.simulator.ca, htpasswd, other.hosts, "198.51.100.22"):
        yield other
