# SPDX-License-Identifier: Apache-2.0
"""ecr-refresher check for a user without a service, whose docker or podman asks our helper for each
pull: the same findings, with that user's AWS identity."""

import base64
import json
import os
import shutil

import pytest

from integration.test_doctor import Doctor
from lib.patience import patience
from lib.simulator import ACCESS_KEY_ID, ACCOUNT, DEFAULT_KEY

FRANKFURT = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
IRELAND = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com"
DOCKER = ".docker/config.json"
AUTH = ".config/containers/auth.json"
CONF = ".config/containers/registries.conf"
HELPER = "docker-credential-ecr-refresher"
NO_KEYS = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
           "AWS_EC2_METADATA_DISABLED": "true"}


class Puller(Doctor):
    """A user without an ini, with the package's programs in PATH."""

    def __init__(self, prefix, sim, user):
        super().__init__(prefix, sim, user)
        shutil.rmtree(user.home / ".cache", ignore_errors=True)
        self.path = f"{prefix}/bin:/usr/bin:/bin"

    def environment(self, env=None):
        return super().environment({"PATH": self.path, **(env or {})})

    def name_helper(self, *hosts, file=DOCKER, helper="ecr-refresher"):
        text = json.dumps({"credHelpers": {host: helper for host in hosts}})
        return self.user.write(file, text)

    def pull(self, host=FRANKFURT, env=None):
        """Asks the helper as docker does. Returns whether it has a token."""
        done = self.user.run(["/bin/sh", "-c", f"echo {host} | {HELPER} get"],
                             env=self.environment(env), timeout=patience(60))
        return done.returncode == 0

    @property
    def cache(self):
        return self.user.home / ".cache/ecr-refresher"


@pytest.fixture
def puller(prefix, sim, user):
    return Puller(prefix, sim, user)


def online(puller, *hosts):
    """The output of a check that finds nothing but the missing registries."""
    codes, result = puller.codes("--online")
    assert codes == ["no-route"] * len(hosts)
    for host in hosts:
        assert f"FAIL  {host}: the registry cannot be reached" in result.output
    return result.output


def connections(sim):
    return sim.state()["connections"]


def test_served_by_the_helper(puller, sim):
    path = puller.name_helper(FRANKFURT, IRELAND)
    codes, result = puller.codes()
    assert codes == []
    assert f"docker and podman ask {HELPER} for 2 registries (configured in {path})" in result.output
    assert f"default identity, for {FRANKFURT} and 1 more" in result.output
    assert ACCESS_KEY_ID in result.output
    assert result.output.count("no cached token") == 2
    assert connections(sim) == 0 and not puller.cache.exists()


def test_without_a_login_session(puller):
    """su and cron do not set XDG_RUNTIME_DIR, and pulls do not need it."""
    puller.name_helper(FRANKFURT)
    assert puller.is_good(env={"XDG_RUNTIME_DIR": None})


def test_online(puller, sim):
    puller.name_helper(FRANKFURT)
    output = online(puller, FRANKFURT)
    assert f"arn:aws:iam::{ACCOUNT}" in output and f"{FRANKFURT}: AWS issues a token" in output
    assert not puller.cache.exists(), "the check keeps no token"


def test_no_identity(puller):
    puller.name_helper(FRANKFURT)
    assert not puller.pull(env=NO_KEYS)
    codes, result = puller.codes(env=NO_KEYS)
    assert "no-identity" in codes and FRANKFURT in result.output
    puller.aws_file("credentials", f"[default]\naws_access_key_id = {DEFAULT_KEY['id']}\n"
                                   f"aws_secret_access_key = {DEFAULT_KEY['secret']}\n")
    assert puller.is_good(env=NO_KEYS) and puller.pull(env=NO_KEYS)


def test_rejected_keys(puller):
    puller.name_helper(FRANKFURT)
    wrong = {"AWS_SECRET_ACCESS_KEY": "wrong"}
    codes, result = puller.codes("--online", env=wrong)
    assert codes and set(codes) == {"keys-refused"} and FRANKFURT in result.output


def test_the_last_pull_failed(puller, sim):
    """The keys look valid; the cache has the answer of AWS to them."""
    puller.name_helper(FRANKFURT)
    sim.fault("access_denied", service="ecr")
    assert not puller.pull()
    codes, result = puller.codes()
    assert codes == ["access-denied"]
    assert "the last pull got no token" in result.output
    assert "check --online" in result.output
    sim.clear_faults()
    online(puller, FRANKFURT)
    assert puller.pull() and puller.is_good()


