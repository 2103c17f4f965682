"""Chromium for the tests that look at pages: of JupyterLab, and of the web site."""

import functools
import http.server
import os
import shutil
import threading
from pathlib import Path

import pytest
from lesson_files import ROOT, SITE
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    "These tests need Chromium: install it with sudo apt-get install chromium, "
    "or name one, as in make test-browser CHROMIUM=/path/to/chrome"
)


@pytest.fixture(scope="session")
def browser(request):
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        (asked, *others) = [Path(each).resolve() for each in request.config.args]
        if not others and asked.parent == ROOT / "tests":
            pytest.exit(INSTALL, returncode=1)  # nothing else was asked for
        pytest.skip(INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def host():
    """The address of the web site, from a server of its own."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
