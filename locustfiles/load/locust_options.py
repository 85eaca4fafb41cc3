"""The options that a run of ours adds to Locust's."""

import secrets
from typing import Any

from locust import events

from locustfiles.load.options import rate
from locustfiles.load.stages import SHAPES


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    add = parser.add_argument
    key = {"env_var": "LOAD_KEY", "default": "", "include_in_web_ui": False}
    add("--key", **key, help="API key; none where the host asks for none")
    noisy_key = {**key, "env_var": "LOAD_NOISY_KEY"}
    add("--noisy-key", **noisy_key, help="API key of the noisy tenant")
    shape_help = "how the number of users goes up and down"
    add("--shape", choices=list(SHAPES), default="steady", help=shape_help)
    # The page would take whatever is typed.
    pace = {"type": rate, "default": 0.5, "include_in_web_ui": False}
    add("--rate", **pace, help="requests a second of each user")
    run = {"default": secrets.token_hex(4), "include_in_web_ui": False}
    add("--run", **run, help="name of the run, in the source of its events")
    accepted = {"default": "", "include_in_web_ui": False}
    add("--accepted", **accepted, help="file for the ids that were accepted")
