"""Tells whether the tuning in terraform/ holds, and draws it: ``python -m tests.autoscaling``."""

import sys

from tests.autoscaling.claims import CLAIMS
from tests.autoscaling.drawing import write_pictures
from tests.autoscaling.policy import read_policy


def main() -> int:
    policy = read_policy()
    faults = [claim.fault(policy) for claim in CLAIMS]
    for claim, fault in zip(CLAIMS, faults, strict=True):
        sys.stdout.write(f"{'holds' if fault is None else 'BROKEN'}  {claim.what}  {fault or ''}\n")
    for path in write_pictures():
        sys.stdout.write(f"{path}\n")
    return 1 if any(faults) else 0


if __name__ == "__main__":
    sys.exit(main())
