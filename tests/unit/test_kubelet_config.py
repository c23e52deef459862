#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""kubelet accepts the sample CredentialProviderConfig, and with it runs our plugin for every registry
of ECR and for no other.

Prints TAP. Arguments: the source root. The rules are from the Kubernetes documentation, "Kubelet
Configuration (v1)", CredentialProvider; and Go's path/filepath.Match for each label of a name.
"""

import json
import os
import pathlib
import re
import sys

import tap
import yaml

SAMPLE = "etc/kubernetes/credential-provider-config.yaml"
REQUIRED = {"name", "matchImages", "defaultCacheDuration", "apiVersion"}
OPTIONAL = {"args", "env", "tokenAttributes"}
TOKEN_ATTRIBUTES = {"serviceAccountTokenAudience", "cacheType", "requireServiceAccount",
                    "optionalServiceAccountAnnotationKeys"}
ACCOUNT = "123456789012"
FOREIGN = ["docker.io", "quay.io", "ecr.example.com", "amazonaws.com", "public.ecr.aws.example.com",
           "x.public.ecr.aws", f"{ACCOUNT}.dkr.ecr.amazonaws.com",
           f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com.example.com",
           f"{ACCOUNT}.dkr.ecr.eu-central-1.example.com"]


def label_matches(glob, label):
    """path/filepath.Match, as far as the sample uses it: * is any text, all else is literal."""
    return re.fullmatch(".*".join(map(re.escape, glob.split("*"))), label) is not None


def split(name):
    """Returns labels, port and path of a registry or an image without a scheme."""
    authority, slash, path = name.partition("/")
    host, _, port = authority.partition(":")
    return host.split("."), port, slash + path


def image_matches(glob, image):
    labels, port, path = split(image)
    globs, glob_port, glob_path = split(glob)
    return (port == glob_port and len(labels) == len(globs) and path.startswith(glob_path)
            and all(map(label_matches, globs, labels)))


def without_comments(text):
    """Returns the sample with its optional keys enabled: "# KEY:" and the indented lines below."""
    blocks = re.findall(r"^    # (?:env|tokenAttributes):\n(?:    #   .*\n)+", text, flags=re.M)
    return text + "".join(block.replace("    # ", "    ") for block in blocks)


def check_config(plan, name, config, keys):
    plan.case(f"{name}: version and kind",
              (config["apiVersion"], config["kind"]) ==
              ("kubelet.config.k8s.io/v1", "CredentialProviderConfig"))
    plan.case(f"{name}: one provider", len(config["providers"]) == 1 and len(config) == 3)
    [provider] = config["providers"]
    plan.case(f"{name}: kubelet knows its keys", set(provider) == keys, f"{set(provider)}")
    plan.case(f"{name}: the plugin", provider["name"] == "ecr-refresher-credential-provider")
    plan.case(f"{name}: the protocol",
              provider["apiVersion"] == "credentialprovider.kubelet.k8s.io/v1")
    plan.case(f"{name}: a duration of Go's",
              re.fullmatch(r"(\d+h)?(\d+m)?\d+s", provider["defaultCacheDuration"]))
    return provider


def check_options(plan, provider):
    plan.case("env: names and values",
              all(set(entry) == {"name", "value"} for entry in provider["env"]))
    attributes = provider["tokenAttributes"]
    plan.case("tokenAttributes: kubelet knows its keys", set(attributes) == TOKEN_ATTRIBUTES,
              f"{set(attributes)}")
    plan.case("tokenAttributes: a kind of cache", attributes["cacheType"] == "ServiceAccount")
    plan.case("tokenAttributes: pods without a service account can pull",
              attributes["requireServiceAccount"] is False)
    plan.case("tokenAttributes: the annotation that the plugin reads",
              attributes["optionalServiceAccountAnnotationKeys"]
              == ["eks.amazonaws.com/ecr-role-arn"])


def suffixes(root):
    """Yields the DNS suffixes of all partitions, from the programs' table."""
    text = (root / "src/aws/partition.c").read_text()
    rows = re.findall(r'^\s+\{"aws[a-z-]*",[^}]*\}', text, flags=re.M | re.S)
    for row in rows:
        strings = re.findall(r'"([^"]*)"', row)
        yield strings[2]
        if len(strings) == 5:
            yield strings[4]


def ecr_hosts(root):
    for suffix in sorted(set(suffixes(root))):
        for registry in "dkr.ecr", "dkr.ecr-fips", "dkr-ecr", "dkr-ecr-fips":
            yield f"{ACCOUNT}.{registry}.xx-tomorrow-9.{suffix}"
    yield from ("public.ecr.aws", "ecr-public.aws.com")


def check_conformance(plan, matches):
    path = pathlib.Path(os.environ.get("ECR_REFRESHER_CONFORMANCE", "../shared/aws"), "hosts.json")
    if not path.parent.exists():
        plan.skip("hosts.json", "no conformance data: set ECR_REFRESHER_CONFORMANCE to its folder")
        return
    cases = json.loads(path.read_text())
    plan.case("hosts.json has cases", len(cases) > 0)
    for case in cases:
        image = re.sub(r"^https?://", "", case["host"])
        image += "" if "/" in image else "/app"
        # No image has an empty label; kubelet refuses it before it runs a plugin.
        if case["ok"] or not image.startswith("."):
            plan.case(f"hosts.json: {case['host']}", matches(image) == case["ok"])


def main():
    root = pathlib.Path(sys.argv[1])
    text = (root / SAMPLE).read_text()
    plan = tap.Plan()

    provider = check_config(plan, "as shipped", yaml.safe_load(text), REQUIRED)
    full = check_config(plan, "with all options", yaml.safe_load(without_comments(text)),
                        REQUIRED | {"env", "tokenAttributes"})
    check_options(plan, full)

    globs = provider["matchImages"]
    plan.case("no duplicate pattern", len(set(globs)) == len(globs))

    def matches(image):
        return any(image_matches(glob, image) for glob in globs)

    hosts = list(ecr_hosts(root))
    plan.case("the table of partitions was read", len(hosts) >= 42, f"{len(hosts)} hosts")
    for host in hosts:
        plan.case(f"ECR: {host}", matches(f"{host}/team/app"))
    for glob in globs:
        plan.case(f"used: {glob}", any(image_matches(glob, f"{host}/app") for host in hosts))
    for host in FOREIGN:
        plan.case(f"foreign: {host}", not matches(f"{host}/app"))
    check_conformance(plan, matches)
    return plan.finish()


if __name__ == "__main__":
    sys.exit(main())
