# SPDX-License-Identifier: Apache-2.0
"""The RPMs: built here by rpmbuild, checked by rpmlint, installed with rpm and dnf into a container,
and built and installed there as README describes.

All on Debian, without Fedora or RHEL. macros has the macros of their rpmbuild, and HOST_SPEC is a
package in place of theirs: it provides what ours require, and has the file triggers and the preset
of their systemd. TOOLS_SPEC has Fedora's names for Debian's tools and libraries. Everything else is
real."""

import re
import shutil
import subprocess

import pytest

from host.box import CREDENTIALS, CREDENTIALS_TEXT, INI, REGISTRY, SERVICE, TIMER, Box
from lib import readme
from lib.container import BUILDER, RPM_HOST, Container, wait_for
from lib.netns import NetNS
from lib.programs import SOURCE
from package.test_install import (CLONE, aws_with_registries, check_first_minutes, make_alice,
                                  types)
from package.tools import call

HERE = SOURCE / "tests/package"
FILE = "/root/.docker/config.json"
PUBLISHER = "/usr/libexec/ecr-refresher/ecr-publish"
INSTALL = "On Fedora, and on RHEL 9 and 10 with CRB:"

HOST_SPEC = """
Name: a-host
Version: 1
Release: 1
Provides: /bin/sh
Summary: Requirements of the packages under test, from Debian
License: none
BuildArch: noarch
AutoReqProv: no
%(provides)s
%%description
%%{summary}
%%install
for kind in system user; do
	mkdir -p %%{buildroot}/usr/lib/systemd/$kind-preset
	echo 'disable *' >%%{buildroot}/usr/lib/systemd/$kind-preset/99-default-disable.preset
done
%%transfiletriggerin -P 1000800 -- /usr/lib/sysusers.d
systemd-sysusers
%%transfiletriggerin -P 1000700 -- /usr/lib/systemd/catalog
journalctl --update-catalog
%%transfiletriggerin -P 1000500 -- /usr/lib/tmpfiles.d
systemd-tmpfiles --create
%%transfiletriggerin -P 900900 -- /lib/systemd/system
systemctl daemon-reload
%%transfiletriggerpostun -P 900900 -- /lib/systemd/system
systemctl daemon-reload
%%files
/usr/lib/systemd/*-preset/99-default-disable.preset
"""

TOOLS_SPEC = """
Name: the-%(name)s
Version: 999
Release: 1
Summary: Fedora's package names in README and the spec
License: none
BuildArch: noarch
AutoReqProv: no
%(provides)s
%%description
%%{summary}
%%install
install -D -m 644 %(macros)s %%{buildroot}/usr/lib/rpm/macros.d/macros.of-%(name)s
%%files
/usr/lib/rpm/macros.d/macros.of-%(name)s
"""


def rpmbuild(directory, *arguments):
    return call(["rpmbuild", "--nodeps", "--define", f"_topdir {directory}",
                 "--load", HERE / "macros", *arguments])


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """The directory with a repository of the packages."""
    top = tmp_path_factory.mktemp("rpm")
    (top / "SOURCES").mkdir()
    spec = SOURCE / "rpm/ecr-refresher.spec"
    version = re.search(r"^Version: *(\S+)$", spec.read_text(), re.M)[1]
    call(["tar", "-C", SOURCE, "--exclude=./.git", "--exclude=./build*", "--sort=name",
          f"--transform=s,^\\.,ecr-refresher-{version},", "-czf",
          top / f"SOURCES/ecr-refresher-{version}.tar.gz", "."])
    rpmbuild(top, "--without", "check", "-ba", spec)
    build_stand_in(top, "host", HOST_SPEC % {"provides": provides(required_of_host(top))})
    build_tools(top)
    for directory in (top / "RPMS", top / "tools"):
        call(["createrepo_c", "--quiet", directory])
    return top


