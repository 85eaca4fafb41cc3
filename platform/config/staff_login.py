"""Signing in to the admin: name and password, and a one-time code from whoever has a device."""

from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django_otp import match_token, user_has_device

_HELP = "From your authenticator, if you have set one up."
_WRONG = "The one-time code is missing, wrong or used already."


class StaffLoginForm(AdminAuthenticationForm):
    """Django's own form, with the code; django-otp slows down whoever guesses."""

    otp_token = forms.CharField(
        label="One-time code",
        required=False,
        help_text=_HELP,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        user: Any = self.get_user()
        if user is None:
            return cleaned
        if user_has_device(user):
            # The session remembers it, which is what makes the user a verified one.
            user.otp_device = match_token(user, cleaned.get("otp_token", "").replace(" ", ""))
            if user.otp_device is None:
                raise forms.ValidationError(_WRONG)
        return cleaned
