"""The web pages in Chromium, as a person uses them: coding by keyboard, deciding, finding, correcting from a mail's link."""

import os
import re
import shutil
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default as default_policy
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from framewire.records import CodingOrigin
from framewire.store import text_hash
from framewire.web import choose_access
from framewire.workflow.corrections import list_conflicts, list_corrections
from framewire.workflow.workspace import Workspace, open_workspace
from review_cases import code, codings_of, spans_of
from test_cli import NOW, invoke
from test_web_review import THEFT, offer
from web_cases import TOKEN, make_watch, served

pytestmark = pytest.mark.chromium
PUBLIC = "http://watch.localhost"
WAIT_SECONDS = 30


@pytest.fixture(scope="module")
def browser() -> Iterator[webdriver.Chrome]:
    """Headless Chromium; skipped without it unless FRAMEWIRE_REQUIRE_ALL=1."""
    driver, program = shutil.which("chromedriver"), shutil.which("chromium")
    if driver is None or program is None:
        if os.environ.get("FRAMEWIRE_REQUIRE_ALL") == "1":
            pytest.fail("chromium or chromedriver is not there")
        pytest.skip("chromium or chromedriver is not there")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    yield found
    found.quit()


@pytest.fixture
def watch(tmp_path: Path) -> Workspace:
    """Nine articles, a summary that links to the pages, two disagreements between others."""
    made = make_watch(tmp_path)
    settings = made.config.folder / "framewire.toml"
    mail = f'public_url = "{PUBLIC}"\n[mail]\nfrom = "watch@example.org"\n[[mail.list]]\nname = "daily"\nto = ["anna@example.org"]\n'
    settings.write_text(settings.read_text("utf-8") + mail, encoding="utf-8")
    watch = open_workspace(made.config.folder)
    assert invoke("summarise", "-w", str(watch.config.folder), "--now", NOW).exit_code in (0, 3)
    for article in (8, 9):
        span = next(one for one in spans_of(watch, article) if one.position == 0)
        code(watch, span, coder="ben", narratives=[THEFT])
        code(watch, span, coder="carla", narratives=[])
    return watch


def press(browser: webdriver.Chrome, *keys: str) -> None:
    """Presses keys, one after the other, wherever the page is."""
    for key in keys:
        browser.switch_to.active_element.send_keys(key)


def press_and_wait(browser: webdriver.Chrome, key: str) -> str:
    """Presses a key that leads to another page; what that says."""
    before = browser.find_element(By.TAG_NAME, "html")
    press(browser, key)
    return wait_for_page(browser, before)


def wait_for_page(browser: webdriver.Chrome, before: webdriver.remote.webelement.WebElement) -> str:
    WebDriverWait(browser, WAIT_SECONDS, poll_frequency=0.02).until(
        lambda one: (
            one.find_element(By.TAG_NAME, "html") != before
            and one.execute_script("return document.readyState") == "complete"
        )
    )
    return text_of(browser)


def text_of(browser: webdriver.Chrome) -> str:
    return browser.find_element(By.TAG_NAME, "main").text


def mailed_link(watch: Workspace) -> str:
    """The first link to the web pages in the mail of the day, as its reader gets it."""
    from datetime import date

    from framewire.workflow.mail_queue import build_summary_mail, find_lists_of
    from review_cases import AT

    day = date(2026, 11, 23)
    (mail,) = build_summary_mail(watch, day, find_lists_of(watch, day), now=AT)
    html = message_from_bytes(mail.content, policy=default_policy).get_body(preferencelist=("html",))
    assert html is not None
    found = re.search(rf'href="({re.escape(PUBLIC)}/items/\d+\.\d+)"', html.get_content())
    assert found
    return found[1]


def test_a_day_of_work(browser: webdriver.Chrome, watch: Workspace) -> None:
    access = choose_access("127.0.0.1", token=TOKEN, public_url=PUBLIC)
    with served(watch, access) as address:
        port = address.rpartition(":")[2]
        link = mailed_link(watch).replace(PUBLIC, f"{PUBLIC}:{port}")
        sign_in_from_the_mail(browser, link)
        correct_the_label(browser, watch, link)
        code_ten_passages(browser, watch, link.partition("/items/")[0])
        decide_two(browser, watch, link.partition("/items/")[0])
        find_an_article(browser, link.partition("/items/")[0])
    faults = [line["message"] for line in browser.get_log("browser") if line["level"] == "SEVERE"]
    assert faults == []


def sign_in_from_the_mail(browser: webdriver.Chrome, link: str) -> None:
    """The mail's link asks who is there, then shows the passage."""
    browser.get(link)
    assert "Who are you?" in text_of(browser)
    browser.find_element(By.NAME, "name").send_keys("anna")
    before = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.NAME, "key").send_keys(TOKEN, Keys.ENTER)
    assert "IS THIS LABEL WRONG" in wait_for_page(browser, before).upper()
    assert browser.current_url == link


def correct_the_label(browser: webdriver.Chrome, watch: Workspace, link: str) -> None:
    """Opening the link has changed nothing; the keys and Enter store a correction."""
    assert [one for one in codings_of(watch) if one.coder == "anna"] == []
    press(browser, "n", "3", "v", "v", "m")
    press(browser, "only reported")
    press(browser, Keys.ESCAPE)
    assert "Thank you, that is stored" in press_and_wait(browser, Keys.ENTER)
    (coding,) = [one for one in codings_of(watch) if one.coder == "anna"]
    assert [(one.id, one.voice.value) for one in coding.narratives] == [("neglect", "scare_quoted")]
    assert (coding.origin, coding.note, coding.blind) == (CodingOrigin.WEB, "only reported", False)


