"""JupyterLab and Chromium for the tests: each notebook is opened and run as by hand.

The server is that of `make lab`, in a copy of the lesson in `build/browser`, with
folders of its own for what people set. Notebooks with a box "Short of time?" take the
shipped results, by the code of that box, so that a round takes a few minutes; notebook
01 trains.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import lesson
import nbformat
import pytest
from chromium import browser  # noqa: F401  # a fixture
from lesson_files import NOTEBOOKS, REFERENCE, ROOT, read_notebooks

HERE = Path(__file__).parent
FOLDER = ROOT / "build" / "browser"
LESSON = FOLDER / "lesson"
BESIDE = ("fig", "jupyter", "tools")
# All cells on the page at once, not only those in sight: so that all are tested
SETTING = "lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
# Where Jupyter keeps its settings and what it writes; all in one folder of the tests
OWN = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
LAPTOP = {"width": 1366, "height": 768}
RUN_TIMEOUT = 600  # seconds, for a whole notebook

# What the page's own model of the notebook says; the toolbar is not to be trusted:
# it says "idle" before there is a kernel
READY = """() => {
    const session = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    const kernel = session?.session?.kernel;
    return Boolean(session?.isReady && kernel?.connectionStatus === 'connected'
        && kernel?.status === 'idle');
}"""
STATE = """() => {
    const panel = window.jupyterapp.shell.currentWidget;
    const cells = panel.content.widgets.filter(
        c => c.model.type === 'code' && c.model.sharedModel.source.trim());
    const outputs = cells.flatMap(c => c.model.outputs.toJSON());
    return {
        running: panel.sessionContext.session?.kernel?.status !== 'idle'
            || cells.some(c => c.model.executionState !== 'idle'
                || c.model.executionCount === null),
        errors: outputs.filter(o => o.output_type === 'error')
            .map(o => `${o.ename}: ${o.evalue}`),
    };
}"""

SELECT = """id => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.mode = 'command';
    const place = notebook.widgets.findIndex(c => c.model.id === id);
    return notebook.activeCellIndex = place;
}"""


def copy_lesson():
    """Copy what a learner has; some notebooks take the way of who is short of time."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    left_out = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "my_photo*")
    for path in (NOTEBOOKS, REFERENCE, *map(ROOT.joinpath, BESIDE)):
        shutil.copytree(path, LESSON / path.relative_to(ROOT), ignore=left_out)
    for path in ROOT.glob("*.md"):
        shutil.copy(path, LESSON)
    folder = LESSON / "notebooks"
    for name in lesson.results.NOTEBOOKS:
        path, code = folder / f"{name}.ipynb", lesson.results.spared(name)
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = code.get(cell.id, cell.source)
        nbformat.write(notebook, path)
    # For whoever types into a notebook that others look at, too
    shutil.copy(folder / "01-introduction.ipynb", folder / "by-keyboard.ipynb")
    notebook.cells = [nbformat.v4.new_code_cell("1 / 0", id="fails")]
    nbformat.write(notebook, folder / "failing.ipynb")


@pytest.fixture(scope="session")
def lab():
    """Start what `make lab` starts; return the addresses of copies, to be filled in."""
    copy_lesson()
    own = FOLDER / "jupyter"
    (own / SETTING).parent.mkdir(parents=True)
    (own / SETTING).write_text('{"windowingMode": "none"}')
    log = FOLDER / "jupyterlab.log"
    command = [
        *(sys.executable, str(LESSON / "tools" / "lab.py"), "--no-browser"),
        *("--allow-root", "--ip=127.0.0.1", "--port=0"),
        "--LabApp.expose_app_in_browser=True",
    ]
    env = {**os.environ, **dict.fromkeys(OWN, str(own))}
    with log.open("w") as file:
        server = subprocess.Popen(
            command, env=env, stdout=file, stderr=file, start_new_session=True
        )
    try:
        end = time.monotonic() + 60
        while not (started := list(own.glob("runtime/jpserver-*.json"))):
            assert server.poll() is None and time.monotonic() < end, f"see {log}"
            time.sleep(0.2)
        info = json.loads(started[0].read_text())
        page = "doc/tree/my_notebooks/{}.ipynb?reset"
        yield f"{info['url']}{page}&token={info['token']}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # JupyterLab, too, which ends its kernels
        server.wait(30)


