# SPDX-License-Identifier: Apache-2.0
"""ecr-refresher check for a user whom no service serves, and whose docker or podman asks our helper
when it pulls: the same findings, with that user's own AWS identity."""

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

    def asks(self, *hosts, file=DOCKER, helper="ecr-refresher"):
        text = json.dumps({"credHelpers": {host: helper for host in hosts}})
        return self.user.write(file, text)

    def pull(self, host=FRANKFURT, env=None):
        """What docker does; whether there is a token."""
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
    """The output of a check that is good, but that there are no registries here."""
    codes, result = puller.codes("--online")
    assert codes == ["no-route"] * len(hosts)
    for host in hosts:
        assert f"FAIL  {host}: the registry cannot be asked" in result.output
    return result.output


def connections(sim):
    return sim.state()["connections"]


def test_served_when_pulling(puller, sim):
    path = puller.asks(FRANKFURT, IRELAND)
    codes, result = puller.codes()
    assert codes == []
    assert f"docker and podman ask {HELPER} for 2 registries (configured in {path})" in result.output
    assert f"default identity, for {FRANKFURT} and 1 more" in result.output
    assert ACCESS_KEY_ID in result.output
    assert result.output.count("no cached token") == 2
    assert connections(sim) == 0 and not puller.cache.exists()


def test_without_a_login_session(puller):
    """su and cron set no XDG_RUNTIME_DIR; pulls need none."""
    puller.asks(FRANKFURT)
    assert puller.is_good(env={"XDG_RUNTIME_DIR": None})


def test_online(puller, sim):
    puller.asks(FRANKFURT)
    output = online(puller, FRANKFURT)
    assert f"arn:aws:iam::{ACCOUNT}" in output and f"{FRANKFURT}: AWS gives a token" in output
    assert not puller.cache.exists(), "nothing of it is kept"


def test_nobody_at_aws(puller):
    puller.asks(FRANKFURT)
    assert not puller.pull(env=NO_KEYS)
    codes, result = puller.codes(env=NO_KEYS)
    assert "no-identity" in codes and FRANKFURT in result.output
    puller.aws_file("credentials", f"[default]\naws_access_key_id = {DEFAULT_KEY['id']}\n"
                                   f"aws_secret_access_key = {DEFAULT_KEY['secret']}\n")
    assert puller.is_good(env=NO_KEYS) and puller.pull(env=NO_KEYS)


def test_keys_that_aws_refuses(puller):
    puller.asks(FRANKFURT)
    wrong = {"AWS_SECRET_ACCESS_KEY": "wrong"}
    codes, result = puller.codes("--online", env=wrong)
    assert codes and set(codes) == {"keys-refused"} and FRANKFURT in result.output


def test_the_last_pull_failed(puller, sim):
    """The keys look good; what AWS said of them is in the cache."""
    puller.asks(FRANKFURT)
    sim.fault("access_denied", service="ecr")
    assert not puller.pull()
    codes, result = puller.codes()
    assert codes == ["access-denied"]
    assert "the last pull got no token" in result.output
    assert "check --online" in result.output
    sim.clear_faults()
    online(puller, FRANKFURT)
    assert puller.pull() and puller.is_good()


def test_what_is_in_the_cache(puller, sim):
    puller.asks(FRANKFURT)
    assert puller.pull()
    before = connections(sim)
    [entry] = puller.cache.glob("*.json")
    text = entry.read_text()
    codes, result = puller.codes()
    assert codes == []
    assert f"{FRANKFURT}: the cached token is valid for" in result.output
    entry.write_text("{")
    assert puller.is_good() and entry.read_text() == "{", "it changes nothing"
    entry.write_text(text)
    assert connections(sim) == before


