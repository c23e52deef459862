# SPDX-License-Identifier: Apache-2.0
"""A token from simulated AWS through ecr-fetch and ecr-publish to simulated Rancher, of both
generations."""

import base64
import json
import re
import shutil
import time

import pytest

from integration.conftest import RUN_LIMIT, Result
from lib.patience import patience
from lib.rancher import (ACCOUNT_KEY, ENVIRONMENT_KEY, HTTP_PORT, NAME, PROJECT, PROJECT_V2, TOKEN,
                         Rancher)
from lib.simulator import ACCOUNT, SECRET_ACCESS_KEY

FRANKFURT = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
VIRGINIA = "210987654321.dkr.ecr.us-east-1.amazonaws.com"
URL = f"https://{NAME}"
SECRETS = [SECRET_ACCESS_KEY, "env-secret", "account-secret", "bearer-secret"]


@pytest.fixture(scope="module")
def shared_rancher(net, shared_sim):
    with Rancher(net, shared_sim.ca) as rancher:
        yield rancher


@pytest.fixture
def rancher(shared_rancher):
    """As at its start. Fails in the end if any request was malformed."""
    shared_rancher.reset()
    yield shared_rancher
    problems = shared_rancher.state()["problems"]
    shared_rancher.reset()
    assert problems == []


class Service:
    """The stages as the user's own service runs them, and the files that they write."""

    def __init__(self, programs, sim, user, rancher):
        self.programs, self.sim, self.user, self.rancher = programs, sim, user, rancher
        self.home = user.home
        for name in ("run/ecr-refresher", "home/.local", "home/.aws", "home/.docker",
                     "home/.config"):
            shutil.rmtree(user.directory / name, ignore_errors=True)
        self.key_file("access", ENVIRONMENT_KEY[0])
        self.key_file("secret", ENVIRONMENT_KEY[1])
        self.key_file("token", TOKEN)

    def key_file(self, name, text):
        return self.user.write(f"keys/{name}", text + "\n")

    def configure(self, *sections, registries=(FRANKFURT,), **keys):
        """An ini with a section [rancher prod] of Rancher 1, changed by keys (None removes one),
        and other sections."""
        keys = {"url": f"{URL}/v2-beta", "registries": " ".join(registries),
                "access_key_file": "~/keys/access", "secret_key_file": "~/keys/secret",
                "ca_bundle": self.sim.ca.bundle, **keys}
        lines = [f"{name} = {value}" for name, value in keys.items() if value is not None]
        self.write("\n".join(["[rancher prod]", *lines, "", *sections]) + "\n")

    def configure_v2(self, *sections, **keys):
        """The same for Rancher 2."""
        self.configure(*sections, **{"url": f"{URL}/v3", "access_key_file": None,
                                     "secret_key_file": None, "token_file": "~/keys/token",
                                     "projects": PROJECT_V2, **keys})

    def write(self, text):
        self.config = self.user.write(".config/ecr-refresher.ini", text)

    def run(self, program, *arguments, env=None):
        merged = {**self.sim.environment(), **(env or {})}
        merged = {name: value for name, value in merged.items() if value is not None}
        started = time.monotonic()
        done = self.user.run([self.programs[program], *arguments], env=merged, timeout=RUN_LIMIT)
        result = Result(done.returncode, done.stdout, done.stderr, time.monotonic() - started)
        print(result.log, end="")
        self.check_secrets(result)
        return result

    def fetch(self, *arguments, env=None):
        result = self.run("ecr-fetch", *arguments, env=env)
        assert result.code == 0, result.log
        return result

    def publish(self, *arguments, env=None):
        """Runs ecr-publish after fetching the tokens that are due."""
        self.fetch(env=env)
        return self.run("ecr-publish", *arguments, env=env)

    def ok(self, *arguments, env=None):
        result = self.publish(*arguments, env=env)
        assert result.code == 0, result.log
        return result

    def fails(self, *patterns, env=None):
        """It fails and logs one line with the section's name and these patterns."""
        result = self.publish(env=env)
        assert result.code == 1
        assert result.logged(r"rancher prod\b", *patterns), result.log
        return result

    # Its files

    @property
    def tokens(self):
        return json.loads((self.user.runtime_dir / "ecr-refresher/tokens.json").read_text())

    def password(self, region="eu-central-1"):
        [token] = [t for t in self.tokens["tokens"] if t.get("region") == region]
        return base64.b64decode(token["authorization"]).decode().split(":", 1)[1]

    @property
    def record_file(self):
        return self.home / ".local/state/ecr-refresher/published.json"

    @property
    def section(self):
        [section] = json.loads(self.record_file.read_text())["sections"]
        return section

    def forget_pause(self):
        """Ends the pause of the section."""
        data = json.loads(self.record_file.read_text())
        for section in data["sections"]:
            section.pop("retry_at", None)
        self.record_file.write_text(json.dumps(data))

    def renew(self):
        """Fetches new tokens."""
        self.fetch("--force")

    def check_secrets(self, result):
        output = result.output + result.log
        if self.record_file.exists():
            output += self.record_file.read_text()
        passwords = []
        with_tokens = self.user.runtime_dir / "ecr-refresher/tokens.json"
        if with_tokens.exists():
            for token in self.tokens["tokens"]:
                text = token.get("authorization") or ""
                passwords += [text[:40], base64.b64decode(text).decode()[4:24]] if text else []
        for secret in SECRETS + passwords:
            assert secret not in output


