# SPDX-License-Identifier: Apache-2.0
"""Entirely without root: a lingering user's own service, and podman pulls of that user."""

import re

from host.box import CREDENTIALS_TEXT, REGISTRY, TIMER, let_in
from lib.registry import IMAGE

FILE = "/home/alice/.config/containers/auth.json"
PULL = ["podman", "pull", "--quiet", f"docker://{REGISTRY}/{IMAGE}"]


def test_rootless_podman_pulls(htpasswd, podman_box):
    box = podman_box
    box.sync_hosts()
    box.linger("alice")
    box.run("mkdir -p -m 700 ~/.aws ~/.config", user="alice")
    box.write("/home/alice/.aws/credentials", CREDENTIALS_TEXT, mode=0o600, owner="alice")
    box.write("/home/alice/.config/ecr-refresher.ini", owner="alice",
              text=f"[user alice]\nregistries = {REGISTRY}\nfiles = {FILE}\n")
    refused = box.run(PULL, user="alice", check=False)
    assert refused.returncode != 0, refused
    # podman 4, and 5
    assert re.search("unauthorized|authentication required", refused.stderr), refused

    box.run(["systemctl", "--user", "enable", "--now", TIMER], user="alice")
    auth = box.wait_for_entry(FILE)
    let_in(htpasswd, auth)

    box.run(PULL, user="alice")
    assert REGISTRY in box.output(["podman", "images"], user="alice")
    assert box.output("podman info --format '{{.Host.Security.Rootless}}'", user="alice") == "true"
