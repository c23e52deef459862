# SPDX-License-Identifier: Apache-2.0
"""The examples of the manual pages, for the tests that run them."""

import re

from lib.programs import SOURCE


def page(name):
    """Returns the source of a page ("ecr-refresher.8")."""
    return (SOURCE / "man" / name).read_text()


def examples(name):
    """Returns the literal displays of a page, unescaped."""
    shown = re.findall(r"^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", page(name), re.M | re.S)
    return [example.replace(r"\e", "\\").replace(r"\-", "-").replace(r"\&", "")
            for example in shown]


def commands(example):
    """Returns the lines of an example that follow a prompt: ("#" or "$", command)."""
    return re.findall(r"^([#$]) (.*(?:\n {2,}.*)*)$", example, re.M)
