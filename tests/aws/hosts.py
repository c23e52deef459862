# SPDX-License-Identifier: Apache-2.0
"""API hosts: an API's name in a region, and the meaning of a name.

The rules are those of the endpoint rule sets that the AWS SDKs share; implemented here
independently, so that the programs under test are compared with something.
"""

import re
from dataclasses import dataclass

# name, prefix of its regions, DNS suffix, DNS suffix of dual-stack hosts
PARTITIONS = (
    ("aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"),
    ("aws-eusc", "eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("aws", "", "amazonaws.com", "api.aws"),
)

REGIONS = """
    af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1
    ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5
    ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1
    eu-south-1 eu-south-2 eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1
    mx-central-1 sa-east-1 us-east-1 us-east-2 us-west-1 us-west-2
    cn-north-1 cn-northwest-1 us-gov-east-1 us-gov-west-1 eusc-de-east-1
    us-iso-east-1 us-iso-west-1 us-isob-east-1 us-isob-west-1 eu-isoe-west-1
    us-isof-east-1 us-isof-south-1
""".split()


@dataclass(frozen=True)
class Endpoint:
    """The meaning of an API host name."""

    service: str  # as in a signature's scope
    region: str
    partition: str
    suffix: str  # of the classic hosts there, including registries
    fips: bool
    dualstack: bool


def api_host(service, region, fips=False, dualstack=False):
    """Returns the host name of the ECR ("ecr") or ECR Public ("ecr-public") API."""
    name, _, suffix, dual_suffix = _partition(region)
    label = service + ("-fips" if fips else "")
    if not dualstack:
        return f"api.{label}.{region}.{suffix}"
    if name in ("aws", "aws-cn", "aws-us-gov"):
        return f"{label}.{region}.{dual_suffix}"
    return f"api.{label}.{region}.{dual_suffix}"


def api_hosts(region):
    """Returns all API host names of a region."""
    return [
        api_host(service, region, fips, dualstack)
        for service in ("ecr", "ecr-public")
        for fips in (False, True)
        for dualstack in (False, True)
    ]


def parse(host):
    """Returns the Endpoint of a host name, or None if no rule makes such a name."""
    match = re.match(r"(?:api\.)?(ecr|ecr-public)(-fips)?\.([a-z0-9-]+)\.", host)
    if not match:
        return None
    service, fips, region = match.group(1), bool(match.group(2)), match.group(3)
    name, _, suffix, _ = _partition(region)
    for dualstack in (False, True):
        if api_host(service, region, fips, dualstack) == host:
            return Endpoint(service, region, name, suffix, fips, dualstack)
    return None


def endpoint_of(service, region):
    """Returns the Endpoint for a custom host, whose name has no meaning."""
    name, _, suffix, _ = _partition(region)
    return Endpoint(service, region, name, suffix, False, False)


def _partition(region):
    for row in PARTITIONS:
        if region == row[0] + "-global":
            return row
    return next(row for row in PARTITIONS if region.startswith(row[1]))
