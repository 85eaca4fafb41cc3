"""What staff are asked before something happens."""

from django import forms

REASON_LIMIT = 500


class ReasonForm(forms.Form):
    """Why: it stands on the event and in the history, for everybody who comes later."""

    reason = forms.CharField(
        max_length=REASON_LIMIT,
        widget=forms.TextInput(attrs={"autofocus": True, "autocomplete": "off"}),
        help_text="Everybody who looks at it later sees this.",
    )
