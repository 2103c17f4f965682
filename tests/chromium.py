"""Chromium for the tests that look at pages: of JupyterLab, and of the web site."""

import functools
import http.server
import os
import re
import shutil
import threading
from urllib.parse import urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from lesson_files import SITE
from PIL import Image
from playwright.sync_api import expect, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    "These tests need Chromium: install it with sudo apt-get install chromium, "
    "or name one, as in make test-browser CHROMIUM=/path/to/chrome"
)
LAPTOP = {"width": 1366, "height": 768}
expect.set_options(timeout=60_000)  # a busy machine


@pytest.fixture(scope="session")
def browser():
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        pytest.fail(INSTALL, pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def host():
    """The address of the web site, from a server of its own."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def photos(tmp_path):
    """A file that is no photo, whatever its name, and a photo."""
    text, photo = tmp_path / "no_photo.png", tmp_path / "photo.png"
    text.write_text("This is not a picture.")
    Image.new("RGB", (60, 40), "blue").save(photo)
    return text, photo


def watch(page):
    """Return the set of hosts that a page asks from now on; data have none."""
    hosts = set()

    def note(sent):
        hosts.update(filter(None, [urlparse(sent.url).hostname]))

    page.on("request", note)
    page.on("websocket", note)
    return hosts


def violations(page, context=None, **options):
    """Return what axe-core finds on a page, or in a part of it: rules and HTML."""
    found = Axe().run(page, context, options).response
    seen = {each["id"] for each in found["passes"]}
    assert "color-contrast" in seen, "axe-core has looked at nothing"
    return [(x["id"], y["html"][:200]) for x in found["violations"] for y in x["nodes"]]


def formulas(text):
    """Return the formulas in some Markdown, outside of its code."""
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", text)
    return re.findall(r"(?s)\$\$.+?\$\$|\$[^$\n]+\$", text)
