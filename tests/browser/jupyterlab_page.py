"""Opens notebooks in JupyterLab in Chromium and runs them, as by hand."""

import time
from contextlib import contextmanager
from types import SimpleNamespace

from lesson_files import ROOT

FOLDER = ROOT / "build" / "browser"
SHOTS = FOLDER / "screenshots"
LAPTOP = {"width": 1366, "height": 768}
RUN_TIMEOUT = 400  # seconds, for a whole notebook

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
    const picture = document.querySelector('img[alt^="Training curves."]');
    const output = picture?.closest('.jp-OutputArea-output');
    return {
        running: panel.sessionContext.session?.kernel?.status !== 'idle'
            || cells.some(c => c.model.executionState !== 'idle'
                || c.model.executionCount === null),
        errors: outputs.filter(o => o.output_type === 'error')
            .map(o => `${o.ename}: ${o.evalue}`),
        live: picture && [picture.alt, output.getBoundingClientRect().height],
    };
}"""


@contextmanager
def open_and_run(browser, lab, name):
    """Open a notebook on a fresh page, choose Run All Cells, wait for the end.

    Yields its name, its page, the errors of its cells, the addresses that the page
    asked for, and [alternative, height] of the live curves each time they changed.
    """
    page = browser.new_page(viewport=LAPTOP)
    page.set_default_timeout(20_000)
    requests, live = set(), []
    for event in ("request", "websocket"):
        page.on(event, lambda sent: requests.add(sent.url))
    page.goto(lab.format(name))
    page.wait_for_function(READY)
    for item in ("Run", "Run All Cells"):
        page.get_by_role("menuitem", name=item, exact=True).click()
    state, end = {"running": True, "errors": []}, time.monotonic() + RUN_TIMEOUT
    while state["running"] and not state["errors"]:
        assert time.monotonic() < end, f"{name}: {state}"
        page.wait_for_timeout(100)
        state = page.evaluate(STATE)
        if state["live"] and state["live"] not in live[-1:]:
            live.append(state["live"])
    page.wait_for_timeout(500)  # the last widgets and figures
    errors = state["errors"]
    yield SimpleNamespace(
        name=name, page=page, errors=errors, requests=requests, live=live
    )
    # The next one needs the memory of its kernel
    page.evaluate("window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    page.close()


def cell(page, cell_id):
    """Return the locator of a cell, scrolled to."""
    place = page.evaluate(
        """id => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.mode = 'command';
            return notebook.activeCellIndex = notebook.widgets.findIndex(
                c => c.model.id === id);
        }""",
        cell_id,
    )
    assert place >= 0, f"no cell {cell_id}"
    found = page.locator(f'.jp-Cell[data-windowed-list-index="{place}"]')
    found.scroll_into_view_if_needed()
    return found
