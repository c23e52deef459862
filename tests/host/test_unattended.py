# SPDX-License-Identifier: Apache-2.0
"""Installed, upgraded and removed without a terminal, whatever the state of the ini: no prompt, no
failure, and the administrator's file stays the same byte for byte. In 0.1.0 the ini was a conffile."""

import shutil

import pytest

from host.box import (CREDENTIALS, CREDENTIALS_TEXT, INI, PATH_UNIT, REGISTRY, SERVICE, TIMER, USERS,
                      Box, config_of, ini)
from host.conftest import install
from lib.container import wait_for
from lib.programs import SOURCE
from package.tools import call

EDITED = "; mine\n" + ini("alice")
SAMPLE = "/usr/share/doc/ecr-refresher/examples/ecr-refresher.ini"


@pytest.fixture(scope="session")
def old_package(package, tmp_path_factory):
    """0.1.0: the current package with the ini of 0.1.0 as a conffile; neither has a maintainer script
    for it."""
    directory = tmp_path_factory.mktemp("old")
    root = directory / "root"
    call(["dpkg-deb", "-R", package, root])
    control = (root / "DEBIAN/control").read_text()
    version = call(["dpkg-deb", "-f", package, "Version"]).strip()
    assert version != "0.1.0" and f"\nVersion: {version}\n" in control
    (root / "DEBIAN/control").write_text(control.replace(f"\nVersion: {version}\n", "\nVersion: 0.1.0\n"))
    (root / "etc").mkdir(exist_ok=True)
    shutil.copy(SOURCE / "tests/package/ecr-refresher-0.1.0.ini", root / INI.lstrip("/"))
    (root / "DEBIAN/conffiles").write_text(f"{INI}\n")
    call(["dpkg-deb", "--root-owner-group", "-b", root, directory / "ecr-refresher_0.1.0_amd64.deb"])
    return directory / "ecr-refresher_0.1.0_amd64.deb"


@pytest.fixture(scope="session")
def bare_layer(release, netns, world):
    """A host with the users, but without the package and an ini."""
    with Box(release, netns=netns) as box:
        box.trust(world.ca.bundle)
        for user, home in USERS.items():
            if user != "root":
                box.run(["useradd", "--create-home", "--home-dir", home, "--shell", "/bin/sh", user])
        layer = box.freeze()
    yield layer
    layer.remove()


@pytest.fixture
def box(release, netns, bare_layer, simulator):
    with Box(release, netns=netns, layer=bare_layer) as box:
        yield box


@pytest.fixture
def old(box, old_package):
    """The host, with 0.1.0 on it, AWS keys, and the timer."""
    install(box, old_package)
    assert INI in conffiles(box)
    box.write(CREDENTIALS, CREDENTIALS_TEXT, mode=0o600, owner="ecr-refresher")
    box.enable()
    return box


def conffiles(box):
    return box.output("dpkg-query -W -f '${Conffiles}' ecr-refresher")


def state(box):
    return box.output("dpkg-query -W -f '${db:Status-Abbrev}' ecr-refresher").strip()


def apt(box, *arguments, frontend="noninteractive"):
    """Runs apt-get without a terminal; this and the next run must succeed."""
    environment = {"DEBIAN_FRONTEND": frontend} if frontend else {}
    done = box.run(["apt-get", "-y", *arguments], timeout=120, env=environment)
    assert "conffile" not in (done.stdout + done.stderr).lower(), done.stdout + done.stderr
    box.run(["apt-get", "-y", "-f", "install"], timeout=120, env=environment)
    return done


def put(box, package):
    """Copies the package to the host. Returns the argument for apt."""
    shutil.copy(package, box.path("/root"))
    return f"/root/{package.name}"


def edit(box, text=EDITED):
    box.write(INI, text, mode=0o640)
    box.run(["chgrp", "adm", INI])
    return of_file(box)