@pytest.fixture
def service(programs, sim, user, rancher):
    return Service(programs, sim, user, rancher)


def put_registry(rancher, address=FRANKFURT, project=PROJECT, number=1, **credential):
    """Adds a registry and its credential, as an administrator would."""
    rancher.put(registries=[{"id": f"1sp{number}", "serverAddress": address,
                             "accountId": project}],
                credentials=[{"id": f"1c{number}", "registryId": f"1sp{number}",
                              "accountId": project, "publicValue": "AWS", "secret": "old",
                              "email": "x@example.com", **credential}])


def secrets(rancher):
    """{id of the credential: its secret}"""
    return {row["id"]: row["secret"] for row in rancher.state()["credentials"]}


def writes(rancher):
    return rancher.state()["writes"]


# Rancher 1

@pytest.mark.parametrize("url", [
    f"{URL}/v2-beta", f"{URL}/v1", f"{URL}/v1/", URL, f"{URL}/v2-beta/projects/{PROJECT}",
    f"{URL}/v1/projects/{PROJECT}/schemas", f"http://{NAME}:{HTTP_PORT}/v2-beta",
])
def test_token_arrives_once(service, rancher, url):
    put_registry(rancher)
    service.configure(url=url)
    service.ok()
    assert secrets(rancher) == {"1c1": service.password()}
    [put] = [r for r in rancher.state()["requests"] if r["method"] == "PUT"]
    assert put["body"] == ["email", "publicValue", "secretValue"] and put["status"] == 200
    rancher.forget()
    result = service.ok()
    assert writes(rancher) == [] and "published" not in result.log
    service.renew()
    service.ok()
    assert secrets(rancher) == {"1c1": service.password()}


def test_no_request_while_nothing_changed(service, rancher):
    put_registry(rancher)
    service.configure(projects=PROJECT)
    service.ok()
    rancher.forget()
    service.ok()
    assert rancher.state()["requests"] == []
    service.ok("--force")
    assert len(writes(rancher)) == 1


@pytest.mark.parametrize("address", [
    f"https://{FRANKFURT}", f"http://{FRANKFURT}/v1/", f"{FRANKFURT}:443", FRANKFURT.upper(),
    f"HTTPS://{FRANKFURT}:5000/",
])
def test_address_in_any_form(service, rancher, address):
    put_registry(rancher, address)
    service.configure()
    service.ok()
    assert secrets(rancher) == {"1c1": service.password()}


def test_other_rows_are_left_alone(service, rancher):
    gone = "2016-04-01T00:00:00Z"
    rancher.configure(page_limit=2, public_url="http://10.0.0.1:8080")
    rancher.put(
        registries=[
            {"id": "1sp1", "serverAddress": "%zz://not an address"},
            {"id": "1sp2", "serverAddress": None},
            {"id": "1sp3", "serverAddress": FRANKFURT, "state": "removed", "removed": gone},
            {"id": "1sp4", "serverAddress": "registry.example.com"},
            {"id": "1sp5", "serverAddress": f"{FRANKFURT}.example.com"},
            {"id": "1sp6", "serverAddress": FRANKFURT},
        ],
        credentials=[
            {"id": "1c1", "registryId": "1sp3", "secret": "of a removed registry"},
            {"id": "1c2", "registryId": "1sp4", "secret": "of another registry"},
            {"id": "1c3", "registryId": "1sp6", "secret": "removed", "state": "removed",
             "removed": gone},
            {"id": "1c10", "registryId": "1sp6", "secret": "later"},
            {"id": "1c4", "registryId": "1sp6", "secret": "inactive", "state": "inactive"},
            {"id": "1c9", "registryId": "1sp6", "secret": "first"},
        ])
    service.configure()
    service.ok()
    changed = {name for name, secret in secrets(rancher).items() if secret == service.password()}
    assert changed == {"1c9"}
    # The links led elsewhere and were not followed, but all pages were read.
    assert {r["scheme"] for r in rancher.state()["requests"]} == {"https"}


def test_inactive_credential_is_activated(service, rancher):
    rancher.configure(transition_reads=2)
    put_registry(rancher, state="inactive")
    service.configure()
    service.ok()
    [row] = rancher.state()["credentials"]
    assert row["secret"] == service.password()
    assert row["state"] in ("activating", "active")


def test_waits_for_a_row_in_transition(service, rancher):
    put_registry(rancher)
    rancher.fault("status", status=409, code="Conflict", method="PUT", count=2)
    service.configure()
    service.ok()
    assert secrets(rancher) == {"1c1": service.password()}


def test_create(service, rancher):
    rancher.configure(transition_reads=3)
    service.configure(create="yes", registries=[FRANKFURT, VIRGINIA])
    service.ok()
    state = rancher.state()
    assert [row["serverAddress"] for row in state["registries"]] == [FRANKFURT, VIRGINIA]
    assert [row["secret"] for row in state["credentials"]] == [
        service.password(), service.password("us-east-1")]
    assert all(row["publicValue"] == "AWS" and row["email"] for row in state["credentials"])
    rancher.forget()
    service.ok()
    assert writes(rancher) == []


