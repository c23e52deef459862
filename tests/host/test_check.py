# SPDX-License-Identifier: Apache-2.0
"""check and export-credentials as root: with the service's user, AWS files and unit settings; the
units; and every user's files as that user."""

import json
import re

import pytest

from host.box import (CREDENTIALS, CREDENTIALS_TEXT, PATH_UNIT, REGISTRY, SERVICE, TIMER, TOKENS,
                      config_of, ini)
from lib.container import wait_for
from lib.deaf_mount import deaf_mount
from lib.simulator import ACCESS_KEY_ID, SECRET_ACCESS_KEY


class Findings:
    """The output of a check."""

    def __init__(self, done):
        self.code, self.text = done.returncode, done.stdout
        self.codes = re.findall(r"^      see README#(\S+)$", done.stdout, re.M)
        self.commands = re.findall(r"^      type: (.*)$", done.stdout, re.M)
        self.log = done.stderr
        assert SECRET_ACCESS_KEY not in done.stdout + done.stderr
        print(done.stdout, done.stderr)

    @property
    def is_good(self):
        return self.code == 0 and not self.codes


def check(box, *arguments, user=None):
    command = " ".join(["ecr-refresher", "check", *arguments])
    return Findings(box.run(command, user=user, check=False))


def do(box, command):
    """Types a command that the check printed; root needs no sudo."""
    return box.run(command.replace("sudo ", ""))


def test_everything_is_good(box, simulator):
    box.configure(ini("alice", "bob"))
    box.enable()
    requests = simulator.state()["requests"]
    found = check(box)
    assert found.is_good
    assert f"{TIMER} is active; next run " in found.text
    assert ACCESS_KEY_ID in found.text
    for user in ("alice", "bob"):
        assert re.search(rf"^ok .*{user}: docker, podman and Watchtower find the entry in "
                         rf"{config_of(user)}$", found.text, re.M)
    assert simulator.state()["requests"] == requests


def test_installed_but_not_configured(box):
    found = check(box)
    assert found.is_good and "nothing is configured" in found.text
    # The example works as printed.
    box.configure("".join(re.findall(r"^ +(\[user root\]\n) +(registries = auto\n)", found.text,
                                     flags=re.M)[0]))
    assert "1 user, 1 registry" in check(box).text


def test_no_token_is_fetched(box):
    box.configure(ini("alice"))
    assert set(check(box).codes) == {"timer-stopped", "token-missing", "file-missing"}
    assert box.stat(TOKENS) is None


# Identities, as the service sees them


def test_check_reads_what_the_service_reads(box):
    """A file that root could read, and the service cannot."""
    box.configure(ini("alice"))
    box.run(["chown", "root:", CREDENTIALS])
    found = check(box)
    assert "no-identity" in found.codes
    assert CREDENTIALS in found.text and "user ecr-refresher" in found.text


KEYS = {"Version": 1, "AccessKeyId": ACCESS_KEY_ID, "SecretAccessKey": SECRET_ACCESS_KEY}
GIVEN = {
    "Environment=": f"Environment=AWS_ACCESS_KEY_ID={ACCESS_KEY_ID} "
                    f"AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}\n",
    "EnvironmentFile=": "EnvironmentFile=/root/environment\n",
    "LoadCredential=": "LoadCredential=aws-credentials:/root/credentials\n",
    "SetCredential=": "SetCredential=aws-credentials:" +
                      CREDENTIALS_TEXT.replace("\n", "\\n") + "\n",
    # The command that prints it.
    "SetCredentialEncrypted=": "systemd-creds encrypt --pretty --name=aws-credentials "
                               "/root/credentials -",
}


def give(box, how, more=""):
    """Installs a drop-in, and the files that it names."""
    box.run(["rm", CREDENTIALS])
    box.write("/root/environment", f"AWS_ACCESS_KEY_ID={ACCESS_KEY_ID}\n"
              f"AWS_SECRET_ACCESS_KEY={SECRET_ACCESS_KEY}\n", mode=0o600)
    box.write("/root/credentials", CREDENTIALS_TEXT, mode=0o600)
    text = GIVEN[how]
    if how == "SetCredentialEncrypted=":
        text = box.run(text).stdout
        assert text.startswith(how) and SECRET_ACCESS_KEY not in text
        box.run(["rm", "/root/credentials"])
    box.drop_in(f"[Service]\n{more}{text}", name="given")


