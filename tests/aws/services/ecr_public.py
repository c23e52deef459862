# SPDX-License-Identifier: Apache-2.0
"""Amazon ECR Public, which is only in us-east-1. Source: the API Reference of Amazon Elastic
Container Registry Public, 2020-10-30. Unlike ECR's, authorizationData is an object."""

from aws.message import ApiError
from aws.services import json11, tokens

NAME = "ecr-public"
TARGET = "SpencerFrontendService"

error = json11.error


def operation(request):
    return json11.operation(request, TARGET)


def answer(call):
    if call.operation == "GetAuthorizationToken":
        return _get_authorization_token(call)
    raise ApiError("UnknownOperationException", "")


def _get_authorization_token(call):
    if call.endpoint.region != "us-east-1":
        raise ApiError("UnsupportedCommandException", "GetAuthorizationToken command is only "
                       "supported in us-east-1.")
    json11.parameters(call.request)
    call.require("ecr-public:GetAuthorizationToken")
    call.require("sts:GetServiceBearerToken")
    if call.fault and call.fault.kind == "no_authorization_data":
        return json11.reply({})
    token, expires_at = tokens.issue(call)
    return json11.reply({"authorizationData": {"authorizationToken": token,
                                               "expiresAt": expires_at}})
