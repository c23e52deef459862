# SPDX-License-Identifier: Apache-2.0
"""check and export-credentials as root: the user ecr-refresher looks, with its own AWS files."""

import json
import re

from host.box import CREDENTIALS, REGISTRY, TOKENS, ini
from lib.simulator import ACCESS_KEY_ID, SECRET_ACCESS_KEY


def test_check(box, simulator):
    box.configure(ini("alice"))
    done = box.run("ecr-refresher check", check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.match(rf"ok .*default identity.*{re.escape(REGISTRY)}", done.stdout)
    assert ACCESS_KEY_ID in done.stdout and SECRET_ACCESS_KEY not in done.stdout
    assert box.stat(TOKENS) is None
    assert simulator.state()["connections"] == 0


def test_check_reads_what_the_service_reads(box):
    """A file that root could read, and the service cannot."""
    box.configure(ini("alice"))
    box.run(["chown", "root:", CREDENTIALS])
    done = box.run("ecr-refresher check", check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("FAIL")
    assert CREDENTIALS in done.stdout and "user ecr-refresher" in done.stdout


def test_check_tells_what_it_cannot_see(box):
    box.configure(ini("alice"))
    box.remove(CREDENTIALS)
    done = box.run("AWS_EC2_METADATA_DISABLED=true ecr-refresher check", check=False)
    assert done.returncode == 1
    assert "AWS_ACCESS_KEY_ID" in done.stdout and CREDENTIALS in done.stdout
    assert "LoadCredential=" in done.stdout


def test_export(box):
    box.configure("[aws]\nregion = eu-central-1\n")
    done = box.run("ecr-refresher export-credentials", check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"Version": 1, "AccessKeyId": ACCESS_KEY_ID,
                                       "SecretAccessKey": SECRET_ACCESS_KEY}
    assert done.stderr == ""
