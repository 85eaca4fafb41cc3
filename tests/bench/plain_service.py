"""The textbook way to do the same job: DRF, a PynamoDB model, and Celery's ``delay()``.

Everything is as the three documentations teach it: a startproject's middleware, a serializer,
``save()`` with a condition, a shared task. Served by gunicorn with as many threads as the platform.
"""

import os
import uuid
from datetime import UTC, datetime
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

settings.configure(
    SECRET_KEY="none",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "rest_framework",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    USE_TZ=True,
)
django.setup()

from pynamodb.attributes import JSONAttribute, UnicodeAttribute, UTCDateTimeAttribute  # noqa: E402
from pynamodb.models import Model  # noqa: E402
from rest_framework import serializers, status  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from tests.bench.celery_tasks import noop  # noqa: E402


class Event(Model):
    class Meta:
        table_name = "plain-events"
        host = os.environ["AWS_ENDPOINT_URL"]
        region = "us-east-1"
        billing_mode = "PAY_PER_REQUEST"

    event_id = UnicodeAttribute(hash_key=True)
    event_type = UnicodeAttribute()
    status = UnicodeAttribute()
    payload = JSONAttribute()
    received_at = UTCDateTimeAttribute()


class EventSerializer(serializers.Serializer[Any]):
    event_type = serializers.CharField(max_length=128)
    payload = serializers.DictField()


class EventsView(APIView):
    def post(self, request: Request) -> Response:
        serializer = EventSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        event = Event(
            str(uuid.uuid4()),
            status="pending",
            received_at=datetime.now(UTC),
            **serializer.validated_data,
        )
        event.save(Event.event_id.does_not_exist())
        noop.delay(event.event_id)
        answer = {"event_id": event.event_id, "status": event.status}
        return Response(answer, status=status.HTTP_202_ACCEPTED)


if not Event.exists():
    Event.create_table(wait=True)

urlpatterns = [path("events", EventsView.as_view())]
application = get_wsgi_application()