def test_create_only_the_credential(service, rancher):
    rancher.put(registries=[{"id": "1sp7", "serverAddress": f"https://{FRANKFURT}"}])
    service.configure(create="yes")
    service.ok()
    state = rancher.state()
    assert len(state["registries"]) == 1
    assert [row["registryId"] for row in state["credentials"]] == ["1sp7"]


def test_address_taken_by_an_unlisted_registry(service, rancher):
    service.configure(create="yes")
    rancher.fault("status", status=400, code="ServerAddressUsed", method="POST",
                  path="/registries$", count=1)
    service.fails("its address is taken", FRANKFURT)
    service.ok()
    assert len(rancher.state()["registries"]) == 1


@pytest.mark.parametrize("has_registry, expected", [(False, "has no registry"),
                                                (True, "has no credential")])
def test_without_create_nothing_is_created(service, rancher, has_registry, expected):
    if has_registry:
        rancher.put(registries=[{"serverAddress": FRANKFURT}])
    service.configure()
    service.fails(expected, FRANKFURT, "create = yes", re.escape("[rancher prod]"))
    assert writes(rancher) == []


def test_account_key_serves_every_environment(service, rancher):
    service.key_file("access", ACCOUNT_KEY[0])
    service.key_file("secret", ACCOUNT_KEY[1])
    rancher.put(projects=[{"id": f"1a{i}", "name": f"Env {i}"} for i in range(5, 30)] +
                [{"id": "1a99", "name": "Old", "state": "removed",
                  "removed": "2016-04-01T00:00:00Z"}])
    for i in range(5, 30):
        put_registry(rancher, project=f"1a{i}", number=i)
    service.configure()
    service.ok()
    assert set(secrets(rancher).values()) == {service.password()}
    assert len(writes(rancher)) == 25
    rancher.forget()
    # The next run serves a new environment, and only that.
    rancher.put(projects=[{"id": f"1a{i}", "name": f"Env {i}"} for i in range(5, 31)])
    put_registry(rancher, project="1a30", number=30)
    service.ok()
    assert writes(rancher) == ["PUT /v2-beta/projects/1a30/registrycredentials/1c30"]


def test_environments_without_the_registry_are_skipped(service, rancher):
    service.key_file("access", ACCOUNT_KEY[0])
    service.key_file("secret", ACCOUNT_KEY[1])
    rancher.put(projects=[{"id": f"1a{i}", "name": f"Env {i}"} for i in range(5, 9)])
    put_registry(rancher, project="1a7")
    service.configure(registries=[FRANKFURT, VIRGINIA])
    result = service.fails(f"none of the environments has a registry {VIRGINIA}", "Env 8 .1a8.")
    assert "Env 5 (1a5) has no" not in result.log
    assert secrets(rancher) == {"1c1": service.password()}
    assert {t["name"] for t in service.section["targets"]} == {f"1a7/{FRANKFURT}", VIRGINIA}
    service.configure()
    rancher.forget()
    service.ok()
    assert writes(rancher) == []
    put_registry(rancher, project="1a8", number=8)
    service.ok()
    assert set(secrets(rancher).values()) == {service.password()}


@pytest.mark.parametrize("projects", ["1a7", "prod", "Prod 1a9"])
def test_projects_limit(service, rancher, projects):
    service.key_file("access", ACCOUNT_KEY[0])
    service.key_file("secret", ACCOUNT_KEY[1])
    names = {"1a5": "Default", "1a7": "Prod", "1a9": "Test"}
    rancher.put(projects=[{"id": i, "name": name} for i, name in names.items()])
    for number, project in enumerate(names):
        put_registry(rancher, project=project, number=number)
    service.configure(projects=projects)
    service.ok()
    new = {name for name, secret in secrets(rancher).items() if secret == service.password()}
    assert new == ({"1c1", "1c2"} if "1a9" in projects else {"1c1"})


def test_id_of_an_unlisted_project(service, rancher):
    service.key_file("access", ACCOUNT_KEY[0])
    service.key_file("secret", ACCOUNT_KEY[1])
    rancher.configure(lists_projects=False)
    put_registry(rancher)
    service.configure()
    service.fails("no environment", "projects = 1a5")
    service.configure(projects=PROJECT)
    service.ok()
    assert secrets(rancher) == {"1c1": service.password()}


@pytest.mark.parametrize("project", ["1a77", "Nowhere"])
def test_missing_project(service, rancher, project):
    put_registry(rancher)
    service.configure(projects=f"{project} {PROJECT}")
    service.fails("no environment", project, re.escape("[rancher prod]"))
    assert secrets(rancher) == {"1c1": service.password()}  # the other one is served


def test_token_too_long(service, rancher):
    rancher.configure(max_secret=1000)
    put_registry(rancher)
    service.configure()
    service.fetch()
    service.fails(f"{len(service.password())} characters", FRANKFURT)
    assert secrets(rancher) == {"1c1": "old"}


