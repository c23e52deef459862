# SPDX-License-Identifier: Apache-2.0
"""What several test suites share: a network of their own, a CA, the AWS simulator.

Needs root and Debian's packages only. Import it with tests/ in sys.path, which
tests/pytest.ini sees to:

    from lib.ca import CA
    from lib.netns import NetNS
    from lib.simulator import Simulator
"""
