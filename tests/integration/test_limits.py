# SPDX-License-Identifier: Apache-2.0
"""Runs on a system with too few resources: no streams, few descriptors, no free space."""

import json
import subprocess

import pytest

from lib.host_service import authorization, token
from lib.patience import patience

FRANKFURT = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
FILE = ".docker/config.json"


@pytest.fixture
def host(host, alice, bob):
    host.tokens(token())
    configure(host, alice, bob)
    return host


def configure(host, *users):
    host.configure("".join(f"[user {u.name}]\nregistries = {FRANKFURT}\n" for u in users))


def shell(host, script, *words):
    """Runs a script as the service. "$@" is the program with its ini."""
    done = subprocess.run(host.command(["sh", "-c", script, "sh", host.program, "--config",
                                        host.ini, *words]),
                          capture_output=True, text=True, stdin=subprocess.DEVNULL,
                          timeout=patience(60))
    print(done.stdout, done.stderr, sep="", end="")
    return done


def entry(user):
    """The auth in the user's file, if it exists; checks that no temporary file is beside it."""
    if not (user.home / FILE).exists():
        assert not list(user.home.glob(".docker/.*"))
        return None
    assert [path.name for path in (user.home / ".docker").iterdir()] == ["config.json"]
    return json.loads((user.home / FILE).read_text())["auths"].get(FRANKFURT, {}).get("auth")


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams(host, alice, bob, streams):
    assert shell(host, f'exec "$@" {streams}', "write").returncode == 0
    assert entry(alice) == entry(bob) == authorization()
    assert len(host.record["files"]) == 2
    assert shell(host, f'exec "$@" {streams}', "logout").returncode == 0
    assert entry(alice) is None and entry(bob) is None


@pytest.mark.parametrize("descriptors", range(4, 10))
def test_few_descriptors(host, alice, bob, descriptors):
    done = shell(host, f'ulimit -n {descriptors} && exec "$@"', "write")
    if done.returncode != 0:
        assert "Too many open files" in done.stderr
    for user in alice, bob:
        assert entry(user) in (None, authorization())
    host.ok("write")
    assert entry(alice) == entry(bob) == authorization()


FULL = """
mount -t tmpfs -o size=4k,mode=0700 none /var/lib/ecr-refresher/written
head -c 4096 /dev/zero >/var/lib/ecr-refresher/written/full
"$@"
code=$?
umount /var/lib/ecr-refresher/written
exit $code
"""


def test_no_space_for_the_record(host, alice, bob):
    """The users' files come first; the next run recognizes our entries in them."""
    done = shell(host, FULL, "write")
    assert done.returncode == 1
    assert "written.json: cannot be written: No space left on device" in done.stderr
    assert entry(alice) == entry(bob) == authorization()
    host.ok("write")
    configure(host, bob)
    host.ok("write")
    assert entry(alice) is None and entry(bob) == authorization()


def test_unreadable_record(host, alice, bob):
    """It may still be valid, so it is not replaced."""
    host.ok("write")
    path = host.state / "written/written.json"
    text = path.read_text()
    path.write_text(text + " " * (16 * 1024 * 1024))
    configure(host, bob)
    done = host.run("write")
    assert done.returncode == 1 and "written.json: cannot be read: File too large" in done.stderr
    assert path.stat().st_size > 16 * 1024 * 1024
    path.write_text(text)
    host.ok("write")
    assert entry(alice) is None and entry(bob) == authorization()
