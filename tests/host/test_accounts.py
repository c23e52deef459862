# SPDX-License-Identifier: Apache-2.0
"""check and the accounts that no section of the ini serves: its findings about root (after sudo) and
the administrator match what the docker CLI does, before and after the printed command is typed."""

import re

import pytest

from host.box import OTHER_REGION, REGISTRY, config_of, ini, let_in
from host.test_check import Findings, check
from lib.container import wait_for
from lib.deaf_mount import deaf_mount
from lib.registry import IMAGE

PODMAN_PULL = f"podman pull --quiet docker://{REGISTRY}/{IMAGE}"
PULL = f"docker manifest inspect {REGISTRY}/{IMAGE}"
LOGIN = f"docker login --username AWS --password-stdin {REGISTRY}"


class Admin:
    """alice, who has sudo, at a shell."""

    def __init__(self, box, pull=PULL):
        self.box, self.pull = box, pull
        box.write("/etc/sudoers.d/alice", "alice ALL=(ALL) NOPASSWD: ALL\n", mode=0o440)

    def types(self, command, check=True, **kwargs):
        return self.box.run(command, user="alice", check=check, **kwargs)

    def pulls(self, sudo=False):
        done = self.types(f"sudo {self.pull}" if sudo else self.pull, check=False)
        # The last two are of docker 20.10 for a refused entry, and of podman 5.
        assert done.returncode == 0 or re.search("no basic auth|unauthorized|denied|no such manifest|"
                                                 "authentication required", done.stderr)
        return done.returncode == 0

    def check(self):
        return Findings(self.types("sudo ecr-refresher check", check=False))


def lines_of(found, user, word="note"):
    """The lines of the one finding of this kind about an account."""
    [block] = re.findall(rf"^{word} +{user}: .*\n(?:      .*\n)*", found.text, re.M)
    return [line.strip() for line in block.splitlines()]


def advice(found, user):
    """The command to type if that account pulls."""
    mark = f"if {user} pulls: "
    [command] = [line.removeprefix(mark) for line in lines_of(found, user) if line.startswith(mark)]
    return command


def serve(box, htpasswd, *users):
    """Enables the service for users, and makes the registry accept their token."""
    box.configure(ini(*users))
    box.enable()
    let_in(htpasswd, box.wait_for_entry(config_of(users[0])))


@pytest.fixture
def admin(htpasswd, box):
    box.sync_hosts()
    return Admin(box)


def test_sudo_docker_pull(htpasswd, box, admin):
    """The most common failure: alice is served, and pulls as root."""
    serve(box, htpasswd, "alice")
    assert admin.pulls() and not admin.pulls(sudo=True)
    found = admin.check()
    note = lines_of(found, "root")
    assert note[0].endswith(f"root: docker finds no entry for {REGISTRY}")
    assert "alice is served: pull without sudo, or serve root as well" in note
    # That is not a failure, because root may never pull.
    assert found.is_good
    admin.types(advice(found, "root"))
    assert admin.pulls() and admin.pulls(sudo=True)
    found = admin.check()
    assert found.is_good and "note" not in found.text
    assert re.search(rf"^ok    root: docker.* the entry in {config_of('root')}$", found.text, re.M)


def test_sudo_podman_pull(htpasswd, podman_box):
    """The same on a host that has podman and no docker."""
    box, admin = podman_box, Admin(podman_box, PODMAN_PULL)
    box.sync_hosts()
    serve(box, htpasswd, "bob")
    assert not admin.pulls(sudo=True)
    found = admin.check()
    assert "not-served" not in found.codes
    for user in ("root", "alice"):
        assert lines_of(found, user)[0].endswith(f"{user}: podman finds no entry for {REGISTRY}")
    admin.types(advice(found, "root"))
    assert admin.pulls(sudo=True)
    found = admin.check()
    assert "note  root" not in found.text and "note  alice" in found.text