def of_file(box):
    """Content, owner, mode and identity of the ini."""
    return box.read(INI), box.output(["stat", "-c", "%U:%G %a %i %Y", INI])


def inis(box):
    """The ini, and other files next to it that begin with its name."""
    return box.output("ls -A /etc | grep ecr-refresher.ini", check=False).split()


def test_no_package_has_a_conffile(package):
    for deb in package.parent.glob("ecr-refresher*.deb"):
        call(["dpkg-deb", "-e", deb, package.parent / f"{deb.name}.control"])
        control = package.parent / f"{deb.name}.control"
        assert not (control / "conffiles").exists(), deb.name
        shutil.rmtree(control)


@pytest.mark.parametrize("frontend", [None, "noninteractive"])
def test_ini_from_before_the_installation(box, package, frontend):
    """From cloud-init, a template or a golden image."""
    before = edit(box)
    apt(box, "install", put(box, package), frontend=frontend)
    assert state(box) == "ii" and of_file(box) == before
    box.write(CREDENTIALS, CREDENTIALS_TEXT, mode=0o600, owner="ecr-refresher")
    box.enable()
    box.wait_for_entry(config_of("alice"))
    apt(box, "install", "--reinstall", put(box, package), frontend=frontend)
    assert of_file(box) == before and box.is_active(TIMER)
    box.run(["dpkg", "-i", put(box, package)])
    assert of_file(box) == before
    apt(box, "purge", "ecr-refresher", frontend=frontend)
    assert of_file(box) == before and inis(box) == ["ecr-refresher.ini"]


def test_sample_but_no_ini(box, package):
    apt(box, "install", put(box, package))
    assert inis(box) == []
    sample = box.read(SAMPLE)
    assert "[user root]" in sample
    box.write(INI, sample)
    assert box.refresh() == 0
    assert box.events("NOTHING_CONFIGURED")


@pytest.mark.parametrize("frontend", [None, "noninteractive"])
@pytest.mark.parametrize("tool", ["apt", "dpkg"])
def test_upgrade_with_an_edited_ini(old, package, frontend, tool):
    before = edit(old)
    old.wait_for_entry(config_of("alice"))
    entry, end = old.read(config_of("alice")), old.journal_end()
    if tool == "apt":
        apt(old, "install", put(old, package), frontend=frontend)
    else:
        old.run(["dpkg", "-i", put(old, package)], env={"DEBIAN_FRONTEND": frontend} if frontend else {})
    assert state(old) == "ii" and of_file(old) == before and inis(old) == ["ecr-refresher.ini"]
    old.wait_until_idle()
    assert old.refresh() == 0
    assert old.events("ENTRY_REMOVED", end) == old.events("NOTHING_CONFIGURED", end) == []
    assert old.read(config_of("alice")) == entry
    assert old.is_active(TIMER) and old.is_active(PATH_UNIT)

    apt(old, "install", "--reinstall", put(old, package), frontend=frontend)
    assert of_file(old) == before and inis(old) == ["ecr-refresher.ini"]


def test_upgrade_and_downgrade(old, package, old_package):
    before = edit(old)
    apt(old, "install", put(old, package))
    apt(old, "install", "--allow-downgrades", put(old, old_package))
    assert state(old) == "ii" and of_file(old) == before
    apt(old, "install", put(old, package))
    assert of_file(old) == before and inis(old) == ["ecr-refresher.ini"]
    apt(old, "remove", "ecr-refresher")
    assert of_file(old) == before
    apt(old, "install", put(old, package))
    assert of_file(old) == before and old.refresh() == 0
    # As in the README: it is still the configuration file of 0.1.0.
    apt(old, "purge", "ecr-refresher")
    assert inis(old) == []


def test_upgrade_with_the_unchanged_sample(old, package):
    before = of_file(old)
    apt(old, "install", put(old, package))
    assert state(old) == "ii" and of_file(old) == before
    assert old.refresh() == 0 and old.events("NOTHING_CONFIGURED")


