"""Garbage collection, for processes that live long and leave few cycles behind."""

import gc

# Python looks after every 700 new objects, hundreds of times a second here, and finds nothing:
# a twelfth of the CPU of a request.
_NEW_OBJECTS = 20_000


def collect_rarely() -> None:
    """Look for cycles rarely, and never again among what has been loaded by now."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
