# SPDX-License-Identifier: Apache-2.0
"""A replaced file is readable for the same accounts as before; each of them tries."""

import os
import subprocess

import pytest

from lib.acl import GROUP_OBJ, MASK, OTHER, USER, USER_OBJ, acl, get_acl, set_acl
from lib.host_service import token

REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
FILE = ".docker/config.json"
STRANGER = 65534  # a uid with no special access


@pytest.fixture
def host(host, alice, bob):
    host.tokens(token("eu-central-1"))
    serve(host, alice, bob)
    return host


@pytest.fixture
def path(host, alice):
    """Alice's file, below directories that all may enter."""
    path = alice.write(FILE, '{"secret": 1}')
    path.parent.chmod(0o755)
    return path


@pytest.fixture
def membership(alice, bob):
    """Alice is in bob's group."""
    change_membership("--add", alice, bob)
    yield
    change_membership("--delete", alice, bob)


def change_membership(option, user, group):
    subprocess.run(["gpasswd", option, user.name, group.name], check=True, capture_output=True)


def serve(host, *users):
    host.configure("".join(f"[user {user.name}]\nregistries = {REGISTRY}\n" for user in users))


def can_read(path, uid, gid):
    return subprocess.run(["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "cat",
                           path], capture_output=True).returncode == 0


def has_entry(user):
    return REGISTRY in (user.home / FILE).read_text()


def test_acl_of_a_named_user(host, path, alice, bob):
    """After setfacl -m u:bob:r the group bits of the mode are the mask."""
    wanted = [(USER_OBJ, 6), (USER, 4, bob.uid), (GROUP_OBJ, 0), (MASK, 4), (OTHER, 0)]
    set_acl(path, *wanted)
    for command in "write", "logout":
        before = path.stat()
        host.ok(command)
        after = path.stat()
        assert after.st_ino != before.st_ino and after.st_mode == before.st_mode
        assert can_read(path, bob.uid, bob.gid)
        assert not can_read(path, STRANGER, alice.gid)
        assert not can_read(path, STRANGER, STRANGER)
        assert get_acl(path) == acl(*wanted)


def test_group_without_the_user(host, path, alice, bob):
    """An administrator's chgrp backup; chmod 640: the same accounts can still read the file."""
    os.chown(path, alice.uid, bob.gid)
    path.chmod(0o640)
    host.ok("write")
    assert has_entry(alice)
    assert can_read(path, STRANGER, bob.gid)
    assert not can_read(path, STRANGER, alice.gid)
    assert not can_read(path, STRANGER, STRANGER)
    before = get_acl(path)
    host.ok("logout")
    assert get_acl(path) == before


def test_group_of_the_user(host, path, alice, bob, membership):
    os.chown(path, alice.uid, bob.gid)
    path.chmod(0o640)
    host.ok("write")
    assert (path.stat().st_gid, path.stat().st_mode & 0o777) == (bob.gid, 0o640)
    assert get_acl(path) is None


def hide_groups(host):
    """Makes /etc/group unreadable. It must not be replaced, because that ends the mount."""
    # mount itself can open this file; it no longer exists afterwards.
    run(host, "mount", "--bind", "/proc/self/mem", "/etc/group")
    assert run(host, "cat", "/etc/group", check=False).returncode != 0


def run(host, *argv, check=True):
    return subprocess.run(host.command(argv), check=check, capture_output=True)


def check_left_alone(host, path, alice, bob, under=()):
    """Checks that a run fails for alice, leaves her file alone, and serves bob."""
    os.chown(path, alice.uid, bob.gid)
    path.chmod(0o640)
    before = path.stat()

    done = host.run("write", under=under)

    assert done.returncode == 1
    assert not has_entry(alice) and has_entry(bob)
    after = path.stat()
    assert (after.st_ino, after.st_gid, after.st_mode) == (before.st_ino, bob.gid, before.st_mode)
    assert os.listdir(path.parent) == ["config.json"]
    (line,) = [line for line in done.stderr.splitlines() if alice.name in line]
    for word in (str(path), str(bob.gid), "the next run tries again"):
        assert word in line
    return line


def test_unknown_membership(host, path, alice, bob, membership):
    hide_groups(host)
    check_left_alone(host, path, alice, bob)
    run(host, "umount", "/etc/group")
    host.ok("write")
    assert has_entry(alice)
    assert (path.stat().st_gid, path.stat().st_mode & 0o777) == (bob.gid, 0o640)


def test_membership_unknown_for_a_moment(host, path, alice, bob, membership):
    """The look-up fails only when the process gets its groups, and works when it checks why."""
    line = check_left_alone(host, path, alice, bob, under=[
        "strace", "-f", "-o", "/dev/null", "-P", "/etc/group", "-e", "trace=openat",
        "-e", "inject=openat:error=EMFILE:when=1"])
    assert bob.name in line, "the group's name: it is found now"
    host.ok("write")
    assert (path.stat().st_gid, path.stat().st_mode & 0o777) == (bob.gid, 0o640)


def test_unknown_group(host, path, alice, bob):
    """The user is not in the group, but that cannot be determined."""
    hide_groups(host)
    check_left_alone(host, path, alice, bob)
    run(host, "umount", "/etc/group")
    host.ok("write")
    assert has_entry(alice)
    assert can_read(path, STRANGER, bob.gid) and not can_read(path, STRANGER, alice.gid)


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664])
def test_membership_that_does_not_matter(host, path, alice, bob, mode):
    """A group with the same access as others needs no look-up."""
    hide_groups(host)
    os.chown(path, alice.uid, bob.gid)
    path.chmod(mode)
    host.ok("write")
    assert has_entry(alice)
    for gid in (alice.gid, bob.gid, STRANGER):
        assert can_read(path, STRANGER, gid) == (mode != 0o600)


def test_group_that_does_not_exist(host, path, alice, bob):
    os.chown(path, alice.uid, 60123)
    path.chmod(0o640)
    done = host.run("write")
    assert done.returncode == 1
    assert not has_entry(alice) and has_entry(bob)
    assert "60123" in done.stderr