@pytest.fixture(scope="session")
def old(built, tmp_path_factory):
    """The RPM of 0.1.0: today's files, and the ini that it packaged."""
    top = tmp_path_factory.mktemp("old-rpm")
    content = top / "content"
    content.mkdir()
    for package in built.glob("RPMS/*/ecr-refresher*.rpm"):
        call(["sh", "-c", 'rpm2archive - <"$1" | tar -xz', "unpack", package], cwd=content)
    text = (SOURCE / "rpm/ecr-refresher.spec").read_text()
    version = re.search(r"^Version: *(\S+)$", text, re.M)[1]
    assert version != "0.1.0"
    shutil.copytree(built / "SOURCES", top / "SOURCES")
    install = (f"%prep\n%autosetup -n ecr-refresher-{version}\n%install\ncp -a {content}/. %{{buildroot}}\n"
               f"install -D -m 644 {HERE}/ecr-refresher-0.1.0.ini %{{buildroot}}/etc/ecr-refresher.ini\n\n")
    for pattern, replacement in ((r"^Version:.*$", "Version: 0.1.0"),
                                 (r"^Source0:.*$", f"Source0: ecr-refresher-{version}.tar.gz"),
                                 (r"^%prep$.*?^(?=%post$)", install),
                                 (r"^%ghost.*ecr-refresher.ini$",
                                  "%config(noreplace) /etc/ecr-refresher.ini")):
        text, n = re.subn(pattern, replacement, text, flags=re.M | re.S if "prep" in pattern else re.M)
        assert n == 1, pattern
    (top / "old.spec").write_text(text)
    rpmbuild(top, "-bb", top / "old.spec")
    [package] = top.glob("RPMS/*/ecr-refresher-0.1.0-*.rpm")
    assert call(["rpm", "-qp", "--configfiles", package]).split() == ["/etc/ecr-refresher.ini"]
    return package


def required_of_host(top):
    """Returns the requirements of our packages that other packages provide."""
    required = set()
    for package in top.glob("RPMS/*/ecr-refresher*.rpm"):
        required |= set(call(["rpm", "-qp", "--requires", package]).splitlines())
    own = re.compile(r"rpmlib\(|config\(|ecr-refresher|/")
    return [name for name in required if not own.match(name)]


def provides(names):
    return "\n".join(f"Provides: {name}" for name in sorted(names))


def build_stand_in(top, name, text):
    top.mkdir(exist_ok=True)
    spec = top / f"{name}.spec"
    spec.write_text(text)
    rpmbuild(top, "-bb", spec)


def build_tools(top):
    """Makes a repository in the directory "tools": one package provides what README installs with
    dnf, one the build requirements of the spec."""
    spec = call(["rpmspec", "--load", HERE / "macros", "-q", "--buildrequires",
                 SOURCE / "rpm/ecr-refresher.spec"])
    wanted = re.findall(r"^\S+", spec, re.M)
    tools = re.search(r"dnf install ([\w -]+?) &&", readme.block(INSTALL))[1].split()
    assert wanted and tools
    for name, names, macros in (("tools", tools, "/dev/null"), ("wanted", wanted, HERE / "macros")):
        text = TOOLS_SPEC % {"name": name, "macros": macros,
                             "provides": provides(f"{one} = 999" for one in names)}
        build_stand_in(top / "tools", name, text)


def packages(built):
    return {re.match(r"(.*)-[^-]+-[^-]+$", path.name)[1]: path
            for path in built.glob("RPMS/*/*.rpm")}


def files(package):
    return set(call(["rpm", "-qpl", package]).splitlines())


# Built


def test_rpmlint_is_quiet(built):
    """rpmlint of Debian 13: this release's does not recognize the programs' manual pages."""
    inputs = [*built.rglob("ecr-refresher*.rpm"), SOURCE / "rpm/ecr-refresher.spec", HERE / "rpmlint.toml"]
    assert len(inputs) == 5
    with Container(BUILDER) as box:
        for path in inputs:
            shutil.copy(path, box.path("/root"))
        output = box.output("cd /root && rpmlint --config rpmlint.toml *.rpm *.spec")
    assert re.search(r"\b3 packages and 1 specfiles checked; 0 errors, 0 warnings", output), output


def test_every_program_has_its_page(built):
    of_main = files(packages(built)["ecr-refresher"])
    programs = {name.rsplit("/")[-1] for name in of_main if name.startswith("/usr/bin/")}
    pages = {re.sub(r"\.\d\.gz$", "", name.rsplit("/")[-1]) for name in of_main
             if name.startswith("/usr/share/man/man") and re.search(r"\.[18]\.gz$", name)}
    assert programs == pages


def test_publisher_is_in_its_own_package(built):
    found = packages(built)
    main, publisher = files(found["ecr-refresher"]), files(found["ecr-refresher-publish"])
    assert PUBLISHER in publisher and PUBLISHER not in main
    assert not any("publish" in name for name in main)
    assert "libyaml" not in call(["rpm", "-qp", "--requires", found["ecr-refresher"]])


def test_dlopened_library_is_required(built):
    assert "systemd-libs" in call(["rpm", "-qp", "--requires", packages(built)["ecr-refresher"]])


