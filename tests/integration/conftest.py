"""Every test here runs the platform as real processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collector import Collector
from tests.processes import Emulator, eventually
from tests.stack import Stack

_FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _FOLDER in item.path.parents:
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collector]:
    collector = Collector(tmp_path_factory.mktemp("collector"))
    yield collector
    collector.stop()


@pytest.fixture(scope="session")
def production(
    aws: Emulator, collector: Collector, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stack]:
    """Start the platform as in production, as far as one machine can be: traced, every line logged.

    One worker's handlers run in threads, the other's in processes.
    """
    settings = {
        "ENVIRONMENT": "production",
        "SECRET_KEY": "0123456789" * 5,
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS_ONLY": "false",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "QUEUE_URL_PREFIX": f"{aws.endpoint}/000000000000",
        "DEMO_HANDLERS": "true",
        "HANDLER_MODULES": "tests.integration.handlers",
        "STOP_SECONDS": 3,
        "LOG_LEVEL": "DEBUG",
        "REDACTED_FIELDS": "iban",
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_BSP_SCHEDULE_DELAY": 200,
    }
    stack = Stack(aws.endpoint, tmp_path_factory.mktemp("stack"), workers=1, settings=settings)
    stack.start_worker("worker-1", WORKER_POOL="prefork", WORKER_CONCURRENCY=2)
    eventually(lambda: " ready." in stack.workers["worker-1"].log, "the second worker is ready")
    scopes = [f"--scope=events:{each}" for each in ("read", "write", "replay")]
    made = stack.manage("api_key", "create", "test", "--tenant=acme", *scopes)
    stack.key = made.split()[-1]
    yield stack
    stack.close()
