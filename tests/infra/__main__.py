"""Says what keeps Terraform from being tried, and ends with 3 then: ``python -m tests.infra``."""

import sys

from tests.infra.terraform import obstacle

if __name__ == "__main__":
    if reason := obstacle():
        sys.stdout.write(f"No Terraform here: {reason}\n")
        sys.exit(3)
