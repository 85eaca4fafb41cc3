"""What is to wait, and how fast it goes on."""

from collections.abc import Sequence
from typing import Any

from django import forms

from events.admin.forms import ReasonForm
from events.models.event_type import check_event_type_name
from events.replay_plan import RATE_DEFAULT, RATE_MAXIMUM

_NOTHING = "Choose a tenant, a type or both: a pause of everything is what stopping workers is for."


class PauseForm(ReasonForm):
    """A tenant, a type, or a tenant's type; and why."""

    tenant = forms.ChoiceField(required=False)
    event_type = forms.CharField(
        required=False,
        max_length=128,
        validators=[check_event_type_name],
        help_text="As clients send it, without patterns; empty means all of the tenant's.",
    )
    field_order = ("tenant", "event_type", "reason")

    def __init__(self, *args: Any, tenants: Sequence[str], **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["tenant"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # for mypy
        field.choices = [("", "All tenants"), *((each, each) for each in tenants)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not (cleaned["tenant"] or cleaned["event_type"]):
            raise forms.ValidationError(_NOTHING)
        return cleaned


class ResumeForm(forms.Form):
    """How many events a second go on, of those that have waited."""

    rate = forms.IntegerField(min_value=1, max_value=RATE_MAXIMUM, initial=RATE_DEFAULT)