def test_registries_fail_independently(service, rancher):
    put_registry(rancher)
    service.configure(registries=[VIRGINIA, FRANKFURT])
    service.fails(VIRGINIA, "has no registry")
    assert secrets(rancher) == {"1c1": service.password()}
    targets = {t["name"]: t.get("code") for t in service.section["targets"]}
    assert targets == {f"{PROJECT}/{VIRGINIA}": "no-registry", f"{PROJECT}/{FRANKFURT}": None}


# Rancher 2

def object_v2(rancher):
    [row] = rancher.state()["secrets"]
    return row


@pytest.mark.parametrize("url", [f"{URL}/v3", URL, f"{URL}/v3/project/{PROJECT_V2}"])
def test_object_of_rancher_2(service, rancher, url):
    rancher.configure(generation=2)
    service.configure_v2(url=url, registries=[FRANKFURT, VIRGINIA],
                       projects=None if "project" in url else PROJECT_V2)
    service.ok()
    row = object_v2(rancher)
    assert (row["id"], row["type"]) == ("p-x2def:ecr-refresher", "dockerCredential")
    assert row["registries"] == {
        FRANKFURT: {"username": "AWS", "password": service.password()},
        VIRGINIA: {"username": "AWS", "password": service.password("us-east-1")}}
    assert [r["key"] for r in rancher.state()["requests"]][-1] == "token-abcde"
    rancher.forget()
    service.ok()
    assert rancher.state()["requests"] == []
    service.renew()
    service.ok()
    assert object_v2(rancher)["registries"][FRANKFURT]["password"] == service.password()
    assert [r["method"] for r in rancher.state()["requests"] if r["path"] != "/"] == ["GET", "PUT"]


def test_keys_of_rancher_2_as_a_pair(service, rancher):
    rancher.configure(generation=2)
    access, secret = TOKEN.split(":")
    service.key_file("access", access)
    service.key_file("secret", secret)
    service.configure(url=f"{URL}/v3", projects=PROJECT_V2)
    service.ok()
    assert object_v2(rancher)["writes"] == 1


def test_object_in_a_namespace(service, rancher):
    rancher.configure(generation=2)
    service.configure_v2(projects=f"{PROJECT_V2}/shop", secret="pull")
    service.ok()
    row = object_v2(rancher)
    assert (row["id"], row["type"]) == ("shop:pull", "namespacedDockerCredential")


def test_removed_object_is_created_again(service, rancher):
    rancher.configure(generation=2)
    service.configure_v2()
    service.ok()
    rancher.reset()
    rancher.configure(generation=2)
    service.renew()
    service.ok()
    assert object_v2(rancher)["registries"][FRANKFURT]["password"] == service.password()


def test_lost_record(service, rancher):
    rancher.configure(generation=2, page_limit=1)
    rancher.put(secrets=[{"id": "p-x2def:other", "type": "dockerCredential", "name": "other",
                          "projectId": PROJECT_V2, "labels": {}, "registries": {}}])
    service.configure_v2()
    service.ok()
    service.record_file.unlink()
    service.ok()
    rows = {row["name"]: row.get("writes") for row in rancher.state()["secrets"]}
    assert rows == {"other": None, "ecr-refresher": 2}


def test_missing_record_loses_no_host(service, sim, rancher):
    """Rancher 2 does not return passwords that could be sent again."""
    rancher.configure(generation=2)
    service.configure_v2(registries=(FRANKFURT, VIRGINIA))
    service.ok()
    before = object_v2(rancher)["registries"]
    assert set(before) == {FRANKFURT, VIRGINIA}
    service.record_file.unlink()
    sim.fault("access_denied", region="us-east-1")
    (service.user.runtime_dir / "ecr-refresher/tokens.json").unlink()
    assert service.run("ecr-fetch").code == 1
    for _ in range(2):
        result = service.run("ecr-publish")
        assert result.code == 1
        assert result.logged("rancher prod", f"token for {VIRGINIA}", "ecr-refresher refresh --force")
        assert object_v2(rancher)["registries"] == before
    assert service.run("ecr-publish", "--force").code == 1
    assert set(object_v2(rancher)["registries"]) == {FRANKFURT}


@pytest.mark.parametrize("hosts, is_replaced", [
    ([FRANKFURT], True), ([], True), (["registry.example.com", FRANKFURT], False)])
def test_foreign_object(service, rancher, hosts, is_replaced):
    rancher.configure(generation=2)
    rancher.put(secrets=[{"id": "p-x2def:ecr-refresher", "type": "dockerCredential",
                          "name": "ecr-refresher", "projectId": PROJECT_V2, "labels": {},
                          "registries": {host: {"username": "u", "password": "theirs"}
                                         for host in hosts}}])
    service.configure_v2()
    if is_replaced:
        service.ok()
    else:
        service.fails("is not ours", "secret =")
    assert (set(object_v2(rancher)["registries"]) == {FRANKFURT}) == is_replaced


