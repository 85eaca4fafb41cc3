"""Says what keeps hosts from booting here, and ends with 1: ``python -m tests.hosts``."""

import sys

from tests.hosts.machines import obstacle

if __name__ == "__main__":
    sys.exit(obstacle() or 0)
