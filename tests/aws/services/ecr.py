# SPDX-License-Identifier: Apache-2.0
"""Amazon ECR. Source: the API Reference of Amazon Elastic Container Registry, 2015-09-21."""

from aws.message import ApiError
from aws.services import json11, tokens

NAME = "ecr"
TARGET = "AmazonEC2ContainerRegistry_V20150921"

error = json11.error


def operation(request):
    return json11.operation(request, TARGET)


def answer(call):
    if call.operation == "GetAuthorizationToken":
        return _get_authorization_token(call)
    raise ApiError("UnknownOperationException", "")


def _get_authorization_token(call):
    parameters = json11.parameters(call.request)
    registries = parameters.get("registryIds")
    if registries is not None:
        call.world.count("registry_ids")
    call.require("ecr:GetAuthorizationToken")
    if call.fault and call.fault.kind == "no_authorization_data":
        return json11.reply({"authorizationData": []})
    return json11.reply({
        "authorizationData": [_data(call, account) for account in registries or [call.key.account]]
    })


def _data(call, account):
    token, expires_at = tokens.issue(call)
    host = f"{account}.dkr.ecr.{call.endpoint.region}.{call.endpoint.suffix}"
    return {"authorizationToken": token, "expiresAt": expires_at,
            "proxyEndpoint": f"https://{host}"}
