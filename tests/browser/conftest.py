"""JupyterLab and Chromium for the tests: each notebook is opened and run as by hand.

The server works on a copy of the notebooks in `build/browser`, with folders for its
settings of its own. The copies of notebook 04 and of the labs take the shipped results,
by the code of their own boxes "Short of time?", so that a round takes a few minutes;
notebook 01 trains.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import nbformat
import pytest
from jupyterlab_page import FOLDER, SHOTS, open_and_run
from lesson_files import NOTEBOOKS, REFERENCE, ROOT
from playwright.sync_api import sync_playwright

HERE = Path(__file__).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    "The browser tests need Chromium: install it with sudo apt-get install chromium, "
    "or name one with make test-browser CHROMIUM=/path/to/chrome"
)
# All cells on the page at once, not only those in sight: so that all are tested; and
# not the question that JupyterLab asks whoever opens it for the first time
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},
    "apputils-extension/notification": {"fetchNews": "false"},
}
# Where Jupyter keeps its settings and what it writes; all in one folder of the tests
OWN = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")


@pytest.fixture(scope="session")
def browser(request):
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
    path = next(filter(None, map(shutil.which, names)), None)
    if path is None:
        if [Path(each).resolve() for each in request.config.args] == [HERE]:
            pytest.exit(INSTALL, returncode=1)  # nothing else was asked for
        pytest.skip(INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


def copy_lesson():
    """Copy what a learner has; some notebooks take the way of who is short of time."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    folder = FOLDER / "lesson" / "notebooks"
    left_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "my_photo*")
    shutil.copytree(NOTEBOOKS, folder, ignore=left_out)
    shutil.copytree(REFERENCE, FOLDER / "lesson" / REFERENCE.relative_to(ROOT))
    for path in folder.glob("*.ipynb"):
        notebook = nbformat.read(path, as_version=4)
        cells = {cell.id: cell for cell in notebook.cells}
        for box in [name for name in cells if name.startswith("short-of-time")]:
            (code,) = re.findall(r"(?s)```python\n(.*?)```", cells[box].source)
            if "rerun" in cells:  # a lab
                cells["rerun"].source += "\n" + code
            else:
                model = box.removeprefix("short-of-time-")
                cells[f"fit-{model}"].source = code
                notebook.cells.remove(cells[f"history-{model}"])
        nbformat.write(notebook, path)
    notebook.cells = [nbformat.v4.new_code_cell("1 / 0", id="fails")]
    nbformat.write(notebook, folder / "failing.ipynb")


@pytest.fixture(scope="session")
def lab():
    """Start JupyterLab; return the addresses of its notebooks, to be filled in."""
    copy_lesson()
    SHOTS.mkdir()
    own = FOLDER / "jupyter"
    for name, setting in SETTINGS.items():
        path = own / "lab/user-settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(setting))
    log = FOLDER / "jupyterlab.log"
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ip=127.0.0.1", "--port=0", f"--notebook-dir={FOLDER / 'lesson'}"),
        *("--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.extension_manager=readonly",
    ]
    env = {**os.environ, **dict.fromkeys(OWN, str(own))}
    with log.open("w") as file:
        server = subprocess.Popen(command, env=env, stdout=file, stderr=file)
    try:
        end = time.monotonic() + 60
        while not (started := list(own.glob("runtime/jpserver-*.json"))):
            assert server.poll() is None and time.monotonic() < end, f"see {log}"
            time.sleep(0.2)
        info = json.loads(started[0].read_text())
        yield f"{info['url']}doc/tree/notebooks/{{}}.ipynb?reset&token={info['token']}"
    finally:
        server.terminate()  # it ends its kernels
        server.wait(30)


def pytest_collection_modifyitems(items):
    """Put together what is asked of one notebook, so that each runs once."""

    def notebook(item):
        here = item.path.is_relative_to(HERE)
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        return (here, parameters.get("notebook", "") if here else "")

    items.sort(key=notebook)


@pytest.fixture(scope="session")
def opener(browser, lab):
    """Open and run notebooks by name; the last one stays open."""
    with ExitStack() as stack:
        last = []

        def get(name):
            if last[-1:] != [name]:
                stack.close()
                last[:] = [stack.enter_context(open_and_run(browser, lab, name)), name]
            return last[0]

        yield get


@pytest.fixture
def opened(notebook, opener):
    """The notebook of a test, opened and run: a parameter names it."""
    return opener(notebook)
