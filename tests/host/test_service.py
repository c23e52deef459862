# SPDX-License-Identifier: Apache-2.0
"""What the README promises: after one command, every file has its entry."""

import json

from host.box import (CREDENTIALS, CREDENTIALS_TEXT, INI, OTHER_REGION, PATH_UNIT, PUBLIC, REGISTRY, SERVICE, TIMER,
                      USERS, config_of, digest, ini, password)
from host.conftest import install
from lib.container import wait_for


def enable_for(box, *users):
    box.configure(ini(*users))
    box.enable()
    for user in users:
        box.wait_for_entry(config_of(user))
        box.wait_for_watch(config_of(user))


def test_nothing_runs_after_installation(box):
    for unit in (TIMER, PATH_UNIT):
        shown = box.show(unit, "ActiveState", "UnitFileState")
        assert shown == {"ActiveState": "inactive", "UnitFileState": "disabled"}
    assert box.show(SERVICE, "InvocationID")["InvocationID"] == ""
    assert box.show(TIMER, "LoadState")["LoadState"] == "loaded"


def test_unconfigured_run_does_nothing(box, simulator):
    assert box.refresh() == 0
    (event,) = box.events("NOTHING_CONFIGURED")
    assert "nothing configured" in event["MESSAGE"].lower()
    assert simulator.state()["requests"] == 0
    for user in USERS:
        assert box.stat(config_of(user)) is None


def test_enable_now_serves_every_user_at_once(box, simulator):
    box.configure(ini("alice", "deploy", "root"))
    box.enable()

    for user in ("alice", "deploy", "root"):
        auth = box.wait_for_entry(config_of(user))
        assert digest(auth) in [token["sha256"] for token in simulator.state()["issued"]]
        assert password(auth)
        assert box.stat(config_of(user)) == (user, user, "600", "regular file")
        assert box.stat(f"{USERS[user]}/.docker") == (user, user, "700", "directory")
        assert box.output(["ls", "-A", f"{USERS[user]}/.docker"]) == "config.json"
    assert simulator.state()["requests"] == 1
    assert simulator.state()["problems"] == []
    assert box.is_active(TIMER) and box.is_active(PATH_UNIT)
    assert box.show(SERVICE, "Result")["Result"] == "success"
    assert box.show(TIMER, "UnitFileState")["UnitFileState"] == "enabled"
    assert box.show(PATH_UNIT, "UnitFileState")["UnitFileState"] == "enabled"


def test_second_run_makes_no_request_and_writes_nothing(box, simulator):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    before = box.output(["stat", "-c", "%i %Y %Z", config_of("alice")])
    requests = simulator.state()["requests"]
    end = box.journal_end()

    assert box.refresh() == 0

    assert box.output(["stat", "-c", "%i %Y %Z", config_of("alice")]) == before
    assert simulator.state()["requests"] == requests
    assert box.events("FILE_WRITTEN", end) == []
    assert box.events("TOKEN_RENEWED", end) == []


def test_removed_file_is_restored_without_a_request(box, simulator):
    enable_for(box, "alice", "bob")
    requests = simulator.state()["requests"]

    box.remove(config_of("alice"))

    box.wait_for_entry(config_of("alice"))
    assert box.stat(config_of("alice")) == ("alice", "alice", "600", "regular file")
    assert simulator.state()["requests"] == requests


def test_removed_directory_is_restored(box):
    enable_for(box, "alice")
    box.run(["rm", "-r", "/home/alice/.docker"])
    box.wait_for_entry(config_of("alice"))
    box.wait_for_watch(config_of("alice"))
    box.remove(config_of("alice"))
    box.wait_for_entry(config_of("alice"))


def test_docker_logout_is_undone(box, simulator):
    enable_for(box, "alice")
    requests = simulator.state()["requests"]
    end = box.journal_end()

    box.run(["docker", "logout", REGISTRY], user="alice")

    wait_for(lambda: box.events("FILE_WRITTEN", end, ECR_USER="alice"), 15, "the entry again")
    assert box.entry(config_of("alice"))
    assert simulator.state()["requests"] == requests


