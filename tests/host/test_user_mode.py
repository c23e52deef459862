# SPDX-License-Identifier: Apache-2.0
"""Without root: a user's own service, in the manager of a lingering user."""

import pytest

from host.box import CREDENTIALS_TEXT, PATH_UNIT, REGISTRY, SERVICE, TIMER
from host.conftest import install
from lib.container import wait_for

FILE = "/home/alice/.docker/config.json"
INI = "/home/alice/.config/ecr-refresher.ini"


@pytest.fixture
def alice(box):
    box.linger("alice")
    box.run("mkdir -p -m 700 ~/.aws ~/.config", user="alice")
    box.write("/home/alice/.aws/credentials", CREDENTIALS_TEXT, mode=0o600, owner="alice")
    return "alice"


def systemctl(box, *arguments):
    return box.run(["systemctl", "--user", *arguments], user="alice", check=False)


def is_active(box, unit):
    return box.show(unit, "ActiveState", user="alice")["ActiveState"] == "active"


def configure(box, registries=REGISTRY):
    box.write(INI, f"[user alice]\nregistries = {registries}\n", owner="alice")


def test_enable_now(box, alice, simulator):
    configure(box)
    done = systemctl(box, "enable", "--now", TIMER)
    assert done.returncode == 0, done.stderr

    box.wait_for_entry(FILE)

    assert box.stat(FILE) == ("alice", "alice", "600", "regular file")
    assert is_active(box, TIMER) and is_active(box, PATH_UNIT)
    watch = "ecr-refresher@home-alice-.docker-config.json.path"
    wait_for(lambda: is_active(box, watch), 10, "the watch")
    requests = simulator.state()["requests"]
    assert requests == 1
    box.remove(FILE)
    box.wait_for_entry(FILE)
    assert simulator.state()["requests"] == requests

    systemctl(box, "disable", "--now", TIMER)
    assert not is_active(box, TIMER) and not is_active(box, PATH_UNIT)
    wait_for(lambda: not is_active(box, watch), 5, "the watch stopped")


def test_saving_the_ini_is_enough(box, alice):
    configure(box)
    systemctl(box, "enable", "--now", TIMER)
    box.wait_for_entry(FILE)
    other = REGISTRY.replace("eu-central-1", "us-east-1")
    configure(box, f"{REGISTRY} {other}")
    box.wait_for_entry(FILE, other)


def test_lingering_runs_after_a_reboot_without_a_login(box, alice):
    configure(box)
    systemctl(box, "enable", "--now", TIMER)
    box.wait_for_entry(FILE)
    box.remove(FILE)
    box.reboot()
    box.wait_for_entry(FILE, seconds=30)
    assert is_active(box, TIMER)


def test_another_user_in_the_ini_is_an_error(box, alice):
    box.write(INI, f"[user bob]\nregistries = {REGISTRY}\n", owner="alice")
    systemctl(box, "start", SERVICE)
    assert box.show(SERVICE, "ExecMainStatus", user="alice")["ExecMainStatus"] == "78"


def test_state_is_private(box, alice):
    configure(box)
    systemctl(box, "start", SERVICE)
    assert box.entry(FILE)
    uid = box.passwd("alice")["uid"]
    assert box.stat(f"/run/user/{uid}/ecr-refresher") == ("alice", "alice", "700", "directory")
    assert box.stat(f"/run/user/{uid}/ecr-refresher/tokens.json")[2] == "600"
    assert box.run("test -e /run/ecr-refresher", check=False).returncode != 0


def test_drop_in_applies_to_refresh(box, alice):
    configure(box)
    directory = "/home/alice/.config/systemd/user/ecr-refresher.service.d"
    box.run(["rm", "/home/alice/.aws/credentials"])
    box.run(["mkdir", "-p", directory], user="alice")
    text = CREDENTIALS_TEXT.replace("\n", "\\n")
    box.write(f"{directory}/given.conf", "[Service]\nEnvironment=AWS_EC2_METADATA_DISABLED=true\n"
              f"SetCredential=aws-credentials:{text}\n", mode=0o600, owner="alice")
    systemctl(box, "daemon-reload")
    done = box.run("ecr-refresher refresh", user="alice", check=False)
    assert done.returncode == 0, done.stderr
    assert box.entry(FILE)


def reload_is_due(box):
    return box.show(SERVICE, "NeedDaemonReload", user="alice")["NeedDaemonReload"] == "yes"


def drop_ins(box):
    return box.show(SERVICE, "DropInPaths", user="alice")["DropInPaths"]


def test_package_takes_effect_at_once(box, alice, package):
    """alice's manager has loaded the units; it notices what a package adds or removes."""
    configure(box)
    systemctl(box, "enable", "--now", TIMER)
    box.wait_for_entry(FILE)
    [publisher] = package.parent.glob("ecr-refresher-publish_*.deb")
    install(box, publisher)
    wait_for(lambda: "publish.conf" in drop_ins(box) and not reload_is_due(box), 20, "the drop-in")
    box.run("apt-get remove -y ecr-refresher-publish", env={"DEBIAN_FRONTEND": "noninteractive"})
    wait_for(lambda: not drop_ins(box) and not reload_is_due(box), 20, "no drop-in")
    box.run(f"echo >>/usr/lib/systemd/user/{SERVICE}")
    assert reload_is_due(box)
    box.run(f"apt-get install -y --reinstall /root/{package.name}",
            env={"DEBIAN_FRONTEND": "noninteractive"}, timeout=120)
    wait_for(lambda: not reload_is_due(box), 20, "the new units")
    assert is_active(box, TIMER)


def test_check_reports_that_a_reload_is_due(box, alice):
    configure(box)
    systemctl(box, "enable", "--now", TIMER)
    box.wait_for_entry(FILE)
    # The managers of Debian 12 notice a new directory of drop-ins only after a reload.
    box.run(f"echo >>/usr/lib/systemd/user/{SERVICE}")
    done = box.run("ecr-refresher check", user="alice", check=False)
    assert done.returncode == 1 and "README#daemon-reload" in done.stdout
    assert "type: systemctl --user daemon-reload" in done.stdout
    systemctl(box, "daemon-reload")
    assert "daemon-reload" not in box.run("ecr-refresher check", user="alice", check=False).stdout


def test_root_uses_the_host_service(box):
    """The user units do nothing for root, because they would serve the whole host."""
    text = box.read("/usr/lib/systemd/user/ecr-refresher.timer")
    assert "ConditionUser=!root" in text
