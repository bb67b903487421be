"""What every page must keep, whoever opens it: axe's rules, the window's width, a title, a quiet console."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT
from django.conf import settings
from django.test import Client
from django.urls import resolve
from playwright.sync_api import Browser, ConsoleMessage, Page

from prm.organisations.models import User

DESKTOP, PHONE = (1440, 900), (390, 844)
# WCAG 2.2 A and AA, and axe's good practice: landmarks, order of headings, one h1, a scope for each header cell.
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Rules whose answer another theme or width can change.
LOOKS = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]

OVERFLOWING = """() => {
  const width = document.documentElement.clientWidth;
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= width) return [];
  const within = (one) => one === document.body ||
    (getComputedStyle(one).overflowX === "visible" && within(one.parentElement));
  const guilty = [...document.body.querySelectorAll("*")].filter((one) =>
    one.getBoundingClientRect().right > width && one.checkVisibility() && within(one.parentElement));
  const said = guilty.slice(-3).map((one) => `${one.outerHTML.slice(0, 120)} to ${one.getBoundingClientRect().right}`);
  return [`is ${wide} px wide in a window of ${width}: ${said.join(" | ")}`];
}"""
FLOATS = """() => [...document.querySelectorAll("dialog[id]:not([open]), [popover][id]")]
  .filter((one) => one.childElementCount).map((one) => [`#${CSS.escape(one.id)}`, one.textContent])"""
OPEN = "(at) => { const one = document.querySelector(at); one.popover ? one.showPopover() : one.showModal(); }"
CLOSE = "(at) => { const one = document.querySelector(at); one.popover ? one.hidePopover() : one.close(); }"


@dataclass
class Inspection:
    """A window of the browser, and what was found wrong in it so far."""

    page: Page
    problems: list[str] = field(default_factory=list)
    # What the console said since the last page was opened.
    said: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    def open(self, url: str, *, status: int = 200) -> None:
        """Go to a page in the light theme on a desk; note a console error, a lack of title or language."""
        self.said.clear()
        self.look_as("light", DESKTOP)
        answer = self.page.goto(url)
        assert answer is not None
        self._expect(answer.status == status, f"answers {answer.status}")
        title = self.page.title()
        self._expect(bool(title.partition("·")[0].strip(" PRM")), f"has no title of its own: {title!r}")
        language = self.page.evaluate("document.documentElement.lang")
        self._expect(language == answer.headers.get("content-language"), f"says lang={language!r}")
        noise = [text for text in self.said if status == 200 or f"status of {status}" not in text]
        self._expect(not noise, f"says in the console: {noise}")

    def look_as(self, theme: str, size: tuple[int, int]) -> None:
        """Change the theme that the device prefers, and the size of the window."""
        self.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
        self.page.set_viewport_size({"width": size[0], "height": size[1]})

    def check_rules(self, *, within: str | None = None, only: Sequence[str] = (), state: str = "") -> None:
        """Run axe over the page, or over what a selector finds; a violation of any impact is a problem."""
        options: dict[str, Any] = {
            "resultTypes": ["violations"],
            # A message's preview stands in a frame without scripts: it is somebody's letter, not a page of ours.
            "iframes": False,
            "preload": False,
            "runOnly": {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": TAGS},
        }
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE_SCRIPT)
        found = self.page.evaluate("([within, options]) => axe.run(within ?? document, options)", [within, options])
        for violation in found["violations"]:
            for node in violation["nodes"]:
                reason = "; ".join(one["message"] for part in ("any", "all", "none") for one in node[part])
                self._expect(
                    False,
                    f"{state}breaks {violation['id']} ({violation['impact']}): {node['target']}"
                    f" {node['html'][:160]} {reason}",
                )

    def check_floats(self) -> None:
        """Open each dialog and menu of the page, one after the other, and run axe over it; alike ones once."""
        for selector, content in self.page.evaluate(FLOATS):
            if content not in self._seen:
                self._seen.add(content)
                self.page.evaluate(OPEN, selector)
                self.check_rules(within=selector, state=f"with {selector} open ")
                self.page.evaluate(CLOSE, selector)

    def check_fetched_dialogs(self) -> None:
        """Open each dialog that the page fetches, one of a kind."""
        for link in self.page.locator("[hx-get][hx-target='#dialog']:visible").all():
            name = resolve(urlsplit(str(link.get_attribute("hx-get"))).path).view_name
            if name not in self._seen:
                self._seen.add(name)
                link.click()
                self.page.locator("#dialog[open]").wait_for()
                self.check_rules(within="#dialog", state=f"with {name} in its dialog ")
                self.page.keyboard.press("Escape")

    def check_width(self) -> None:
        """Note what makes the page wider than its window."""
        for problem in self.page.evaluate(OVERFLOWING):
            self._expect(False, problem)

    def _expect(self, condition: bool, problem: str) -> None:
        if not condition:
            self.problems.append(f"{self.page.url.partition('//')[2].partition('/')[2]} {problem}")

    def verdict(self) -> str:
        """Return every problem, one a line; nothing when all is well."""
        return "\n".join(dict.fromkeys(self.problems))


@contextmanager
def inspecting(browser: Browser, url: str, *, user: User | None, language: str) -> Iterator[Inspection]:
    """Open a window, signed in as a person or as a stranger; fails at the end with all that was found."""
    window = browser.new_context(
        locale=language, timezone_id="Europe/Paris", extra_http_headers={"Accept-Language": language}
    )
    if user is not None:
        window.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session_of(user), "url": url}])
    inspection = Inspection(window.new_page())

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            inspection.said.append(message.text)

    inspection.page.on("console", hear)
    inspection.page.on("pageerror", lambda error: inspection.said.append(str(error)))
    try:
        yield inspection
    finally:
        window.close()
    assert not inspection.problems, f"{len(inspection.problems)} problems:\n{inspection.verdict()}"


def session_of(user: User) -> str:
    """Sign a person in, and return the session's key."""
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value