def put_theirs(rancher, name="p-x2def:ecr-refresher"):
    """An administrator deleted ours and created another of the same name."""
    rancher.reset()
    rancher.configure(generation=2)
    namespace, _, short = name.partition(":")
    kind = "dockerCredential" if namespace == "p-x2def" else "namespacedDockerCredential"
    theirs = {"registry.example.com": {"username": "u", "password": "theirs"}}
    rancher.put(secrets=[{"id": name, "type": kind, "name": short, "projectId": PROJECT_V2,
                          "labels": {}, "registries": theirs}])
    return theirs


def test_replaced_object_is_not_overwritten(service, rancher):
    rancher.configure(generation=2)
    service.configure_v2()
    service.ok()
    theirs = put_theirs(rancher)
    service.renew()
    service.fails("is not ours", "secret =")
    assert object_v2(rancher)["registries"] == theirs
    service.configure_v2(secret="another")
    service.ok()
    assert {row["name"]: row["registries"] == theirs for row in rancher.state()["secrets"]} == {
        "ecr-refresher": True, "another": False}


def test_replaced_object_is_not_removed(service, rancher):
    rancher.configure(generation=2)
    service.configure_v2(projects=f"{PROJECT_V2}/shop {PROJECT_V2}/web")
    service.ok()
    theirs = put_theirs(rancher, "shop:ecr-refresher")
    service.configure_v2(projects=f"{PROJECT_V2}/web")
    service.renew()
    service.ok()
    assert {row["id"]: row["registries"] == theirs for row in rancher.state()["secrets"]} == {
        "shop:ecr-refresher": True, "web:ecr-refresher": False}
    rancher.forget()
    service.ok()
    assert rancher.state()["requests"] == []


def test_name_of_another_secret(service, rancher):
    rancher.configure(generation=2)
    rancher.put(secrets=[{"id": "p-x2def:ecr-refresher", "type": "basicAuth", "registries": {},
                          "name": "ecr-refresher", "projectId": PROJECT_V2, "labels": {}}])
    service.configure_v2()
    service.fails("already has a Secret with the name ecr-refresher", "secret =")


def test_new_name_is_taken(service, rancher):
    """The old object stays until the new one exists."""
    rancher.configure(generation=2)
    service.configure_v2()
    service.ok()
    rancher.put(secrets=[{"id": "p-x2def:pull", "type": "basicAuth", "registries": {},
                          "name": "pull", "projectId": PROJECT_V2, "labels": {}}])
    service.configure_v2(secret="pull")
    for _ in range(2):
        service.fails("already has a Secret with the name pull")
        assert {row["name"] for row in rancher.state()["secrets"]} == {"ecr-refresher", "pull"}
    service.configure_v2(secret="another")
    service.ok()
    assert {row["name"] for row in rancher.state()["secrets"]} == {"another", "pull"}


def test_dry_run_prints_what_would_be_done(service, rancher):
    rancher.configure(generation=2)
    shop, web = f"{PROJECT_V2}/shop", f"{PROJECT_V2}/web"
    service.configure_v2(projects=f"{shop} {web}")
    before = rancher.state()["secrets"]
    assert f"would create namespaced-docker-credential {shop}/ecr-refresher\n" in service.ok(
        "--dry-run").output
    assert rancher.state()["secrets"] == before
    service.ok()
    before = rancher.state()["secrets"]
    service.configure_v2(projects=shop)
    output = service.ok("--dry-run").output
    assert f"would remove namespaced-docker-credential {web}/ecr-refresher\n" in output
    assert "would leave 1 object as it is" in output and rancher.state()["secrets"] == before


def test_objects_are_not_all_removed_at_once(service, rancher):
    rancher.configure(generation=2)
    shop, web = f"{PROJECT_V2}/shop", f"{PROJECT_V2}/web"
    service.configure_v2(projects=f"{shop} {web} {PROJECT_V2}")
    service.ok()
    service.configure_v2(projects=shop)
    for _ in range(2):
        service.fails("'projects' no longer asks for 2 of 3 objects", "refresh --force")
        assert len(rancher.state()["secrets"]) == 3
    service.configure_v2(projects=f"{shop} {web}")
    service.ok()
    assert len(rancher.state()["secrets"]) == 2
    service.configure_v2(projects=PROJECT_V2)
    service.fails("'projects' no longer asks for 2 of 2 objects")
    service.ok("--force")
    assert object_v2(rancher)["id"] == "p-x2def:ecr-refresher"


def test_unwanted_object(service, rancher):
    rancher.configure(generation=2)
    service.configure_v2(projects=f"{PROJECT_V2}/shop {PROJECT_V2}/web")
    service.ok()
    service.configure_v2(projects=f"{PROJECT_V2}/web")
    result = service.ok()
    assert object_v2(rancher)["id"] == "web:ecr-refresher"
    assert result.logged("removed 1 object", "shop")
    rancher.forget()
    service.ok()
    assert rancher.state()["requests"] == []


@pytest.mark.parametrize("projects, patterns", [
    ("c-m1abc:p-none", ("no project c-m1abc:p-none", re.escape("Default (c-m1abc:p-x2def)"))),
    (f"{PROJECT_V2}/nowhere", ("no namespace nowhere",)),
    ("Default", ("CLUSTER:PROJECT",)),
    (None, ("names none", re.escape("Default (c-m1abc:p-x2def)"))),
])
def test_wrong_projects_of_rancher_2(service, rancher, projects, patterns):
    rancher.configure(generation=2)
    service.configure_v2(projects=projects)
    service.fails(re.escape("[rancher prod]"), *patterns)
    assert rancher.state()["secrets"] == []


