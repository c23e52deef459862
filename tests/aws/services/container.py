# SPDX-License-Identifier: Apache-2.0
"""The credential services of Amazon ECS containers and Amazon EKS pods. Source:
"Container credential provider" in the AWS SDKs and Tools Reference Guide, and the agents' replies.

Settings (POST /services/container):

    path            of the credentials
    authorization   the required header of the request; None: any or none
    role, rotation, life (seconds), account
"""

from aws.message import ApiError
from aws.services import local

NAME = "container"
HOSTS = ("169.254.170.2", "169.254.170.23", "[fd00:ec2::23]")
DEFAULTS = {"path": "/v2/credentials/52b19262-e7aa-4f56-a1cd-b958dcde8f3b", "authorization": None,
            "role": "task", "rotation": 1, "life": 6 * 3600, "account": "123456789012"}


def parse_host(name):
    return local.endpoint(NAME, HOSTS, name)


def authenticate(world, request, endpoint):
    return None


def configure(world, data):
    local.configure(world, NAME, DEFAULTS, data)


def operation(request):
    return request.method + " credentials" if request.host_name in HOSTS else None


def error(api_error):
    return local.json_reply({"code": api_error.code, "message": api_error.message,
                             "HTTPErrorCode": api_error.status}, api_error.status)


def answer(call):
    settings = {**DEFAULTS, **call.world.settings(NAME)}
    if call.request.method != "GET" or call.request.target != settings["path"]:
        raise ApiError("InvalidIdInRequest", "CredentialsV2Request: Credentials not found", 400)
    wanted = settings["authorization"]
    if wanted is not None and call.request.header("Authorization") != wanted:
        raise ApiError("AccessDeniedException", "Unauthorized: the token is not valid", 401)
    return local.json_reply({
        "RoleArn": f"arn:aws:iam::{settings['account']}:role/{settings['role']}",
        **local.issue(call, settings),
    })
