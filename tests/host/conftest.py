# SPDX-License-Identifier: Apache-2.0
"""The Debian package on whole hosts: one simulator of AWS for all, and a new host for each test, on
which the package has been installed with apt."""

import os
import shutil
from pathlib import Path

import bcrypt
import pytest

from host.box import CREDENTIALS, CREDENTIALS_TEXT, REGISTRY, TOP, USERS, Box
from lib.container import RELEASES, Container
from lib.netns import NetNS
from lib.registry import Registry, missing_packages
from lib.simulator import Simulator
from package.tools import call, copy_source

NEEDED = ["mmdebstrap", "systemd-nspawn", "dpkg-buildpackage"]


def pytest_addoption(parser):
    parser.addoption("--release", action="append",
                     help=f"Debian release to test on (default: {', '.join(RELEASES)})")


def pytest_generate_tests(metafunc):
    if "release" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--release") or RELEASES
        metafunc.parametrize("release", chosen, scope="session")


def pytest_collection_modifyitems(items):
    missing = [tool for tool in NEEDED if not shutil.which(tool)]
    reason = f"not installed: {' '.join(missing)}"
    if os.geteuid() != 0:
        missing, reason = ["root"], "needs root"
    for item in items if missing else ():
        item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def package(release, request):
    """The .deb: this machine's, or one built in the suite if it is not a release, because its
    libraries may have other names."""
    made = "package_here" if release in RELEASES else "package_there"
    (deb,) = request.getfixturevalue(made).glob("ecr-refresher_*.deb")
    return deb


@pytest.fixture(scope="session")
def package_here(tmp_path_factory):
    """Its directory, which ECR_REFRESHER_DEB may name."""
    directory = Path(os.environ.get("ECR_REFRESHER_DEB") or tmp_path_factory.mktemp("deb"))
    if not list(directory.glob("ecr-refresher_*.deb")):
        call([TOP / "tests/lib/build-deb", directory])
    return directory


@pytest.fixture(scope="session")
def package_there(release, tmp_path_factory):
    """Built with the unit tests."""
    directory = tmp_path_factory.mktemp(release)
    with Container(f"builder-{release}") as box:
        copy_source(TOP, box.path("/build/ecr-refresher"))
        box.run("cd /build/ecr-refresher && dpkg-buildpackage -us -uc -b", timeout=900)
        for deb in box.path("/build").glob("*.deb"):
            shutil.copy(deb, directory)
    return directory


@pytest.fixture(scope="session")
def netns():
    with NetNS("host") as net:
        yield net


@pytest.fixture(scope="session")
def world(netns):
    """The simulator."""
    with Simulator(netns) as simulator:
        yield simulator


@pytest.fixture
def simulator(world):
    """The simulator, reset."""
    world.reset()
    return world


@pytest.fixture(scope="session")
def other_registry(netns, world, tmp_path_factory):
    """The host name of a foreign registry; the password of someone is "s3cret"."""
    if missing_packages():
        pytest.skip(f"not here: {' '.join(missing_packages())}")
    htpasswd = tmp_path_factory.mktemp("other") / "htpasswd"
    hashed = bcrypt.hashpw(b"s3cret", bcrypt.gensalt(5, b"2a")).decode()
    htpasswd.write_text(f"someone:{hashed}\n")
    host = "registry.example.net"
    with Registry(netns, world.ca, htpasswd, [host], "198.51.100.22"):
        yield host


@pytest.fixture
def htpasswd(netns, simulator, tmp_path):
    """The password file of a registry with ECR's name. Must come before a box, whose /etc/hosts then
    has that name."""
    if missing_packages():
        pytest.skip(f"not here: {' '.join(missing_packages())}")
    file = tmp_path / "htpasswd"
    with Registry(netns, simulator.ca, file, [REGISTRY]):
        yield file
    netns.remove_hosts(REGISTRY)


@pytest.fixture(scope="session")
def layer(release, package, netns, world):
    """A fresh host after an administrator has prepared it."""
    layer = prepare(release, package, netns, world)
    yield layer
    layer.remove()


def prepare(release, package, netns, world):
    """Prepares a fresh host. Returns its layer."""
    with Box(release, netns=netns) as box:
        box.trust(world.ca.bundle)
        for user, home in USERS.items():
            if user != "root":
                box.run(["useradd", "--create-home", "--home-dir", home, "--shell", "/bin/sh", user])
                box.run(["chmod", "700", home])
        install(box, package)
        box.write(CREDENTIALS, CREDENTIALS_TEXT, mode=0o600, owner="ecr-refresher")
        return box.freeze()


def install(box, package):
    """apt install ./ecr-refresher_….deb, without a network."""
    shutil.copy(package, box.path("/root"))
    return box.run(f"cd /root && apt-get install -y ./{package.name}", timeout=120,
                   env={"DEBIAN_FRONTEND": "noninteractive"})


@pytest.fixture
def box(release, netns, layer, simulator):
    with Box(release, netns=netns, layer=layer) as box:
        yield box


@pytest.fixture
def podman_box(release, package, netns, simulator):
    """A box with podman."""
    host = f"podman-{release}"
    layer = prepare(host, package, netns, simulator)
    with Box(host, netns=netns, layer=layer) as box:
        # overlay on top of the container's overlay needs privileges that a container lacks.
        box.write("/etc/containers/storage.conf", '[storage]\ndriver = "vfs"\n'
                  'runroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n')
        yield box
    layer.remove()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """Adds the host's journal to the report of a failed test."""
    report = (yield).get_result()
    funcargs = getattr(item, "funcargs", {})
    box = funcargs.get("box") or funcargs.get("podman_box")
    if report.failed and report.when == "call" and box:
        report.longrepr.addsection("journal", box.tail_of_journal())
