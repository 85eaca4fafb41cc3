import pytest

from tests.processes import ROOT

FOLDERS = sorted(
    each for each in ROOT.iterdir() if each.is_dir() and not each.name.startswith((".", "_"))
)


def test_platform_holds_only_the_config_package() -> None:
    children = {each.name for each in (ROOT / "platform").iterdir()}

    assert children - {"__pycache__", "README.md"} == {"config"}


@pytest.mark.parametrize("folder", [each.name for each in FOLDERS if each.name != "static"])
def test_each_folder_says_in_a_page_what_it_is_for(folder: str) -> None:
    lines = (ROOT / folder / "README.md").read_text().splitlines()

    assert lines[0] == f"# {folder}/"
    assert len(lines) <= 25