def test_docker_login_to_another_registry_survives(box, other_registry):
    enable_for(box, "alice")
    login = ["docker", "login", "-u", "someone", "--password-stdin", other_registry]
    box.run(login, user="alice", input="s3cret")
    box.wait_until_idle()
    theirs = box.entry(config_of("alice"), other_registry)
    assert theirs and box.entry(config_of("alice"))

    assert box.run("ecr-refresher refresh --force").returncode == 0
    box.wait_until_idle()

    assert box.entry(config_of("alice"), other_registry) == theirs
    assert box.entry(config_of("alice"))


def test_saving_the_ini_serves_a_new_user(box):
    enable_for(box, "alice")
    box.configure(ini("alice", "bob"))
    box.wait_for_entry(config_of("bob"))
    box.wait_for_watch(config_of("bob"))


def test_unconfigured_entry_is_removed(box):
    enable_for(box, "alice", "bob")
    box.configure(ini("alice"))
    wait_for(lambda: box.events("ENTRY_REMOVED", ECR_USER="bob"), 15, "bob's entry taken out")
    assert box.entry(config_of("bob")) is None
    assert box.entry(config_of("alice"))
    wait_for(lambda: config_of("bob") not in box.watches(), 15, "bob's watch stopped")


def test_changes_of_other_programs_are_kept(box):
    enable_for(box, "alice")
    theirs = {
        "auths": {"registry.example.com": {"auth": "YWxpY2U6c2VjcmV0"}, REGISTRY: {"auth": "b2xk"}},
        "credHelpers": {"gcr.io": "gcloud"},
        "HttpHeaders": {"X-Number": 12345678901234567890123},
    }
    box.write(config_of("alice"), json.dumps(theirs), mode=0o640, owner="alice")

    wait_for(lambda: box.entry(config_of("alice")) not in (None, "b2xk"), 15, "our entry")

    after = json.loads(box.read(config_of("alice")))
    del after["auths"][REGISTRY], theirs["auths"][REGISTRY]
    assert after == theirs
    assert box.stat(config_of("alice")) == ("alice", "alice", "640", "regular file")


def test_quick_saves_do_not_stop_the_watch(box):
    enable_for(box, "alice")
    box.run("for n in 1 2 3 4 5 6 7 8; do echo '{}' > ~/.docker/config.json; sleep 0.1; done",
            user="alice")
    box.wait_until_idle()
    # systemd misses a save in the last milliseconds of a run; the timer handles it.
    assert box.refresh() == 0
    assert config_of("alice") in box.watches()
    box.remove(config_of("alice"))
    box.wait_for_entry(config_of("alice"))


def test_quick_saves_of_the_ini_do_not_stop_its_watch(box):
    enable_for(box, "alice")
    for _ in range(8):
        before = box.invocation()
        box.configure(ini("alice", more="; saved\n"))
        wait_for(lambda: box.invocation() != before, 5, "a run")
    box.wait_until_idle()
    assert box.is_active(PATH_UNIT)
    box.configure(ini("alice", "bob"))
    box.wait_for_entry(config_of("bob"))


def test_ini_saved_during_a_run_is_read(box, simulator):
    enable_for(box, "alice")
    simulator.fault("delay", seconds=2, count=1)
    connections = simulator.state()["connections"]
    box.configure(ini("alice", "bob", registries=OTHER_REGION))
    wait_for(lambda: simulator.state()["connections"] > connections, 10, "a run at AWS")
    box.configure(ini("alice", "bob", "deploy", registries=PUBLIC))

    box.wait_for_entry(config_of("deploy"), PUBLIC)
    box.wait_for_entry(config_of("bob"), PUBLIC)


def test_daemon_reload_runs_nothing(box):
    enable_for(box, "alice")
    box.wait_until_idle()
    before = box.invocation()
    box.run("systemctl daemon-reload")
    box.run("sleep 1")
    box.wait_until_idle()
    assert box.invocation() == before


def test_disable_now_stops_everything(box):
    enable_for(box, "alice", "bob")

    box.run(["systemctl", "disable", "--now", TIMER])

    wait_for(lambda: not box.watches(), 5, "the watches stopped")
    assert not box.is_active(TIMER) and not box.is_active(PATH_UNIT)
    for unit in (TIMER, PATH_UNIT):
        assert box.show(unit, "UnitFileState")["UnitFileState"] == "disabled"
    before = box.invocation()
    box.remove(config_of("alice"))
    box.configure(ini("alice", "bob", "root"))
    box.run("sleep 1")
    assert box.invocation() == before
    assert box.entry(config_of("alice")) is None


