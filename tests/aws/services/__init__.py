# SPDX-License-Identifier: Apache-2.0
"""The services, one module each. A module has

NAME                  as in a signature's scope and in host names
operation(request)    the operation's name where the request is for this service, else None
answer(call)          the Reply; raises ApiError
error(api_error)      the Reply that an ApiError is in this service's protocol
"""

from aws.services import ecr, ecr_public

SERVICES = (ecr, ecr_public)
