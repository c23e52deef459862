# SPDX-License-Identifier: Apache-2.0
"""Privileges: observed while the programs run, and tried in ways that must fail."""

import re

from host.box import (CREDENTIALS, CREDENTIALS_TEXT, RECORD, REGISTRY, SERVICE, TOKENS, config_of,
                      ini)
from lib.container import wait_for
from lib.simulator import ACCESS_KEY_ID, SECRET_ACCESS_KEY

SETUID_AND_SETGID = (1 << 7) | (1 << 6)
MAX_EXPOSURE = 1.8


def process(box, name):
    """pid and /proc/PID/status of the service's process of this name, or None."""
    pid = box.show(SERVICE, "MainPID")["MainPID"]
    if pid == "0":
        return None
    text = box.run(f"cat /proc/{pid}/status", check=False).stdout
    fields = dict(line.split(":\t", 1) for line in text.splitlines() if ":\t" in line)
    return (pid, fields) if fields.get("Name") == name else None


def ids(fields, key):
    return {int(word) for word in fields[key].split()}


def check_common(fields):
    assert int(fields["CapBnd"], 16) == SETUID_AND_SETGID
    assert int(fields["CapAmb"], 16) == 0
    assert fields["NoNewPrivs"] == "1"
    assert fields["Seccomp"] == "2"


def test_exposure(box):
    text = box.output(f"systemd-analyze security --no-pager {SERVICE}")
    exposure = float(re.search(r"Overall exposure level.*: ([\d.]+)", text)[1])
    assert exposure <= MAX_EXPOSURE


def test_fetcher_has_no_privileges(box, simulator):
    simulator.fault("delay", seconds=4, count=1)
    box.configure(ini("alice"))
    box.run(["systemctl", "start", "--no-block", SERVICE])
    wait_for(lambda: simulator.state()["connections"], 10, "the fetcher at AWS")

    pid, fields = process(box, "ecr-fetch")

    uid = box.passwd("ecr-refresher")["uid"]
    assert ids(fields, "Uid") == {uid}
    assert 0 not in ids(fields, "Gid") | ids(fields, "Groups")
    # systemd 257 leaves something in CapInh, which our programs do not use.
    assert int(fields["CapEff"], 16) == int(fields["CapPrm"], 16) == 0
    check_common(fields)
    limits = box.read(f"/proc/{pid}/limits")
    assert re.search(r"^Max core file size +0 +0 ", limits, flags=re.M)
    box.wait_until_idle()
    assert box.entry(config_of("alice"))


def test_writer_keeps_two_capabilities_and_no_network_code(box):
    box.configure(ini("alice"))
    # The writer waits for the lock on its record.
    box.run(["systemd-run", "--unit=holder", "flock", RECORD, "sleep", "infinity"])
    wait_for(lambda: box.run(["flock", "-n", RECORD, "true"], check=False).returncode, 5, "the lock")
    box.run(["systemctl", "start", "--no-block", SERVICE])

    pid, fields = wait_for(lambda: process(box, "ecr-refresher"), 10, "the writer")

    assert ids(fields, "Uid") == {0}
    assert int(fields["CapPrm"], 16) == SETUID_AND_SETGID
    check_common(fields)
    maps = box.read(f"/proc/{pid}/maps")
    assert "libjson-c" in maps
    for library in ("libcurl", "libcrypto", "libssl", "libexpat"):
        assert library not in maps
    assert box.read(f"/proc/{pid}/cmdline") == "/usr/bin/ecr-refresher\0write\0"
    box.run("systemctl stop holder")
    box.wait_until_idle()
    assert box.exit_status() == 0
    assert box.entry(config_of("alice"))


def test_state_is_private(box):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    account = ("ecr-refresher", "ecr-refresher")
    assert box.stat("/run/ecr-refresher") == (*account, "700", "directory")
    assert box.stat(TOKENS) == (*account, "600", "regular file")
    assert box.stat("/var/lib/ecr-refresher") == ("root", "root", "755", "directory")
    assert box.stat("/var/lib/ecr-refresher/.aws") == (*account, "700", "directory")
    assert box.stat(RECORD) == ("root", "root", "700", "directory")


