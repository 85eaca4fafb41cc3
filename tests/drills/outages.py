"""Steps that disturb the network, or take AWS away behind it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.drills.network import API
from tests.drills.scene import Scene
from tests.drills.steps import Step, wait_for_load
from tests.faults.proxy import FaultProxy
from tests.faults.rules import Fault, Rule
from tests.processes import eventually


@dataclass(frozen=True)
class Place:
    """Links between some processes and some services; no services means all of them."""

    processes: Callable[[Scene], list[str]]
    services: tuple[str, ...] = ()

    def links(self, scene: Scene) -> list[FaultProxy]:
        return list(scene.rig.network.links(self.processes(scene), *self.services))

    def strike(self, scene: Scene) -> list[FaultProxy]:
        """Count a hit on each worker at this place, as soon as work goes on, and return its links.

        Chosen once: who is the busiest changes.
        """
        eventually(scene.busiest_worker, "work goes on")
        names = self.processes(scene)
        scene.hit(name for name in names if name != API)
        return list(scene.rig.network.links(names, *self.services))


def api(*services: str) -> Place:
    return Place(lambda _: [API], services)


def workers(*services: str) -> Place:
    return Place(lambda scene: list(scene.rig.workers), services)


def busiest_worker(*services: str) -> Place:
    return Place(lambda scene: [scene.busiest_worker() or next(iter(scene.rig.workers))], services)


def everybody(*services: str) -> Place:
    return Place(lambda scene: [API, *scene.rig.workers], services)


def disturb(place: Place, operation: str, fault: Fault) -> Step:
    """Have a fault at a place for the drill's time, and until all was sent and it has struck."""

    def step(scene: Scene) -> None:
        rules = [(link, link.inject(operation, fault)) for link in place.links(scene)]
        time.sleep(scene.seconds)
        wait_for_load(scene)
        scene.wait_until(lambda: any(rule.used for _, rule in rules))
        _lift(scene, rules)

    return step


def take_away(place: Place, fault: Fault) -> Step:
    """Have nothing but a fault at a place for the drill's time: for its users it is away."""

    def step(scene: Scene) -> None:
        rules = [(link, link.inject("*", fault)) for link in place.strike(scene)]
        time.sleep(scene.seconds)
        _lift(scene, rules)

    return step


def cut(place: Place) -> Step:
    """Break all connections at a place, and let none live for the drill's time."""

    def step(scene: Scene) -> None:
        links = place.strike(scene)
        for link in links:
            link.cut()
        time.sleep(scene.seconds)
        for link in links:
            link.heal()
        scene.end_fault()

    return step


def _lift(scene: Scene, rules: list[tuple[FaultProxy, Rule]]) -> None:
    for link, rule in rules:
        link.remove(rule)
    scene.end_fault()
    if not any(rule.used for _, rule in rules):
        scene.mishaps.append("the fault never struck")
