"""JupyterLab and Chromium for the tests: each notebook is opened and run as by hand.

The server works on a copy of the notebooks in `build/browser`, with folders for its
settings of its own. The copies of notebook 04 and of the labs take the shipped results,
by the code of their own boxes "Short of time?", so that a round takes a few minutes;
notebook 01 trains.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
import pytest
from axe_playwright_python.sync_playwright import Axe
from jupyterlab_page import FOLDER, SHOTS, TOKEN, close, open_and_run
from lesson_files import NOTEBOOKS, REFERENCE, ROOT
from playwright.sync_api import sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    "These tests need Chromium. Install it with: sudo apt-get install chromium "
    "(or name one: make test-browser CHROMIUM=/path/to/chrome)"
)

SHORT_OF_TIME = re.compile(r"```python\n(.*?)```", re.DOTALL)


def find_browser():
    """Return the path of Chromium, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if shutil.which(named) else None
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def browser(request):
    path = find_browser()
    if path is None:
        asked = [Path(arg).resolve() for arg in request.config.args]
        if all(each.is_relative_to(Path(__file__).parent) for each in asked):
            pytest.exit(INSTALL, returncode=1)
        pytest.skip(INSTALL)
    arguments = [
        *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update"),
        "--disable-sync",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def copy_lesson():
    """Copy what a learner has; some notebooks take the way of who is short of time."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    shutil.copytree(
        NOTEBOOKS,
        FOLDER / "lesson" / "notebooks",
        ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "my_photo*"),
    )
    shutil.copytree(REFERENCE, FOLDER / "lesson" / REFERENCE.relative_to(ROOT))
    path = FOLDER / "lesson" / "notebooks" / "04-fit-cnn.ipynb"
    notebook = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in notebook.cells}
    for model in ("intro", "dropout"):
        (code,) = SHORT_OF_TIME.findall(cells[f"short-of-time-{model}"].source)
        cells[f"fit-{model}"].source = code
        notebook.cells.remove(cells[f"history-{model}"])
    nbformat.write(notebook, path)
    for lab in path.parent.glob("0[67]-*.ipynb"):
        notebook = nbformat.read(lab, as_version=4)
        cells = {cell.id: cell for cell in notebook.cells}
        (code,) = SHORT_OF_TIME.findall(cells["short-of-time"].source)
        cells["rerun"].source += "\n" + code
        nbformat.write(notebook, lab)
    failing = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1 / 0", id="fails")],
        metadata=notebook.metadata,
    )
    nbformat.write(failing, path.with_name("failing.ipynb"))


@pytest.fixture(scope="session")
def lab():
    """Start JupyterLab; yield its address."""
    copy_lesson()
    SHOTS.mkdir(parents=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folders = {
        name: str(FOLDER / name.lower())
        for name in (
            *("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"),
            *("IPYTHONDIR", "JUPYTERLAB_SETTINGS_DIR", "JUPYTERLAB_WORKSPACES_DIR"),
        )
    }
    # All cells on the page at once, not only those in sight: so that all are tested
    settings = FOLDER / "jupyterlab_settings_dir" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    # Nor the question that JupyterLab asks whoever opens it for the first time
    settings = settings.with_name("apputils-extension")
    settings.mkdir()
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    log = open(FOLDER / "jupyterlab.log", "w")
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
            f"--IdentityProvider.token={TOKEN}",
            f"--ServerApp.root_dir={FOLDER / 'lesson'}",
            "--LabApp.expose_app_in_browser=True",
            "--LabApp.news_url=None",
            "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
            "--LabApp.extension_manager=readonly",
        ],
        env={**os.environ, **folders},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{address}/api/status?token={TOKEN}").close()
                break
            except OSError:
                assert server.poll() is None, f"see {log.name}"
                assert time.monotonic() < end, f"see {log.name}"
                time.sleep(0.2)
        yield address
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # with its kernels
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
        log.close()


def pytest_collection_modifyitems(items):
    """Put together what is asked of one notebook, so that each runs once."""

    def notebook(item):
        here = item.path.is_relative_to(Path(__file__).parent)
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        return (here, parameters.get("notebook", "") if here else "")

    items.sort(key=notebook)


@pytest.fixture(scope="session")
def opener(browser, lab):
    """Open and run notebooks by name; the last one stays open."""
    last = []

    def get(name):
        if last and last[0].name != name:
            close(last.pop())
        if not last:
            last.append(open_and_run(browser, lab, name))
        return last[0]

    yield get
    if last:
        close(last.pop())


@pytest.fixture
def opened(notebook, opener):
    """The notebook of a test, opened and run: a parameter names it."""
    return opener(notebook)


@pytest.fixture(scope="session")
def axe():
    return Axe()
