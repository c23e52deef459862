# SPDX-License-Identifier: Apache-2.0
"""STATUS=, the exit code, the metrics and `status` agree at the same moment."""

import json
import re
import socket

import pytest

from lib.host_service import HOUR, timestamp, token

FRANKFURT = "123456789012.dkr.ecr.eu-central-1.amazonaws.com"
IRELAND = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DENIED = ("AccessDeniedException", "the identity may not call ecr:GetAuthorizationToken")


def last_status(host, *arguments):
    """Returns the last STATUS= that a run sends to its service manager, and the finished process."""
    path = host.run_directory / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.setblocking(False)
        done = host.run(*arguments, env={"NOTIFY_SOCKET": "/run/notify"})
        lines = []
        try:
            while True:
                lines += manager.recv(65536).decode().split("\n")
        except BlockingIOError:
            pass
    path.unlink()
    return [line[7:] for line in lines if line.startswith("STATUS=")][-1], done


def published(host, name, **members):
    (host.state / "published").mkdir(exist_ok=True)
    section = {"kind": "kubernetes", "name": name, "targets": [], **members}
    (host.state / "published/published.json").write_text(
        json.dumps({"version": 1, "sections": [section]}))


def cluster_with(**times):
    def make(host):
        published(host, "prod", **{k: timestamp(t) for k, t in times.items()})
    return make


CASES = {
    "before any fetch": ("", [], None),
    "one of two was never fetched": ("", [token()], None),
    "both were fetched": ("", [token(), token("eu-west-1")], None),
    "one cannot be renewed": ("", [token(), token("eu-west-1", failure=DENIED)], None),
    "one was refused": ("", [token(), token("eu-west-1", secret=None, failure=DENIED)], None),
    "one has expired": ("", [token(), token("eu-west-1", age=13 * HOUR)], None),
    "a cluster's tokens have expired": (
        f"[kubernetes prod]\nregistries = {FRANKFURT}\nnamespaces = a\n",
        [token(), token("eu-west-1")], cluster_with(expires_at=1700000000)),
}


@pytest.mark.parametrize("case", CASES)
def test_one_moment(host, alice, case):
    more, tokens, prepare = CASES[case]
    metrics = host.state / "ecr.prom"
    host.configure(f"[refresh]\nmetrics_file = {metrics.parent}/{metrics.name}\n"
                   f"[user {alice.name}]\nregistries = {FRANKFURT} {IRELAND}\n{more}".replace(
                       str(host.lib), "/var/lib"))
    host.tokens(*tokens)
    if prepare:
        prepare(host)
    sent, done = last_status(host, "write")
    status = host.status()
    assert sent == status["summary"]
    assert (done.returncode == 0) == status["good"] == (case == "both were fetched")
    text = metrics.read_text()
    assert ("ecr_refresher_last_run_success 1" in text) == status["good"]
    for registry in status["registries"]:
        failing = re.search(rf'token_failing{{registry="{registry["registry"]}",.*}} (\d)', text)[1]
        assert (failing == "0") == (registry["state"] == "fresh")
    for cluster in status["clusters"]:
        failing = re.search(rf'cluster_failing{{.*"{cluster["name"]}"}} (\d)', text)[1]
        assert (failing == "0") == (cluster["state"] == "fresh")
