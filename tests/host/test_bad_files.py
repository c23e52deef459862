# SPDX-License-Identifier: Apache-2.0
"""Files that cannot be served: each fails alone, with one line that names it, and stays unchanged.
Also unusual ones that can be served."""

import json
from dataclasses import dataclass

import pytest

from host.box import OTHER_REGION, REGISTRY, config_of, ini
from lib.acl import GROUP_OBJ, MASK, OTHER, USER, USER_OBJ, acl, get_acl, set_acl

FILE = config_of("alice")
DIRECTORY = "/home/alice/.docker"


@dataclass
class Broken:
    """word: in the line that reports it. The rest is sh that creates it, first as alice in her
    ~/.docker and then as root."""

    word: str
    alice: str = ":"
    root: str = ":"


BROKEN = {
    "not JSON": Broken("line 3", "printf '{\\n \"auths\": {},\\n oops\\n}' > config.json"),
    "an array": Broken("object", "echo '[1, 2]' > config.json"),
    "auths is a list": Broken("auths", "echo '{\"auths\": []}' > config.json"),
    "a directory": Broken("directory", "mkdir config.json"),
    "a FIFO": Broken("regular file", "mkfifo config.json"),
    "20 MB": Broken("4 MiB", "(printf '\"'; head -c 20000000 /dev/zero | tr '\\0' x; printf '\"') "
                             "> config.json"),
    "nested without end": Broken("line 1", "head -c 1000000 /dev/zero | tr '\\0' '[' > config.json"),
    "root's, mode 000": Broken("Permission denied", "echo '{}' > config.json",
                               "chown root: config.json; chmod 000 config.json"),
    "in a directory of root's": Broken("Permission denied", root="chown root: .; chmod 755 ."),
    "a loop of symlinks": Broken("symbolic links", "ln -s config.json config.json"),
    "below a file": Broken("directory", "rmdir ../.docker; echo > ../.docker"),
    "on a full disk": Broken(
        "No space left", root="mount -t tmpfs -o size=16k,uid=$(id -u alice),mode=700 tmpfs "
        f"{DIRECTORY}; head -c 100000 /dev/zero > {DIRECTORY}/filler || true"),
    "on a read-only mount": Broken(
        "Read-only", root=f"mount -t tmpfs -o uid=$(id -u alice),mode=700 tmpfs {DIRECTORY}; "
        f"mount -o remount,ro {DIRECTORY}"),
}


def prepare(box, alice=":", root=":"):
    """Runs one script as alice and the other as root, both in her ~/.docker."""
    box.run(f"mkdir -p {DIRECTORY} && cd {DIRECTORY} && {alice}", user="alice")
    box.run(f"test ! -d {DIRECTORY} || cd {DIRECTORY}; {root}")


def fingerprint(box):
    """The file's type, owner and content."""
    return (box.stat(FILE), box.run(f"test -f {FILE} && sha256sum {FILE}", check=False).stdout,
            box.run(f"ls -A {DIRECTORY}", check=False).stdout)


@pytest.mark.parametrize("kind", BROKEN)
def test_it_fails_alone(box, kind):
    broken = BROKEN[kind]
    prepare(box, broken.alice, broken.root)
    before = fingerprint(box)
    box.configure(ini("alice", "bob"))

    assert box.refresh() == 1

    assert box.entry(config_of("bob"))
    assert fingerprint(box) == before
    (event,) = box.events("FILE_FAILED")
    assert event["ECR_USER"] == "alice" and event["ECR_FILE"] == FILE
    assert "alice" in event["MESSAGE"] and FILE in event["MESSAGE"]
    assert broken.word.lower() in event["MESSAGE"].lower()
    assert ";" in event["MESSAGE"], "the fix"
    status = json.dumps(box.status())
    assert broken.word.lower() in status.lower()


@pytest.mark.parametrize("kind", ["not JSON", "a directory", "root's, mode 000", "below a file"])
def test_it_recovers(box, kind):
    prepare(box, BROKEN[kind].alice, BROKEN[kind].root)
    box.configure(ini("alice"))
    assert box.refresh() == 1
    box.run(["rm", "-rf", DIRECTORY])
    assert box.refresh() == 0
    assert box.entry(FILE)
    assert "failed" not in json.dumps(box.status()).lower()


