"""Replay plans in the admin: dry run, start or ask for it, watch, pause, resume, abort."""

from events.admin.replay_plans import model_admin as model_admin
