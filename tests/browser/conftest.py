"""JupyterLab and Chromium for the tests: each notebook is opened and run as by hand.

The server is that of `make lab`, in a learner's copy of the lesson in `build/browser`,
with folders of its own for what people set. Notebooks with a box "Short of time?" take
the shipped results, by the code of that box, so that a round takes a few minutes;
notebook 01 trains.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import lesson
import make_handouts
import nbformat
import pytest
from chromium import LAPTOP, browser, photos, watch  # noqa: F401  # fixtures
from lesson_files import ROOT

FOLDER = ROOT / "build" / "browser"
LESSON = FOLDER / "lesson"
# All cells on the page at once, not only those in sight: so that all are tested
SETTING = "lab/user-settings/@jupyterlab/notebook-extension/tracker.jupyterlab-settings"
# Where Jupyter keeps its settings and what it writes; all in one folder of the tests
OWN = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")
RUN_TIMEOUT = 600_000  # milliseconds, for a whole notebook

# The toolbar is not to be trusted: it says "idle" before there is a kernel
READY = """() => {
    const session = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    const kernel = session?.session?.kernel;
    return session?.isReady && kernel?.connectionStatus === 'connected'
        && kernel?.status === 'idle';
}"""
RUN_ALL = """async () => {
    const ran = await jupyterapp.commands.execute('notebook:run-all-cells');
    await jupyterapp.commands.execute('notebook:expand-all-headings');
    const cells = jupyterapp.shell.currentWidget.content.widgets;
    const outputs = cells.flatMap(c => c.model.outputs?.toJSON() ?? []);
    const errors = outputs.filter(o => o.output_type === 'error');
    return { ran, errors: errors.map(o => `${o.ename}: ${o.evalue}`) };
}"""
# The next notebook needs the memory of its kernel
END = "jupyterapp.serviceManager.sessions.shutdownAll()"


def copy_lesson():
    """Lay out what learners get; notebooks take the way of who is short of time."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    make_handouts.build(LESSON, {"learner": "notebooks"})
    for name in lesson.results.NOTEBOOKS:
        path, code = LESSON / f"notebooks/{name}.ipynb", lesson.results.spared(name)
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            cell.source = code.get(cell.id, cell.source)
        nbformat.write(notebook, path)


@pytest.fixture(scope="session")
def lab():
    """Start what `make lab` starts; return its address, with a view and a notebook to
    be filled in.
    """
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
        page = "{}/tree/my_notebooks/{}.ipynb?reset"
        yield f"{info['url']}{page}&token={info['token']}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)  # JupyterLab, too, which ends its kernels
        server.wait(30)


def start(page, address):
    """Open a notebook, and wait for its kernel."""
    page.set_default_timeout(20_000)
    page.goto(address)
    page.wait_for_function(READY, timeout=90_000)


@pytest.fixture
def tab(browser, lab):  # noqa: F811
    """Open a notebook, not run, in one of JupyterLab's views: "doc", or "lab", where
    links open tabs.
    """
    page = browser.new_page(viewport=LAPTOP)

    def get(view, name):
        start(page, lab.format(view, name))
        return page

    yield get
    page.evaluate(END)
    page.close()


@pytest.fixture(scope="module")
def opened(notebook, browser, lab):  # noqa: F811
    """Open the notebook that a parameter names, and run all of it, once for all tests.

    It has no error, and no request leaves the machine.
    """
    page = browser.new_page(viewport=LAPTOP)
    hosts = watch(page)
    start(page, lab.format("doc", notebook))
    outcome = page.wait_for_function(RUN_ALL, timeout=RUN_TIMEOUT).json_value()
    assert outcome == {"ran": True, "errors": []}
    page.wait_for_timeout(500)  # the last widgets and figures
    assert hosts == {"127.0.0.1"}
    yield page
    page.evaluate(END)
    page.close()
