# SPDX-License-Identifier: Apache-2.0
"""Endpoints, variants and CAs configured by ini, environment and profile: the hosts actually
called."""

import subprocess

import pytest

from aws import hosts
from integration.conftest import HTTP_PORT
from lib.ca import CA
from lib.patience import is_ready
from lib.simulator import ACCOUNT

REGION = "eu-central-1"
FRANKFURT = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
PUBLIC = "public.ecr.aws"
NOBODY = "http://198.51.100.99"  # an address without a server
AUTO = f"[aws]\nregion = {REGION}\n"


@pytest.fixture
def url(sim):
    return f"http://{sim.address}:{HTTP_PORT}"


def hosts_called(sim):
    """Returns scheme and host of each request."""
    return {(request["scheme"], request["host"]) for request in sim.state()["last"]}


def own(sim):
    return {("http", f"{sim.address}:{HTTP_PORT}")}


# URLs


def test_profile(fetch, sim, url):
    fetch.aws_file("config", f"[default]\nendpoint_url = {url}\n")
    fetch.configure(FRANKFURT, PUBLIC)
    fetch.ok()
    assert hosts_called(sim) == own(sim)


def test_services_section(fetch, sim, url):
    fetch.aws_file("config", f"""\
[default]
endpoint_url = {NOBODY}
services = here
[services here]
ecr =
  endpoint_url = {url}
ecr_public =
  endpoint_url = {url}/
""")
    fetch.configure(FRANKFURT, PUBLIC)
    fetch.ok()
    assert hosts_called(sim) == own(sim)


def test_environment_before_profile(fetch, sim, url):
    fetch.aws_file("config", f"[default]\nendpoint_url = {NOBODY}\n")
    fetch.configure(FRANKFURT)
    fetch.ok(env={"AWS_ENDPOINT_URL": url})
    assert hosts_called(sim) == own(sim)


def test_ini_before_environment(fetch, sim, url):
    fetch.configure(FRANKFURT, more=f"[aws]\nendpoint_url = {url}\n")
    fetch.ok(env={"AWS_ENDPOINT_URL_ECR": NOBODY})
    assert hosts_called(sim) == own(sim)


