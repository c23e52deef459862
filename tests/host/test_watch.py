# SPDX-License-Identifier: Apache-2.0
"""Watched files: one user's mischief does not affect the watches of others."""

import fcntl
from contextlib import contextmanager
from pathlib import Path

import pytest

from host.box import REGISTRY, USERS, config_of, ini
from lib.container import CACHE, wait_for

INOTIFY = Path("/proc/sys/fs/inotify/max_user_instances")

MISCHIEF = {
    "directory becomes a file": "rm -r ~/.docker && touch ~/.docker",
    "a loop of symlinks": "rm -r ~/.docker && ln -s .docker ~/.docker",
    "file becomes a directory": "rm ~/.docker/config.json && mkdir ~/.docker/config.json",
    "saving without end": "i=0; while [ $i -lt 300 ]; do echo '{}' > ~/.docker/config.json; "
                          "i=$((i+1)); sleep 0.01; done",
}


@pytest.mark.parametrize("kind", MISCHIEF)
def test_bob_is_still_watched(box, kind):
    box.configure(ini("alice", "bob"))
    box.enable()
    box.wait_for_watch(config_of("alice"))
    box.wait_for_watch(config_of("bob"))

    box.run(MISCHIEF[kind], user="alice")
    box.wait_until_idle()

    assert config_of("bob") in box.watches()
    box.remove(config_of("bob"))
    box.wait_for_entry(config_of("bob"))


def test_endless_saving_is_stopped(box):
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_watch(config_of("alice"))
    # Runs that end at once, so that even a slow machine has enough of them.
    box.drop_in("[Service]\nExecStart=\nExecStart=/bin/true\n")
    box.run(MISCHIEF["saving without end"], user="alice")
    unit = "ecr-refresher@home-alice-.docker-config.json.path"
    assert box.show(unit, "Result")["Result"] == "trigger-limit-hit"


@pytest.mark.parametrize("kind", MISCHIEF)
def test_alice_is_served_again_by_the_next_run(box, kind):
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_watch(config_of("alice"))
    box.run(MISCHIEF[kind], user="alice")
    box.wait_until_idle()

    box.run("rm -rf ~/.docker", user="alice")
    if kind == "saving without end":
        box.run("sleep 11")  # TriggerLimitIntervalSec=
    box.refresh()

    assert box.entry(config_of("alice"))
    box.wait_for_watch(config_of("alice"))
    box.remove(config_of("alice"))
    box.wait_for_entry(config_of("alice"))


def test_odd_names_are_watched(box):
    """A path that a unit name and a unit file escape differently."""
    path = "/home/alice/.config/a b-c/odd-%h-ä.json"
    box.run("cd && mkdir -p '.config/a b-c' && ln -s 'a b-c' .config/link", user="alice")
    box.configure(f"[user alice]\nregistries = {REGISTRY}\nfiles = ~/.config/link/odd-%h-ä.json\n")
    box.enable()
    box.wait_for_entry(path)
    box.wait_for_watch(path)
    box.remove(path)
    box.wait_for_entry(path)


@contextmanager
def inotify_instances(count):
    """All containers and the machine itself share root's limit."""
    with open(CACHE / "inotify.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = INOTIFY.read_text()
        INOTIFY.write_text(str(max(int(before), count)))
        try:
            yield
        finally:
            INOTIFY.write_text(before)


def test_at_most_sixty_four_files_are_watched(box):
    files = "".join(f"\n        ~/files/{n}.json" for n in range(25))
    users = ("alice", "bob", "deploy")
    box.configure("".join(f"[user {user}]\nregistries = {REGISTRY}\nfiles ={files}\n"
                          for user in users))
    with inotify_instances(1024):
        box.enable()
        wait_for(lambda: len(box.watches()) == 64, 20, "64 watches")
        for user in users:
            assert len(box.output(f"ls {USERS[user]}/files").splitlines()) == 25
        (event,) = box.events("WATCH_FAILED")
        assert "64" in event["MESSAGE"]
        box.run("systemctl disable --now ecr-refresher.timer")
        wait_for(lambda: not box.watches(), 20, "no watches")


def test_timer_works_without_dbus(box):
    box.run("systemctl mask --now dbus.socket dbus.service")
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_entry(config_of("alice"))
    assert box.exit_status() == 0
    (event,) = box.events("WATCH_FAILED")
    assert "dbus" in event["MESSAGE"]
