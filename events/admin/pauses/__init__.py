"""Pauses in the admin: what waits, and how it goes on."""

from events.admin.pauses import model_admin as model_admin
