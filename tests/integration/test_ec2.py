# SPDX-License-Identifier: Apache-2.0
"""The role of an EC2 instance, from the metadata service at its real addresses."""

import pytest

from integration.conftest import HTTP_PORT
from integration.machine import NO_KEYS, REGISTRY, ecr_keys, requests, same_principal_as_cli
from lib.patience import patience
from lib.simulator import Simulator

IPV4, IPV6 = "169.254.169.254", "fd00:ec2::254"
ROLES = "/latest/meta-data/iam/security-credentials/"
COLD = ["PUT /latest/api/token", f"GET {ROLES}", f"GET {ROLES}puller"]


@pytest.fixture(scope="module")
def shared_sim(net):
    with Simulator(net, http_port=HTTP_PORT, local=(IPV4, IPV6)) as sim:
        yield sim


@pytest.fixture
def on_ec2(fetch):
    """fetch without keys."""
    fetch.configure(REGISTRY)

    def run(**env):
        return fetch(env={**NO_KEYS, **env})

    return run


def test_new_identity_needs_three_requests_and_one_call(on_ec2, sim, fetch):
    result = on_ec2()
    assert result.code == 0, result.log
    assert requests(sim) == COLD + ["POST /"]
    state = sim.state()
    assert state["by_host"].get(IPV4) == 3
    assert state["signature_failures"] == 0
    assert fetch.token["principal"] == ecr_keys(sim)[0]
    assert "failure" not in fetch.token


def test_fresh_token_needs_no_request(on_ec2, sim):
    on_ec2()
    sim.reset()
    assert on_ec2().code == 0
    assert requests(sim) == []


def test_ipv6(on_ec2, sim):
    assert on_ec2(AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE="IPv6").code == 0
    assert sim.state()["by_host"].get(f"[{IPV6}]") == 3


def test_ipv6_by_profile(on_ec2, sim, fetch):
    fetch.aws_file("config", "[default]\nec2_metadata_service_endpoint_mode = IPv6\n")
    assert on_ec2().code == 0
    assert sim.state()["by_host"].get(f"[{IPV6}]") == 3


def test_custom_endpoint(on_ec2, sim):
    assert on_ec2(AWS_EC2_METADATA_SERVICE_ENDPOINT=f"http://[{IPV6}]:80/").code == 0
    assert requests(sim, "imds") == COLD


def test_rotation(on_ec2, sim, fetch):
    on_ec2()
    sim.service("imds", rotation=2)
    fetch.age(8)
    assert on_ec2().code == 0
    first, second = ecr_keys(sim)
    assert first != second


def test_expired_credentials_are_used(on_ec2, sim):
    sim.service("imds", life=-3600)
    result = on_ec2()
    assert result.code == 0, result.log
    assert len(ecr_keys(sim)) == 1


@pytest.mark.parametrize("status", [404, 405])
def test_imdsv1(on_ec2, sim, status):
    sim.service("imds", tokens=status, required=False)
    result = on_ec2()
    assert result.code == 0, result.log
    assert requests(sim) == COLD + ["POST /"]


def test_imdsv1_disabled(on_ec2, sim):
    sim.service("imds", tokens=404, required=False)
    result = on_ec2(AWS_EC2_METADATA_V1_DISABLED="true")
    assert result.code == 1
    assert result.logged("IMDSv1 is disabled")
    assert requests(sim) == COLD[:1]


def test_disabled(on_ec2, sim):
    result = on_ec2(AWS_EC2_METADATA_DISABLED="true")
    assert result.code == 1
    assert result.logged("AWS_EC2_METADATA_DISABLED")
    assert requests(sim) == []


def test_disabled_for_the_instance(on_ec2, sim):
    sim.service("imds", tokens=403)
    result = on_ec2()
    assert result.code == 1
    assert result.logged("http-endpoint enabled")


def test_hop_limit(on_ec2, sim):
    sim.service("imds", hop_limit=1)
    result = on_ec2()
    assert result.code == 1
    assert result.logged("HttpPutResponseHopLimit", "hop limit")
    assert 3.9 < result.seconds < patience(10)
    assert requests(sim) == COLD[:1] * 4


def test_no_role(on_ec2, sim):
    sim.service("imds", role=None)
    result = on_ec2()
    assert result.code == 1
    assert result.logged("no role", "instance profile")
    assert requests(sim) == COLD[:2]


def test_role_that_ec2_cannot_assume(on_ec2, sim):
    sim.service("imds", code="AssumeRoleUnauthorizedAccess")
    result = on_ec2()
    assert result.code == 1
    assert result.logged("AssumeRoleUnauthorizedAccess", "trust policy")


def test_each_request_is_retried(on_ec2, sim):
    sim.fault("status", service="imds", status=503, count=3)
    assert on_ec2().code == 0
    assert requests(sim, "imds") == COLD[:1] * 3 + COLD


def test_garbage(on_ec2, sim):
    sim.fault("garbage", service="imds")
    result = on_ec2()
    assert result.code == 1
    assert result.logged("EC2 metadata")


def test_never_through_a_proxy(on_ec2, sim):
    proxy = "http://198.51.100.99:3128"
    result = on_ec2(http_proxy=proxy, HTTP_PROXY=proxy, ALL_PROXY=proxy,
                    no_proxy=".amazonaws.com")
    assert result.code == 0, result.log
    assert requests(sim, "imds") == COLD


@pytest.mark.parametrize("settings, env", [
    ({}, {}),
    ({"tokens": 404, "required": False}, {}),
    ({}, {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE": "IPv6"}),
    ({"life": 60}, {}),
], ids=["IMDSv2", "IMDSv1", "IPv6", "static stability"])
def test_same_principal_as_the_aws_cli(fetch, sim, settings, env):
    sim.service("imds", **settings)
    same_principal_as_cli(fetch, sim, env)


def test_region_of_the_instance(fetch, sim):
    fetch.configure("auto")
    result = fetch(env=NO_KEYS)
    assert result.code == 0, result.log
    asked = requests(sim, "imds")
    assert sorted(asked) == sorted([*COLD, "GET /latest/meta-data/placement/region"])
    assert fetch.token["auto_host"] == REGISTRY


def test_region_is_requested_only_if_not_configured(fetch, sim):
    fetch.configure("auto")
    assert fetch(env={**NO_KEYS, "AWS_REGION": "eu-central-1"}).code == 0
    assert requests(sim, "imds") == COLD


def test_role_of_auto_is_assumed_in_the_region_of_the_instance(fetch, sim):
    fetch.aws_file("config", "[profile puller]\ncredential_source = Ec2InstanceMetadata\n"
                   f"role_arn = arn:aws:iam::{REGISTRY[:12]}:role/puller\n")
    fetch.configure("auto", more="[aws]\nprofile = puller\n")
    result = fetch(env=NO_KEYS)
    paths = requests(sim, "imds")
    assert paths.count("GET /latest/meta-data/placement/region") == 1
    assert len([path for path in paths if path.startswith("PUT ")]) == 1
    assert "sts.eu-central-1.amazonaws.com" in sim.state()["by_host"], result.log
