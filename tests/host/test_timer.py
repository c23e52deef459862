# SPDX-License-Identifier: Apache-2.0
"""When the timers elapse: the hosts of a fleet, even of one image, are spread over the whole quarter
of an hour."""

from datetime import datetime

import pytest

from host.box import SERVICE, TIMER
from lib.container import wait_for

DRAWS = 100
PERIOD = 15  # minutes


@pytest.fixture(params=["system", "user"])
def timer(request, box):
    """Runs systemctl for a timer that is enabled."""
    user = "alice" if request.param == "user" else None
    if user:
        box.linger(user)
    manager = ["--user"] if user else []

    def systemctl(*arguments):
        return box.output(["systemctl", *manager, *arguments], user=user)

    systemctl("enable", "--now", TIMER)
    wait_for(lambda: systemctl("show", "--value", "-p", "ActiveState", SERVICE) == "inactive", 60, "its end")
    return systemctl


def next_elapse(systemctl):
    """In UTC, the time zone of the hosts."""
    text = systemctl("show", "--value", "-p", "NextElapseUSecRealtime", TIMER)
    return datetime.strptime(text.split(" ", 1)[1], "%Y-%m-%d %H:%M:%S %Z")


def test_hosts_of_one_image_are_spread(timer):
    """The same host, with the same machine id, many times: systemd chooses a new moment at each
    reload."""
    seen = set()
    for _ in range(DRAWS):
        timer("daemon-reload")
        seen.add(next_elapse(timer).minute % PERIOD)
    # Of 100 hosts, at least one is due in nearly every minute: fewer than 12 of 15 are hit once in 10^10.
    assert len(seen) >= 12, sorted(seen)