def test_files_outside_of_homes(box):
    """An absolute path in /srv, with the group of a team."""
    box.run("groupadd team && usermod -a -G team deploy")
    box.run("mkdir -p /srv/shared && chown deploy:team /srv/shared && chmod 770 /srv/shared")
    box.write("/srv/shared/auth.json", "{}", mode=0o640)
    box.run("chown deploy:team /srv/shared/auth.json")
    box.configure(f"[user deploy]\nregistries = {REGISTRY}\nfiles = /srv/shared/auth.json\n")
    assert box.refresh() == 0
    assert box.entry("/srv/shared/auth.json")
    assert box.stat("/srv/shared/auth.json") == ("deploy", "team", "640", "regular file")


def test_user_cannot_reach_forbidden_files(box):
    """A symlink or an absolute path leads no further than the user's own permissions."""
    secret = '{"auths": {}}'
    box.write("/root/config.json", secret, mode=0o600)
    box.run("mkdir -p ~/.docker && ln -s /root/config.json ~/.docker/config.json", user="alice")
    box.configure(f"[user alice]\nregistries = {REGISTRY}\nfiles = ~/.docker/config.json "
                  f"/home/bob/config.json\n")
    assert box.refresh() == 1
    assert box.read("/root/config.json") == secret
    assert box.stat("/home/bob/config.json") is None
    assert len(box.events("FILE_FAILED", ECR_USER="alice")) == 2


def test_forged_state_is_refused(box):
    """An attacker in the fetcher can write tokens.json, but cannot crash the writer."""
    box.configure(ini("alice"))
    assert box.refresh() == 0
    before = box.read(config_of("alice"))
    for forged in ("", "{", "[]", '{"version": 1}', '{"tokens": "x"}', "\0" * 4096,
                   "[" * 100000, '{"tokens": [{"authorization": "' + "A" * 200000 + '"}]}'):
        box.write(TOKENS, forged, mode=0o600, owner="ecr-refresher")
        done = box.run("ecr-refresher write", check=False)
        assert done.returncode in (0, 1), done.stderr
        assert box.read(config_of("alice")) == before
    assert box.refresh() == 0
    assert box.entry(config_of("alice"))


def test_keys_from_a_systemd_credential(box):
    box.run(["rm", CREDENTIALS])
    box.run("mkdir -m 700 /etc/keys")
    box.write("/etc/keys/aws", CREDENTIALS_TEXT, mode=0o600)
    box.drop_in("[Service]\nLoadCredential=aws-credentials:/etc/keys/aws\n")
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert box.entry(config_of("alice"))


def test_keys_from_the_environment(box):
    box.run(["rm", CREDENTIALS])
    box.drop_in(f"[Service]\nEnvironment=AWS_ACCESS_KEY_ID={ACCESS_KEY_ID}\n"
                f"Environment=AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}\n")
    box.configure(ini("alice"))
    # The writer waits for the lock on its record; by then it no longer has the keys.
    box.run(["systemd-run", "--unit=holder", "flock", RECORD, "sleep", "infinity"])
    wait_for(lambda: box.run(["flock", "-n", RECORD, "true"], check=False).returncode, 5, "the lock")
    box.run(["systemctl", "start", "--no-block", SERVICE])
    pid, _ = wait_for(lambda: process(box, "ecr-refresher"), 10, "the writer")
    wait_for(lambda: "NOTIFY_SOCKET" in box.read(f"/proc/{pid}/environ")
             and SECRET_ACCESS_KEY not in box.read(f"/proc/{pid}/environ"), 5, "no key")
    box.run("systemctl stop holder")
    box.wait_until_idle()
    assert box.exit_status() == 0
    assert box.entry(config_of("alice"))


def test_refresh_as_root_drops_privileges(box):
    """Also without systemd, the network part runs as ecr-refresher."""
    box.configure(ini("alice", "root"))
    assert box.run("ecr-refresher refresh").returncode == 0
    assert box.entry(config_of("alice")) and box.entry(config_of("root"))
    assert box.stat(TOKENS) == ("ecr-refresher", "ecr-refresher", "600", "regular file")
