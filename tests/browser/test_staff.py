import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import OpenPage
from tests.stack import Stack

pytestmark = [pytest.mark.integration, pytest.mark.timeout(240)]

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def make_dead(stack: Stack, count: int = 1, *, source: str = "/shop") -> list[str]:
    ids = [stack.post("browser.mended", {"note": HOSTILE}, source=source) for _ in range(count)]
    assert {each["status"] for each in stack.wait_until_terminal(ids)} == {"dead"}
    return ids


def find_serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'] for node in each['nodes']]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


def test_somebody_finds_a_dead_event_and_sees_it_succeed(
    open_page: OpenPage, staffed_stack: Stack
) -> None:
    (event_id,) = make_dead(staffed_stack)
    page = open_page()
    page.locator("a.stat", has_text="Dead").first.click()
    page.get_by_role("link", name=event_id).click()

    expect(page.locator("ol.steps")).to_contain_text("Attempt 1 failed")
    expect(page.locator(".attempt").first).to_contain_text("the warehouse is closed")
    page.get_by_role("link", name="Replay", exact=True).click()
    page.get_by_label("Why?").fill("the warehouse is open")
    page.get_by_role("button", name="Replay").click()
    # Nobody reloads: the page looks by itself.
    expect(page.locator("#live .badge").first).to_have_text("succeeded", timeout=30_000)
    expect(page.locator("#live")).to_contain_text("the warehouse is open")
    page.get_by_role("link", name="What staff did").click()
    expect(page.locator("#content")).to_contain_text("Replayed: the warehouse is open")


def test_a_plan_is_tried_paused_and_resumed(open_page: OpenPage, staffed_stack: Stack) -> None:
    make_dead(staffed_stack, 12, source="/plan")
    page = open_page()
    page.goto("/admin/events/replayplan/add/")
    page.get_by_label("Source").fill("/plan")
    page.get_by_role("button", name="Dry run").click()
    expect(page.locator("#dry-run-count")).to_have_text("12")
    page.get_by_label("Why?").fill("open again")
    page.get_by_label("Events a second").fill("1")
    page.get_by_role("button", name="Replay 12 events").click()

    page.get_by_role("button", name="Pause").click()
    expect(page.locator("#live .badge").first).to_have_text("paused")
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#succeeded")).to_have_text("12", timeout=60_000)
    expect(page.locator("#live .badge").first).to_have_text("completed", timeout=30_000)


def test_a_type_is_paused_and_goes_on(open_page: OpenPage, staffed_stack: Stack) -> None:
    page = open_page()
    page.goto("/admin/events/pause/add/?event_type=browser.held")
    page.get_by_label("Why?").fill("the shop is down")
    page.get_by_role("button", name="Pause").click()
    page.locator(".badge", has_text="paused").wait_for()
    # The process that paused knows of it at once, and there is one.
    event_id = staffed_stack.post("browser.held")
    page.goto(f"/admin/events/event/{event_id}/change/")
    expect(page.locator(".why")).to_contain_text("paused its event type")

    page.goto("/admin/events/pause/")
    page.get_by_label("Events a second").fill("10")
    page.get_by_role("button", name="Resume").click()
    page.goto(f"/admin/events/event/{event_id}/change/")
    expect(page.locator("#live .badge").first).to_have_text("succeeded", timeout=60_000)


def test_a_payload_is_edited_and_then_erased(open_page: OpenPage, staffed_stack: Stack) -> None:
    (event_id,) = make_dead(staffed_stack)
    page = open_page()
    page.goto(f"/admin/events/event/{event_id}/change/")
    page.get_by_role("link", name="Edit and replay").click()
    page.get_by_label("Payload").fill('{"note": "mended",}')
    page.get_by_label("Why?").fill("a typo")
    page.get_by_role("button", name="Replay on this payload").click()
    expect(page.locator(".errorlist")).to_contain_text("line 1, column 19")
    page.get_by_label("Payload").fill('{"note": "mended"}')
    page.get_by_role("button", name="Replay on this payload").click()
    expect(page.locator("#live .badge").first).to_have_text("succeeded", timeout=30_000)

    page.reload()
    expect(page.locator("#payload")).to_contain_text("mended")
    page.get_by_role("link", name="Erase payload").click()
    page.get_by_label("Why?").fill("asked for")
    page.get_by_role("button", name="Erase payload").click()
    expect(page.locator("#content")).to_contain_text("There is none any more.")


def test_a_hostile_payload_stays_text_on_a_phone(open_page: OpenPage, staffed_stack: Stack) -> None:
    (event_id,) = make_dead(staffed_stack, source="<svg/onload=alert(3)>")
    page = open_page(**PHONE)
    page.goto(f"/admin/events/event/{event_id}/change/")

    expect(page.locator("#payload")).to_contain_text("<script>alert(2)</script>")
    assert page.locator("#content img, #content script").count() == 0
    for path in (
        "/admin/",
        "/admin/events/event/",
        f"/admin/events/event/{event_id}/change/",
        "/admin/events/eventtype/add/",
    ):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_accessible(open_page: OpenPage, staffed_stack: Stack, scheme: str) -> None:
    (event_id,) = make_dead(staffed_stack)
    page = open_page(color_scheme=scheme)
    found = {}
    for path in (
        "/admin/",
        "/admin/events/event/?status=dead",
        f"/admin/events/event/{event_id}/change/",
        f"/admin/events/event/{event_id}/do/replay/",
        "/admin/events/errorgroup/",
        "/admin/events/replayplan/add/?tenant=default&event_type=browser.mended",
        f"/admin/events/event/{event_id}/edit/",
        "/admin/events/pause/",
        "/admin/events/pause/add/",
        "/admin/events/eventtype/add/",
        "/admin/events/apikey/add/",
        "/admin/one-time-code/",
    ):
        page.goto(path)
        found[path] = find_serious(page)

    assert not {path: faults for path, faults in found.items() if faults}