def test_cached_token(puller, sim):
    puller.name_helper(FRANKFURT)
    assert puller.pull()
    before = connections(sim)
    [entry] = puller.cache.glob("*.json")
    text = entry.read_text()
    codes, result = puller.codes()
    assert codes == []
    assert f"{FRANKFURT}: the cached token is valid for" in result.output
    entry.write_text("{")
    assert puller.is_good() and entry.read_text() == "{", "the check changes nothing"
    entry.write_text(text)
    assert connections(sim) == before


def test_foreign_cache(puller, user):
    puller.name_helper(FRANKFURT)
    puller.cache.mkdir(parents=True)
    for path in (puller.cache.parent, puller.cache):
        os.chown(path, 0, 0)
        path.chmod(0o700)
    codes, result = puller.codes()
    assert codes == ["cache-unusable"] and f'"$(id -un):" {puller.cache.parent}' in result.output
    assert puller.pull(), "a pull works without it"
    for path in (puller.cache.parent, puller.cache):
        os.chown(path, user.uid, user.gid)
    assert puller.is_good()


@pytest.fixture
def foreign(user):
    """A directory of root, next to the home."""
    path = user.directory / "foreign"
    path.mkdir(mode=0o755)
    yield path
    shutil.rmtree(path)


def test_cache_in_a_foreign_directory(puller, user, foreign):
    """Entries are created in the cache; its parent may be root's."""
    puller.name_helper(FRANKFURT)
    cache = foreign / "cache"
    cache.mkdir(mode=0o700)
    os.chown(cache, user.uid, user.gid)
    env = {"AWS_ECR_CACHE_DIR": str(cache)}
    assert puller.is_good(env=env)
    assert puller.pull(env=env) and list(cache.glob("*.json"))


@pytest.mark.parametrize("below", ["cache", "a/b/cache"])
def test_cache_that_cannot_be_created(puller, user, foreign, below):
    """No chown is suggested for directories outside the home."""
    puller.name_helper(FRANKFURT)
    cache = foreign / below
    env = {"AWS_ECR_CACHE_DIR": str(cache)}
    codes, result = puller.codes(env=env)
    assert codes == ["cache-unusable"]
    assert f"{foreign}: Permission denied" in result.output and "chown" not in result.output
    assert f"make {cache} a directory of this user" in result.output
    assert puller.pull(env=env) and not cache.exists(), "a pull works without it"
    cache.mkdir(parents=True)
    os.chown(cache, user.uid, user.gid)
    assert puller.is_good(env=env)


def test_cache_that_cannot_be_searched(puller, user, foreign):
    """Even its existence is unknown."""
    puller.name_helper(FRANKFURT)
    foreign.chmod(0o700)
    codes, result = puller.codes(env={"AWS_ECR_CACHE_DIR": str(foreign / "a/cache")})
    assert codes == ["cache-unusable"]
    assert f"{foreign}: Permission denied" in result.output and "chown" not in result.output


def test_cache_that_is_a_file(puller):
    puller.name_helper(FRANKFURT)
    path = puller.user.write(".cache/ecr-refresher", "", mode=0o700)
    codes, result = puller.codes()
    assert codes == ["cache-unusable"] and "chown" not in result.output
    assert f"{path}: Not a directory" in result.output
    path.unlink()
    assert puller.is_good()


def test_no_process_for_the_probe(puller):
    """Files that were not read are reported neither as good nor as missing."""
    puller.name_helper(FRANKFURT)
    done = puller.user.run(["prlimit", "--nproc=1", puller.program, "check"],
                           env=puller.environment(), timeout=patience(60))
    assert done.returncode == 1
    assert f"FAIL  {puller.user.name}: the check of the files did not finish" in done.stdout
    assert "ulimit -u" in done.stdout and "not-served" not in done.stdout
    assert puller.is_good()


def test_helper_not_in_path(puller):
    path = puller.name_helper(FRANKFURT)
    codes, result = puller.codes(env={"PATH": "/usr/bin:/bin"})
    assert codes == ["helper-missing"]
    assert HELPER in result.output and str(path) in result.output and "PATH" in result.output
    assert puller.is_good()


