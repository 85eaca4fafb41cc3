"""One stack, one browser, and a new signed-in page for each test."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.processes import Emulator
from tests.stack import Stack

OpenPage = Callable[..., Page]

_PATIENCE_MS = 30_000
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_MAKE_STAFF = (
    "from django.contrib.auth.models import User; "
    "User.objects.create_superuser('ada', password='secret')"
)


@pytest.fixture(scope="session")
def staffed_stack(aws: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    settings = {"HANDLER_MODULES": "tests.browser.handlers"}
    stack = Stack(aws.endpoint, tmp_path_factory.mktemp("stack"), workers=1, settings=settings)
    stack.manage("shell", "--no-imports", "-c", _MAKE_STAFF)
    yield stack
    stack.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if _CHROMIUM is None:
        pytest.skip("there is no chromium on this machine (Debian: apt-get install chromium)")
    # A click does not wait for what it leads to; by itself a page's timeout is not expect's.
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        # As root, as CI runs, Chromium's sandbox does not start.
        browser = playwright.chromium.launch(
            executable_path=_CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser: Browser, staffed_stack: Stack) -> Iterator[OpenPage]:
    """Open a signed-in page; whatever its console complains of fails the test."""
    complaints: list[str] = []
    contexts = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(base_url=staffed_stack.url, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("console", lambda message: _note(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
        page.goto("/admin/")
        page.get_by_label("Username").fill("ada")
        page.get_by_label("Password").fill("secret")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Overview").wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _note(message: Any, complaints: list[str]) -> None:
    # What is at no address is not the page's: axe tries things there.
    if message.type == "error" and message.location["url"]:
        complaints.append(message.text)
