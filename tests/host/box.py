# SPDX-License-Identifier: Apache-2.0
"""A host with the package installed, and what these tests need from it."""

import base64
import hashlib
import json
import re
from pathlib import Path

import bcrypt

from lib.container import Container, wait_for
from lib.simulator import ACCESS_KEY_ID, SECRET_ACCESS_KEY

TOP = Path(__file__).resolve().parent.parent.parent

REGISTRY = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
OTHER_REGION = "210987654321.dkr.ecr.us-east-1.amazonaws.com"
PUBLIC = "public.ecr.aws"

SERVICE = "ecr-refresher.service"
TIMER = "ecr-refresher.timer"
PATH_UNIT = "ecr-refresher.path"
INI = "/etc/ecr-refresher.ini"
CREDENTIALS = "/var/lib/ecr-refresher/.aws/credentials"
CREDENTIALS_TEXT = f"""[default]
aws_access_key_id = {ACCESS_KEY_ID}
aws_secret_access_key = {SECRET_ACCESS_KEY}
"""
TOKENS = "/run/ecr-refresher/tokens.json"
RECORD = "/var/lib/ecr-refresher/written"

# name: home, with mode 0700.
USERS = {"alice": "/home/alice", "bob": "/home/bob", "deploy": "/srv/deploy", "root": "/root"}

EVENTS = dict(re.findall(r'X\((\w+), "([0-9a-f]{32})"',
                         (TOP / "src/base/events.h").read_text()))


def config_of(user):
    return f"{USERS[user]}/.docker/config.json"


def ini(*users, registries=REGISTRY, more=""):
    """An ini that serves users, each with the same registries."""
    return more + "".join(f"[user {user}]\nregistries = {registries}\n" for user in users)


class Box(Container):
    """A container with the package, its users and AWS credentials. Nothing is configured."""

    # Files of users

    def entry(self, path, host=REGISTRY):
        """The auth of a host in a config.json, or None."""
        try:
            config = json.loads(self.read(path))
        except Exception:  # not there, or not JSON
            return None
        return (config.get("auths") or {}).get(host, {}).get("auth")

    def remove(self, path):
        self.run(["rm", path])

    def linger(self, user):
        """Starts the user's manager and keeps it running without a login."""
        self.run(["loginctl", "enable-linger", user])
        uid = self.passwd(user)["uid"]
        wait_for(lambda: self.run(f"test -S /run/user/{uid}/bus", check=False).returncode == 0, 15,
                 f"{user}'s user manager")

    def wait_for_entry(self, path, host=REGISTRY, seconds=15):
        return wait_for(lambda: self.entry(path, host), seconds, f"entry for {host} in {path}")

    # The service

    def configure(self, text):
        self.write(INI, text)

    def refresh(self):
        """Runs the service once. Returns its exit status."""
        self.run(["systemctl", "start", SERVICE], check=False)
        return self.exit_status()

    def exit_status(self):
        return int(self.show(SERVICE, "ExecMainStatus")["ExecMainStatus"])

    def enable(self):
        """Runs the README's command, and waits for the first run to finish."""
        self.run(["systemctl", "enable", "--now", TIMER])
        self.wait_until_idle()

    def wait_until_idle(self):
        wait_for(lambda: self.show(SERVICE, "ActiveState", "Job")
                 in ({"ActiveState": state, "Job": ""} for state in ("inactive", "failed")),
                 30, "the service at rest")

    def invocation(self):
        return self.show(SERVICE, "InvocationID")["InvocationID"]

    def is_active(self, unit):
        return self.show(unit, "ActiveState")["ActiveState"] == "active"

    def watches(self):
        """Paths of the active instances of ecr-refresher@.path."""
        listed = self.output("systemctl list-units --plain --no-legend --state=active "
                             "'ecr-refresher@*.path'")
        return {unescape(line.split()[0]) for line in listed.splitlines()}

    def wait_for_watch(self, path):
        wait_for(lambda: path in self.watches(), 15, f"a watch for {path}")

    def drop_in(self, text, unit=SERVICE, name="test"):
        self.run(["mkdir", "-p", f"/etc/systemd/system/{unit}.d"])
        self.write(f"/etc/systemd/system/{unit}.d/{name}.conf", text)
        self.run("systemctl daemon-reload")

    # What the operator sees

    def events(self, name, since=0, **fields):
        """Journal entries of one event, with these fields (ECR_USER="alice")."""
        matches = [f"{key}={value}" for key, value in fields.items()]
        return self.journal(f"MESSAGE_ID={EVENTS[name]}", *matches, since=since)

    def tail_of_journal(self):
        """Returns what the report of a failed test shows."""
        try:
            return self.run("journalctl --no-pager -o short-iso-precise --no-hostname -n 40 "
                            "--unit 'ecr-refresher*'", check=False).stdout
        except Exception as e:  # the container may be gone
            return str(e)

    def status(self):
        return json.loads(self.run("ecr-refresher status --json", check=False).stdout)


def unescape(unit):
    """The path in the name of an instance of ecr-refresher@.path: systemd.unit(5)."""
    name = unit.removeprefix("ecr-refresher@").removesuffix(".path").encode()
    plain = re.sub(rb"\\x([0-9a-f]{2})", lambda m: bytes([int(m[1], 16)]), name.replace(b"-", b"/"))
    return "/" + plain.decode()


def digest(auth):
    """The form in which the simulator lists the tokens that it has issued."""
    return hashlib.sha256(auth.encode()).hexdigest()


def let_in(htpasswd, auth):
    """Makes the registry of that file accept only this token."""
    hashed = bcrypt.hashpw(password(auth).encode()[:72], bcrypt.gensalt(5, b"2a")).decode()
    htpasswd.write_text(f"AWS:{hashed}\n")


def password(auth):
    name, _, secret = base64.b64decode(auth).decode().partition(":")
    assert name == "AWS" and secret
    return secret
