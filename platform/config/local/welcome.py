"""Says where everything is, as soon as the API answers."""

import time
from urllib.error import URLError
from urllib.request import urlopen

from config import settings

_API_AWAY_SECONDS = 60

WELCOME = """
  The event platform is running.

    API       {api}, described at {api}/docs
    Admin     {api}/admin/   user admin, password admin
    Metrics   {api}/metrics and {exporter}/metrics (workers)

  Try it:

    curl -X POST {api}/events -H 'Content-Type: application/json' \\
      -d '{{"event_type": "demo.echo", "payload": {{"hello": "world"}}}}'

  In another shell, what .venv/bin/python manage.py help lists works here after

    export ENVIRONMENT=local PORT={port}

  Ctrl-C stops everything. Events are kept in .local/ for the next time.
"""


def main() -> None:
    api = f"http://127.0.0.1:{settings.PORT}"
    exporter = f"http://127.0.0.1:{settings.EXPORTER_PORT}"
    if _answers(f"{api}/health"):
        text = WELCOME.format(api=api, exporter=exporter, port=settings.PORT)
        print(text, flush=True)  # noqa: T201  # for a person


def _answers(url: str) -> bool:
    ends_at = time.monotonic() + _API_AWAY_SECONDS
    while time.monotonic() < ends_at:
        try:
            with urlopen(url, timeout=1):  # noqa: S310  # http, on loopback
                return True
        except (URLError, OSError):
            time.sleep(0.1)
    return False


if __name__ == "__main__":
    main()
