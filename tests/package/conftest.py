# SPDX-License-Identifier: Apache-2.0
"""Tests of what users install: manual pages, Debian packages, RPMs."""

import os

import pytest

from lib import programs


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for item in items:
            item.add_marker(pytest.mark.skip(reason="needs root"))


@pytest.fixture(scope="session")
def prefix():
    """The prefix with the installed programs."""
    with programs.installed() as path:
        yield path
