# SPDX-License-Identifier: Apache-2.0
"""status for users, metrics_file and logout, in the service's sandbox and with its watches."""

import json

from host.box import PATH_UNIT, REGISTRY, SERVICE, TIMER, config_of, ini
from lib.container import wait_for

METRICS = "/var/lib/prometheus/node-exporter/ecr_refresher.prom"


def status_of(box, user):
    return json.loads(box.run("ecr-refresher status --json", user=user, check=False).stdout)


def test_users_see_their_own_status(box):
    box.configure(ini("alice", "bob"))
    assert box.refresh() == 0
    for user in ("alice", "bob"):
        done = box.run("ecr-refresher status", user=user)
        assert REGISTRY in done.stdout and config_of(user) in done.stdout
        assert "fresh" in done.stdout
        assert [f["user"] for f in status_of(box, user)["files"]] == [user]
    uid = box.passwd("alice")["uid"]
    part = f"/var/lib/ecr-refresher/users/{uid}.json"
    assert box.stat(part)[:2] == ("root", "root")
    assert box.run(f"cat {part}", user="bob", check=False).returncode != 0
    assert box.stat("/var/lib/ecr-refresher/users") == ("root", "root", "711", "directory")
    # A later failure is also visible.
    box.write(config_of("alice"), "{", owner="alice")
    box.refresh()
    [file] = status_of(box, "alice")["files"]
    assert file["state"] == "failed" and "line 1" in file["error"]["text"]
    assert status_of(box, "bob")["good"]
    # A user who is not served has no status.
    assert box.run("ecr-refresher status", user="deploy").stdout.startswith("Nothing configured\n")


def metrics(box):
    lines = [line for line in box.read(METRICS).splitlines() if line[0] != "#"]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_in_the_sandbox(box, simulator):
    """The directory does not belong to root, as in Debian's prometheus-node-exporter."""
    box.run("useradd --system prometheus && mkdir -p -m 755 /var/lib/prometheus/node-exporter && "
            "chown -R prometheus: /var/lib/prometheus")
    box.configure(ini("alice", more=f"[refresh]\nmetrics_file = {METRICS}\n"))
    assert box.refresh() == 0
    assert box.stat(METRICS) == ("prometheus", "prometheus", "644", "regular file")
    assert metrics(box)["ecr_refresher_last_run_success"] == 1
    assert metrics(box)[f'ecr_refresher_token_failing{{registry="{REGISTRY}",identity=""}}'] == 0
    box.remove(config_of("alice"))
    assert box.refresh() == 0
    assert metrics(box)["ecr_refresher_files_repaired_total"] == 1
    assert simulator.state()["requests"] == 1
    # A run by hand includes all stages.
    simulator.fault("delay", seconds=2, count=1)
    assert box.run("ecr-refresher refresh --force", check=False).returncode == 0
    assert 2 <= metrics(box)["ecr_refresher_last_run_duration_seconds"] < 30


def test_metrics_outside_of_the_sandbox(box):
    box.run("mkdir /etc/metrics")
    box.configure(ini("alice", more="[refresh]\nmetrics_file = /etc/metrics/x.prom\n"))
    assert box.refresh() == 1
    [event] = box.events("METRICS_FAILED")
    assert "/etc/metrics/x.prom" in event["MESSAGE"] and "ReadWritePaths=" in event["MESSAGE"]
    assert event["ECR_FILE"] == "/etc/metrics/x.prom"
    assert box.entry(config_of("alice"))
    # Following the advice fixes it.
    box.drop_in("[Service]\nReadWritePaths=/etc/metrics\n")
    assert box.refresh() == 0
    assert box.stat("/etc/metrics/x.prom") == ("root", "root", "644", "regular file")


def test_logout_while_the_timer_is_active(box):
    """It warns that the watch restores the entry, and how to prevent that; both are true."""
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_watch(config_of("alice"))
    done = box.run("ecr-refresher logout")
    advice = "systemctl disable --now ecr-refresher.timer"
    assert "Removed 1 entry." in done.stdout and advice in done.stdout
    box.wait_for_entry(config_of("alice"))
    box.wait_until_idle()

    box.run(advice)
    wait_for(lambda: not box.is_active(PATH_UNIT) and not box.watches(), 10, "no watches")
    box.run("ecr-refresher logout")
    assert not box.is_active(TIMER)
    assert box.entry(config_of("alice")) is None
    before = box.invocation()
    wait_for(lambda: box.show(SERVICE, "ActiveState")["ActiveState"] != "active", 5, "rest")
    assert box.invocation() == before and box.entry(config_of("alice")) is None
