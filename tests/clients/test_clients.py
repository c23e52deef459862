# SPDX-License-Identifier: Apache-2.0
"""Every client pulls with the entry that the refresher wrote, and is refused without it.

Only the file that the client is supposed to read has the entry. Then the entry is removed, and the
same command must fail with the registry's 401 and nothing else.
"""

import shutil
import stat
from dataclasses import dataclass

import pytest

from clients import docker as cli
from clients.conftest import CONTAINERS, DOCKER, PRIVATE, PUBLIC
from lib.patience import patience
from lib.registry import IMAGE

FILES = (DOCKER, CONTAINERS)
STORE = ["--root", "{scratch}/root", "--runroot", "{scratch}/runroot", "--storage-driver", "vfs"]
CURL = """
auth=$(/usr/bin/python3 -c 'import json, sys
print(json.load(open(sys.argv[1]))["auths"].get(sys.argv[2], {{}}).get("auth", ""))' "$1" "$2")
echo "Authorization: Basic $auth" | curl --silent --show-error --fail --header @- "https://$2/v2/{path}"
"""


@dataclass
class Client:
    """argv: {ref} is the image, {host} the registry, {scratch} a directory of the user.
    file: the one with the entry. shows: part of the output of a successful pull."""

    name: str
    argv: list
    file: str
    shows: str
    env: tuple = ()

    @property
    def program(self):
        return self.argv[0]


CLIENTS = [
    *(Client(f"docker-{name}", [path, "manifest", "inspect", "{ref}"], DOCKER, "layers")
      for name, path in cli.DOCKERS.items()),
    Client("skopeo-inspect", ["skopeo", "inspect", "docker://{ref}"], DOCKER, '"Layers"'),
    Client("skopeo-inspect-auth.json", ["skopeo", "inspect", "docker://{ref}"], CONTAINERS,
           '"Layers"'),
    Client("skopeo-copy", ["skopeo", "copy", "--insecure-policy", "docker://{ref}",
                           "dir:{scratch}/copy"], DOCKER, "Writing manifest"),
    Client("podman-config.json", ["podman", *STORE, "pull", "{ref}"], DOCKER, "Writing manifest"),
    Client("podman-auth.json", ["podman", *STORE, "pull", "{ref}"], CONTAINERS,
           "Writing manifest"),
    Client("podman-REGISTRY_AUTH_FILE", ["podman", *STORE, "pull", "{ref}"], DOCKER,
           "Writing manifest", (("REGISTRY_AUTH_FILE", "{home}/" + DOCKER),)),
    Client("buildah", ["buildah", *STORE, "pull", "--policy=always", "{ref}"], CONTAINERS, "Writing manifest"),
    Client("curl", ["bash", "-c", CURL.format(path=IMAGE.replace(":", "/manifests/")), "curl",
                    "{home}/" + DOCKER, "{host}"], DOCKER, '"schemaVersion"'),
]


@pytest.fixture
def scratch(user, tmp_path_factory):
    path = user.home / "scratch"
    user.run(["mkdir", path])
    yield path
    # Files of a rootless store belong to ids that root may remove and the user may not.
    shutil.rmtree(path)


def pull(client, host, user, world, scratch):
    names = {"ref": f"{host}/{IMAGE}", "host": host, "scratch": scratch, "home": user.home}
    argv = client.argv
    if client.name != "curl":
        argv = [word.format(**names) for word in argv]
    else:
        argv = argv[:3] + [word.format(**names) for word in argv[3:]]
    bundle = str(world.simulator.ca.bundle)
    env = {"SSL_CERT_FILE": bundle, "CURL_CA_BUNDLE": bundle}
    env.update((key, value.format(**names)) for key, value in client.env)
    return user.run(argv, env=env, timeout=patience(60))


@pytest.mark.parametrize("host", [PRIVATE, PUBLIC])
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.name)
def test_client_pulls_with_our_entry_only(client, host, world, user, refreshed, scratch):
    if not shutil.which(client.program):
        pytest.skip(f"{client.program} is not installed")
    for file in FILES:
        if file != client.file:
            refreshed.remove_entry(file, host)
    registry = world.registry(host)

    registry.forget_requests()
    pulled = pull(client, host, user, world, scratch)
    assert pulled.returncode == 0, pulled.stderr
    assert client.shows in pulled.stdout + pulled.stderr
    assert any(path.endswith("/manifests/latest") and status == 200
               for _, path, status, _ in registry.requests())

    refreshed.remove_entry(client.file, host)
    registry.forget_requests()
    refused = pull(client, host, user, world, scratch)
    assert refused.returncode != 0
    assert {status for _, _, status, _ in registry.requests()} == {401}


def test_registry_rejects_an_older_token(world, refreshed, user, scratch):
    """The other tests depend on it."""
    client = next(client for client in CLIENTS if client.name == "skopeo-inspect")
    old = (user.home / DOCKER).read_bytes()
    refreshed.refresh("--force")
    assert pull(client, PRIVATE, user, world, scratch).returncode == 0
    user.write(DOCKER, old)
    refreshed.remove_entry(CONTAINERS, PRIVATE)
    assert pull(client, PRIVATE, user, world, scratch).returncode != 0


def test_files_are_private(refreshed, user):
    for file in FILES:
        status = (user.home / file).stat()
        assert (status.st_uid, status.st_gid) == (user.uid, user.gid)
        assert stat.S_IMODE(status.st_mode) == 0o600
        assert sorted(refreshed.read(file)["auths"]) == [PRIVATE, PUBLIC]


@pytest.mark.parametrize("docker", cli.present())
def test_entries_of_docker_login_and_ours_coexist(docker, world, refreshed, user,
                                                       other_registry):
    """docker formats the file differently; neither program loses the other's entry."""
    host, env = other_registry.hosts[0], {"SSL_CERT_FILE": str(world.simulator.ca.bundle)}
    login = user.run(cli.login(docker, host, other_registry.username), env=env,
                     input=other_registry.password)
    assert login.returncode == 0, login.stderr
    theirs = refreshed.read(DOCKER)["auths"][host]

    refreshed.refresh("--force")
    assert refreshed.read(DOCKER)["auths"][host] == theirs
    for ours in (PRIVATE, PUBLIC):
        inspect = user.run([docker, "manifest", "inspect", f"{ours}/{IMAGE}"], env=env)
        assert inspect.returncode == 0, inspect.stderr

    assert user.run(cli.logout(docker, host)).returncode == 0
    assert sorted(refreshed.read(DOCKER)["auths"]) == [PRIVATE, PUBLIC]
