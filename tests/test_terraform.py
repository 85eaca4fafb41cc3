"""What the platform and `terraform/` must agree on; nothing is run here."""

from django.urls import get_resolver

from tasks.queues import max_receive_count
from tests.processes import ROOT

FOLDER = ROOT / "terraform"


def test_it_passes_on_each_address_of_the_api_and_no_other() -> None:
    listeners = (FOLDER / "modules/load_balancer/listeners.tf").read_text()
    listed = listeners.partition("public_paths = [")[2].partition("\n  ]")[0]
    passed = {path.rstrip("/*") for path in listed.split('"')[1::2]}
    served = {
        "/" + str(pattern.pattern).lstrip("^").partition("/")[0].rstrip("/?$")
        for pattern in get_resolver("events.api.urls").url_patterns
    }

    assert passed == served | {"/static"}


def test_it_lets_the_api_finish_before_it_is_cut_off() -> None:
    root = (FOLDER / "main.tf").read_text()
    balancer = (FOLDER / "modules/load_balancer/main.tf").read_text()
    # Not imported: from then on this process would count into gunicorn's folder.
    gunicorn = (ROOT / "platform/config/gunicorn.py").read_text()

    assert number(root, "deregistration_seconds = ") > number(gunicorn, "graceful_timeout = ")
    # gunicorn, not the load balancer, must be the one that keeps idle connections longer.
    assert number(balancer, "idle_timeout                     = ") < number(
        gunicorn, "keepalive = 5 if settings.IS_LOCAL else "
    )


def test_it_allows_as_many_receives_as_workers_insist_on() -> None:
    variables = (FOLDER / "variables_store.tf").read_text()
    largest_max_retries = number(variables.partition('"largest_max_retries"')[2], "default     = ")

    assert 3 * largest_max_retries + 20 >= max_receive_count()


def number(text: str, before: str) -> int:
    return int(text.partition(before)[2].split()[0])
