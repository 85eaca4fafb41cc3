"""Says what keeps hosts from booting here, and ends with 3 then: ``python -m tests.hosts``."""

import sys

from tests.hosts.machines import obstacle

if __name__ == "__main__":
    if reason := obstacle():
        sys.stdout.write(f"No host boots here: {reason}\n")
        sys.exit(3)