def code_ten_passages(browser: webdriver.Chrome, watch: Workspace, site: str) -> None:
    """By keyboard alone: toggle, voice, accused side, none, irrelevant, skip, undo, Enter."""
    (coded,) = [one.text_hash for one in codings_of(watch) if one.coder == "anna"]
    spans = [(article, span) for article in range(1, 8) for span in spans_of(watch, article)]
    places = [(article, span.position) for article, span in spans if text_hash(span.text) != coded]
    offer(watch, *[place for place in places if place[1] is not None][:12], blind=True)
    browser.get(f"{site}/review")
    own = len(list_corrections(watch, coder="anna"))
    press_and_wait(browser, "s")
    for number in range(10):
        if number % 3 == 0:
            press(browser, "n", "1", "v", "a", "2")
        else:
            press(browser, "n" if number % 3 == 1 else "i")
        page = press_and_wait(browser, Keys.ENTER)
        assert "Saved: " in page
        if number == 5:
            page = press_and_wait(browser, "u")
            assert len(list_corrections(watch, coder="anna")) == own + 5
            press(browser, "i")
            press_and_wait(browser, Keys.ENTER)
    said = [row["says"] for row in list_corrections(watch, coder="anna")]
    assert len(said) == own + 10
    assert said.count("water_theft=attributed:norland, lawful_use=asserted") == 4
    assert (said.count("none"), said.count("irrelevant")) == (3, 3)
    press(browser, "?")
    assert browser.find_element(By.ID, "keys").get_attribute("open")


def decide_two(browser: webdriver.Chrome, watch: Workspace, site: str) -> None:
    """Two disagreements: one coder's word taken over, one settled otherwise."""
    browser.get(f"{site}/disagreements")
    before = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.CSS_SELECTOR, ".list a").click()
    assert "What they say" in wait_for_page(browser, before)
    browser.execute_script("document.activeElement.blur()")
    before = browser.find_element(By.TAG_NAME, "html")
    webdriver.ActionChains(browser).key_down(Keys.SHIFT).send_keys("1").key_up(Keys.SHIFT).perform()
    wait_for_page(browser, before)
    assert browser.find_element(By.CSS_SELECTOR, "[data-narrative=water_theft] input").is_selected()
    press_and_wait(browser, Keys.ENTER)
    press(browser, "i")
    assert "No disagreement is open" in press_and_wait(browser, Keys.ENTER)
    assert list_conflicts(watch) == []
    decided = [one for one in codings_of(watch) if one.origin is CodingOrigin.ADJUDICATION]
    assert [(one.coder, one.relevant, one.blind) for one in decided] == [("anna", True, True), ("anna", False, True)]


def find_an_article(browser: webdriver.Chrome, site: str) -> None:
    """From the first page by a word, narrowed by an outlet, to the article with its marks."""
    browser.get(f"{site}/")
    before = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.ID, "q").send_keys("gauge4", Keys.ENTER)
    assert "1 article" in wait_for_page(browser, before)
    before = browser.find_element(By.TAG_NAME, "html")
    browser.find_element(By.CSS_SELECTOR, ".found h2 a").click()
    assert "Headline number 4 about water" in wait_for_page(browser, before)
    assert browser.find_elements(By.CSS_SELECTOR, "mark.mention")


@pytest.mark.long
def test_pages_fit_a_phone_and_are_readable_in_the_dark(browser: webdriver.Chrome, watch: Workspace) -> None:
    paths = ["/", "/days/2026-11-23", "/articles", "/articles/1", "/subjects", "/referents/filling", "/feeds"]
    paths += ["/outlets/north", "/review", "/items/1.0", "/disagreements", "/disagreements/8.0"]
    with served(watch) as address:
        browser.get(f"{address}/review")
        before = browser.find_element(By.TAG_NAME, "html")
        browser.find_element(By.NAME, "name").send_keys("anna", Keys.ENTER)
        wait_for_page(browser, before)
        for scheme in ("light", "dark"):
            features = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", features)
            metrics = {"width": 400, "height": 900, "deviceScaleFactor": 1, "mobile": True}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
            for path in paths:
                browser.get(address + path)
                assert browser.execute_script(_TOO_WIDE) == [], path
                assert browser.execute_script(_CONTRASTS) == [], f"{path}, {scheme}"
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


# What sticks out of the page at its right, so that a reader had to push it to and fro.
_TOO_WIDE = """
if (document.documentElement.scrollWidth <= 400) return [];
return [document.documentElement.scrollWidth, ...[...document.querySelectorAll("body *")]
  .filter((e) => e.getBoundingClientRect().right > 400.5).map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`)];
"""
# Texts whose contrast with what is behind them is below 4.5 (3 for large ones). Source: WCAG 2.2, 1.4.3.
_CONTRASTS = """
const parse = (c) => (c.match(/[\\d.]+/g) || []).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => v / 255).map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
const behind = (e) => { for (; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
const found = new Set();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || !element.getClientRects().length || element.closest("svg, option, .sr, .jump")) continue;
  const style = getComputedStyle(element);
  const [a, b] = [light(parse(style.color)), light(behind(element))].sort((x, y) => y - x);
  const ratio = (a + .05) / (b + .05), size = parseFloat(style.fontSize);
  if (ratio < (size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5))
    found.add(`${walker.currentNode.data.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
}
return [...found];
"""