def test_docker_pull_while_root_is_served(htpasswd, box, admin):
    serve(box, htpasswd, "root")
    assert admin.pulls(sudo=True) and not admin.pulls()
    found = admin.check()
    assert lines_of(found, "alice")[0].endswith(f"docker finds no entry for {REGISTRY}")
    assert found.is_good
    admin.types(advice(found, "alice"))
    assert admin.pulls()
    assert "note" not in admin.check().text


def test_root_is_served_with_another_registry(htpasswd, box, admin):
    """A section without the registry is not enough."""
    box.configure(ini("alice") + ini("root", registries=OTHER_REGION))
    box.enable()
    let_in(htpasswd, box.wait_for_entry(config_of("alice")))
    assert not admin.pulls(sudo=True)
    found = admin.check()
    note = lines_of(found, "root")
    assert note[0].endswith(f"root: docker finds no entry for {REGISTRY}")
    assert "if root pulls: add it to that section with sudoedit /etc/ecr-refresher.ini" in note
    assert found.is_good
    box.configure(ini("alice") + ini("root", registries=f"{OTHER_REGION} {REGISTRY}"))
    assert box.refresh() == 0 and admin.pulls(sudo=True)
    assert "note  root" not in admin.check().text


def test_neither_is_served(htpasswd, box, admin):
    serve(box, htpasswd, "bob")
    found = admin.check()
    for user in ("alice", "root"):
        assert lines_of(found, user)
    assert found.is_good and not admin.pulls() and not admin.pulls(sudo=True)
    # Without sudo only root is reported.
    found = check(box)
    assert lines_of(found, "root") and "alice" not in found.text


@pytest.mark.parametrize("account", ["root", "alice"])
@pytest.mark.parametrize("is_served", [True, False], ids=["serve", "logout"])
def test_old_login(htpasswd, box, admin, account, is_served):
    """docker login has written an entry, and nothing renews it."""
    sudo = "sudo " if account == "root" else ""
    serve(box, htpasswd, "bob")
    token = box.run("ecr-refresher get-login-password " + REGISTRY).stdout
    admin.types(sudo + LOGIN, input=token)
    assert admin.pulls(sudo)
    found = admin.check()
    assert found.is_good
    assert lines_of(found, account) == [
        f"note  {account}: docker finds an entry for {REGISTRY} in {config_of(account)}",
        f"/etc/ecr-refresher.ini has no [user {account}]: something else must renew it every 12 hours"]

    box.run(["touch", "-d", "13 hours ago", config_of(account)])
    box.run("ecr-refresher refresh --force")
    let_in(htpasswd, box.entry(config_of("bob")))
    assert not admin.pulls(sudo)
    found = admin.check()
    assert found.code == 1 and found.codes == ["not-served"]
    lines = lines_of(found, account, "FAIL")
    assert lines[0].endswith(f"the entry for {REGISTRY} in {config_of(account)} has expired")
    mark = f"if {account} does not pull: "
    [logout] = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
    [serving] = found.commands
    admin.types(serving if is_served else logout)
    assert admin.pulls(sudo) == is_served
    found = admin.check()
    assert found.is_good
    assert bool(re.search(f"^note  {account}: ", found.text, re.M)) != is_served


def test_our_helper_serves_root(htpasswd, box, admin):
    serve(box, htpasswd, "alice")
    box.run("mkdir -p -m 700 /root/.docker")
    box.write(config_of("root"), '{"credHelpers": {"%s": "ecr-refresher"}}' % REGISTRY, mode=0o600)
    assert admin.pulls(sudo=True)
    found = admin.check()
    assert found.is_good and "note" not in found.text
    assert re.search(f"^ok    root: docker asks docker-credential-ecr-refresher for {REGISTRY} "
                     rf"\(configured in {config_of('root')}\)$", found.text, re.M)


def test_nothing_is_configured(box):
    """The example section is for the administrator."""
    admin = Admin(box)
    assert "[user alice]\n" in admin.check().text
    assert "[user root]\n" in check(box).text


@pytest.mark.parametrize("user, uid", [("bob", "0"), ("bob", "4242"), ("bob", ""), ("4242", "4242"),
                                       ("no-such-user", "1234"), ("-s files", "0"), ("root", "0")])
