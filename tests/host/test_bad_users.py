# SPDX-License-Identifier: Apache-2.0
"""Users that cannot be served: each fails alone."""

import json

import pytest

from host.box import REGISTRY, config_of, ini

# What creates carol, and words of the line that reports her.
BROKEN = {
    "does not exist": ("true", ["does not exist"]),
    "no home directory": ("useradd --no-create-home carol", ["/home/carol"]),
    "home is /nonexistent": ("useradd --system --home-dir /nonexistent carol", ["/nonexistent"]),
    "home not mounted": ("mkdir -p /net/homes/carol && useradd --home-dir /net/homes/carol carol",
                         ["/net/homes/carol"]),
    "home of another user": ("mkdir -m 700 /home/carol && useradd carol && chown bob /home/carol",
                              ["/home/carol"]),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_it_fails_alone(box, kind):
    script, words = BROKEN[kind]
    box.run(script)
    before = box.run("find /home /net /nonexistent -name '*docker*'", check=False).stdout
    box.configure(ini("alice", "carol", "bob"))

    assert box.refresh() == 1

    assert box.entry(config_of("alice")) and box.entry(config_of("bob"))
    failed = box.events("USER_FAILED", ECR_USER="carol") + box.events("FILE_FAILED",
                                                                      ECR_USER="carol")
    (event,) = failed
    assert "carol" in event["MESSAGE"] and ";" in event["MESSAGE"]
    for word in words:
        assert word in event["MESSAGE"]
    after = box.run("find /home /net /nonexistent -name '*docker*'", check=False).stdout
    assert set(after.splitlines()) - set(before.splitlines()) == {
        "/home/alice/.docker", "/home/bob/.docker"}
    assert "carol" in json.dumps(box.status())


def test_groups_that_cannot_be_read(box):
    """The service's root may not read a file of mode 000. Files that the user may access as a member
    of their group are still served."""
    path = config_of("alice")
    box.run("groupadd team && usermod --append --groups team alice")
    box.run("mkdir ~/.docker && cd ~/.docker && echo '{}' > config.json && chgrp team config.json && "
            "chmod 640 config.json", user="alice")
    before = box.output(f"stat -c '%i %g %a' {path}")
    box.configure(ini("alice", "bob"))
    box.run("chmod 000 /etc/group")

    assert box.refresh() == 1

    (event,) = box.events("FILE_FAILED")
    assert event["ECR_USER"] == "alice" and event["ECR_FILE"] == path
    for word in ("alice", path, "the file's group", "the next run tries again"):
        assert word in event["MESSAGE"]
    assert box.entry(config_of("bob"))
    assert box.output(f"stat -c '%i %g %a' {path}") == before
    box.run("chmod 644 /etc/group")
    assert box.refresh() == 0
    assert box.entry(path)
    assert box.stat(path) == ("alice", "team", "640", "regular file")


def test_home_mounted_later(box):
    box.run("useradd --no-create-home carol")
    box.configure(ini("carol"))
    assert box.refresh() == 1
    box.run("mkdir -m 700 /home/carol && chown carol: /home/carol")
    assert box.refresh() == 0
    assert box.entry("/home/carol/.docker/config.json")


def test_account_removed_with_its_section(box):
    """Nothing is left that could fail."""
    box.run("useradd --create-home carol")
    box.configure(ini("alice", "carol"))
    assert box.refresh() == 0
    box.run("userdel --remove carol")
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert "carol" not in json.dumps(box.status())


def test_user_without_login_is_served(box):
    box.run("useradd --system --create-home --home-dir /srv/ci --shell /usr/sbin/nologin ci")
    box.run("usermod --lock --expiredate 1 ci")
    box.configure(f"[user ci]\nregistries = {REGISTRY}\n")
    assert box.refresh() == 0
    assert box.entry("/srv/ci/.docker/config.json")