# Installed


@pytest.fixture(scope="session")
def net():
    with NetNS("rpm") as net:
        yield net


@pytest.fixture(scope="session")
def world(net, tmp_path_factory):
    with aws_with_registries(net, tmp_path_factory.mktemp("htpasswd")) as simulator:
        yield simulator


@pytest.fixture(scope="session")
def layer(built, net, world):
    """A host like Fedora's, with the repository in /repository."""
    with Box(RPM_HOST, netns=net) as box:
        box.trust(world.ca.bundle)
        # A plugin of Debian's dnf keeps each installed package in a local repository.
        box.run("rm -rf /etc/yum.repos.d /etc/dnf/vars /etc/dnf/plugins/local.conf && "
                "mkdir -p /etc/yum.repos.d /etc/rpm")
        # Debian's rpm has a database per user.
        box.write("/etc/rpm/macros", "%_dbpath /var/lib/rpm\n")
        use_repository(box, "repository", built / "RPMS")
        box.run("rpm --force-debian -i /repository/noarch/a-host-*.rpm")
        layer = box.freeze()
    yield layer
    layer.remove()


def use_repository(box, name, directory):
    subprocess.run(["cp", "-r", directory, box.path(f"/{name}")], check=True)
    box.write("/etc/yum.repos.d/tests.repo",
              f"[tests]\nname=tests\nbaseurl=file:///{name}\ngpgcheck=0\n")


@pytest.fixture
def box(layer, net, world):
    world.reset()
    with Box(RPM_HOST, netns=net, layer=layer) as box:
        yield box


def dnf(box, *arguments):
    return box.run(["dnf", "-y", "--releasever=1", *arguments], timeout=120)


def rpm(box, *arguments):
    return box.run(["rpm", "--force-debian", *arguments], timeout=120)


def enable(box):
    box.write(CREDENTIALS, CREDENTIALS_TEXT, mode=0o600, owner="ecr-refresher")
    box.configure(f"[user root]\nregistries = {REGISTRY}\n")
    box.enable()
    box.wait_for_entry(FILE)


def check_is_installed(box):
    """Checks the state after the installation: complete, and nothing runs."""
    assert box.passwd("ecr-refresher")["home"] == "/var/lib/ecr-refresher"
    assert box.stat("/var/lib/ecr-refresher/.aws")[:3] == ("ecr-refresher", "ecr-refresher", "700")
    assert "488adbd966ae401181eee49e3aaf33e1" in box.output("journalctl --list-catalog")
    assert box.show(TIMER, "UnitFileState", "ActiveState") == {
        "UnitFileState": "disabled", "ActiveState": "inactive"}
    assert box.run("systemctl --global is-enabled ecr-refresher.timer",
                   check=False).stdout.strip() == "disabled"
    assert rpm(box, "-V", "ecr-refresher").stdout == ""


def test_dnf(box):
    done = dnf(box, "install", "ecr-refresher")
    assert "ecr-refresher-publish" not in done.stdout
    assert "warning" not in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
    check_is_installed(box)
    enable(box)
    wait_for(lambda: FILE in box.watches(), 15, "the watch")

    dnf(box, "reinstall", "ecr-refresher")
    assert box.is_active(TIMER)
    assert "registries" in box.read(INI)

    done = dnf(box, "remove", "ecr-refresher")
    assert "failed" not in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
    assert box.show(TIMER, "LoadState", "ActiveState") == {
        "LoadState": "not-found", "ActiveState": "inactive"}
    assert box.watches() == set()
    assert box.run("ls /etc/systemd/system/*.wants/ecr-refresher*", check=False).stdout == ""
    assert "registries" in box.read(INI) and inis(box) == ["ecr-refresher.ini"]
    assert box.stat(CREDENTIALS), "the administrator's"
    assert box.entry(FILE), "the user's"


EDITED = f"; mine\n[user root]\nregistries = {REGISTRY}\n"


def edit(box):
    """Writes an edited ini with another mode and group; returns of_ini()."""
    box.write(INI, EDITED, mode=0o640)
    box.run(["chgrp", "daemon", INI])
    return of_ini(box)


def of_ini(box):
    return box.read(INI), box.output(["stat", "-c", "%U:%G %a %i %Y", INI])


def inis(box):
    """Returns the names of the ini and its copies (.rpmsave, .rpmnew)."""
    return box.output("ls -A /etc | grep ecr-refresher.ini", check=False).split()


