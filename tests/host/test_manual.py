# SPDX-License-Identifier: Apache-2.0
"""The examples of ecr-refresher(8), typed word for word."""

from host.box import CREDENTIALS, CREDENTIALS_TEXT
from lib.manual import commands, examples

ROOTS = "/root/.docker/config.json"


def find(word):
    """The commands of the example with this word."""
    (found,) = [example for example in examples("ecr-refresher.8") if word in example]
    return commands(found)


def region(box):
    """The region, which an EC2 instance has from its metadata service."""
    box.drop_in("[Service]\nEnvironment=AWS_REGION=eu-central-1\n")


def test_first_entry(box):
    region(box)
    typed = find("enable --now")
    assert [prompt for prompt, _ in typed] == ["#"] * 3
    for _, command in typed:
        box.run(command)
        box.wait_until_idle()
    assert box.entry(ROOTS)


def test_outside_ec2_with_keys(box):
    region(box)
    box.run(["rm", CREDENTIALS])
    box.run("mkdir -p -m 700 ~/.aws")
    box.write("/root/.aws/credentials", CREDENTIALS_TEXT, mode=0o600)
    box.configure("[user root]\nregistries = auto\n")
    assert box.refresh() == 1
    for _, command in find(CREDENTIALS):
        box.run(command)
    assert box.exit_status() == 0 and box.entry(ROOTS)
    assert box.stat(CREDENTIALS)[:3] == ("ecr-refresher", "ecr-refresher", "600")


def test_history_of_a_file(box):
    region(box)
    box.configure("[user alice]\nregistries = auto\n")
    assert box.refresh() == 0
    ((prompt, command),) = find("journalctl")
    assert prompt == "$"
    output = box.output(command)
    assert "A file received fresh ECR entries" in output and "alice" in output
