# SPDX-License-Identifier: Apache-2.0
"""The units work with the systemd that meson.build requires, and later ones. Each newer directive has a
reason here; an older systemd logs "Unknown key" and ignores it."""

import os
import re

from lib.container import BUILDER, tree
from lib.programs import SOURCE
from package.tools import call

NEWER = {
    # Saving a watched file without a pause stops its path unit; older path units have no limit.
    "TriggerLimitIntervalSec": 250,
    "TriggerLimitBurst": 250,
}

PAGES = ["unit", "service", "exec", "path", "timer"]


def directives_of_manual():
    """Returns {directive: the version that added it, or 0}, from Debian 13's manual pages."""
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


def test_newer_directives_are_listed():
    wanted = int(re.search(r"'libsystemd', version: '>= (\d+)'", (SOURCE / "meson.build").read_text())[1])
    since, used = directives_of_manual(), directives_of_units()
    assert len(used) > 40 and used <= since.keys(), used - since.keys()
    assert {name: since[name] for name in used if since[name] > wanted} == NEWER
