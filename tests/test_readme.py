import re
from types import SimpleNamespace

import pytest

from events import registry
from tests import readme
from tests.processes import ROOT
from tests.test_layout import FOLDERS

SETTINGS = (ROOT / "platform/config/settings.py").read_text()


def test_it_lists_every_setting_in_the_order_of_the_file() -> None:
    assert readme.first_cells("Settings") == re.findall(r'env\.\w+\(\s*"(\w+)"', SETTINGS)


def test_it_maps_every_folder() -> None:
    mapped = {each.rstrip("/") for each in readme.first_cells("Where things are")}

    assert mapped == {each.name for each in FOLDERS} - {"static"}


def test_its_handler_works_as_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_handlers", {})
    (source,) = readme.blocks("Write a handler", "python")
    exec(source, {})  # noqa: S102  # our own page

    found = registry.get_handler("order.created")

    assert found.max_retries == 3
    assert found.function(SimpleNamespace(payload={"order": 7})) == {"shipped": 7}


def test_it_has_one_sentence_per_line() -> None:
    prose = [line for line in readme.TEXT.splitlines() if re.match(r"[A-Z][^|]*$", line)]

    assert not [line for line in prose if re.search(r"[a-z)]\. [A-Z]", line)]
