"""What a plan is to replay, and how."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django import forms

from events.admin.forms import ReasonForm
from events.event import Status
from events.models.event_type import check_event_type_name
from events.queries import EventFilter
from events.replay_plan import RATE_DEFAULT, RATE_MAXIMUM

_STATUSES = [(Status.DEAD.value, "dead"), (Status.SUCCEEDED.value, "succeeded")]
_FILTER_FIELDS = (
    "status",
    "event_type",
    "source",
    "subject",
    "error_fingerprint",
    "received_after",
    "received_before",
)


class TimeField(forms.CharField):
    """A time in UTC, to the microsecond if need be."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise forms.ValidationError("Write a time as 2026-01-31T12:00.") from None
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class FilterForm(forms.Form):
    """Which events; everything that is filled in narrows."""

    tenant = forms.ChoiceField()
    status = forms.ChoiceField(choices=_STATUSES, initial="dead", required=False)
    event_type = forms.CharField(required=False, max_length=128, validators=[check_event_type_name])
    error_fingerprint = forms.RegexField(
        r"\A[0-9a-f]{16}\Z",
        required=False,
        label="Error group",
        error_messages={"invalid": "An error group has 16 of 0-9 and a-f."},
    )
    source = forms.CharField(required=False, max_length=256)
    subject = forms.CharField(required=False, max_length=256)
    received_after = TimeField(required=False, help_text="UTC, as 2026-01-31T12:00; included.")
    received_before = TimeField(required=False, help_text="UTC; not included.")

    def __init__(self, *args: Any, tenants: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["tenant"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for mypy
        field.choices = [(each, each) for each in tenants]

    @property
    def event_filter(self) -> EventFilter:
        given = {name: self.cleaned_data[name] for name in _FILTER_FIELDS}
        narrowing = {name: value for name, value in given.items() if value not in ("", None)}
        if "status" in narrowing:
            narrowing["status"] = Status(narrowing["status"])
        return EventFilter(**narrowing)


class StartForm(ReasonForm):
    """How fast, and why; the count is what the dry run told."""

    rate = forms.IntegerField(
        min_value=1,
        max_value=RATE_MAXIMUM,
        initial=RATE_DEFAULT,
        label="Events a second",
        help_text="At most; while the queue is behind, the plan holds back by itself.",
    )
    confirm_count = forms.IntegerField(widget=forms.HiddenInput, min_value=0, required=False)