def test_manual_run_starts_no_watches(box):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    assert box.entry(config_of("alice"))
    assert box.watches() == set()


def test_reboot(box, simulator):
    enable_for(box, "alice", "root")
    box.wait_until_idle()
    requests = simulator.state()["requests"]
    box.run(["systemctl", "stop", TIMER])
    box.remove(config_of("alice"))

    box.reboot()

    box.wait_for_entry(config_of("alice"))
    box.wait_for_watch(config_of("alice"))
    assert box.is_active(TIMER) and box.is_active(PATH_UNIT)
    # /run is empty after a boot, so the token is new.
    assert simulator.state()["requests"] == requests + 1
    box.remove(config_of("root"))
    box.wait_for_entry(config_of("root"))


def test_several_registries_and_files(box, simulator):
    files = "~/.docker/config.json ~/.config/containers/auth.json"
    box.configure(f"[user alice]\nregistries = {REGISTRY} {OTHER_REGION}\n        {PUBLIC}\n"
                  f"files = {files}\n")
    assert box.refresh() == 0
    for name in (".docker/config.json", ".config/containers/auth.json"):
        for host in (REGISTRY, OTHER_REGION, PUBLIC):
            assert box.entry(f"/home/alice/{name}", host), (name, host)
        assert box.stat(f"/home/alice/{name}") == ("alice", "alice", "600", "regular file")
    assert simulator.state()["by_region"] == {
        "ecr/eu-central-1": 1, "ecr/us-east-1": 1, "ecr-public/us-east-1": 1}


def test_auto_is_the_registry_of_the_account(box):
    box.configure("[aws]\nregion = eu-central-1\n" + ini("root", registries="auto"))
    assert box.refresh() == 0
    assert box.entry(config_of("root"), REGISTRY)


def test_reinstalling_keeps_a_running_timer(box, package):
    enable_for(box, "alice")
    box.run(f"apt-get install -y --reinstall /root/{package.name}", timeout=120)
    assert box.is_active(TIMER) and box.is_active(PATH_UNIT)
    box.wait_until_idle()
    box.wait_for_watch(config_of("alice"))
    box.remove(config_of("alice"))
    box.wait_for_entry(config_of("alice"))


def test_reinstalling_starts_nothing(box, package):
    box.run(f"apt-get install -y --reinstall /root/{package.name}", timeout=120)
    assert not box.is_active(TIMER) and not box.is_active(PATH_UNIT)
    assert box.invocation() == ""


def test_removal_stops_everything_and_keeps_the_configuration(box):
    enable_for(box, "alice", "bob")
    box.run("apt-get remove -y ecr-refresher", timeout=120)
    assert box.watches() == set()
    assert not box.is_active(TIMER) and not box.is_active(PATH_UNIT)
    assert box.stat(INI) is not None
    assert box.stat(CREDENTIALS) is not None


def test_purge_leaves_only_what_policy_keeps(box):
    enable_for(box, "alice")
    ours = box.read(config_of("alice"))
    box.run("apt-get purge -y ecr-refresher", timeout=120)

    box.run("systemctl daemon-reload")
    left = box.output("find / -xdev -iname '*ecr-refresher*' -not -path '/proc/*' "
                      "-not -path '/root/ecr-refresher_*.deb' -not -path '/var/lib/apt/*' "
                      "-not -path '/var/cache/*'")
    assert left == INI, "the administrator's"
    assert box.run("ls -d /run/ecr-refresher", check=False).returncode != 0
    assert box.watches() == set()
    units = "systemctl list-units --all --plain --no-legend 'ecr-refresher*'"
    assert box.output(units) == ""
    # The users' files stay.
    assert box.read(config_of("alice")) == ours
    # Debian policy keeps system users.
    assert box.passwd("ecr-refresher")


def test_install_again_after_purge(box, package):
    box.run("apt-get purge -y ecr-refresher", timeout=120)
    install(box, package)
    box.write(CREDENTIALS, CREDENTIALS_TEXT, mode=0o600, owner="ecr-refresher")
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_entry(config_of("alice"))
