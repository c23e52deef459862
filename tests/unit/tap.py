# SPDX-License-Identifier: Apache-2.0
"""The Test Anything Protocol for tests in Python; tap.h is the same for C."""


class Plan:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def case(self, name, ok, why=""):
        self.count += 1
        if not ok:
            self.failed += 1
            if why:
                print(f"# {name}: {why}")
        print(f"{'ok' if ok else 'not ok'} {self.count} - {name.replace('#', ' ')}")

    def skip(self, name, reason):
        self.count += 1
        print(f"ok {self.count} - {name} # SKIP {reason}")

    def finish(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0