def test_a_cache_that_cannot_be_used(puller, user):
    puller.asks(FRANKFURT)
    puller.cache.mkdir(parents=True)
    for path in (puller.cache.parent, puller.cache):
        os.chown(path, 0, 0)
        path.chmod(0o700)
    codes, result = puller.codes()
    assert codes == ["cache-unusable"] and f'"$(id -un):" {puller.cache.parent}' in result.output
    assert puller.pull(), "a pull does without"
    for path in (puller.cache.parent, puller.cache):
        os.chown(path, user.uid, user.gid)
    assert puller.is_good()


@pytest.fixture
def foreign(user):
    """A directory of root's, beside the home."""
    path = user.directory / "foreign"
    path.mkdir(mode=0o755)
    yield path
    shutil.rmtree(path)


def test_a_cache_below_somebody_elses_directory(puller, user, foreign):
    """It is the cache that entries are made in; what it stands in may be the host's."""
    puller.asks(FRANKFURT)
    cache = foreign / "cache"
    cache.mkdir(mode=0o700)
    os.chown(cache, user.uid, user.gid)
    env = {"AWS_ECR_CACHE_DIR": str(cache)}
    assert puller.is_good(env=env)
    assert puller.pull(env=env) and list(cache.glob("*.json"))


@pytest.mark.parametrize("below", ["cache", "a/b/cache"])
def test_a_cache_that_cannot_be_made(puller, user, foreign, below):
    """Nobody is told to take what is not the user's."""
    puller.asks(FRANKFURT)
    cache = foreign / below
    env = {"AWS_ECR_CACHE_DIR": str(cache)}
    codes, result = puller.codes(env=env)
    assert codes == ["cache-unusable"]
    assert f"{foreign}: Permission denied" in result.output and "chown" not in result.output
    assert f"make {cache} a directory of this user" in result.output
    assert puller.pull(env=env) and not cache.exists(), "a pull does without"
    cache.mkdir(parents=True)
    os.chown(cache, user.uid, user.gid)
    assert puller.is_good(env=env)


def test_a_cache_that_cannot_be_searched(puller, user, foreign):
    """Not even whether it is there can be told."""
    puller.asks(FRANKFURT)
    foreign.chmod(0o700)
    codes, result = puller.codes(env={"AWS_ECR_CACHE_DIR": str(foreign / "a/cache")})
    assert codes == ["cache-unusable"]
    assert f"{foreign}: Permission denied" in result.output and "chown" not in result.output


def test_a_file_in_the_place_of_the_cache(puller):
    puller.asks(FRANKFURT)
    path = puller.user.write(".cache/ecr-refresher", "", mode=0o700)
    codes, result = puller.codes()
    assert codes == ["cache-unusable"] and "chown" not in result.output
    assert f"{path}: Not a directory" in result.output
    path.unlink()
    assert puller.is_good()


def test_no_process_for_the_look(puller):
    """What nobody looked at is not reported as good, nor as missing."""
    puller.asks(FRANKFURT)
    done = puller.user.run(["prlimit", "--nproc=1", puller.program, "check"],
                           env=puller.environment(), timeout=patience(60))
    assert done.returncode == 1
    assert f"FAIL  {puller.user.name}: the check of the files did not finish" in done.stdout
    assert "ulimit -u" in done.stdout and "not-served" not in done.stdout
    assert puller.is_good()


def test_helper_that_is_not_in_path(puller):
    path = puller.asks(FRANKFURT)
    codes, result = puller.codes(env={"PATH": "/usr/bin:/bin"})
    assert codes == ["helper-missing"]
    assert HELPER in result.output and str(path) in result.output and "PATH" in result.output
    assert puller.is_good()


@pytest.mark.parametrize("name, says", [
    (f"https://{FRANKFURT}", f'write "{FRANKFURT}"'),
    ("ghcr.io", "anonymous"),
], ids=["with a scheme", "of somebody else"])
def test_names_that_help_nobody(puller, name, says):
    puller.asks(name)
    codes, result = puller.codes()
    assert codes == ["helper-host"] and name in result.output and says in result.output
    puller.asks(FRANKFURT)
    assert puller.is_good()


