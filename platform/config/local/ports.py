"""The stack's ports, all derived from PORT, and the sentence for one that is taken."""

import errno
import socket

from config import settings

_PORTS = {
    settings.PORT: "the API",
    settings.PORT + 1: "the emulated AWS",
    settings.PORT + 2: "the exporter",
}
# Away from the first, so that the ports derived from it are others too.
_SUGGESTED_PORT = 9_000 if settings.PORT < 9_000 else 8_000  # noqa: PLR2004  # the same number


def refuse_taken_ports() -> None:
    """Raise SystemExit with a sentence if a port cannot be listened on."""
    for port, use in _PORTS.items():
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
                    f"or choose other ports: PORT={_SUGGESTED_PORT} make run"
                ) from error
