from collections.abc import Iterator

import pytest
from celery.signals import task_postrun, task_prerun
from django.db.backends.signals import connection_created

from config import celery_app
from config.worker_fixup import WorkerFixup

SIGNALS = (task_prerun, task_postrun)


@pytest.fixture
def fixup(monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerFixup]:
    # The connection of the tests is none of a worker's.
    monkeypatch.setattr(WorkerFixup, "_close_database", lambda _: None)
    made = WorkerFixup(celery_app)
    yield made
    task_prerun.disconnect(made.on_task_prerun)
    task_postrun.disconnect(made.on_task_postrun)
    connection_created.disconnect(made._look_after_sql)  # noqa: SLF001  # as it was


def test_a_task_pays_for_sql_once_there_is_a_connection(fixup: WorkerFixup) -> None:
    fixup.install()
    assert not any(signal.receivers for signal in SIGNALS)

    connection_created.send(sender=None)

    assert all(len(signal.receivers) == 1 for signal in SIGNALS)


def test_the_app_has_it() -> None:
    (installed,) = celery_app._fixups  # noqa: SLF001  # there is no other way to see them

    assert isinstance(installed.worker_fixup, WorkerFixup)
