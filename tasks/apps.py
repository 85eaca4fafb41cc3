"""The tasks app: how work reaches events later."""

from django.apps import AppConfig


class TasksConfig(AppConfig):
    name = "tasks"
