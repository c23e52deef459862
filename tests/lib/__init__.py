# SPDX-License-Identifier: Apache-2.0
"""What several test suites share: a separate network, a CA, the AWS simulator.

Needs root and packages of Debian only. Import it with tests/ in sys.path, as set
in tests/pytest.ini:

    from lib.ca import CA
    from lib.netns import NetNS
    from lib.simulator import Simulator
"""