@pytest.mark.parametrize("key, patterns", [
    ({"allow": ["list", "get"]}, ("HTTP 403", "Project Member")),
    ({"allow": ["list", "get"], "refusal": [405, "MethodNotAllow"]},
     ("HTTP 405", "Project Member")),
    ({"allow": []}, ("HTTP 403",)),
    ({"projects": []}, (f"no project {PROJECT_V2}", "but only: none")),
])
def test_token_without_rights(service, rancher, key, patterns):
    rancher.configure(generation=2)
    rancher.put(keys=[{"access": "token-abcde", "secret": "bearer-secret", "kind": "token",
                       **key}])
    service.configure_v2()
    service.fails(re.escape("[rancher prod]"), *patterns)


# Bad input

@pytest.mark.parametrize("keys, patterns", [
    ({"url": NAME}, ("scheme",)),
    ({"url": f"ftp://{NAME}"}, ("scheme",)),
    ({"url": f"https://user:word@{NAME}"}, ("password",)),
    ({"url": f"{URL}/v1/hosts"}, ("continues after the API",)),
    ({"url": "https://nowhere.example.com/v1"}, ("nowhere.example.com", "DNS|host")),
    ({"url": f"https://{NAME}:444/v1"}, ("connect|refused",)),
    ({"url": None}, ("url",)),
    ({"access_key_file": None}, ("has no keys",)),
    ({"access_key_file": "~/keys/none"}, ("keys/none", "No such file")),
    ({"access_key_file": "~/keys/empty"}, ("empty",)),
    ({"access_key_file": "rancher-key"}, ("LoadCredential=rancher-key",)),
    ({"access_key_file": "~/keys/wrong"}, ("HTTP 401", "access_key_file")),
    ({"token_file": "~/keys/token"}, ("Rancher 1 uses pairs of keys",)),
    ({"ca_bundle": "/none.pem"}, ("/none.pem", "ca_bundle")),
])
def test_bad_settings(service, rancher, keys, patterns):
    service.key_file("empty", "")
    service.key_file("wrong", "UNKNOWN")
    put_registry(rancher)
    service.configure(**keys)
    result = service.fails(*patterns)
    assert "word" not in result.log.replace("password", "")
    assert service.section["code"]
    assert secrets(rancher) == {"1c1": "old"}


def test_untrusted_certificate(service, rancher):
    put_registry(rancher)
    service.configure(ca_bundle=None)
    service.fails("not trusted", re.escape("ca_bundle in [rancher prod]"))
    service.configure(ca_bundle=rancher.ca.bundle)
    service.ok()


def test_keys_from_systemd_credentials(service, rancher):
    put_registry(rancher)
    service.configure(access_key_file="access", secret_key_file="secret")
    service.ok(env={"CREDENTIALS_DIRECTORY": str(service.home / "keys")})
    assert secrets(rancher) == {"1c1": service.password()}


def test_secret_in_the_ini(service, rancher):
    service.configure(secret_key="env-secret")
    result = service.run("ecr-publish")
    assert result.code == 78 and "secret_key_file" in result.log


def test_unencrypted_url_warns_once(service, rancher):
    put_registry(rancher)
    service.configure(url=f"http://{NAME}:{HTTP_PORT}/v1")
    assert service.ok().logged("sent unencrypted")
    service.renew()
    assert not service.ok().logged("sent unencrypted")


# Faults

@pytest.mark.parametrize("fault, patterns", [
    ({"kind": "status", "status": 500}, ("HTTP 500",)),
    ({"kind": "status", "status": 503, "body": "html"}, ("HTTP 503",)),
    ({"kind": "status", "status": 502, "body": "empty"}, ("HTTP 502",)),
    ({"kind": "status", "status": 403, "code": "Forbidden"}, ("HTTP 403",)),
    ({"kind": "status", "status": 204, "body": "empty"}, ("not from Rancher's API",)),
    ({"kind": "status", "status": 200, "body": "html"}, ("not from Rancher's API",)),
    ({"kind": "garbage"}, ("not from Rancher's API",)),
    ({"kind": "truncated"}, ("not from Rancher's API",)),
    ({"kind": "huge"}, ("more than",)),
    ({"kind": "redirect"}, ("HTTP 302", re.escape("url in [rancher prod]"))),
    ({"kind": "cut"}, ("broke off",)),
    ({"kind": "cut", "at": "body"}, ("broke off",)),
])
@pytest.mark.parametrize("generation", [1, 2])
def test_faults(service, rancher, generation, fault, patterns):
    rancher.configure(generation=generation)
    put_registry(rancher)
    if generation == 1:
        service.configure(projects=PROJECT)
    else:
        service.configure_v2()
    rancher.fault(**fault)
    service.fails(*patterns)
    rancher.clear_faults()
    service.forget_pause()
    service.ok()
    if generation == 1:
        assert secrets(rancher) == {"1c1": service.password()}
    else:
        assert object_v2(rancher)["registries"][FRANKFURT]["password"] == service.password()


