# SPDX-License-Identifier: Apache-2.0
"""The commands and files of README.md, for the tests that use them.

    box.run(readme.block("On Debian 12 and 13"), user="alice")
"""

import re

from lib.programs import SOURCE


def block(after):
    """Returns the first indented block after these words, which occur once, without its indent."""
    before, found, rest = (SOURCE / "README.md").read_text().partition(after)
    assert found and after not in rest, after
    lines = re.search(r"(?:^    .*\n|^\n(?=    ))+", rest, re.M)[0]
    return re.sub(r"^    ", "", lines, flags=re.M).strip("\n") + "\n"