@pytest.mark.parametrize("how", GIVEN)
def test_credentials_of_the_unit(box, how):
    box.drop_in("[Service]\nEnvironment=AWS_EC2_METADATA_DISABLED=true\n")
    box.configure(ini("alice"))
    box.run(["mv", CREDENTIALS, f"{CREDENTIALS}.not-yet"])
    assert "no-identity" in check(box).codes
    box.run(["mv", f"{CREDENTIALS}.not-yet", CREDENTIALS])
    give(box, how)
    box.enable()
    found = check(box, "--online")
    assert "AWS issues a token" in found.text and ACCESS_KEY_ID in found.text
    # The test network has no registry; everything else is good.
    assert found.codes == ["no-route"]
    # The secret was never an argument of a command.
    assert not box.run(f"journalctl --no-pager | grep -F {SECRET_ACCESS_KEY}", check=False).stdout


@pytest.mark.parametrize("how", GIVEN)
def test_refresh_with_credentials_of_the_unit(box, how):
    """The environment of root's shell is ignored."""
    give(box, how, "Environment=AWS_EC2_METADATA_DISABLED=true\n")
    box.configure(ini("alice"))
    done = box.run("AWS_ACCESS_KEY_ID=nobody AWS_SECRET_ACCESS_KEY=none "
                   "ecr-refresher refresh --user alice", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert REGISTRY in done.stdout + done.stderr
    assert box.entry(config_of("alice"))
    # The state is shared: the service finds the token.
    assert "fresh" in box.run("ecr-refresher status").stdout
    assert "has no [user nobody]" in box.run("ecr-refresher refresh --user nobody",
                                             check=False).stderr
    box.run("rm /etc/systemd/system/ecr-refresher.service.d/given.conf; systemctl daemon-reload")
    failed = box.run("ecr-refresher refresh --force", check=False)
    assert failed.returncode == 1 and "no AWS credentials" in failed.stderr


def test_loaded_credential_overrides_a_set_one(box):
    """As in systemd: SetCredential= is used if the file does not exist."""
    give(box, "SetCredential=", "LoadCredential=aws-credentials:/root/other\n"
         "Environment=AWS_EC2_METADATA_DISABLED=true\n")
    box.configure(ini("alice"))
    assert "no-identity" not in check(box).codes
    box.write("/root/other", "[default]\naws_access_key_id = AKIAOTHER\n"
              "aws_secret_access_key = other\n", mode=0o600)
    text = check(box).text
    assert "AKIAOTHER" in text and ACCESS_KEY_ID not in text


@pytest.mark.parametrize("named", ["LoadCredential=aws-credentials\n",
                                   "ImportCredential=aws-cred*\n"])
def test_credential_store_overrides_a_set_one(box, named):
    """Only if the store has the credential."""
    version = int(box.output("systemctl --version").split()[1])
    if "Import" in named and version < 254:
        pytest.skip(f"systemd {version} has no ImportCredential=")
    give(box, "SetCredential=", named + "Environment=AWS_EC2_METADATA_DISABLED=true\n")
    box.configure(ini("alice"))
    assert ACCESS_KEY_ID in check(box).text
    box.run("mkdir -p -m 700 /etc/credstore")
    box.write("/etc/credstore/aws-credentials", "[default]\naws_access_key_id = AKIAOTHER\n"
              "aws_secret_access_key = other\n", mode=0o600)
    text = check(box).text
    assert "AKIAOTHER" in text and ACCESS_KEY_ID not in text


@pytest.mark.parametrize("given, seen", [("", "1"), ("[Service]\nNoNewPrivileges=no\n", "0")])
def test_no_more_privileges_than_the_service(box, given, seen):
    """In the check, a credential_process can use sudo only if it can in the service."""
    box.write("/usr/local/bin/look", "#!/bin/sh\n"
              "grep NoNewPrivs: /proc/self/status >/var/lib/ecr-refresher/.aws/seen\n"
              f"echo '{json.dumps(KEYS)}'\n", mode=0o755)
    box.run(["rm", CREDENTIALS])
    box.write(f"{CREDENTIALS[:-11]}config",
              "[default]\ncredential_process = /usr/local/bin/look\n", mode=0o644)
    box.configure(ini("alice"))
    if given:
        box.drop_in(given)
    check(box)
    assert box.read("/var/lib/ecr-refresher/.aws/seen").split()[-1] == seen


def test_missing_credential(box):
    box.configure(ini("alice"))
    box.drop_in("[Service]\nLoadCredential=aws-credentials:/root/not-there\n")
    box.run(["systemctl", "enable", "--now", TIMER])
    box.wait_until_idle()
    found = check(box)
    assert "service-failed" in found.codes


# Units


def test_timer_stopped(box):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    found = check(box)
    assert found.codes == ["timer-stopped"]
    do(box, found.commands[0])
    box.wait_until_idle()
    assert check(box).is_good


def test_timer_disabled(box):
    box.configure(ini("alice"))
    box.run(["systemctl", "start", TIMER, PATH_UNIT])
    box.wait_until_idle()
    found = check(box)
    assert found.codes == ["timer-disabled"]
    do(box, found.commands[0])
    assert check(box).is_good


def test_timer_masked(box):
    box.configure(ini("alice"))
    assert box.refresh() == 0
    box.run(["systemctl", "mask", TIMER])
    found = check(box)
    assert found.codes == ["unit-masked"]
    do(box, found.commands[0])
    box.wait_until_idle()
    assert check(box).is_good


def test_units_missing(box):
    """The unit files were deleted; the package is still in root's home."""
    box.configure(ini("alice"))
    box.enable()
    box.run("find /usr/lib/systemd/system /lib/systemd/system -name 'ecr-refresher*' -delete")
    box.run("systemctl daemon-reload")
    found = check(box)
    assert "units-missing" in found.codes and "reinstall the package" in found.text
    box.run("cd /root && apt-get install --reinstall -y ./ecr-refresher_*.deb", timeout=120,
            env={"DEBIAN_FRONTEND": "noninteractive"})
    do(box, found.commands[0])
    for command in check(box).commands:
        do(box, command)
    box.wait_until_idle()
    wait_for(lambda: check(box).is_good, 20, "a good check")
    box.remove(config_of("alice"))
    box.wait_for_entry(config_of("alice"))


def test_changed_unit_not_reloaded(box):
    box.drop_in("[Timer]\nOnCalendar=hourly\n", unit=TIMER, name="x")
    box.configure(ini("alice"))
    box.enable()
    box.write(f"/etc/systemd/system/{TIMER}.d/x.conf", "[Timer]\nOnCalendar=daily\n")
    found = check(box)
    assert found.codes == ["daemon-reload"]
    do(box, found.commands[0])
    assert check(box).is_good


def test_invalid_drop_in(box):
    box.configure(ini("alice"))
    box.drop_in("[Service]\nUser=nobody-of-this-name\n")
    box.refresh()
    found = check(box)
    assert "service-failed" in found.codes and "217" in found.text
    box.run(["rm", "-r", f"/etc/systemd/system/{SERVICE}.d"])
    box.run("systemctl daemon-reload")
    box.enable()
    assert check(box).is_good


def test_watch_failed(box):
    box.configure(ini("alice"))
    box.enable()
    box.wait_for_watch(config_of("alice"))
    box.run("i=0; while [ $i -lt 300 ]; do touch ~/.docker/config.json; i=$((i+1)); "
            "sleep 0.01; done", user="alice")
    unit = "ecr-refresher@home-alice-.docker-config.json.path"
    if box.show(unit, "ActiveState")["ActiveState"] != "failed":
        box.drop_in("[Service]\nExecStart=\nExecStart=/bin/true\n")
        box.run("i=0; while [ $i -lt 300 ]; do touch ~/.docker/config.json; i=$((i+1)); "
                "sleep 0.01; done", user="alice")
        box.run(["rm", "-r", f"/etc/systemd/system/{SERVICE}.d"])
        box.run("systemctl daemon-reload")
    box.wait_until_idle()
    found = check(box)
    assert found.codes == ["watch-failed"] and unit in found.text
    for command in found.commands:
        do(box, command)
    box.wait_until_idle()
    assert check(box).is_good


def test_path_unit_stopped(box):
    box.configure(ini("alice"))
    box.enable()
    box.run(["systemctl", "stop", PATH_UNIT])
    found = check(box)
    assert found.codes == ["watch-failed"]
    do(box, found.commands[0])
    assert check(box).is_good


def test_invalid_ini(box):
    box.configure(ini("alice") + "nonsense = 1\n")
    found = check(box)
    assert found.code == 78 and found.codes == ["ini-invalid"]
    assert "/etc/ecr-refresher.ini:3: " in found.log


# Users


def test_users_are_independent(box):
    """What one user does to a file is a finding about that user only."""
    box.configure(ini("alice", "bob", "root"))
    box.enable()
    box.run(["systemctl", "stop", TIMER])  # so that no run fixes the file
    box.run("""echo '{"credsStore": "x", "auths": {' > ~/.docker/config.json""", user="alice")
    found = check(box)
    assert found.codes == ["timer-stopped", "file-broken"]
    assert "FAIL  alice: " in found.text
    assert "ok    bob: docker" in found.text and "ok    root: docker" in found.text
    assert found.text.count("'ecr-refresher check' honours them") == 1


MISCHIEF = {
    "a link to another's file": "rm ~/.docker/config.json && "
                                "ln -s /home/bob/.docker/config.json ~/.docker/config.json",
    "a FIFO": "rm ~/.docker/config.json && mkfifo ~/.docker/config.json",
    "a device": "rm ~/.docker/config.json && ln -s /dev/zero ~/.docker/config.json",
    "20 MB": "head -c 20000000 /dev/zero > ~/.docker/config.json",
    "a loop": "rm ~/.docker/config.json && ln -s config.json ~/.docker/config.json",
}


@pytest.mark.parametrize("kind", MISCHIEF)
def test_root_reads_as_the_user(box, kind):
    box.configure(ini("alice", "bob"))
    assert box.refresh() == 0
    box.run(MISCHIEF[kind], user="alice")
    found = check(box)
    assert found.codes == ["timer-stopped", "file-unreadable"]
    assert "ok    bob: docker" in found.text


def test_home_that_does_not_answer(box):
    """It delays neither the check nor the other users."""
    box.configure(ini("alice", "bob"))
    box.enable()
    with deaf_mount("/home/alice", box.leader):
        found = check(box)
        assert "user-timeout" in found.codes and "FAIL  alice: " in found.text
        assert "ok    bob: docker" in found.text
        box.remove(config_of("bob"))
        box.wait_for_entry(config_of("bob"))
        assert check(box).code == 1
        box.run("umount --lazy /home/alice")
    assert box.refresh() == 0
    wait_for(lambda: check(box).is_good, 20, "a good check")


def test_no_such_user(box):
    box.configure(ini("alice") + f"[user nobody-here]\nregistries = {REGISTRY}\n")
    box.enable()
    found = check(box)
    assert "no-such-user" in found.codes
    box.configure(ini("alice"))
    box.refresh()
    wait_for(lambda: check(box).is_good, 20, "a good check")


def test_skopeo_without_a_runtime_directory(box):
    """Root's containers have created the directory in which skopeo looks instead."""
    box.configure(ini("alice"))
    box.enable()
    box.run("mkdir -m 700 -p /run/containers")
    found = check(box)
    assert found.codes == ["auth-json-broken"]
    assert "alice: skopeo does not reach our entries" in found.text
    assert found.commands == ["sudo loginctl enable-linger alice"]
    do(box, found.commands[0])
    wait_for(lambda: check(box).is_good, 20, "a good check")


def test_no_home(box):
    box.configure(ini("alice"))
    box.enable()
    box.run("mv /home/alice /home/alice.away")
    box.refresh()
    assert "no-home" in check(box).codes
    box.run("mv /home/alice.away /home/alice")
    box.refresh()
    wait_for(lambda: check(box).is_good, 20, "a good check")


def test_user_of_the_host(box):
    """alice sees how she is served, and nothing about AWS and other users."""
    box.configure(ini("alice", "bob"))
    box.enable()
    found = check(box, user="alice")
    assert found.is_good
    assert "the host's service serves you: 1 registry" in found.text
    assert "alice: docker, podman and Watchtower find the entry" in found.text
    assert "bob" not in found.text and ACCESS_KEY_ID not in found.text
    box.run(["systemctl", "stop", TIMER])
    box.run("""sed -i 's/"auths"/"credsStore": "pass", "auths"/' ~/.docker/config.json""",
            user="alice")
    assert check(box, user="alice").codes == ["timer-stopped", "helper-missing"]


def test_our_helper_for_a_user_of_the_host(box):
    """It cannot read the host's tokens; the check names the user whose identity it needs."""
    box.configure(ini("alice"))
    box.enable()
    box.run(f"""sed -i 's/"auths"/"credHelpers": {{"{REGISTRY}": "ecr-refresher"}}, "auths"/' """
            "~/.docker/config.json", user="alice")
    ask = ["docker-credential-ecr-refresher", "get"]
    alone = {"AWS_EC2_METADATA_DISABLED": "true"}
    keys = {"AWS_ACCESS_KEY_ID": ACCESS_KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY}
    assert box.run(ask, user="alice", input=REGISTRY, env=alone, check=False).returncode == 1
    for user in (None, "alice"):
        assert "for alice, who needs separate AWS credentials" in check(box, user=user).text
    done = box.run(ask, user="alice", input=REGISTRY, env={**alone, **keys})
    assert json.loads(done.stdout)["Username"] == "AWS"


def test_unconfigured_user(box):
    box.configure(ini("bob"))
    box.enable()
    found = check(box, user="deploy")
    assert found.codes == ["not-served"] and "[user deploy]" in found.text


OWN_INI = "/home/alice/.config/ecr-refresher.ini"


@pytest.fixture
def lingering(box):
    """alice has her own service; only a drop-in has its keys."""
    box.linger("alice")
    unit = f"/home/alice/.config/systemd/user/{SERVICE}.d"
    box.run(f"mkdir -p {unit}", user="alice")
    box.write(f"{unit}/keys.conf", f"[Service]\n{GIVEN['Environment=']}", owner="alice")
    box.run("systemctl --user daemon-reload", user="alice")
    box.write(OWN_INI, ini("alice"), owner="alice")
    return "alice"


def test_own_service(box, lingering):
    found = check(box, user="alice")
    assert found.codes == ["timer-stopped", "token-missing", "file-missing"]
    assert ACCESS_KEY_ID in found.text  # which is not in her shell
    box.run(found.commands[0], user="alice")
    box.wait_for_entry(config_of("alice"))
    wait_for(lambda: check(box, user="alice").is_good, 20, "a good check")


def test_own_service_without_a_manager(box):
    box.run(["mkdir", "-p", "/home/alice/.config"], user="alice")
    box.write(OWN_INI, ini("alice"), owner="alice")
    uid = box.passwd("alice")["uid"]
    box.run(f"mkdir -p /run/user/{uid} && chown alice: /run/user/{uid}")
    found = check(box, user="alice")
    assert "no-bus" in found.codes and "loginctl enable-linger alice" in found.text


def test_no_secret_leaves_the_service(box):
    box.configure(ini("alice"))
    box.enable()
    found = check(box, "--verbose")
    assert box.entry(config_of("alice"))[:20] not in found.text + found.log


def test_export(box):
    box.configure("[aws]\nregion = eu-central-1\n")
    done = box.run("ecr-refresher export-credentials", check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"Version": 1, "AccessKeyId": ACCESS_KEY_ID,
                                       "SecretAccessKey": SECRET_ACCESS_KEY}
    assert done.stderr == ""
