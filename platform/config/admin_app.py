"""Django's admin as the platform has it: a site of its own, and whose word its lockout takes."""

from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest

from events.api.host import find_client_address


class StaffAdminConfig(AdminConfig):
    default_site = "config.staff_site.StaffSite"


def find_client_address_of(request: HttpRequest) -> str:
    """Return who signs in, for django-axes."""
    return find_client_address(request.META)
