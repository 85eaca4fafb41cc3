"""`make screenshots`: pictures of the staff's main pages, of a platform that `make run` runs."""

import json
import os
import shutil
import time
import urllib.request

from playwright.sync_api import sync_playwright

from tests.processes import ROOT

URL = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
FOLDER = ROOT / "docs" / "images"
TYPES = ["demo.echo"] * 6 + ["order.created"] * 4 + ["demo.flaky"] * 2 + ["demo.fail"]
CLOSE = "document.querySelectorAll('.attempt details').forEach((each) => { each.open = false; })"
SIZE = {"width": 1360, "height": 860}


def post(event_type: str, number: int) -> str:
    payload = {"order": number, "total": 12.5, "customer": {"id": 7, "api_key": "k"}}
    body = json.dumps({"event_type": event_type, "payload": payload, "source": "/shop"})
    request = urllib.request.Request(  # noqa: S310  # loopback
        f"{URL}/events", body.encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        return str(json.load(answer)["event_id"])


def wait_until_dead(event_id: str) -> None:
    while True:
        with urllib.request.urlopen(f"{URL}/events/{event_id}") as answer:  # noqa: S310
            if json.load(answer)["status"] == "dead":
                return
        time.sleep(0.5)


def main() -> None:
    dead_id = [post(event_type, i) for i in range(4) for event_type in TYPES][-1]
    wait_until_dead(dead_id)
    pages = {
        "overview": "/admin/",
        "events": "/admin/events/event/",
        "event": f"/admin/events/event/{dead_id}/change/",
        "replay-plan": "/admin/events/replayplan/add/?tenant=default&event_type=demo.fail",
    }
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(base_url=URL, viewport=SIZE)
        page.goto("/admin/")
        page.get_by_label("Username").fill("admin")
        page.get_by_label("Password").fill("admin")
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("heading", name="Overview").wait_for()
        for name, path in pages.items():
            page.goto(path)
            # A traceback tells where this checkout lies.
            page.evaluate(CLOSE)
            page.screenshot(path=FOLDER / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
