# SPDX-License-Identifier: Apache-2.0
"""The units are for the systemd that meson.build asks for, and later ones. What is newer than that has
a reason here, and an older systemd says "Unknown key" and goes on."""

import os
import re

from lib.container import BUILDER, tree
from lib.programs import SOURCE
from package.tools import call

NEWER = {
    # Who saves a watched file without a pause stops its path unit; before, path units have no limit.
    "TriggerLimitIntervalSec": 250,
    "TriggerLimitBurst": 250,
}

PAGES = ["unit", "service", "exec", "path", "timer"]


def directives_of_manual():
    """{directive: the version that brought it, or 0 for the oldest}, of Debian 13's manual pages."""
    since = {}
    for page in PAGES:
        text = call(["man", "-l", tree(BUILDER) / f"usr/share/man/man5/systemd.{page}.5.gz"],
                    env={**os.environ, "MANWIDTH": "9999", "LC_ALL": "C.UTF-8"})
        names = []
        for line in text.splitlines():
            if re.match(r" {7}[A-Z]\w+=", line):
                names = re.findall(r"([A-Z]\w+)=", line)
                since.update({name: 0 for name in names if name not in since})
            added = re.match(r" +Added in version (\d+)", line)
            if added:
                since.update({name: since[name] or int(added[1]) for name in names})
                names = []
    return since


def directives_of_units():
    texts = [path.read_text() for path in (SOURCE / "units").rglob("*")
             if path.is_file() and path.name != "meson.build"]
    return {name for text in texts for name in re.findall(r"^([A-Z]\w+)=", text, re.M)}


def test_what_an_older_systemd_does_not_know_is_known_to_us():
    wanted = int(re.search(r"'libsystemd', version: '>= (\d+)'", (SOURCE / "meson.build").read_text())[1])
    since, used = directives_of_manual(), directives_of_units()
    assert len(used) > 40 and used <= since.keys(), used - since.keys()
    assert {name: since[name] for name in used if since[name] > wanted} == NEWER
