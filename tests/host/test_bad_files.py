# SPDX-License-Identifier: Apache-2.0
"""Files that cannot be served: each fails alone, with one line that names it, and stays as it was.
And unusual ones that can."""

import json

import pytest

from host.box import OTHER_REGION, REGISTRY, config_of, ini

FILE = config_of("alice")

# How alice's file is made, and a word of the line that tells of it.
BROKEN = {
    "not JSON": ("printf '{\\n \"auths\": {},\\n oops\\n}' > $FILE", "line 3"),
    "an array": ("echo '[1, 2]' > $FILE", "object"),
    "auths is a list": ("echo '{\"auths\": []}' > $FILE", "auths"),
    "a directory": ("mkdir $FILE", "directory"),
    "a FIFO": ("mkfifo $FILE", "regular file"),
    "a socket": ("perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0);"
                 "bind(S, sockaddr_un($ARGV[0])) or die' $FILE", "regular file"),
    "20 MB": ("(printf '{\"a\": \"'; head -c 20000000 /dev/zero | tr '\\0' x; printf '\"}') > $FILE",
              "4 MiB"),
    "nested without end": ("head -c 1000000 /dev/zero | tr '\\0' '[' > $FILE", "line 1"),
    "root's, mode 000": ("echo '{}' > $FILE; chown root: $FILE; chmod 000 $FILE",
                         "Permission denied"),
    "in a directory of root's": ("chown root: ~alice/.docker; chmod 755 ~alice/.docker",
                                 "Permission denied"),
    "a loop of symlinks": ("ln -s config.json $FILE", "symlink"),
    "below a file": ("rmdir ~alice/.docker; echo > ~alice/.docker", "directory"),
    "on a full disk": ("mount -t tmpfs -o size=16k,mode=777 tmpfs ~alice/.docker;"
                       "head -c 100000 /dev/zero > ~alice/.docker/filler; test ! -s $FILE",
                       "No space left"),
    "on a read-only mount": ("mount -t tmpfs tmpfs ~alice/.docker; echo '{}' > $FILE;"
                             "chown -R alice: ~alice/.docker;"
                             "mount -o remount,ro ~alice/.docker", "Read-only"),
}


def prepare(box, script):
    # A tmpfs is mounted for all of the container, so that the service sees it.
    box.run("su -s /bin/sh -c 'mkdir -p ~/.docker' alice")
    box.run(f"FILE={FILE}; {script}; test ! -f $FILE || test ! -O $FILE || "
            f"test $(stat -c %a $FILE) = 0 || chown alice: $FILE", check=False)


def fingerprint(box):
    """What and whose the file is, and what is in it."""
    return (box.stat(FILE), box.run(f"test -f {FILE} && sha256sum {FILE}", check=False).stdout,
            box.run(f"ls -A {FILE.rsplit('/', 1)[0]}", check=False).stdout)


@pytest.mark.parametrize("kind", BROKEN)
def test_it_fails_alone(box, kind):
    script, word = BROKEN[kind]
    prepare(box, script)
    before = fingerprint(box)
    box.configure(ini("alice", "bob"))

    assert box.refresh() == 1

    assert box.entry(config_of("bob"))
    assert fingerprint(box) == before
    (event,) = box.events("FILE_FAILED")
    assert event["ECR_USER"] == "alice" and event["ECR_FILE"] == FILE
    assert "alice" in event["MESSAGE"] and FILE in event["MESSAGE"]
    assert word.lower() in event["MESSAGE"].lower()
    assert ";" in event["MESSAGE"], "the mend"
    status = json.dumps(box.status())
    assert word.lower() in status.lower()


@pytest.mark.parametrize("kind", ["not JSON", "a directory", "root's, mode 000", "below a file"])
def test_it_recovers(box, kind):
    prepare(box, BROKEN[kind][0])
    box.configure(ini("alice"))
    assert box.refresh() == 1
    box.run("rm -rf ~alice/.docker")
    assert box.refresh() == 0
    assert box.entry(FILE)
    assert "failed" not in json.dumps(box.status()).lower()


def test_an_empty_file_counts_as_an_empty_object(box):
    prepare(box, ": > $FILE; chown alice: $FILE; chmod 644 $FILE")
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert box.entry(FILE)
    assert box.stat(FILE) == ("alice", "alice", "644", "regular file")


@pytest.mark.parametrize("link", ["../dotfiles/docker.json", "/home/alice/dotfiles/docker.json"])
def test_a_symlink_is_followed(box, link):
    box.run(f"mkdir ~/dotfiles ~/.docker && echo '{{\"auths\": {{}}}}' > ~/dotfiles/docker.json && "
            f"ln -s {link} ~/.docker/config.json", user="alice")
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert box.output(["readlink", FILE]) == link
    assert box.stat("/home/alice/dotfiles/docker.json")[3] == "regular file"
    assert box.entry("/home/alice/dotfiles/docker.json")


def test_a_linked_directory_is_followed_and_watched(box):
    box.run("mkdir ~/elsewhere && ln -s elsewhere ~/.docker", user="alice")
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_entry(FILE)
    box.wait_for_watch("/home/alice/elsewhere/config.json")
    box.remove(FILE)
    box.wait_for_entry(FILE)


def test_on_a_tmpfs(box):
    prepare(box, "mount -t tmpfs -o mode=700,uid=$(id -u alice),gid=$(id -g alice) tmpfs "
                 "~alice/.docker")
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_entry(FILE)
    box.wait_for_watch(FILE)
    box.remove(FILE)
    box.wait_for_entry(FILE)


def test_a_bind_mounted_file_is_written_in_place(box):
    """As a container gets it: -v config.json:/…/config.json. A rename would detach it."""
    script = ("echo '{\"auths\": {\"a.example.com\": {}}}' > /srv/deploy/real.json;"
              "chown alice: /srv/deploy/real.json; touch $FILE; chown alice: $FILE;"
              "mount --bind /srv/deploy/real.json $FILE")
    prepare(box, script)
    inode = box.output("stat -c %i /srv/deploy/real.json")
    box.configure(ini("alice"))

    assert box.refresh() == 0

    assert box.entry(FILE)
    assert box.read("/srv/deploy/real.json") == box.read(FILE)
    assert box.output("stat -c %i /srv/deploy/real.json") == inode
    assert "a.example.com" in box.read(FILE)


def test_a_helper_that_hides_our_entry_is_reported(box):
    prepare(box, f"echo '{{\"credHelpers\": {{\"{REGISTRY}\": \"ecr-login\"}}}}' > $FILE;"
                 "chown alice: $FILE")
    box.configure(ini("alice", registries=f"{REGISTRY} {OTHER_REGION}"))
    box.refresh()
    assert box.entry(FILE)
    (event,) = box.events("ENTRY_HIDDEN")
    assert "ecr-login" in event["MESSAGE"] and REGISTRY in event["MESSAGE"]
    assert event["PRIORITY"] == "4"
    # Told once, not at every run.
    cursor = box.journal_cursor()
    box.refresh()
    assert box.events("ENTRY_HIDDEN", cursor) == []
    assert "ecr-login" in json.dumps(box.status())