def test_invalid_caller(box, user, uid):
    """Name and uid must belong to the same account."""
    box.configure(ini("alice"))
    done = box.run("ecr-refresher check", env={"SUDO_USER": user, "SUDO_UID": uid}, check=False)
    assert lines_of(Findings(done), "root") and "bob" not in done.stdout
    assert f"{user}:" not in done.stdout.replace("root:", "")


@pytest.fixture
def others(box):
    """alice is served. jenkins may use docker, deploy has used a client, bob has not."""
    box.run("getent group docker || groupadd --system docker")
    box.run("useradd --system --create-home --home-dir /var/lib/jenkins jenkins && "
            "usermod --append --groups docker jenkins")
    box.run("mkdir -p -m 700 ~/.config/containers && echo '{}' > ~/.config/containers/auth.json",
            user="deploy")
    box.configure(ini("alice"))
    box.enable()
    return ("jenkins", "it is a member of the group docker"), (
        "deploy", "it has a file of podman: /srv/deploy/.config/containers/auth.json")


def test_others_that_use_a_client(box, others):
    found = check(box)
    assert found.is_good
    for user, why in others:
        assert why in lines_of(found, user)
    assert "bob" not in found.text
    # The advice for one of them works.
    do = advice(found, "jenkins").replace("sudo ", "")
    box.run(do)
    assert box.entry("/var/lib/jenkins/.docker/config.json")
    found = check(box)
    assert found.is_good and "note  jenkins" not in found.text and "note  deploy" in found.text


def test_old_login_of_another_account(box, others):
    """An ordinary user's file does not make root's check fail."""
    box.run(f"""mkdir -p ~/.docker && echo '{{"auths": {{"{REGISTRY}": {{"auth": "QVdTOng="}}}}}}' """
            "> ~/.docker/config.json && touch -d '2 days ago' ~/.docker/config.json", user="bob")
    found = check(box)
    assert found.is_good
    assert f"the entry in {config_of('bob')} is older than 12 hours" in lines_of(found, "bob")


def test_home_that_does_not_answer(box, others):
    admin = Admin(box)
    box.configure(ini("bob"))
    assert box.refresh() == 0
    with deaf_mount("/home/alice", box.leader), deaf_mount("/srv/deploy", box.leader):
        found = admin.check()
        assert found.is_good and lines_of(found, "jenkins")
        assert lines_of(found, "alice") == ["note  alice: the files do not answer, so what docker "
                                            "and podman find in them is unknown"]
        box.run("umount --lazy /srv/deploy; umount --lazy /home/alice")


def test_many_accounts(box, others):
    """All are named, and only a few have their own finding."""
    box.run("""i=0; while [ $i -lt 400 ]; do
               echo "u$i:x:$((20000 + i)):20000::/home/u$i:/bin/sh" >>/etc/passwd
               i=$((i + 1)); done
               mkdir -p /home/u7/.docker /home/u8/.docker /home/u9/.docker /home/u10/.docker
               for u in u7 u8 u9 u10; do echo '{}' >/home/$u/.docker/config.json; done""")
    found = check(box)
    assert found.is_good
    assert found.text.count("\nnote  ") == 1 + 5 + 1
    assert "note  1 more account uses a client, and finds no entry\n" in found.text


def test_two_registries(box):
    """The command adds a line for each, because the length of an ini's line is limited."""
    hosts = [f"{n}23456789012.dkr.ecr.eu-central-1.amazonaws.com" for n in range(1, 9)]
    box.configure(ini("alice", registries=" ".join(hosts[:3])) +
                  ini("bob", registries=" ".join(hosts[3:6])) +
                  ini("deploy", registries=" ".join(hosts[6:])))
    box.enable()
    found = check(box)
    assert "root: docker finds no entry for 8 registries" in lines_of(found, "root")[0]
    box.run(advice(found, "root").replace("sudo ", ""), check=False)
    assert all(box.entry(config_of("root"), host) for host in hosts)
    wait_for(lambda: "note" not in check(box).text, 30, "root is served")
