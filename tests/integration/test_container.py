# SPDX-License-Identifier: Apache-2.0
"""The role of an ECS task or an EKS pod, from their addresses."""

import pytest

from aws.services.container import DEFAULTS
from integration.conftest import HTTP_PORT
from integration.machine import NO_KEYS, REGISTRY, ecr_keys, requests, same_principal_as_cli
from lib.patience import patience
from lib.simulator import Simulator

ECS, EKS, EKS_IPV6 = "169.254.170.2", "169.254.170.23", "fd00:ec2::23"
PATH = DEFAULTS["path"]
RELATIVE = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": PATH}
SECRET_PATH = PATH.rpartition("/")[2]


def full(host, path=PATH):
    return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://{host}{path}"}


@pytest.fixture(scope="module")
def shared_sim(net):
    with Simulator(net, http_port=HTTP_PORT, local=(ECS, EKS, EKS_IPV6)) as sim:
        yield sim


@pytest.fixture
def in_container(fetch):
    fetch.configure(REGISTRY)
    fetch.secrets.add(SECRET_PATH)

    def run(*env, **more):
        merged = {**NO_KEYS, **more}
        for one in env:
            merged.update(one)
        return fetch(env=merged)

    return run


def test_ecs_task(in_container, sim, fetch):
    result = in_container(RELATIVE)
    assert result.code == 0, result.log
    assert requests(sim) == [f"GET {PATH}", "POST /"]
    assert sim.state()["by_host"].get(ECS) == 1
    assert fetch.token["principal"] == ecr_keys(sim)[0]


@pytest.mark.parametrize("host", [ECS, EKS, f"[{EKS_IPV6}]"])
def test_full_uri(in_container, sim, host):
    result = in_container(full(host))
    assert result.code == 0, result.log
    assert sim.state()["by_host"].get(host) == 1


def test_token_file_is_read_each_time(in_container, sim, fetch):
    token = fetch.user.write(".token", "eyJfirst\n")
    fetch.secrets |= {"eyJfirst", "eyJsecond"}
    env = {**full(EKS), "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token)}
    sim.service("container", authorization="eyJfirst")
    assert in_container(env).code == 0
    sim.service("container", authorization="eyJsecond", rotation=2)
    fetch.age(8)
    result = in_container(env)
    assert result.code == 1
    assert result.logged("HTTP 401", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AccessDenied")
    fetch.user.write(".token", "eyJsecond")
    assert in_container(env).code == 0
    first, second = ecr_keys(sim)
    assert first != second


def test_token_in_the_environment(in_container, sim):
    sim.service("container", authorization="Bearer x")
    assert in_container(full(EKS), AWS_CONTAINER_AUTHORIZATION_TOKEN="Bearer x").code == 0


def test_missing_token_file(in_container, sim):
    result = in_container(full(EKS), AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/nonexistent/token")
    assert result.code == 1
    assert result.logged("/nonexistent/token", "No such file")
    assert requests(sim) == []


def test_http_to_another_host_is_refused(in_container, sim):
    result = in_container(full(sim.address))
    assert result.code == 1
    assert result.logged("http", sim.address, "https")
    assert requests(sim) == []


def test_unknown_path(in_container, sim):
    result = in_container(full(ECS, "/other"))
    assert result.code == 1
    assert result.logged("InvalidIdInRequest", "Credentials not found")


def test_three_attempts(in_container, sim):
    sim.fault("status", service="container", status=500, count=2)
    assert in_container(RELATIVE).code == 0
    assert len(requests(sim, "container")) == 3


def test_no_reply(in_container, sim):
    sim.fault("no_answer", service="container")
    result = in_container(RELATIVE)
    assert result.code == 1
    assert result.logged(ECS, "in time")
    assert 5.9 < result.seconds < patience(12)
    assert len(requests(sim, "container")) == 3


@pytest.mark.parametrize("kind", ["garbage", "truncated", "huge", "redirect"])
def test_malformed_replies(in_container, sim, kind):
    sim.fault(kind, service="container")
    result = in_container(RELATIVE)
    assert result.code == 1
    assert result.logged("container", ECS)


def test_never_through_a_proxy(in_container, sim):
    proxy = "http://198.51.100.99:3128"
    result = in_container(RELATIVE, http_proxy=proxy, ALL_PROXY=proxy, no_proxy=".amazonaws.com")
    assert result.code == 0, result.log


@pytest.mark.parametrize("env", [
    RELATIVE, full(ECS), {**full("localhost"), **RELATIVE},
], ids=["relative", "full", "both"])
def test_same_principal_as_the_aws_cli(fetch, sim, env):
    same_principal_as_cli(fetch, sim, env)