def test_each_identity_has_its_own_endpoint(fetch, sim, url):
    fetch.configure(FRANKFURT, f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com", more=f"""\
[aws lab]
endpoint_url = {url}
[registry {FRANKFURT}]
aws = lab
""")
    fetch.ok()
    assert hosts_called(sim) == own(sim) | {("https", "api.ecr.eu-west-1.amazonaws.com")}


@pytest.mark.parametrize("ini, config, env", [
    ("[aws]\nignore_configured_endpoint_urls = true\n", "", {}),
    ("", "ignore_configured_endpoint_urls = true\n", {}),
    ("", "", {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}),
], ids=["ini", "profile", "environment"])
def test_ignored(fetch, sim, ini, config, env):
    fetch.aws_file("config", f"[default]\nendpoint_url = {NOBODY}\n{config}")
    fetch.configure(FRANKFURT, more=ini)
    fetch.ok(env={"AWS_ENDPOINT_URL": NOBODY, **env})
    assert sim.state()["by_host"] == {f"api.ecr.{REGION}.amazonaws.com": 1}


@pytest.mark.parametrize("config, says", [
    ("[default]\nservices = lost\n", [r"\[services lost\]", "add"]),
    ("[default]\nendpoint_url = https://me:thePassword@example.com\n", ["profile default",
                                                                        "password"]),
    ("[default]\nservices = x\n[services x]\necr =\n  endpoint_url = ftp://example.com\n",
     [r"ecr in \[services x\]", "https://"]),
    (f"[default]\nendpoint_url = {NOBODY}\nuse_fips_endpoint = true\n", ["profile default", "FIPS",
                                                                         "use_fips_endpoint"]),
], ids=["no such section", "password", "no such scheme", "FIPS"])
def test_invalid_url(fetch, sim, config, says):
    fetch.secrets.add("thePassword")
    fetch.aws_file("config", config)
    fetch.configure(FRANKFURT)
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, *says), result.log
    assert sim.state()["connections"] == 0


# FIPS and dual stack


@pytest.mark.parametrize("ini, config, env, fips, dualstack", [
    ("use_fips_endpoint = true\n", "", {}, True, False),
    ("", "use_fips_endpoint = true\n", {}, True, False),
    ("", "", {"AWS_USE_FIPS_ENDPOINT": "true"}, True, False),
    ("", "", {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, False, True),
    ("use_dualstack_endpoint = true\n", "use_fips_endpoint = true\n", {}, True, True),
    ("use_fips_endpoint = false\n", "use_fips_endpoint = true\n",
     {"AWS_USE_FIPS_ENDPOINT": "true"}, False, False),
])
@pytest.mark.parametrize("registry", ["auto", FRANKFURT])
def test_variants(fetch, sim, registry, ini, config, env, fips, dualstack):
    fetch.aws_file("config", f"[default]\n{config}")
    fetch.configure(registry, more=AUTO + ini)
    fetch.ok(env=env)
    assert sim.state()["by_host"] == {hosts.api_host("ecr", REGION, fips, dualstack): 1}


def test_variant_of_a_host_stays(fetch, sim):
    fetch.configure(f"{ACCOUNT}.dkr.ecr-fips.us-west-2.amazonaws.com",
                    more="[aws]\nuse_fips_endpoint = false\n")
    fetch.ok()
    assert sim.state()["by_host"] == {hosts.api_host("ecr", "us-west-2", True): 1}


# Trust


@pytest.fixture
def bundle(sim, user):
    """The simulator's CA, below the user's home."""
    user.write("ca.pem", sim.ca.bundle.read_bytes())
    return "~/ca.pem"


def test_bundle_in_the_ini(fetch, bundle, tmp_path):
    fetch.configure(FRANKFURT, more=f"[aws]\nca_bundle = {bundle}\n")
    fetch.ok(env={"AWS_CA_BUNDLE": "/nowhere/ca.pem"})


def test_bundle_in_the_profile(fetch, bundle):
    fetch.aws_file("config", f"[default]\nca_bundle = {bundle}\n")
    fetch.configure(FRANKFURT)
    fetch.ok(env={"AWS_CA_BUNDLE": None})


def test_environment_before_the_profiles_bundle(fetch):
    fetch.aws_file("config", "[default]\nca_bundle = /nowhere/ca.pem\n")
    fetch.configure(FRANKFURT)
    fetch.ok()


def test_bundle_of_another_ca(fetch, sim, user, tmp_path):
    other = CA(tmp_path / "other")
    user.write("other.pem", other.bundle.read_bytes())
    fetch.configure(FRANKFURT, more="[aws]\nca_bundle = ~/other.pem\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, "certificate", "other.pem", "ca_bundle"), result.log


def test_missing_bundle(fetch, sim):
    fetch.configure(FRANKFURT, more="[aws]\nca_bundle = /nowhere/ca.pem\n")
    result = fetch()
    assert result.code == 1
    assert result.logged(FRANKFURT, "/nowhere/ca.pem", "ca_bundle"), result.log


# Proxies


RELAY = """
import socket, sys, threading
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready", flush=True)
def copy(source, target):
    while data := source.recv(65536):
        target.sendall(data)
    target.shutdown(socket.SHUT_WR)
while True:
    one, _ = listener.accept()
    other = socket.create_connection((sys.argv[3], int(sys.argv[4])))
    for pair in (one, other), (other, one):
        threading.Thread(target=copy, args=pair, daemon=True).start()
"""


@pytest.mark.parametrize("address, host", [("127.0.0.1", "127.0.0.1"), ("127.0.0.1", "localhost"),
                                           ("169.254.77.1", "169.254.77.1")])
def test_local_addresses_never_through_a_proxy(fetch, sim, net, address, host):
    if not address.startswith("127."):
        net.add_address(address)
    port = "8181"
    relay = net.popen(["/usr/bin/python3", "-c", RELAY, address, port, sim.address,
                       str(HTTP_PORT)], stdout=subprocess.PIPE, text=True)
    try:
        assert is_ready(relay)
        fetch.configure(FRANKFURT)
        fetch.ok(env={"AWS_ENDPOINT_URL": f"http://{host}:{port}", "http_proxy": NOBODY + ":1"})
    finally:
        relay.kill()
        relay.wait()
    assert sim.state()["requests"] == 1


# Services other than ECR


def test_separate_url_of_sts(fetch, sim, url):
    fetch.aws_file("config", f"""\
[default]
endpoint_url = {NOBODY}
services = here
[services here]
sts =
  endpoint_url = {url}
""")
    fetch.configure(FRANKFURT)
    fetch("--check", "--online")  # the other services do not exist, which it reports
    assert hosts_called(sim) == own(sim)


def test_sts_by_fips(fetch, sim):
    fetch.configure(FRANKFURT, more="[aws]\nregion = us-east-2\nuse_fips_endpoint = true\n")
    fetch("--check", "--online")  # and the registry, which does not exist
    sts = {host: n for host, n in sim.state()["by_host"].items() if host.startswith("sts")}
    assert sts == {"sts-fips.us-east-2.amazonaws.com": 1}
