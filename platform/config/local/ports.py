"""The stack's ports, all derived from PORT, and the sentence for one that is taken."""

import errno
import socket


def refuse_taken_ports(first: int) -> None:
    """Raise SystemExit with a sentence if a port cannot be listened on."""
    uses = {first: "the API", first + 1: "the emulated AWS", first + 2: "the exporter"}
    for port, use in uses.items():
        with socket.socket() as probe:
            # As the servers do: connections of an earlier run that are still closing are fine.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                why = "is in use by another program"
                if error.errno != errno.EADDRINUSE:
                    why = f"cannot be listened on ({error.strerror})"
                raise SystemExit(
                    f"Port {port}, meant for {use}, {why}. Stop that program, "
                    f"or choose other ports: PORT={_another(first)} make run"
                ) from error


def _another(first: int) -> int:
    return 9_000 if abs(first - 9_000) > 2 else 8_000  # noqa: PLR2004  # the ports derived from it
