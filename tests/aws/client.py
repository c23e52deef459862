#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A foreign client for test_simulator.py: botocore with the environment's identity.

    client.py SERVICE REGION [OPTION=VALUE …]

Options: fips, dualstack, registry, timeout, attempts, times, version (of TLS: 1.2). Prints JSON:
the reply's authorizationData, or the exception's name, code, status and text.
"""

import json
import ssl
import sys

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError


def main():
    service, region, *options = sys.argv[1:]
    options = dict(option.split("=", 1) for option in options)
    if options.get("version") == "1.2":
        _no_tls13()
    client = botocore.session.get_session().create_client(service, region, config=Config(
        use_fips_endpoint="fips" in options,
        use_dualstack_endpoint="dualstack" in options,
        read_timeout=float(options.get("timeout", 100)),
        connect_timeout=float(options.get("timeout", 100)),
        retries={"mode": "standard", "total_max_attempts": int(options.get("attempts", 1))},
    ))
    arguments = {"registryIds": [options["registry"]]} if "registry" in options else {}
    for _ in range(int(options.get("times", 1))):
        result = _call(client, arguments)
    print(json.dumps(result, default=lambda when: when.timestamp()))


def _call(client, arguments):
    try:
        reply = client.get_authorization_token(**arguments)
    except ClientError as error:
        details = error.response
        return {"exception": "ClientError", "code": details["Error"]["Code"],
                "text": details["Error"]["Message"],
                "status": details["ResponseMetadata"]["HTTPStatusCode"],
                "request_id": details["ResponseMetadata"].get("RequestId")}
    except Exception as error:  # any exception of botocore for a broken reply
        return {"exception": type(error).__name__, "text": str(error)}
    return {"data": reply.get("authorizationData"),
            "date": reply["ResponseMetadata"]["HTTPHeaders"]["date"]}


def _no_tls13():
    import botocore.httpsession

    make = botocore.httpsession.create_urllib3_context

    def limited(*args, **kwargs):
        context = make(*args, **kwargs)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        return context

    botocore.httpsession.create_urllib3_context = limited


if __name__ == "__main__":
    main()