def test_server_without_a_reply(service, rancher):
    rancher.fault("no_reply")
    service.configure(projects=PROJECT)
    result = service.fails("in time")
    assert result.seconds < patience(12)


def test_pause_after_a_server_failure(service, rancher):
    put_registry(rancher)
    service.configure(projects=PROJECT)
    rancher.fault("status", status=503)
    env = {"INVOCATION_ID": "0" * 32}  # in the service, which keeps pauses
    service.fails("HTTP 503", env=env)
    rancher.clear_faults()
    rancher.forget()
    assert service.publish(env=env).code == 1
    assert rancher.state()["requests"] == []
    service.forget_pause()
    service.ok(env=env)
    assert secrets(rancher) == {"1c1": service.password()}


def test_lost_reply(service, rancher):
    """A registry was created, but its reply was lost."""
    rancher.fault("lost", method="POST", path="/registries$", count=1)
    service.configure(create="yes")
    service.fails("HTTP 504")
    service.forget_pause()
    service.ok()
    state = rancher.state()
    assert len(state["registries"]) == len(state["credentials"]) == 1


def test_message_with_the_token(service, rancher):
    """A plugin of the server repeats what it rejects."""
    put_registry(rancher)
    service.configure(projects=PROJECT)
    service.fetch()
    rancher.fault("status", status=422, code=service.password()[:60], method="PUT")
    service.fails("HTTP 422", FRANKFURT, PROJECT)  # check_secrets() finds secrets


# Others are served

def test_files_are_written_anyway(service, rancher, user):
    rancher.fault("no_reply")
    service.configure(f"[user {user.name}]", f"registries = {FRANKFURT}")
    service.fetch()
    assert service.run("ecr-publish").code == 1
    service.run("ecr-refresher", "write")
    auths = json.loads((service.home / ".docker/config.json").read_text())["auths"]
    assert FRANKFURT in auths


def test_another_rancher_is_served(service, rancher):
    put_registry(rancher)
    service.configure(
        "[rancher away]", "url = http://192.0.2.1/v1", f"registries = {FRANKFURT}",
        "access_key_file = ~/keys/access", "secret_key_file = ~/keys/secret")
    result = service.publish()
    assert result.code == 1 and result.logged("rancher away")
    assert secrets(rancher) == {"1c1": service.password()}
    assert result.seconds < patience(12)


def test_token_that_aws_refuses(service, sim, rancher):
    """The old token stays in Rancher."""
    put_registry(rancher)
    service.configure()
    service.ok()
    sim.fault("access_denied")
    rancher.forget()
    assert service.run("ecr-fetch", "--force").code == 1
    assert service.run("ecr-publish").code == 0  # the token is still valid
    (user_state := service.user.runtime_dir / "ecr-refresher/tokens.json").unlink()
    assert service.run("ecr-fetch").code == 1
    assert service.run("ecr-publish").code == 1
    assert not user_state.exists() or writes(rancher) == []
    assert len(secrets(rancher)["1c1"]) > 100


# The part of `ecr-refresher check`

def test_check_before_and_after_a_run(service, rancher):
    put_registry(rancher)
    service.configure("[aws]", "region = eu-central-1", registries=["auto"])
    service.fetch()
    before = service.run("ecr-publish", "--check", "--online")
    assert before.code == 1 and "has not been served yet" in before.output  # nothing else is wrong
    assert "a run would send to 1 object" in before.output
    assert f"server      {URL}/v2-beta" in before.output
    assert "access_key_file in [rancher prod]" in before.output
    assert writes(rancher) == []
    service.ok()
    rancher.forget()
    assert service.run("ecr-publish", "--check", "--online").code == 0
    assert writes(rancher) == []
    rancher.forget()
    assert service.run("ecr-publish", "--check").code == 0
    assert rancher.state()["requests"] == []


@pytest.mark.parametrize("keys, expected", [
    ({"url": NAME}, "no scheme"),
    ({"access_key_file": "~/keys/none"}, "keys/none"),
    ({"url": "https://nowhere.example.com/v1"}, "nowhere.example.com"),
    ({"access_key_file": "~/keys/wrong"}, "HTTP 401"),
    ({"projects": "Nowhere"}, "no environment Nowhere"),
    ({"registries": [VIRGINIA]}, f"has no registry {VIRGINIA}"),
])
def test_check_finds(service, rancher, keys, expected):
    service.key_file("wrong", "UNKNOWN")
    put_registry(rancher)
    service.configure(**keys)
    result = service.run("ecr-publish", "--check", "--online")
    assert result.code == 1 and "FAIL" in result.output and expected in result.output
    assert writes(rancher) == [] and not service.record_file.exists()


@pytest.mark.parametrize("allow, expected", [
    (["list", "get", "update"], "may not create"), (["list", "get"], "may not create"),
    ([], "403")])
def test_check_of_rights_in_rancher_2(service, rancher, allow, expected):
    rancher.configure(generation=2)
    rancher.put(keys=[{"access": "token-abcde", "secret": "bearer-secret", "kind": "token",
                       "allow": allow}])
    service.configure_v2()
    result = service.run("ecr-publish", "--check", "--online")
    assert expected in result.output and "[rancher prod]" in result.output
    assert rancher.state()["secrets"] == []


