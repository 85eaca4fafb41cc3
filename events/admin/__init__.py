"""The Django admin's pages of the platform, one module per subject."""

from events.admin import api_keys as api_keys
from events.admin import error_groups as error_groups
from events.admin import event_types as event_types
from events.admin import events as events
from events.admin import history as history
from events.admin import pauses as pauses
from events.admin import replay_plans as replay_plans
