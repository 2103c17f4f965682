"""Opens notebooks in JupyterLab in Chromium and runs them, as by hand."""

import time
from typing import NamedTuple

from lesson_files import ROOT
from playwright.sync_api import Page

FOLDER = ROOT / "build" / "browser"
SHOTS = FOLDER / "screenshots"
LAPTOP = {"width": 1366, "height": 768}
TOKEN = "lesson"
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
    const outputs = cells.flatMap(c => Array.from(
        {length: c.model.outputs.length}, (_, i) => c.model.outputs.get(i).toJSON()));
    return {
        kernel: panel.sessionContext.session?.kernel?.status,
        waiting: cells.filter(c => c.model.executionState !== 'idle'
            || c.model.executionCount === null).length,
        errors: outputs.filter(o => o.output_type === 'error')
            .map(o => `${o.ename}: ${o.evalue}`),
    };
}"""
LIVE = """() => {
    const picture = document.querySelector('img[alt^="Training curves."]');
    const output = picture?.closest('.jp-OutputArea-output');
    return picture && [picture.alt, output.getBoundingClientRect().height];
}"""


class Opened(NamedTuple):
    """A notebook that was opened and run."""

    name: str
    page: Page
    errors: list  # of its cells
    requests: set  # the addresses that the page asked for
    live: list  # (alternative, height) of the live curves, each time they changed


def open_and_run(browser, lab, name):
    """Open a notebook on a fresh page, choose Run All Cells, wait for the end."""
    page = browser.new_page(viewport=LAPTOP)
    page.set_default_timeout(20_000)
    requests = set()
    page.on("request", lambda request: requests.add(request.url))
    page.on("websocket", lambda socket: requests.add(socket.url))
    page.goto(f"{lab}/doc/tree/notebooks/{name}.ipynb?reset&token={TOKEN}")
    page.wait_for_function(READY)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    live, end = [], time.monotonic() + RUN_TIMEOUT
    while True:
        page.wait_for_timeout(100)
        seen = page.evaluate(LIVE)
        if seen and (not live or live[-1] != tuple(seen)):
            live.append(tuple(seen))
        state = page.evaluate(STATE)
        if state["errors"] or (not state["waiting"] and state["kernel"] == "idle"):
            break
        assert time.monotonic() < end, f"{name}: {state}"
    page.wait_for_timeout(500)  # the last widgets and figures
    return Opened(name, page, state["errors"], requests, live)


def close(opened):
    """Close the page, and end its kernel, whose memory the next one needs."""
    opened.page.evaluate(
        "() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()"
    )
    opened.page.close()


def cell(page, cell_id):
    """Return the locator of a cell, scrolled to."""
    place = page.evaluate(
        """id => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            const place = notebook.widgets.findIndex(c => c.model.id === id);
            notebook.activeCellIndex = place;
            notebook.mode = 'command';
            return place;
        }""",
        cell_id,
    )
    assert place >= 0, f"no cell {cell_id}"
    found = page.locator(f'.jp-Cell[data-windowed-list-index="{place}"]')
    found.scroll_into_view_if_needed()
    return found