def test_record_stays_without_an_ini(service, rancher):
    """The ini does not exist for a moment while it is replaced."""
    put_registry(rancher)
    service.configure()
    service.ok()
    record, text = service.record_file.read_bytes(), service.config.read_text()
    rancher.forget()
    service.config.unlink()
    service.ok()
    assert service.run("ecr-refresher", "write").code == 0
    assert service.record_file.read_bytes() == record and writes(rancher) == []
    # A section from the environment does not replace the others either.
    service.ok(env={**CATTLE, "CATTLE_URL": f"{HTTP}/v1"})
    sections = {section["name"]: section for section in json.loads(service.record_file.read_text())["sections"]}
    assert sections["prod"] == json.loads(record)["sections"][0] and "environment" in sections
    service.ok()
    assert service.record_file.read_bytes() == record
    rancher.forget()
    service.write(text)
    service.ok()
    assert writes(rancher) == []


# The old container's variables

HTTP = f"http://{NAME}:{HTTP_PORT}"  # as most servers of that time
CATTLE = {"CATTLE_URL": f"{HTTP}/v1", "CATTLE_ACCESS_KEY": ENVIRONMENT_KEY[0],
          "CATTLE_SECRET_KEY": ENVIRONMENT_KEY[1], "AWS_REGION": "eu-central-1"}


@pytest.mark.parametrize("url", [f"{HTTP}/v1", f"{HTTP}/v2-beta/projects/{PROJECT}", HTTP])
def test_variables_alone(service, rancher, url):
    put_registry(rancher)
    service.write("")
    env = {**CATTLE, "CATTLE_URL": url}
    service.ok(env=env)
    [token] = service.tokens["tokens"]
    assert base64.b64decode(token["authorization"]).decode() == f"AWS:{secrets(rancher)['1c1']}"
    rancher.forget()
    service.ok(env=env)
    assert writes(rancher) == []


def test_accounts_of_the_variables(service, rancher):
    other = FRANKFURT.replace(ACCOUNT, "210987654321")
    service.write("")
    service.ok(env={**CATTLE, "AUTO_CREATE": "true",
                    "AWS_ECR_REGISTRY_IDS": f"{ACCOUNT},210987654321"})
    state = rancher.state()
    assert [row["serverAddress"] for row in state["registries"]] == [FRANKFURT, other]
    assert {row["secret"] for row in state["credentials"]} == {service.password()}


def test_role_of_the_variables(service, sim, rancher):
    put_registry(rancher)
    service.write("")
    role = "arn:aws:iam::123456789012:role/pull"
    sim.service("sts", roles=[{"arn": role}])
    service.ok(env={**CATTLE, "AWS_ROLE_ARN": role})
    assert sim.state()["by_operation"]["AssumeRole"] == 1
    assert secrets(rancher)["1c1"] != "old"


@pytest.mark.parametrize("has_ini", [True, False])
def test_all_stages_use_the_variables(service, rancher, has_ini):
    put_registry(rancher)
    if has_ini:
        service.write("")
    service.ok(env=CATTLE)
    written = service.run("ecr-refresher", "write", env=CATTLE)
    assert "nothing configured" not in written.log
    # A user at a terminal does not have them.
    status = service.run("ecr-refresher", "status")
    assert re.search(r"rancher\s+environment", status.output, re.IGNORECASE), status.output
    assert status.code == 0 and "1 cluster, configured by" in status.output
    written = service.run("ecr-refresher", "write")
    assert "nothing configured" not in written.log
    found = service.run("ecr-refresher", "check")
    assert "one Rancher server" in found.output or not has_ini, "a user without one has no service"
    assert "nothing is configured" not in found.output
    # If the unit no longer has them, the section is dropped.
    service.run("ecr-publish")
    assert json.loads(service.record_file.read_text())["sections"] == []


@pytest.mark.parametrize("env, expected", [
    ({"CATTLE_URL": NAME}, "scheme"),
    ({"CATTLE_ACCESS_KEY": None}, "CATTLE_ACCESS_KEY"),
    ({"CATTLE_SECRET_KEY": "wrong"}, "CATTLE_SECRET_KEY"),
])
def test_bad_variables(service, rancher, env, expected):
    service.write("")
    result = service.publish(env={**CATTLE, **env})
    assert result.code == 1 and result.logged("rancher environment", expected), result.log


def test_accounts_without_a_region(service, rancher):
    service.write("")
    env = {**CATTLE, "AWS_REGION": None, "AWS_ECR_REGISTRY_IDS": ACCOUNT}
    for program in ("ecr-fetch", "ecr-publish"):
        result = service.run(program, env=env)
        assert result.code == 78 and "AWS_REGION" in result.log


def test_section_of_the_ini_wins(service, rancher):
    put_registry(rancher)
    service.configure()
    service.ok(env={**CATTLE, "CATTLE_URL": "https://nowhere.example.com"})
    assert secrets(rancher) == {"1c1": service.password()}
