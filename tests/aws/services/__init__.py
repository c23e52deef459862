# SPDX-License-Identifier: Apache-2.0
"""The services, one module each. A module has

NAME                  as in a signature's scope and in host names
operation(request)    the operation's name if the request is for this service, else None
answer(call)          the Reply; raises ApiError
error(api_error)      the Reply for an ApiError in this service's protocol

and, if it differs from ECR,

authenticate(world, request, endpoint)
                      if requests are not signed with an access key: raises ApiError, or
                      returns the world.Key of the caller, or None
api_hosts(region)     its host names there
parse_host(name)      the hosts.Endpoint of one of them, else None
configure(world, data)
                      takes the data of POST /services/NAME of the control interface;
                      world.settings(NAME) is a dict that keeps it until the next reset
"""

from aws.services import container, ecr, ecr_public, imds, oidc, rolesanywhere, signin, sso, sts

SERVICES = (container, ecr, ecr_public, imds, oidc, rolesanywhere, signin, sso, sts)


def api_hosts(region):
    """Returns the host names of all services in a region."""
    return [name for service in SERVICES if hasattr(service, "api_hosts")
            for name in service.api_hosts(region)]
