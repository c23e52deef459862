# SPDX-License-Identifier: Apache-2.0
"""ecr-refresher check beyond the identities and the clients' files: ini, tokens, network, clock,
mounts. Each test causes a failure, finds it by its code, and fixes it as the finding advises."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time

import pytest

from integration.conftest import Fetch, timestamp
from lib.patience import is_ready
from lib.simulator import ACCOUNT, SECRET_ACCESS_KEY

REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
PUBLIC = "public.ecr.aws"
CONFIG = ".docker/config.json"


class Doctor(Fetch):
    """ecr-refresher as the user runs it, in a home without our files."""

    def __init__(self, prefix, sim, user):
        super().__init__(prefix / "bin/ecr-refresher", sim, user)
        for name in (".docker", ".local", ".config"):
            shutil.rmtree(user.home / name, ignore_errors=True)

    def command(self, *arguments):
        return [self.program, *arguments]

    def refresh(self, *arguments, **kwargs):
        return self.ok("refresh", *arguments, **kwargs)

    def codes(self, *arguments, **kwargs):
        """The codes of the findings, and the whole result."""
        result = self("check", *arguments, **kwargs)
        codes = re.findall(r"^      see README#(\S+)$", result.output, re.M)
        assert len(codes) == len(re.findall(r"^FAIL ", result.output, re.M)), result.output
        assert result.code == (1 if codes else 0)
        return codes, result

    def is_good(self, *arguments, **kwargs):
        return self.codes(*arguments, **kwargs)[0] == []

    def change_token(self, **fields):
        data = json.loads(self.state.read_text())
        for token in data["tokens"]:
            token.update(fields)
        self.write_state(json.dumps(data))


@pytest.fixture
def doctor(prefix, sim, user):
    return Doctor(prefix, sim, user)


@pytest.fixture
def refreshed(doctor):
    doctor.configure(REGISTRY)
    doctor.refresh()
    return doctor


def test_everything_is_good(refreshed):
    codes, result = refreshed.codes()
    assert codes == []
    assert all(line.startswith(("ok  ", "      ")) for line in result.output.splitlines())
    order = [result.output.index(word) for word in
             ("ecr-refresher.ini", "systemd", "identity", "the token is valid", "docker,")]
    assert order == sorted(order)


def test_no_request_and_no_change(refreshed, sim, user):
    before = sim.state()["connections"]
    files = [refreshed.state, user.home / CONFIG,
             user.home / ".local/state/ecr-refresher/written.json"]
    times = [path.stat().st_mtime_ns for path in files]
    assert refreshed.is_good()
    assert sim.state()["connections"] == before
    assert [path.stat().st_mtime_ns for path in files] == times


def test_no_escape_sequences_in_a_file(refreshed):
    assert "\033" not in refreshed("check").output


# The ini


def test_ini_invalid(refreshed, user):
    path = user.write(".config/ecr-refresher.ini", "[user nobody-else]\nregistires = auto\n")
    result = refreshed("check")
    assert result.code == 78
    assert "see README#ini-invalid" in result.output
    assert result.logged(re.escape(f"{path}:2: "))


def test_not_served(doctor):
    codes, result = doctor.codes()
    assert codes == ["not-served"]
    assert f"[user {doctor.user.name}]" in result.output


def test_nothing_configured(doctor):
    doctor.configure()
    codes, result = doctor.codes()
    assert codes == [] and "nothing is configured" in result.output


# The tokens


def test_before_the_first_run(doctor):
    doctor.configure(REGISTRY)
    codes, _ = doctor.codes()
    assert codes == ["token-missing", "file-missing"]
    doctor.refresh()
    assert doctor.is_good()


def test_token_expired(refreshed):
    refreshed.age(hours=13)
    assert "token-expired" in refreshed.codes()[0]
    refreshed.refresh()
    assert refreshed.is_good()


def test_renewal_overdue(refreshed):
    refreshed.age(hours=11)
    codes, result = refreshed.codes()
    assert codes == ["renewal-overdue"] and "1h" in result.output
    refreshed.refresh()
    assert refreshed.is_good()


def test_clock_was_set_back(refreshed):
    refreshed.change_token(fetched_at=timestamp(time.time() + 7200),
                           expires_at=timestamp(time.time() + 14 * 3600))
    assert refreshed.codes()[0][0] == "clock-skew"
    refreshed.refresh()
    assert refreshed.is_good()


def test_state_unreadable(refreshed):
    refreshed.write_state("{")
    codes, result = refreshed.codes()
    assert "state-unreadable" in codes and str(refreshed.state) in result.output
    refreshed.state.unlink()
    refreshed.refresh()
    assert refreshed.is_good()


# The last answer that the service had from AWS, and the current one

REFUSALS = {
    "access denied": (dict(kind="access_denied"), "access-denied",
                      "the IAM policy lacks: ecr:GetAuthorizationToken"),
    "no answer": (dict(kind="cut", at="tls"), "no-route", "check firewall and proxy"),
    "server error": (dict(kind="status", status=503), "aws-error", "HTTP 503"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_failure_of_the_last_run(refreshed, sim, kind):
    fault, code, words = REFUSALS[kind]
    sim.fault(service="ecr", **fault)
    refreshed("refresh", "--force")
    sim.clear_faults()
    codes, result = refreshed.codes()
    assert codes == [code] and words in result.output
    refreshed.refresh()
    assert refreshed.is_good()


@pytest.mark.parametrize("kind", REFUSALS)
def test_failure_online(doctor, sim, kind):
    fault, code, words = REFUSALS[kind]
    doctor.configure(REGISTRY)
    sim.fault(service="ecr", **fault)
    codes, result = doctor.codes("--online")
    assert code in codes and words in result.output


def test_common_reason_is_reported_once(doctor):
    """Without credentials it is the same long sentence for each registry."""
    doctor.configure(REGISTRY, PUBLIC)
    none = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
            "AWS_EC2_METADATA_DISABLED": "true"}
    doctor("refresh", env=none)
    codes, result = doctor.codes(env=none)
    assert codes.count("no-identity") == 3  # the identity's, and one for each registry
    assert result.output.count("no AWS credentials: ") == 1
    assert f"as for {REGISTRY} above" in result.output
    doctor.refresh()
    assert doctor.is_good()


def test_public_needs_two_permissions(doctor, sim):
    doctor.configure(PUBLIC)
    sim.fault("access_denied", service="ecr-public")
    codes, result = doctor.codes("--online")
    assert "access-denied" in codes
    assert "ecr-public:GetAuthorizationToken" in result.output
    assert "sts:GetServiceBearerToken" in result.output


def test_api_name_does_not_resolve(doctor, net, sim):
    host = "api.ecr.eu-central-1.amazonaws.com"
    doctor.configure(REGISTRY, more="[refresh]\ntimeout = 5s\n")
    net.remove_hosts(host)
    try:
        codes, result = doctor.codes("--online")
    finally:
        net.add_hosts(sim.address, host)
    assert "no-route" in codes and host in result.output


def test_tls_untrusted(doctor):
    doctor.configure(REGISTRY)
    codes, result = doctor.codes("--online", env={"AWS_CA_BUNDLE": "/etc/ssl/certs"})
    assert "tls-untrusted" in codes and "AWS_CA_BUNDLE" in result.output


def test_wrong_keys(doctor):
    doctor.configure(REGISTRY)
    codes, _ = doctor.codes("--online", env={"AWS_SECRET_ACCESS_KEY": "wrong"})
    assert "keys-refused" in codes


def test_no_identity(doctor):
    doctor.configure(REGISTRY)
    env = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None,
           "AWS_EC2_METADATA_DISABLED": "true"}
    assert "no-identity" in doctor.codes(env=env)[0]


def test_no_region(doctor):
    doctor.configure("auto")
    assert "no-region" in doctor.codes(env={"AWS_EC2_METADATA_DISABLED": "true"})[0]


@pytest.mark.parametrize("seconds, word", [(1800, "behind"), (-1800, "ahead of")])
def test_clock_is_off(doctor, sim, seconds, word):
    doctor.configure(REGISTRY)
    sim.clock(seconds)
    codes, result = doctor.codes("--online")
    assert "clock-skew" in codes
    assert re.search(rf"clock is (30min|29min \d+s) {word} AWS's", result.output), result.output


# The files


def mounted(user, source, point):
    """A process in its own mount namespace, which has source mounted at point."""
    process = user.popen(["unshare", "--user", "--map-root-user", "--mount", "sh", "-c",
                          f"mount --bind {source} {point} && echo ready && exec sleep infinity"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if not is_ready(process):
        pytest.skip("no user namespaces here")
    return process


@pytest.mark.parametrize("is_stale", [False, True], ids=["fresh", "stale"])
def test_single_file_in_a_container(refreshed, user, is_stale):
    point = user.write("container/config.json", "{}")
    process = mounted(user, user.home / CONFIG, point)
    try:
        if is_stale:
            refreshed.refresh("--force")
            inside = refreshed.user.run(["cat", f"/proc/{process.pid}/root{point}"]).stdout
            assert inside != (user.home / CONFIG).read_text()
        codes, result = refreshed.codes()
    finally:
        process.kill()
        process.wait()
    assert codes == ["bind-mount"]
    assert "sleep" in result.output and str(point) in result.output
    assert f"-v {user.home}/.docker:/config" in result.output


def test_directory_name_is_quoted(doctor, user):
    """Root may paste the advice."""
    directory = user.home / "x $(touch pwned)'; touch pwned #"
    directory.mkdir()
    os.chown(directory, user.uid, user.gid)
    (user.home / ".docker").symlink_to(directory)
    doctor.configure(REGISTRY)
    doctor.refresh()
    point = user.write("container/config.json", "{}")
    process = mounted(user, user.home / CONFIG, point)
    try:
        codes, result = doctor.codes()
    finally:
        process.kill()
        process.wait()
        (user.home / ".docker").unlink()
        shutil.rmtree(directory)
    assert codes == ["bind-mount"]
    advice = " ".join(result.output.split("instead of the file:")[1].split())
    assert shlex.split(advice)[:2] == ["-v", f"{directory}:/config:ro"]


def test_directory_in_a_container(refreshed, user):
    """As the finding advises."""
    point = user.write("container/config.json", "{}").parent
    process = mounted(user, user.home / ".docker", point)
    try:
        refreshed.refresh("--force")
        inside = refreshed.user.run(["cat", f"/proc/{process.pid}/root{point}/config.json"]).stdout
        assert inside == (user.home / CONFIG).read_text()
        assert refreshed.is_good()
    finally:
        process.kill()
        process.wait()


def test_unexplained_write_failure(doctor, user):
    """A file where none can be created: nothing that the check sees explains the failure."""
    doctor.configure(REGISTRY)
    ini = user.home / ".config/ecr-refresher.ini"
    user.write(".config/ecr-refresher.ini", ini.read_text() + "files = /proc/nothing/config.json\n")
    doctor("refresh")
    codes, result = doctor.codes()
    assert "file-failed" in codes and "/proc/nothing" in result.output


def test_directory_that_is_a_file(refreshed, user):
    shutil.rmtree(user.home / ".docker")
    path = user.write(".docker", "")
    codes, result = refreshed.codes()
    assert "file-unreadable" in codes
    assert "one of its directories is a file" in result.output
    assert "type: mv" not in result.output and "container mounts" not in result.output
    path.unlink()
    refreshed.refresh()
    assert refreshed.is_good()


def test_output_is_sanitized(refreshed, user):
    """Text from a user's file does not reach the terminal unchanged."""
    name = "x\u001b[31m\\u001b[32m; touch 'it' $(touch it)"
    config = json.loads((user.home / CONFIG).read_text())
    config["auths"][f"{REGISTRY}/{name}"] = {"auth": "QVdTOm9sZA=="}
    user.write(CONFIG, json.dumps(config))
    codes, result = refreshed.codes()
    assert codes == ["repository-key"]
    assert "\033" not in result.output
    # The command runs podman and nothing else.
    [command] = re.findall("type: (.*)", result.output)
    words = shlex.split(command)
    assert len(words) == 5 and words[-1].startswith(REGISTRY) and words[-1].endswith("touch it)")


def test_no_secret_is_shown(refreshed):
    result = refreshed("check", "--online", "--verbose")
    assert SECRET_ACCESS_KEY not in result.output + result.log
    assert refreshed.token["authorization"][:20] not in result.output + result.log
