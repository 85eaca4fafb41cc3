"""Metrics of processes that fork, put together through files in a folder of their own."""

import os
from pathlib import Path


def use_folder(name: str) -> None:
    """Count into this folder from now on; no metric may have been made before."""
    Path(name).mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = name
    from prometheus_client import values  # noqa: PLC0415  # not before its folder is known

    # At every count it would ask the kernel which process this is: twenty times a request.
    values.ValueClass = values.MultiProcessValue(lambda: _process_id)  # type: ignore[no-untyped-call]  # it has no types


def empty_folder(name: str) -> None:
    """Remove the files of an earlier run, which would be added to this one's.

    Whatever else is there stays, and so do the files of this very process.
    """
    for file in Path(name).glob("*.db"):
        if not file.stem.endswith(f"_{os.getpid()}"):
            file.unlink()


def _note_process() -> None:
    global _process_id  # noqa: PLW0603  # one per process
    _process_id = os.getpid()


_process_id = os.getpid()
os.register_at_fork(after_in_child=_note_process)
