"""The workers' scaling as Terraform has it: every number is read from there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.autoscaling.hcl import Block
from tests.processes import ROOT

TERRAFORM = ROOT / "terraform"
# What scaling.py and simulation.py reckon with, as Terraform writes it.
_SIMULATED = {
    "adjustment_type": '"PercentChangeInCapacity"',
    "period": "60",
    "configure": '"ABANDON"',
    "drain": '"CONTINUE"',
    "disable_scale_in": "False",
    '"backlog_per_worker"': '"IF(workers > 0, visible / workers, visible)"',
    '"pace"': '"received / 60 / IF(workers > 0, workers, 1)"',
    '"wait"': '"IF(visible > 0, visible * 60 / IF(received > 0, received, 1), 0)"',
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """From so many seconds above the alarm's threshold on, so many percent more."""

    from_seconds: float
    percent: float


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Times in seconds."""

    events_per_second: float
    least: int
    most: int
    # Ready events for each worker.
    backlog: float
    # Events a second of each worker; none without such a policy.
    pace: float | None
    warm_up: float
    configure: float
    drain: float
    stop: float
    wait_threshold: float
    wait_periods: int
    steps: tuple[Step, ...]
    step_warm_up: float
    # Hosts that a step adds at least.
    least_step: int


def read_policy(folder: Path = TERRAFORM) -> Policy:
    """Read production's values: its own where it sets them, else the defaults."""
    module = folder / "modules" / "worker"
    scope = _module_scope(folder)
    scaling, group = Block.of_file(module / "scaling.tf"), Block.of_file(module / "main.tf")
    for name in ("backlog_per_worker", "pace_per_worker"):
        if scaling.block("locals").has(name):
            scope[f"local.{name}"] = scaling.block("locals").number(name, scope)
    scope["local.drain_seconds"] = group.block("locals").number("drain_seconds", scope)
    backlog = scaling.block('resource "aws_autoscaling_policy" "backlog"')
    wait = scaling.block('resource "aws_autoscaling_policy" "wait"')
    alarm = scaling.block('resource "aws_cloudwatch_metric_alarm" "wait"')
    hosts = group.block('resource "aws_autoscaling_group" "this"')
    hooks = {each.text("name"): each for each in hosts.blocks("initial_lifecycle_hook")}
    _refuse_what_is_not_simulated(scaling, hooks)
    return Policy(
        events_per_second=scope["var.events_per_second"],
        least=int(hosts.number("min_size", scope)),
        most=int(hosts.number("max_size", scope)),
        backlog=backlog.number("target_value", scope),
        pace=_read_pace(scaling, scope),
        warm_up=hosts.number("default_instance_warmup", scope),
        configure=hooks['"configure"'].number("heartbeat_timeout", scope),
        drain=hooks['"drain"'].number("heartbeat_timeout", scope),
        stop=scope["var.stop_seconds"],
        wait_threshold=alarm.number("threshold", scope),
        wait_periods=int(alarm.number("evaluation_periods", scope)),
        steps=tuple(
            Step(
                from_seconds=each.number("metric_interval_lower_bound", scope),
                percent=each.number("scaling_adjustment", scope),
            )
            for each in wait.blocks("step_adjustment")
        ),
        step_warm_up=wait.number("estimated_instance_warmup", scope),
        least_step=int(wait.number("min_adjustment_magnitude", scope)),
    )


def _refuse_what_is_not_simulated(scaling: Block, hooks: Mapping[str, Block]) -> None:
    """Raise ValueError where one of ``_SIMULATED`` is otherwise in Terraform."""
    wait = scaling.block('resource "aws_autoscaling_policy" "wait"')
    alarm = scaling.block('resource "aws_cloudwatch_metric_alarm" "wait"')
    said = {
        "adjustment_type": wait.text("adjustment_type"),
        "period": alarm.text("period"),
        "configure": hooks['"configure"'].text("default_result"),
        "drain": hooks['"drain"'].text("default_result"),
        "disable_scale_in": str(scaling.has("disable_scale_in")),
    }
    metrics = [*scaling.blocks("metrics"), *scaling.blocks("metric_query")]
    said |= {each.text("id"): each.text("expression") for each in metrics if each.has("expression")}
    for name, value in said.items():
        if value != _SIMULATED.get(name):
            raise ValueError(f"{name} is {value}, and {_SIMULATED.get(name)} is simulated")


def _read_pace(scaling: Block, scope: dict[str, float]) -> float | None:
    try:
        pace = scaling.block('resource "aws_autoscaling_policy" "pace"')
    except LookupError:
        return None
    return pace.number("target_value", scope)


def _module_scope(folder: Path) -> dict[str, float]:
    """Return what the module of workers is given, as far as it is numbers."""
    defaults = [Block.of_file(path) for path in folder.glob("variables*.tf")]
    production = Block.of_file(folder / "environments" / "production.tfvars")
    module = Block.of_file(folder / "hosts.tf").block('module "worker"')
    names = (
        "min_size",
        "max_size",
        "events_per_second",
        "wait_seconds",
        "stop_seconds",
    )
    scope = {}
    for name in names:
        source = module.text(name).removeprefix("var.")
        scope[f"var.{name}"] = _root_value(source, production, defaults)
    return scope


def _root_value(name: str, production: Block, defaults: list[Block]) -> float:
    if production.has(name):
        return production.number(name)
    for file in defaults:
        try:
            return file.block(f'variable "{name}"').number("default")
        except LookupError:
            continue
    raise LookupError(f"no variable is named {name}")