def pytest_collection_modifyitems(items):
    """Put together what is asked of one notebook, so that each runs once."""

    def notebook(item):
        here = item.path.is_relative_to(HERE)
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        return (here, parameters.get("notebook", "") if here else "")

    items.sort(key=notebook)


@pytest.fixture(scope="session")
def opener(browser, lab):  # noqa: F811
    """Open notebooks by name and run them, as by hand; the last one stays open."""
    last = []

    def get(name):
        if not last or last[-1].name != name:
            if last:  # the next one needs the memory of its kernel
                last[-1].page.evaluate(
                    "jupyterapp.shell.currentWidget.sessionContext.shutdown()"
                )
                last.pop().page.close()
            page = browser.new_page(viewport=LAPTOP, reduced_motion="reduce")
            last.append(_open_and_run(page, lab.format(name), name))
        return last[-1]

    return get


@pytest.fixture
def walk(browser, lab):  # noqa: F811
    """Run a notebook with Shift+Enter, as a learner does, up to a cell: the page, and
    how its cells are selected.
    """
    page = browser.new_page(viewport=LAPTOP)

    def walk(name, before):
        _open(page, lab.format(name))
        page.evaluate(SELECT, "title")
        for cell in read_notebooks()[name].cells:
            page.wait_for_function(READY, timeout=90_000)
            if cell.id == before:
                return page, lambda cell_id: page.evaluate(SELECT, cell_id)
            page.keyboard.press("Shift+Enter")
            page.wait_for_timeout(200)  # the kernel is soon busy
        raise LookupError(before)

    yield walk
    page.evaluate("jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()


def _open(page, address):
    page.set_default_timeout(20_000)
    page.goto(address)
    page.wait_for_function(READY, timeout=90_000)  # a kernel starts


def _open_and_run(page, address, name):
    """Return the page, and the errors and requests."""
    requests = set()
    for event in ("request", "websocket"):
        page.on(event, lambda sent: requests.add(sent.url))
    _open(page, address)
    for item in ("Run", "Run All Cells"):
        page.get_by_role("menuitem", name=item, exact=True).click()
    state, end = {"running": True, "errors": []}, time.monotonic() + RUN_TIMEOUT
    while state["running"] and not state["errors"]:
        assert time.monotonic() < end, f"{name}: {state}"
        page.wait_for_timeout(100)
        state = page.evaluate(STATE)
    page.wait_for_timeout(500)  # the last widgets and figures

    def cell(cell_id):
        """Return the locator of a cell, scrolled to."""
        place = page.evaluate(SELECT, cell_id)
        assert place >= 0, f"no cell {cell_id}"
        found = page.locator(f'.jp-Cell[data-windowed-list-index="{place}"]')
        found.scroll_into_view_if_needed()
        return found

    seen = {"errors": state["errors"], "requests": requests}
    return SimpleNamespace(name=name, page=page, cell=cell, **seen)


@pytest.fixture
def tab(browser, lab):  # noqa: F811
    """Open a notebook, not run, in the page of `make lab`, where links open tabs."""
    page = browser.new_page(viewport=LAPTOP)

    def get(name):
        page.goto(lab.format(name).replace("/doc/", "/lab/"))
        page.wait_for_function(READY, timeout=90_000)
        return page

    yield get
    page.evaluate("jupyterapp.serviceManager.sessions.shutdownAll()")
    page.close()


@pytest.fixture
def opened(notebook, opener):
    """The notebook of a test, opened and run: a parameter names it."""
    return opener(notebook)