def test_credsstore(puller):
    """The registries are those that were pulled from."""
    path = puller.user.write(DOCKER, '{"credsStore": "ecr-refresher"}')
    codes, result = puller.codes()
    assert codes == []
    assert f"docker asks {HELPER} for every Amazon ECR registry (configured in {path})" in result.output
    assert "default identity, for every registry" in result.output
    assert puller.codes(env=NO_KEYS)[0] == ["no-identity"]
    assert puller.pull()
    assert f"{FRANKFURT}: AWS gives a token" in online(puller, FRANKFURT)


def test_registries_conf(puller):
    path = puller.user.write(CONF, 'credential-helpers = ["ecr-refresher"]\n')
    codes, result = puller.codes()
    assert codes == []
    assert f"podman asks {HELPER} for every Amazon ECR registry (configured in {path})" in result.output
    path.unlink()
    assert puller.codes()[0] == ["not-served"]


def test_an_old_login_of_podmans(puller):
    puller.asks(FRANKFURT)
    auth = base64.b64encode(b"AWS:old").decode()
    path = puller.user.write(AUTH, json.dumps({"auths": {FRANKFURT: {"auth": auth}}}))
    codes, result = puller.codes()
    assert codes == ["auth-json-shadows"] and str(path) in result.output
    assert "podman does not ask our helper" in result.output
    path.unlink()
    assert puller.is_good()


def test_docker_auth_config(puller):
    puller.asks(FRANKFURT)
    auth = base64.b64encode(b"someone:else").decode()
    value = json.dumps({"auths": {FRANKFURT: {"auth": auth}}})
    assert puller.codes(env={"DOCKER_AUTH_CONFIG": value})[0] == ["docker-auth-config"]


def test_docker_config(puller):
    """It counts where the variable sends docker."""
    path = puller.asks(FRANKFURT, file="elsewhere/config.json")
    assert puller.codes()[0] == ["not-served"]
    codes, result = puller.codes(env={"DOCKER_CONFIG": str(path.parent)})
    assert codes == [] and str(path) in result.output


def test_a_file_that_nobody_can_read(puller):
    path = puller.user.write(DOCKER, "{nonsense")
    codes, result = puller.codes()
    assert codes == ["file-broken", "not-served"] and str(path) in result.output


def test_somebody_elses_helper_serves_nobody(puller):
    puller.asks(FRANKFURT, helper="ecr-login")
    assert puller.codes()[0] == ["not-served"]


def test_an_ini_for_the_helper_alone(puller):
    """Sections without a user say who a registry is asked for as."""
    puller.asks(IRELAND)
    puller.configure(more=f"[aws lab]\nprofile = lab\n[registry {IRELAND}]\naws = lab\n")
    codes, result = puller.codes(env=NO_KEYS)
    assert codes == ["no-identity"] and f"identity lab, for {IRELAND}" in result.output
    puller.aws_file("credentials", f"[lab]\naws_access_key_id = {DEFAULT_KEY['id']}\n"
                                   f"aws_secret_access_key = {DEFAULT_KEY['secret']}\n")
    assert puller.is_good(env=NO_KEYS)


def test_beside_a_service_of_ones_own(puller):
    """What the service serves is told once; the helper's registry beside it, too."""
    puller.configure(FRANKFURT)
    puller.refresh()
    config = json.loads((puller.user.home / DOCKER).read_text())
    config["credHelpers"] = {FRANKFURT: "ecr-refresher", IRELAND: "ecr-refresher"}
    puller.user.write(DOCKER, json.dumps(config))
    output = online(puller, FRANKFURT, IRELAND)
    assert output.count(f"{FRANKFURT}: AWS gives a token") == 1
    assert output.count(f"{IRELAND}: AWS gives a token") == 1
    assert f"ask {HELPER} for {IRELAND}" in output
