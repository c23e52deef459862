# SPDX-License-Identifier: Apache-2.0
"""ecr-refresher logout: removes our entries, keeps every other byte, warns of the next run."""

import json
import os

import pytest

from lib.host_service import authorization, token

FRANKFURT = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
IRELAND = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
FILE = ".docker/config.json"

FOREIGN = """{
\t"auths": {
\t\t"https://index.docker.io/v1/": { "auth": "Zm9vOmJhcg==" , "n": 12345678901234567890123 }
\t},
\t"HttpHeaders" : {"a": "\\u00e9", "a": "b"}
}
"""


@pytest.fixture
def host(host):
    host.tokens(token("eu-central-1", "first"), token("eu-west-1", "second"))
    return host


@pytest.fixture
def served(host, alice, bob):
    """Both users have both entries."""
    serve(host, alice, bob)
    host.ok("write")
    assert hosts(alice) == hosts(bob) == {FRANKFURT, IRELAND}
    return host


def serve(host, *users, registries=f"{FRANKFURT} {IRELAND}"):
    host.configure("".join(f"[user {user.name}]\nregistries = {registries}\n" for user in users))


def hosts(user, file=FILE):
    return set(json.loads((user.home / file).read_text()).get("auths", {}))


def test_everything(served, alice, bob):
    done = served.ok("logout")
    assert hosts(alice) == hosts(bob) == set()
    assert "Removed 4 entries." in done.stdout
    for user in (alice, bob):
        assert f"{user.name}: {user.home}/{FILE}: removed 2 entries" in done.stderr
        assert (user.home / FILE).stat().st_uid == user.uid
    # It warns of the next run.
    assert str(served.ini) in done.stdout and "next run" in done.stdout
    assert "systemctl disable --now ecr-refresher.timer" in done.stdout
    assert {f["state"] for f in served.status()["files"]} == {"pending"}
    assert served.status(alice)["files"][0]["state"] == "pending"
    # The next run does restore them.
    served.ok("write")
    assert hosts(alice) == {FRANKFURT, IRELAND}


def test_every_foreign_byte_stays(host, alice):
    path = alice.write(FILE, FOREIGN)
    serve(host, alice)
    host.ok("write")
    assert FRANKFURT in path.read_text()
    host.ok("logout")
    assert path.read_text() == FOREIGN


def test_one_registry(served, alice, bob):
    done = served.ok("logout", f"https://{FRANKFURT.upper()}/v2/")
    assert hosts(alice) == hosts(bob) == {IRELAND}
    assert "Removed 2 entries." in done.stdout
    # The ini still names the other one.
    assert {f["state"] for f in served.status()["files"]} == {"pending"}
    assert served.status()["files"][0]["registries"] == [IRELAND]
    served.ok("write")
    assert {f["state"] for f in served.status()["files"]} == {"fresh"}


def test_one_user(served, alice, bob):
    done = served.ok("logout", "--user", alice.name)
    assert hosts(alice) == set() and hosts(bob) == {FRANKFURT, IRELAND}
    assert "Removed 2 entries." in done.stdout
    assert {(f["user"], f["state"]) for f in served.status()["files"]} == {
        (alice.name, "pending"), (bob.name, "fresh")}


def test_some_users_and_registries(served, alice, bob):
    served.ok("logout", "--user", alice.name, "--user", bob.name, IRELAND, FRANKFURT)
    assert hosts(alice) == hosts(bob) == set()


def test_twice(served, alice):
    served.ok("logout", FRANKFURT)
    inode = (alice.home / FILE).stat().st_ino
    done = served.ok("logout", FRANKFURT)
    assert "nothing to remove" in done.stdout and f"{FRANKFURT}: no file has" in done.stdout
    assert (alice.home / FILE).stat().st_ino == inode


def test_replaced_entry_stays(served, alice):
    """docker login has replaced our entry."""
    path = alice.home / FILE
    theirs = path.read_text().replace(authorization("first"), authorization("theirs"))
    path.write_text(theirs)
    served.ok("logout", "--user", alice.name, FRANKFURT)
    assert path.read_text() == theirs


def test_unconfigured_entries(served, alice, bob):
    """There is no warning, because the next run does not restore them."""
    serve(served, bob, registries=IRELAND)
    done = served.ok("logout", "--user", alice.name)
    assert hosts(alice) == set()
    assert "next run" not in done.stdout
    done = served.ok("logout", FRANKFURT)
    assert hosts(bob) == {IRELAND} and "next run" not in done.stdout


@pytest.mark.parametrize("text", [None, "nonsense\n"])
def test_without_a_valid_ini(served, alice, text):
    served.ini.unlink() if text is None else served.configure(text)
    served.ok("logout")
    assert hosts(alice) == set()


@pytest.mark.parametrize("arguments, words", [
    (["--user", "nobody-of-ours"], ["nobody-of-ours", "[user nobody-of-ours]", "status"]),
    (["quay.io"], ["quay.io", "docker logout quay.io"]),
    ([FRANKFURT, IRELAND.replace("west-1", "west-3")], ["eu-west-3", "status"]),
    (["not a host"], ["not a host"]),
    (["--nonsense"], ["--nonsense", "ecr-refresher logout [--user NAME]"]),
])
def test_typos(served, alice, bob, arguments, words):
    done = served.run("logout", *arguments)
    assert done.returncode == 2
    assert all(word in done.stderr for word in words)
    assert hosts(alice) == hosts(bob) == {FRANKFURT, IRELAND}


def test_broken_file(served, alice, bob):
    """One user's file is broken: its entries stay ours, the exit code is 1, the other is served."""
    path = alice.home / FILE
    good = path.read_text()
    path.write_text("{")
    done = served.run("logout")
    assert done.returncode == 1
    assert hosts(bob) == set() and path.read_text() == "{"
    assert f"{alice.home}/{FILE}: line 1" in done.stderr
    path.write_text(good)
    served.ok("logout")
    assert hosts(alice) == set()


def test_other_files_keep_their_state(host, alice, bob):
    """The state of a file without our entries does not change."""
    serve(host, alice, bob)
    (bob.home / ".docker").mkdir(mode=0o700)
    (bob.home / FILE).write_text("{")
    os.chown(bob.home / ".docker", bob.uid, bob.gid)
    os.chown(bob.home / FILE, bob.uid, bob.gid)
    host.run("write")
    host.ok("logout")
    assert {(f["user"], f["state"]) for f in host.status()["files"]} == {
        (alice.name, "pending"), (bob.name, "failed")}


def test_own_service(host, alice):
    """Without root: only the user's own service."""
    runtime = alice.runtime_dir / "ecr-refresher"
    runtime.mkdir(mode=0o700, exist_ok=True)
    (runtime / "tokens.json").write_text(json.dumps({"version": 1, "tokens": [token()]}))
    for path in (runtime, runtime / "tokens.json"):
        os.chown(path, alice.uid, alice.gid)
    alice.write(".config/ecr-refresher.ini",
                f"[user {alice.name}]\nregistries = {FRANKFURT}\nfiles = ~/{FILE}\n")
    host.ok("write", user=alice)
    assert hosts(alice) == {FRANKFURT}
    refused = host.run("logout", "--user", "root", user=alice)
    assert refused.returncode == 2 and "root" in refused.stderr
    done = host.ok("logout", "--user", alice.name, user=alice)
    assert hosts(alice) == set()
    assert "systemctl --user disable --now ecr-refresher.timer" in done.stdout
    assert host.ok("logout", user=alice).stdout == "There was nothing to remove.\n"
