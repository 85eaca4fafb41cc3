"""Celery's care for Django in a worker, but for what each task would pay for it."""

import os
from functools import cached_property
from typing import Any

from celery import Celery
from celery.fixups import django
from celery.signals import task_postrun, task_prerun
from django.db.backends.signals import connection_created

# The stubs know one of the two classes, and none of their members.
_celery: Any = django


class WorkerFixup(_celery.DjangoWorkerFixup):  # type: ignore[misc]  # see _celery
    """Closes connections to SQL, and caches', before and after tasks once there was one to SQL.

    The platform's own tasks make none, and a handler may.
    """

    def install(self) -> "WorkerFixup":
        super().install()
        task_prerun.disconnect(self.on_task_prerun)
        task_postrun.disconnect(self.on_task_postrun)
        connection_created.connect(self._look_after_sql)
        return self

    def _look_after_sql(self, **_: object) -> None:
        task_prerun.connect(self.on_task_prerun)
        task_postrun.connect(self.on_task_postrun)


class _Fixup(_celery.DjangoFixup):  # type: ignore[misc]  # see _celery
    @cached_property
    def worker_fixup(self) -> WorkerFixup:
        return WorkerFixup(self.app)


def fixup(app: Celery) -> Any:
    """Install it, as Celery's own fixup does; ``Celery(fixups=...)`` names this function."""
    return _Fixup(app).install() if "DJANGO_SETTINGS_MODULE" in os.environ else None
