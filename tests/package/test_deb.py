# SPDX-License-Identifier: Apache-2.0
"""The Debian packages are fit for the archive: built here (Debian 12) and in the next release, and
judged by Debian's own tools; by lintian of the next release, whichever built them, because the archive
does not ask an older one."""

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
# With all that a minimal Debian 12 with systemd does not have, in KiB.
SIZE_OF_GO_HELPER = 6.75 * 1024


def build(source, directory, **kwargs):
    call([source / "tests/lib/build-deb", directory], **kwargs)
    return directory


@pytest.fixture(scope="session")
def source(tmp_path_factory):
    """A copy, which stays as it is."""
    directory = tmp_path_factory.mktemp("source")
    copy_source(SOURCE, directory)
    return directory


@pytest.fixture(scope="session")
def built(source, tmp_path_factory):
    """The directory with the packages, built on this machine; ECR_REFRESHER_DEB names one."""
    given = Path(os.environ.get("ECR_REFRESHER_DEB", "/nowhere"))
    return given if list(given.glob("*.changes")) else build(source, tmp_path_factory.mktemp("deb"))


def packages(directory):
    """{name: file} without those of debugging symbols."""
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
        said = call(["readelf", "--wide", "--headers", "--dynamic", "--dyn-syms", program])
        assert re.search(r"FLAGS_1\b.*\bNOW\b.*\bPIE\b", said), program
        assert "GNU_RELRO" in said and re.search(r"GNU_STACK .* RW +0x", said), program
        assert "__stack_chk_fail" in said and "_chk@" in said, program
        assert "RUNPATH" not in said and "RPATH" not in said, program


def test_every_compiler_call_has_the_hardening_flags(built):
    # meson does not repeat -fPIE to the linker, which has no use for it: the test above looks.
    assert call(["blhc", "--all", "--ignore-flag=-fPIE", built / "log"]) == ""
    assert "-D_FORTIFY_SOURCE=2" in (built / "log").read_text()


def digests(directory):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in directory.iterdir() if path.suffix in (".deb", ".xz")}


def test_a_second_build_is_the_same(source, built, tmp_path):
    """Elsewhere, later, by somebody with other habits."""
    directory = tmp_path / "quite" / "somewhere-else"
    directory.mkdir(parents=True)
    time.sleep(2)
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TZ": "Pacific/Kiritimati",
                   "LC_ALL": "C", "LANG": "de_DE.UTF-8", "USER": "somebody"}
    again = build(source, directory, env=environment, umask=0o077)
    assert digests(again) == digests(built)


# What is in which


def field(package, name):
    return call(["dpkg-deb", "-f", package, name]).strip()


def test_the_host_package_pulls_in_nothing_it_does_not_need(built):
    """Only what a program of it links or opens."""
    needed = {dependency.split()[0] for dependency in
              re.split(r"[,|] *", field(packages(built)["ecr-refresher"], "Depends"))}
    assert needed - {"ca-certificates", "init-system-helpers", "systemd",
                     "systemd-standalone-sysusers", "systemd-sysusers", "systemd-standalone-tmpfiles",
                     "systemd-tmpfiles"} == {
        "libc6", "libcurl4", "libexpat1", "libinih1", "libjson-c5", "libssl3", "libsystemd0"}


def installed_size(package):
    return int(call(["dpkg-query", "-W", "-f", "${Installed-Size}", package]))


def test_it_is_smaller_than_the_helper_in_go(built):
    """Installed, on a minimal host with systemd, and everything it brings along with it."""
    bare = call(["dpkg-query", f"--admindir={tree('bookworm')}/var/lib/dpkg", "-W",
                 "-f", "${Package} ${Installed-Size}\n"])
    size = dict(line.split() for line in bare.splitlines() if len(line.split()) == 2)
    # What curl brings with it is what a minimal host lacks; OpenSSL and the rest it has.
    ours = int(field(packages(built)["ecr-refresher"], "Installed-Size"))
    brought = sum(int(size[name]) for name in (
        "libcurl4", "libnghttp2-14", "libssh2-1", "librtmp1", "libpsl5", "libldap-2.5-0", "libexpat1",
        "libjson-c5", "libinih1") if name in size)
    print(f"{ours} KiB, and {brought} KiB of libraries")
    assert ours + brought < SIZE_OF_GO_HELPER


# Installed and removed


@pytest.mark.parametrize("name", ["ecr-refresher", "ecr-refresher-publish"])
def test_piuparts_finds_nothing_left_behind(built, tmp_path, name):
    """Installed, removed, purged, installed again, on a Debian that has what we depend on and no
    network; the other package is in a repository."""
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
    """Debian 13, with the tools, and no network."""
    with NetNS("package") as net, Container(BUILDER, netns=net) as box:
        box.run("rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* && apt-get update")
        yield box


@pytest.fixture(scope="session")
def built_there(source, builder):
    """Builds with the unit tests; returns the directory in the container."""
    shutil.copytree(source, builder.path("/build/ecr-refresher"))
    builder.run("cd /build/ecr-refresher && dpkg-buildpackage -us -uc", timeout=600)
    return "/build"


def changes(directory):
    (path,) = directory.glob("*.changes")
    return path.name


def test_lintian_is_quiet_about_what_was_built_there(builder, built_there):
    name = changes(builder.path(built_there))
    assert builder.output([*LINTIAN, f"{built_there}/{name}"]) == ""


def test_lintian_is_quiet_about_what_was_built_here(builder, built):
    there = builder.path("/built-here")
    there.mkdir()
    for path in built.iterdir():
        if path.is_file():
            shutil.copy(path, there)
    assert builder.output([*LINTIAN, f"/built-here/{changes(built)}"]) == ""


def test_no_tag_of_lintian_is_overridden(source):
    assert not list((source / "debian").rglob("*lintian-overrides"))


def test_autopkgtest(builder, built_there):
    done = builder.run(f"cd {built_there} && autopkgtest --ignore-restrictions=isolation-container "
                       "*.dsc *.deb -- null", timeout=300)
    # It is a container for this alone, which "null" cannot know. "SKIP" would be a success, too.
    results = dict(re.findall(r"^(\S+) +(PASS|FAIL|SKIP)\b", done.stdout, re.M))
    assert results == {"refresh": "PASS", "runs": "PASS"}, done.stdout