@pytest.mark.parametrize("name, message", [
    (f"https://{FRANKFURT}", f'write "{FRANKFURT}"'),
    ("ghcr.io", "anonymous"),
], ids=["with a scheme", "foreign"])
def test_useless_name(puller, name, message):
    puller.name_helper(name)
    codes, result = puller.codes()
    assert codes == ["helper-host"] and name in result.output and message in result.output
    puller.name_helper(FRANKFURT)
    assert puller.is_good()


def test_credsstore(puller):
    """The registries are those that pulls have used."""
    path = puller.user.write(DOCKER, '{"credsStore": "ecr-refresher"}')
    codes, result = puller.codes()
    assert codes == []
    assert f"docker asks {HELPER} for every Amazon ECR registry (configured in {path})" in result.output
    assert "default identity, for every registry" in result.output
    assert puller.codes(env=NO_KEYS)[0] == ["no-identity"]
    assert puller.pull()
    assert f"{FRANKFURT}: AWS issues a token" in online(puller, FRANKFURT)


def test_registries_conf(puller):
    path = puller.user.write(CONF, 'credential-helpers = ["ecr-refresher"]\n')
    codes, result = puller.codes()
    assert codes == []
    assert f"podman asks {HELPER} for every Amazon ECR registry (configured in {path})" in result.output
    path.unlink()
    assert puller.codes()[0] == ["not-served"]


def test_old_podman_login(puller):
    puller.name_helper(FRANKFURT)
    auth = base64.b64encode(b"AWS:old").decode()
    path = puller.user.write(AUTH, json.dumps({"auths": {FRANKFURT: {"auth": auth}}}))
    codes, result = puller.codes()
    assert codes == ["auth-json-shadows"] and str(path) in result.output
    assert "podman does not ask our helper" in result.output
    path.unlink()
    assert puller.is_good()


def test_docker_auth_config(puller):
    puller.name_helper(FRANKFURT)
    auth = base64.b64encode(b"someone:else").decode()
    value = json.dumps({"auths": {FRANKFURT: {"auth": auth}}})
    assert puller.codes(env={"DOCKER_AUTH_CONFIG": value})[0] == ["docker-auth-config"]


def test_docker_config(puller):
    """The check reads the file to which the variable leads docker."""
    path = puller.name_helper(FRANKFURT, file="elsewhere/config.json")
    assert puller.codes()[0] == ["not-served"]
    codes, result = puller.codes(env={"DOCKER_CONFIG": str(path.parent)})
    assert codes == [] and str(path) in result.output


def test_broken_file(puller):
    path = puller.user.write(DOCKER, "{nonsense")
    codes, result = puller.codes()
    assert codes == ["file-broken", "not-served"] and str(path) in result.output


def test_foreign_helper_does_not_serve(puller):
    puller.name_helper(FRANKFURT, helper="ecr-login")
    assert puller.codes()[0] == ["not-served"]


def test_ini_for_the_helper_only(puller):
    """Sections without a user choose the identity for a registry."""
    puller.name_helper(IRELAND)
    puller.configure(more=f"[aws lab]\nprofile = lab\n[registry {IRELAND}]\naws = lab\n")
    codes, result = puller.codes(env=NO_KEYS)
    assert codes == ["no-identity"] and f"identity lab, for {IRELAND}" in result.output
    puller.aws_file("credentials", f"[lab]\naws_access_key_id = {DEFAULT_KEY['id']}\n"
                                   f"aws_secret_access_key = {DEFAULT_KEY['secret']}\n")
    assert puller.is_good(env=NO_KEYS)


def test_with_own_service(puller):
    """The registries of the service and those of the helper are each reported once."""
    puller.configure(FRANKFURT)
    puller.refresh()
    config = json.loads((puller.user.home / DOCKER).read_text())
    config["credHelpers"] = {FRANKFURT: "ecr-refresher", IRELAND: "ecr-refresher"}
    puller.user.write(DOCKER, json.dumps(config))
    output = online(puller, FRANKFURT, IRELAND)
    assert output.count(f"{FRANKFURT}: AWS issues a token") == 1
    assert output.count(f"{IRELAND}: AWS issues a token") == 1
    assert f"ask {HELPER} for {IRELAND}" in output