def test_upgrade_without_the_ini(old, package):
    old.remove(INI)
    apt(old, "install", put(old, package))
    assert state(old) == "ii" and inis(old) == []
    assert INI not in conffiles(old)
    assert old.refresh() == 0


def test_upgrade_with_a_link(old, package):
    """Configuration management often creates one."""
    old.run("mkdir /etc/managed")
    old.write("/etc/managed/ecr.ini", EDITED)
    old.run(f"ln -sf managed/ecr.ini {INI}")
    apt(old, "install", put(old, package))
    assert old.output(["readlink", INI]) == "managed/ecr.ini"
    assert old.read("/etc/managed/ecr.ini") == EDITED and inis(old) == ["ecr-refresher.ini"]
    assert old.refresh() == 0 and old.entry(config_of("alice"))


def test_old_package_removed_but_not_purged(old, package):
    before = edit(old)
    old.run("apt-get -y remove ecr-refresher", timeout=120)
    assert state(old) == "rc"
    apt(old, "install", put(old, package))
    assert state(old) == "ii" and of_file(old) == before and inis(old) == ["ecr-refresher.ini"]
    assert old.refresh() == 0 and old.entry(config_of("alice"))


# Enabled before an ini exists


def failed_units(box, *user):
    return box.output(["systemctl", *user, "list-units", "--failed", "--plain", "--no-legend", "ecr-refresher*"])


def test_enabled_without_an_ini(box, package):
    apt(box, "install", put(box, package))
    box.write(CREDENTIALS, CREDENTIALS_TEXT, mode=0o600, owner="ecr-refresher")
    box.enable()
    assert failed_units(box) == "" and box.show(SERVICE, "Result")["Result"] == "success"
    [event] = box.events("NOTHING_CONFIGURED")
    assert f"{INI} does not exist; create it" in event["MESSAGE"]
    assert box.show(SERVICE, "StatusText")["StatusText"] == "Nothing configured"
    assert box.run("ecr-refresher status").stdout.startswith("Nothing configured")
    box.configure(ini("alice"))
    box.wait_for_entry(config_of("alice"))

    # An editor that replaces it slowly; then no ini for a while.
    box.wait_for_watch(config_of("alice"))
    entry, end = box.read(config_of("alice")), box.journal_end()
    box.remove(INI)
    wait_for(lambda: box.events("NOTHING_CONFIGURED", end), 60, "a run without an ini")
    box.wait_until_idle()
    assert failed_units(box) == "" and box.read(config_of("alice")) == entry
    assert config_of("alice") in box.watches()
    box.configure(ini("alice", "bob"))
    box.wait_for_entry(config_of("bob"))
    assert box.events("ENTRY_REMOVED") == [] and REGISTRY in box.read(config_of("alice"))


def test_user_without_an_ini(box, package):
    apt(box, "install", put(box, package))
    box.linger("alice")
    done = box.run(["systemctl", "--user", "enable", "--now", TIMER], user="alice", check=False)
    assert done.returncode == 0, done.stderr
    own = "/home/alice/.config/ecr-refresher.ini"
    [event] = wait_for(lambda: box.events("NOTHING_CONFIGURED"), 60, "a run")
    assert f"{own} does not exist; create it" in event["MESSAGE"]
    wait_for(lambda: box.show(SERVICE, "ActiveState", user="alice")["ActiveState"] == "inactive", 60, "its end")
    assert box.output("systemctl --user list-units --failed --plain --no-legend", user="alice") == ""
    assert box.show(TIMER, "ActiveState", user="alice")["ActiveState"] == "active"

    box.run("mkdir -p -m 700 ~/.aws", user="alice")
    box.write("/home/alice/.aws/credentials", CREDENTIALS_TEXT, mode=0o600, owner="alice")
    box.run("mkdir -p ~/.config", user="alice")
    box.write(own, ini("alice"), owner="alice")
    box.wait_for_entry(config_of("alice"), seconds=60)
