"""What Locust is told about a run of ours: its options, and where the accepted events go."""

import argparse
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from locust import events
from locust.env import Environment
from locust.runners import WorkerRunner

from locustfiles.load.accepted import book, unpack
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
    add("--rate", type=_rate, default=0.5, help="requests a second of each user")
    run = {"default": secrets.token_hex(4), "include_in_web_ui": False}
    add("--run", **run, help="name of the run, in the source of its events")
    accepted = {"default": "", "include_in_web_ui": False}
    add("--accepted", **accepted, help="file for the ids that were accepted")


@events.init.add_listener
def open_book(environment: Environment, **_: object) -> None:
    options = environment.parsed_options
    if options is None or isinstance(environment.runner, WorkerRunner):
        return
    folder = Path(os.environ.get("LOAD_FOLDER", ".local/load"))
    book.open(Path(options.accepted or folder / options.run / "accepted.csv"))


@events.report_to_master.add_listener
def send_accepted(data: dict[str, Any], **_: object) -> None:
    data["accepted"] = book.take()


@events.worker_report.add_listener
def write_accepted(data: Mapping[str, Any], **_: object) -> None:
    for each in unpack(data.get("accepted", ())):
        book.add(each)


@events.quit.add_listener
def close_book(**_: object) -> None:
    book.close()


def _rate(text: str) -> float:
    rate = float(text)
    if not 0 < rate <= 1_000:  # noqa: PLR2004  # said in the message
        raise argparse.ArgumentTypeError("it must be above 0 and up to 1000")
    return rate
