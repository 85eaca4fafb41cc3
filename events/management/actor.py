"""Who runs a command, for the records."""

import getpass
import os


def get_actor() -> str:
    """Name the user, or the number of one that has no name, as in many containers."""
    try:
        return f"manage.py ({getpass.getuser()})"
    except (KeyError, OSError):
        return f"manage.py (uid {os.getuid()})"