def test_no_packaged_file_in_etc(built):
    for package in built.glob("RPMS/*/ecr-refresher*.rpm"):
        listed = call(["rpm", "-qp", "--qf", "[%{FILENAMES} %{FILEFLAGS:fflags}\\n]", package])
        assert "/usr/share/doc/" in listed
        assert [line for line in listed.splitlines() if line.startswith("/etc/")] in (
            [], [f"{INI} cng"]), "at most a ghost"


def test_ini_from_before_the_installation(box):
    before = edit(box)
    dnf(box, "install", "ecr-refresher")
    assert of_ini(box) == before
    dnf(box, "reinstall", "ecr-refresher")
    assert of_ini(box) == before and rpm(box, "-V", "ecr-refresher").stdout == ""
    dnf(box, "remove", "ecr-refresher")
    assert of_ini(box) == before and inis(box) == ["ecr-refresher.ini"]


def install_old(box, old):
    shutil.copy(old, box.path("/root"))
    dnf(box, "install", f"/root/{old.name}")
    box.write(CREDENTIALS, CREDENTIALS_TEXT, mode=0o600, owner="ecr-refresher")
    box.enable()


def test_upgrade_with_edited_ini(box, old):
    install_old(box, old)
    before = edit(box)
    box.wait_for_entry(FILE)
    done = dnf(box, "upgrade", "ecr-refresher")
    assert "rpmsave" not in done.stdout + done.stderr
    assert "0.1.0" not in rpm(box, "-q", "ecr-refresher").stdout
    assert of_ini(box) == before and inis(box) == ["ecr-refresher.ini"]
    assert rpm(box, "-V", "ecr-refresher").stdout == ""
    box.wait_until_idle()
    assert box.refresh() == 0 and box.entry(FILE) and box.is_active(TIMER)
    assert box.events("ENTRY_REMOVED") == []
    dnf(box, "remove", "ecr-refresher")
    assert of_ini(box) == before and inis(box) == ["ecr-refresher.ini"]
    dnf(box, "install", "ecr-refresher")
    assert of_ini(box) == before and box.refresh() == 0


def test_upgrade_with_untouched_sample(box, old):
    install_old(box, old)
    before = of_ini(box)
    dnf(box, "upgrade", "ecr-refresher")
    assert of_ini(box) == before and inis(box) == ["ecr-refresher.ini"]
    assert box.refresh() == 0


def test_upgrade_without_ini(box, old):
    install_old(box, old)
    box.remove(INI)
    dnf(box, "upgrade", "ecr-refresher")
    assert inis(box) == [] and box.refresh() == 0
    assert rpm(box, "-V", "ecr-refresher").stdout == ""


def test_rpm(box):
    rpm(box, "-i", *box.output("ls /repository/x86_64/ecr-refresher-0*.rpm").split())
    check_is_installed(box)
    enable(box)
    rpm(box, "-e", "ecr-refresher")
    assert not box.is_active(TIMER)
    assert box.stat("/usr/bin/ecr-refresher") is None


def test_readme(built, box):
    """On a host with a repository of Fedora's names, without our packages."""
    use_repository(box, "tools", built / "tools")
    box.write("/etc/dnf/dnf.conf", "[main]\nassumeyes=True\n")
    make_alice(box)
    box.run(["su", "alice", "-c", f"cd {CLONE} && git init -q && git add . && "
             "git -c user.name=alice -c user.email=alice@localhost commit -q -m clone"])
    output = types(box, readme.block(INSTALL))
    assert "the-tools" in output and "the-wanted" in output
    assert re.search(r"^Ok: +[1-9]\d+ *$", output, re.M), "the unit tests"
    check_is_installed(box)
    check_first_minutes(box)


def stages(box):
    text = box.output(["systemctl", "show", SERVICE, "-p", "ExecStart"])
    return [path.rsplit("/")[-1] for path in re.findall(r"path=(\S+)", text)]


def test_publish_adds_its_stage(box):
    dnf(box, "install", "ecr-refresher")
    enable(box)
    assert stages(box) == ["ecr-fetch", "ecr-refresher"]
    dnf(box, "install", "ecr-refresher-publish")  # while the unit is loaded
    assert stages(box) == ["ecr-fetch", "ecr-publish", "ecr-refresher"]
    assert box.refresh() == 0
    assert box.exit_status() == 0
    dnf(box, "remove", "ecr-refresher-publish")
    assert stages(box) == ["ecr-fetch", "ecr-refresher"]
    assert box.refresh() == 0
