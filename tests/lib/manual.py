# SPDX-License-Identifier: Apache-2.0
"""What the manual pages show, for those who try it."""

import re

from lib.programs import SOURCE


def page(name):
    """The source of a page ("ecr-refresher.8")."""
    return (SOURCE / "man" / name).read_text()


def examples(name):
    """The texts that a page shows as they are to be typed."""
    shown = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", page(name), re.M | re.S)
    return [example.replace(r"\e", "\\").replace(r"\-", "-").replace(r"\&", "")
            for example in shown]


def commands(example):
    """The lines of an example that are typed behind a prompt: ("#" or "$", command)."""
    return re.findall(r"^([#$]) (.*(?:\n {2,}.*)*)$", example, re.M)
