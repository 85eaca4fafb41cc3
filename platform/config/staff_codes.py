"""Setting up one's own one-time codes: a secret for an authenticator, and a first code from it."""

from base64 import b32encode
from typing import Any

import django_otp
import segno
from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import mark_safe
from django_otp.plugins.otp_totp.models import TOTPDevice

from events.admin import pages

_WRONG = "It is not the code of this moment. Wait for the next one, and look at your phone's clock."


class CodeForm(forms.Form):
    """The first code of a new authenticator, which shows that it has the secret."""

    token = forms.CharField(
        label="The code it shows now",
        max_length=10,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
        ),
    )

    def __init__(self, *args: Any, device: TOTPDevice, **options: Any) -> None:
        super().__init__(*args, **options)
        self._device = device

    def clean_token(self) -> str:
        token = str(self.cleaned_data["token"]).replace(" ", "")
        if not self._device.verify_token(token):
            raise forms.ValidationError(_WRONG)
        return token


def may_set_up(request: HttpRequest) -> bool:
    """Say whether somebody may: whoever has codes already must have come in with one."""
    user: Any = request.user
    is_staff = user.is_active and user.is_staff
    return is_staff and (user.is_verified() or not django_otp.user_has_device(user))


def set_up(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    """Show a new secret; once a code of it comes back, it takes the place of any before."""
    user: Any = request.user
    begun = TOTPDevice.objects.filter(user=user, confirmed=False).first()
    device = begun or TOTPDevice.objects.create(user=user, confirmed=False, name="authenticator")
    form = CodeForm(request.POST if request.method == "POST" else None, device=device)
    if form.is_valid():
        _confirm(request, device)
        messages.success(request, "From now on, you sign in with a code from it as well.")
        return HttpResponseRedirect(reverse("admin:index"))
    secret = b32encode(device.bin_key).decode()
    shown = {
        **context,
        "title": "One-time codes",
        "form": form,
        "picture": mark_safe(segno.make(device.config_url).svg_inline(scale=4)),  # noqa: S308  # shapes only
        "secret": " ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
        "replaces": django_otp.user_has_device(user),
    }
    response = TemplateResponse(request, "admin/one_time_code.html", shown)
    response.headers["Cache-Control"] = "no-store"
    return response


@transaction.atomic
def _confirm(request: HttpRequest, device: TOTPDevice) -> None:
    device.confirmed = True
    device.save(update_fields=["confirmed"])
    TOTPDevice.objects.filter(user=device.user).exclude(pk=device.pk).delete()
    django_otp.login(request, device)
    pages.log(request, device.user, "Set up one-time codes.")
