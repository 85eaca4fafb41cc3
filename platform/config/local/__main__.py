"""What `make run` starts: ``python -m config.local`` runs everything until Ctrl-C."""

import fcntl
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import logs, settings
from config.local.environment import use_shared_environment
from config.local.ports import refuse_taken_ports
from config.local.supervision import run_programs


def main() -> int:
    """Run the stack; raises SystemExit with a sentence if it cannot start."""
    if not settings.IS_LOCAL:
        raise SystemExit("The local stack runs with ENVIRONMENT=local only.")
    settings.STATE_FOLDER.mkdir(exist_ok=True)
    logs.configure({**settings.LOGGING, "process": "run"})
    with _only_run_of(settings.STATE_FOLDER):
        refuse_taken_ports(settings.PORT)
        use_shared_environment()
        return run_programs()


@contextmanager
def _only_run_of(folder: Path) -> Iterator[None]:
    # Two emulators would overwrite each other's saved state. The lock goes with the process,
    # however that ends.
    with (folder / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SystemExit(
                f"This checkout is running already, as process {lock.read()}: stop that first, "
                f"or run a second checkout with another PORT."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


if __name__ == "__main__":
    sys.exit(main())
