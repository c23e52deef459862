# SPDX-License-Identifier: Apache-2.0
"""The Debian packages fulfil the archive's requirements: built here (Debian 12) and in the next
release, and checked by Debian's own tools. lintian is always that of the next release, because the
archive uses no older one."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from lib.container import BUILDER, Container, tree
from lib.netns import NetNS
from lib.programs import SOURCE
from package.tools import call, copy_source

LINTIAN = ["lintian", "--display-experimental", "--display-info", "--pedantic", "--allow-root"]
PROGRAMS = ["usr/bin/ecr-refresher", "usr/libexec/ecr-refresher/ecr-fetch"]
# In KiB, with all its dependencies that a minimal Debian 12 with systemd lacks.
SIZE_OF_GO_HELPER = 6.75 * 1024


def build(source, directory, **kwargs):
    call([source / "tests/lib/build-deb", directory], **kwargs)
    return directory


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """A copy of the source tree, which no test changes."""
    directory = tmp_path_factory.mktemp("source")
    copy_source(SOURCE, directory)
    return directory


@pytest.fixture(scope="session")
def built(source, tmp_path_factory):
    """The directory with the packages: ECR_REFRESHER_DEB, or built on this machine."""
    given = Path(os.environ.get("ECR_REFRESHER_DEB", "/nowhere"))
    return given if list(given.glob("*.changes")) else build(source, tmp_path_factory.mktemp("deb"))


def packages(directory):
    """Returns {name: file} without packages of debugging symbols."""
    return {path.name.split("_")[0]: path for path in sorted(directory.glob("*.deb"))
            if "-dbgsym_" not in path.name}


@pytest.fixture(scope="session")
def unpacked(built, tmp_path_factory):
    directory = tmp_path_factory.mktemp("unpacked")
    for package in packages(built).values():
        call(["dpkg-deb", "-x", package, directory])
    return directory


# Built here


def programs(unpacked):
    found = [path for directory in ("usr/bin", "usr/libexec") for path in
             sorted((unpacked / directory).rglob("*")) if path.is_file() and not path.is_symlink()]
    assert {unpacked / name for name in PROGRAMS} <= set(found)
    return found


def test_programs_are_hardened(unpacked):
    for program in programs(unpacked):
        elf = call(["readelf", "--wide", "--headers", "--dynamic", "--dyn-syms", program])
        assert re.search(r"FLAGS_1\b.*\bNOW\b.*\bPIE\b", elf), program
        assert "GNU_RELRO" in elf and re.search(r"GNU_STACK .* RW +0x", elf), program
        assert "__stack_chk_fail" in elf and "_chk@" in elf, program
        assert "RUNPATH" not in elf and "RPATH" not in elf, program


def test_every_compiler_call_has_the_hardening_flags(built):
    # meson does not pass -fPIE to the linker, which ignores it: the test above checks the result.
    assert call(["blhc", "--all", "--ignore-flag=-fPIE", built / "log"]) == ""
    assert "-D_FORTIFY_SOURCE=2" in (built / "log").read_text()


def digests(directory):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.iterdir() if path.suffix in (".deb", ".xz")}


def test_reproducible_build(source, built, tmp_path):
    """In another directory, later, with another time zone, language, user and umask."""
    directory = tmp_path / "quite" / "somewhere-else"
    directory.mkdir(parents=True)
    time.sleep(2)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TZ": "Pacific/Kiritimati",
                   "LC_ALL": "C", "LANG": "de_DE.UTF-8", "USER": "another"}
    again = build(source, directory, env=environment, umask=0o077)
    assert digests(again) == digests(built)


# Contents


def field(package, name):
    return call(["dpkg-deb", "-f", package, name]).strip()


def test_host_package_has_no_needless_dependencies(built):
    """Only libraries that its programs link or load."""
    needed = {dependency.split()[0] for dependency in
              re.split(r"[,|] *", field(packages(built)["ecr-refresher"], "Depends"))}
    assert needed - {"ca-certificates", "init-system-helpers", "systemd",
                     "systemd-standalone-sysusers", "systemd-sysusers", "systemd-standalone-tmpfiles",
                     "systemd-tmpfiles"} == {
        "libc6", "libcurl4", "libexpat1", "libinih1", "libjson-c5", "libssl3", "libsystemd0"}


def installed_size(package):
    return int(call(["dpkg-query", "-W", "-f", "${Installed-Size}", package]))


def test_smaller_than_the_go_helper(built):
    """Installed on a minimal host with systemd, with all its dependencies."""
    bare = call(["dpkg-query", f"--admindir={tree('bookworm')}/var/lib/dpkg", "-W",
                 "-f", "${Package} ${Installed-Size}\n"])
    size = dict(line.split() for line in bare.splitlines() if len(line.split()) == 2)
    # A minimal host lacks libcurl and its dependencies; it has OpenSSL and the rest.
    ours = int(field(packages(built)["ecr-refresher"], "Installed-Size"))
    brought = sum(int(size[name]) for name in (
        "libcurl4", "libnghttp2-14", "libssh2-1", "librtmp1", "libpsl5", "libldap-2.5-0", "libexpat1",
        "libjson-c5", "libinih1") if name in size)
    print(f"{ours} KiB, and {brought} KiB of libraries")
    assert ours + brought < SIZE_OF_GO_HELPER


# Installed and removed


@pytest.mark.parametrize("name", ["ecr-refresher", "ecr-refresher-publish"])
def test_piuparts_finds_no_leftovers(built, tmp_path, name):
    """Installed, removed, purged, installed again, on a Debian with our dependencies and no network;
    the other package is in a repository."""
    root, repository = tmp_path / "root", tmp_path / "repository"
    for directory in ("upper", "work", "root", "repository"):
        (tmp_path / directory).mkdir()
    shutil.copy(packages(built)["ecr-refresher"], repository)
    (repository / "Packages").write_text(call(["dpkg-scanpackages", "--multiversion", "."],
                                              cwd=repository, stderr=subprocess.DEVNULL))
    call(["mount", "-t", "overlay", "overlay", "-o",
          f"lowerdir={tree('bookworm')},upperdir={tmp_path}/upper,workdir={tmp_path}/work", root])
    try:
        shutil.rmtree(root / "etc/apt/sources.list.d")
        (root / "etc/apt/sources.list").write_text(f"deb [trusted=yes] file://{repository} ./\n")
        call(["piuparts", f"--existing-chroot={root}", "--keep-sources-list", "--no-eatmydata",
              f"--bindmount={repository}", "--no-upgrade-test", "--distribution=bookworm", "--install-purge-install",
              packages(built)[name]])
    finally:
        call(["umount", root])


# In the next release


@pytest.fixture(scope="session")
def builder():
    """Debian 13 with the tools, without a network."""
    with NetNS("package") as net, Container(BUILDER, netns=net) as box:
        box.run("rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* && apt-get update")
        yield box


@pytest.fixture(scope="session")
def built_there(source, builder):
    """The directory in the container with the packages, built there with the unit tests."""
    shutil.copytree(source, builder.path("/build/ecr-refresher"))
    builder.run("cd /build/ecr-refresher && dpkg-buildpackage -us -uc", timeout=600)
    return "/build"


def changes(directory):
    (path,) = directory.glob("*.changes")
    return path.name


def test_lintian_is_quiet_about_the_next_release(builder, built_there):
    name = changes(builder.path(built_there))
    assert builder.output([*LINTIAN, f"{built_there}/{name}"]) == ""


def test_lintian_is_quiet_about_this_release(builder, built):
    there = builder.path("/built-here")
    there.mkdir()
    for path in built.iterdir():
        if path.is_file():
            shutil.copy(path, there)
    assert builder.output([*LINTIAN, f"/built-here/{changes(built)}"]) == ""


def test_no_lintian_overrides(source):
    assert not list((source / "debian").rglob("*lintian-overrides"))


def test_autopkgtest(builder, built_there):
    done = builder.run(f"cd {built_there} && autopkgtest --ignore-restrictions=isolation-container "
                       "*.dsc *.deb -- null", timeout=300)
    # The option, because "null" does not detect this container. autopkgtest succeeds on SKIP.
    results = dict(re.findall(r"^(\S+) +(PASS|FAIL|SKIP)\b", done.stdout, re.M))
    assert results == {"refresh": "PASS", "runs": "PASS"}, done.stdout
