"""What the platform's metrics cost in CPU: ``python -m tests.bench.metrics_cost``.

Requests and attempts run in this process, on the fake store, in turns with and without metrics: the
machine's noise falls on both alike.
"""

import importlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import django
from django.conf import settings as django_settings
from django.core.wsgi import get_wsgi_application

os.environ |= {
    "ENVIRONMENT": "local",
    "DJANGO_SETTINGS_MODULE": "config.settings",
    "COUNTERS_FOLDER": tempfile.mkdtemp(),
    "METRICS_FOLDER": tempfile.mkdtemp(),
    "LOG_LEVEL": "ERROR",
}
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "platform"))
settings = importlib.import_module("config.settings")
# As in production: what several processes count lies in shared files.
importlib.import_module("config.shared_metrics").use_folder(settings.METRICS_FOLDER)
django.setup()
metrics, services, connection, fakes = map(
    importlib.import_module,
    ("events.metrics", "events.services", "events.store.connection", "tests.fake_dynamodb"),
)

_ROUNDS = 400
_PER_ROUND = 10
_BODY = json.dumps({"event_type": "order.created", "payload": {"total": 12.5}}).encode()


class Nothing:
    """A metric that counts nothing."""

    def __call__(self, *_: Any, **__: Any) -> "Nothing":
        return self

    inc = observe = labels = set = __call__


_COUNTING = {
    name: value
    for name, value in vars(metrics).items()
    if hasattr(value, "collect") or name.startswith("count_") or "cache_info" in dir(value)
}


def main() -> None:
    """Measure both and print them, with their ratio."""
    connection._client = fakes.FakeDynamoDB()  # noqa: SLF001  # the seam of the tests
    django_settings.EVENTS_DISPATCHER = "tests.fakes.FakeDispatcher"
    metered = get_wsgi_application()
    django_settings.MIDDLEWARE = [
        each for each in settings.MIDDLEWARE if "rometheus" not in each and "Metrics" not in each
    ]
    plain = get_wsgi_application()
    for application in (metered, plain):
        # What is made once, at the first request.
        _post(application)
    importlib.import_module("config.garbage").collect_rarely()
    _compare("a request", lambda: _post(metered), lambda: _post(plain))
    _compare("an attempt", _attempt, _attempt)


def _compare(what: str, metered: Callable[[], None], plain: Callable[[], None]) -> None:
    with_metrics: list[float] = []
    without: list[float] = []
    for _ in range(_ROUNDS):
        vars(metrics).update(_COUNTING)
        with_metrics.append(_cpu_seconds(metered))
        vars(metrics).update(dict.fromkeys(_COUNTING, Nothing()))
        without.append(_cpu_seconds(plain))
    vars(metrics).update(_COUNTING)
    # The lower quartile: what is above it, others on this machine did.
    on, off = (statistics.quantiles(each)[0] / _PER_ROUND * 1e6 for each in (with_metrics, without))
    print(f"{what}: {on:.0f} us with metrics, {off:.0f} us without: {on / off - 1:+.1%}")  # noqa: T201


def _cpu_seconds(work: Callable[[], None]) -> float:
    # Another thread's work is not the metrics' cost.
    started = time.thread_time()
    for _ in range(_PER_ROUND):
        work()
    return time.thread_time() - started


def _post(application: Any) -> None:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/events",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(_BODY)),
        "HTTP_HOST": "127.0.0.1",
        "REMOTE_ADDR": "127.0.0.1",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(_BODY),
    }
    statuses: list[str] = []
    answer = application(environ, lambda status, _: statuses.append(status))
    answer.close()
    assert statuses == ["202 Accepted"], statuses


def _attempt() -> None:
    accepted = services.accept_event(
        event_type="order.created", payload_json="{}", tenant="default"
    )
    claimed = services.claim_event(
        event_id=accepted.event_id, generation=1, message_id="1", worker="1"
    )
    services.finish_event(claimed, result_json=None)


if __name__ == "__main__":
    main()
