# SPDX-License-Identifier: Apache-2.0
"""What the operator sees: the journal, its explanations, systemctl status, status --json."""

import base64
import re

from host.box import EVENTS, REGISTRY, SERVICE, config_of, ini
from lib.acl import GROUP_OBJ, MASK, OTHER, USER, USER_OBJ, acl, get_acl
from lib.container import wait_for
from lib.simulator import SECRET_ACCESS_KEY

NAMES = {message_id: name for name, message_id in EVENTS.items()}


def test_events_have_their_fields(box):
    box.configure(ini("alice"))
    assert box.refresh() == 0

    (token,) = box.events("TOKEN_RENEWED")
    assert token["ECR_REGISTRY"] == REGISTRY
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*", token["ECR_EXPIRES_AT"])
    assert token["PRIORITY"] == "6"
    assert token["SYSLOG_IDENTIFIER"] == "ecr-fetch"
    (written,) = box.events("FILE_WRITTEN")
    assert written["ECR_USER"] == "alice"
    assert written["ECR_FILE"] == config_of("alice")
    assert written["ECR_REGISTRY"] == REGISTRY
    assert written["SYSLOG_IDENTIFIER"] == "ecr-refresher"
    for entry in (token, written):
        assert entry["_SYSTEMD_UNIT"] == SERVICE


def test_journal_explains_each_event(box):
    catalog = box.output("journalctl --list-catalog --no-pager")
    for message_id in EVENTS.values():
        assert message_id in catalog

    box.configure(ini("alice", "nobody-of-this-name"))
    box.refresh()
    shown = box.output(f"journalctl -x --no-pager -u {SERVICE}")
    assert "A configured user could not be served" in shown
    assert "remove the section [user nobody-of-this-name] from" in shown


def test_every_warning_is_an_event(box):
    """Each line at warning or above has a MESSAGE_ID of the catalog."""
    box.configure(ini("alice", "nobody-of-this-name"))
    box.write("/home/alice/.docker", "not a directory", owner="alice")
    box.refresh()
    loud = [e for e in box.journal(f"_SYSTEMD_UNIT={SERVICE}") if int(e["PRIORITY"]) <= 4]
    assert loud
    for entry in loud:
        assert entry.get("MESSAGE_ID") in NAMES, entry["MESSAGE"]


def test_status_text(box):
    box.configure(ini("alice", "bob"))
    box.enable()  # systemd forgets a unit that nothing refers to
    text = box.show(SERVICE, "StatusText")["StatusText"]
    assert re.match(r"2 users, 1 registr\w+ fresh, next renewal \d\d:\d\d", text), text

    box.configure(ini("alice", "nobody-of-this-name"))
    wait_for(lambda: box.events("USER_FAILED"), 15, "the failure in the journal")
    box.wait_until_idle()
    assert "nobody-of-this-name" in box.show(SERVICE, "StatusText")["StatusText"]


def test_status_names_each_registry_and_file(box):
    box.configure(ini("alice", "nobody-of-this-name"))
    box.refresh()
    text = str(box.status())
    assert REGISTRY in text and config_of("alice") in text and "nobody-of-this-name" in text
    plain = box.run("ecr-refresher status", check=False).stdout
    assert REGISTRY in plain and "alice" in plain and "nobody-of-this-name" in plain


def test_no_secret_is_shown(box):
    box.configure(ini("alice", "root"))
    box.enable()
    auth = box.wait_for_entry(config_of("alice"))
    box.wait_until_idle()
    token = base64.b64decode(auth).decode().partition(":")[2]
    shown = "\n".join((
        box.output("journalctl -o export --no-pager --all"),
        box.output(f"systemctl show {SERVICE}"),
        box.output(f"systemctl status --no-pager {SERVICE} || true"),
        box.output("ecr-refresher status"),
        box.output("ecr-refresher status --json"),
        box.output("ecr-refresher refresh --force --verbose 2>&1"),
        box.output("journalctl -o export --no-pager --all"),
    ))
    fresh = base64.b64decode(box.entry(config_of("alice"))).decode().partition(":")[2]
    for secret in (auth, token, fresh, SECRET_ACCESS_KEY):
        assert secret and secret not in shown


def test_no_secret_in_other_files(box):
    """Only the users' files and the runtime directory contain a token."""
    box.configure(ini("alice"))
    assert box.refresh() == 0
    auth = box.entry(config_of("alice"))
    found = box.output(["grep", "-rlF", "--exclude-dir=proc", "--exclude-dir=sys", auth, "/run",
                        "/var", "/tmp", "/home", "/root", "/srv", "/etc"], check=False)
    assert sorted(found.splitlines()) == [config_of("alice"), "/run/ecr-refresher/tokens.json"]
    readable = box.output("find /run/ecr-refresher /var/lib/ecr-refresher -type f -perm /077")
    # The group bits of a file with an access list are the most that its users may have.
    assert readable.split() == ["/var/lib/ecr-refresher/users/1000.json"]
    assert get_acl(box.path(readable.strip())) == acl(
        (USER_OBJ, 6), (USER, 4, 1000), (GROUP_OBJ, 0), (MASK, 4), (OTHER, 0))
