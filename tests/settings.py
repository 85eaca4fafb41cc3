"""The settings of tests: those of the platform, as on a newcomer's machine."""

import os

# Set, not defaulted to: no test may meet the account that somebody's shell is logged in to.
os.environ["ENVIRONMENT"] = "local"

from config.settings import *  # noqa: F403  # every setting, read after the line above

# Tests count where they look at counters, in a folder of their own.
COUNTERS_FOLDER = ""
# Real ones are slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