def test_empty_file_counts_as_an_empty_object(box):
    prepare(box, ": > config.json; chmod 644 config.json")
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert box.entry(FILE)
    assert box.stat(FILE) == ("alice", "alice", "644", "regular file")


@pytest.mark.parametrize("link", ["../dotfiles/docker.json", "/home/alice/dotfiles/docker.json"])
def test_symlink_is_followed(box, link):
    box.run(f"mkdir ~/dotfiles ~/.docker && echo '{{\"auths\": {{}}}}' > ~/dotfiles/docker.json && "
            f"ln -s {link} ~/.docker/config.json", user="alice")
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert box.output(["readlink", FILE]) == link
    assert box.stat("/home/alice/dotfiles/docker.json")[3] == "regular file"
    assert box.entry("/home/alice/dotfiles/docker.json")


def test_linked_directory_is_followed_and_watched(box):
    box.run("mkdir ~/elsewhere && ln -s elsewhere ~/.docker", user="alice")
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_entry(FILE)
    box.wait_for_watch("/home/alice/elsewhere/config.json")
    box.remove(FILE)
    box.wait_for_entry(FILE)


def test_on_a_tmpfs(box):
    prepare(box, root="mount -t tmpfs -o mode=700,uid=$(id -u alice),gid=$(id -g alice) tmpfs "
                      f"{DIRECTORY}")
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_entry(FILE)
    box.wait_for_watch(FILE)
    box.remove(FILE)
    box.wait_for_entry(FILE)


def test_bind_mounted_file_is_written_in_place(box):
    """Like -v config.json:/…/config.json of a container. A rename would detach it."""
    box.write("/srv/deploy/real.json", '{"auths": {"a.example.com": {}}}', owner="alice")
    prepare(box, "touch config.json", "mount --bind /srv/deploy/real.json config.json")
    inode = box.output("stat -c %i /srv/deploy/real.json")
    box.configure(ini("alice"))

    assert box.refresh() == 0

    assert box.entry(FILE)
    assert box.read("/srv/deploy/real.json") == box.read(FILE)
    assert box.output("stat -c %i /srv/deploy/real.json") == inode
    assert "a.example.com" in box.read(FILE)


def test_access_list_is_kept(box):
    """setfacl -m u:bob:r config.json. The service may read and write access lists."""
    wanted = [(USER_OBJ, 6), (USER, 4, box.passwd("bob")["uid"]), (GROUP_OBJ, 0), (MASK, 4),
              (OTHER, 0)]
    prepare(box, "echo '{}' > config.json; chmod 755 ~ .; chmod 600 config.json")
    set_acl(box.path(FILE), *wanted)
    inode = box.output(f"stat -c %i {FILE}")
    box.configure(ini("alice"))

    assert box.refresh() == 0

    assert box.entry(FILE)
    assert box.output(f"stat -c %i {FILE}") != inode
    assert get_acl(box.path(FILE)) == acl(*wanted)
    assert box.run(["cat", FILE], user="bob").stdout == box.read(FILE)
    assert box.run(["setpriv", "--reuid=deploy", "--regid=alice", "--clear-groups", "cat", FILE],
                   check=False).returncode != 0


def test_helper_that_hides_our_entry_is_reported(box):
    prepare(box, f"echo '{{\"credHelpers\": {{\"{REGISTRY}\": \"ecr-login\"}}}}' > config.json")
    box.configure(ini("alice", registries=f"{REGISTRY} {OTHER_REGION}"))
    box.refresh()
    assert box.entry(FILE)
    (event,) = box.events("ENTRY_HIDDEN")
    assert "ecr-login" in event["MESSAGE"] and REGISTRY in event["MESSAGE"]
    assert event["PRIORITY"] == "4"
    # Reported once, not in every run.
    end = box.journal_end()
    box.refresh()
    assert box.events("ENTRY_HIDDEN", end) == []
    assert "ecr-login" in json.dumps(box.status())
