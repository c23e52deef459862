# SPDX-License-Identifier: Apache-2.0
"""A clock that was ahead when a token was fetched, and has been corrected since: the token's times are
wrong, and it may have expired. It is not used, and the next run fetches another."""

import time

import jsonschema
import pytest

from integration.conftest import seconds
from integration.test_status import strict_schema
from lib.host_service import HOUR, token

DAY = 24 * HOUR
FRANKFURT = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
YEAR = 8766  # hours
AHEAD = [2 / 60, 9, 72, 10 * YEAR]  # hours


def is_now(stamp):
    return abs(seconds(stamp) - time.time()) < 600


@pytest.mark.parametrize("hours", AHEAD)
def test_run_fetches_another(fetch, sim, hours):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(-hours)
    before = fetch.token["authorization"]
    fetch.ok()
    assert sim.state()["requests"] == 2
    assert fetch.token["authorization"] != before and is_now(fetch.token["fetched_at"])


def test_less_than_a_minute_is_tolerated(fetch, sim):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(-30 / 3600)
    fetch.ok()
    assert sim.state()["requests"] == 1


@pytest.mark.parametrize("hours", [9, 72])
def test_refused_run_is_reported(fetch, sim, hours):
    fetch.configure(FRANKFURT)
    fetch.ok()
    fetch.age(-hours)
    sim.fault("access_denied")
    result = fetch()
    assert result.code == 1 and result.logged(FRANKFURT, "clock that was ahead"), result.log
    assert not result.logged("The current token is valid")


@pytest.mark.parametrize("life", [11 * YEAR * HOUR, 3000 * YEAR * HOUR])
def test_expiry_is_limited_to_a_day(fetch, sim, life):
    sim.life(life)
    fetch.configure(FRANKFURT)
    fetch.ok()
    left = seconds(fetch.token["expires_at"]) - seconds(fetch.token["fetched_at"])
    assert left == DAY


def test_writer_keeps_the_file(host, alice):
    host.configure(f"[user {alice.name}]\nregistries = {FRANKFURT}\n")
    host.tokens(token())
    host.run("write")
    file = alice.home / ".docker/config.json"
    before = file.read_text()
    host.tokens(token(secret="from-the-future", age=-3 * DAY))
    done = host.run("write")
    assert done.returncode == 1 and file.read_text() == before


def test_status(host, alice):
    host.configure(f"[user {alice.name}]\nregistries = {FRANKFURT}\n")
    host.tokens(token(age=-3 * DAY))
    assert host.run("write").returncode == 1
    status = host.status()
    jsonschema.validate(status, strict_schema())
    [registry] = status["registries"]
    assert registry["state"] == "expired" and not status["good"]
    assert not {"expires_at", "renew_at"} & registry.keys()
    assert "in the future" in status["summary"]
    table = host.run("status").stdout
    assert "unknown" in table and "in the future" in table
