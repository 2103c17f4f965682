"""What learners see after Run All Cells in JupyterLab: figures, formulas, solutions."""

import re
from urllib.parse import urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from lesson_files import ROOT, code_cells, read_notebooks

with_code = [name for name in read_notebooks() if code_cells(name)]
each_notebook = pytest.mark.parametrize("notebook", with_code)
with_exercises = [
    name
    for name in with_code
    if any(cell["id"].startswith("answer-") for cell in code_cells(name))
]
each_with_exercises = pytest.mark.parametrize("notebook", with_exercises)

# Violations in JupyterLab's own elements, as far as they lie within what we look at
NOT_OURS = {
    "aria-allowed-attr", "aria-input-field-name", "aria-required-children",
    "button-name", "label-title-only", "region",
    "empty-table-header",  # the corner of pandas' tables; ours are looked at below
    "scrollable-region-focusable",  # JupyterLab's output areas
}  # fmt: skip

# Prose and pictures of the lesson that run out of their cells
TOO_WIDE = """() => [
    ...[...document.querySelectorAll('.jp-RenderedMarkdown')]
        .filter(e => e.scrollWidth > e.clientWidth + 1)
        .map(e => e.innerText.slice(0, 80)),
    ...[...document.querySelectorAll('.jp-OutputArea-output img')]
        .filter(e => e.getBoundingClientRect().right
            > e.closest('.jp-OutputArea').getBoundingClientRect().right + 1)
        .map(e => e.alt),
]"""


def _sources(opened, start=""):
    """Return the sources of the cells whose ids start with a text, by id."""
    cells = read_notebooks()[opened.name]["cells"]
    return {
        each["id"]: each["source"] for each in cells if each["id"].startswith(start)
    }


def test_failing_notebook_is_seen_to_fail(opener):
    """Else all other tests would prove nothing."""
    assert opener("failing").errors == ["ZeroDivisionError: division by zero"]


@each_notebook
def test_no_errors(opened):
    assert opened.errors == []


@each_notebook
def test_no_request_leaves_the_machine(opened):
    hosts = {urlparse(url).hostname for url in opened.requests}
    assert hosts - {None} == {"127.0.0.1"}  # None: data and blobs


@each_notebook
def test_figures_are_there(opened):
    """Each with its picture loaded, and with its alternative."""
    wanted = sum("lesson.plot.show(" in each for each in _sources(opened).values())
    pictures = opened.page.locator(".jp-OutputArea-output img").evaluate_all(
        "all => all.map(each => [each.alt, each.complete && each.naturalWidth > 0])"
    )
    assert len(pictures) >= wanted
    assert [each for each in pictures if len(each[0]) < 20 or not each[1]] == []


@each_notebook
def test_mathematics_is_rendered(opened):
    cells = read_notebooks()[opened.name]["cells"]
    prose = "\n".join(x["source"] for x in cells if x["cell_type"] == "markdown")
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", prose)
    formulas = len(re.findall(r"(?s)\$\$.+?\$\$|\$[^$\n]+\$", text))
    rendered = opened.page.locator(".jp-RenderedMarkdown mjx-container")
    assert rendered.count() == formulas
    assert "$$" not in opened.page.locator(".jp-Notebook").inner_text()


@each_with_exercises
def test_hints_and_solutions_open_by_keyboard(opened):
    """All are closed; the first set opens, from the outside to the inside."""
    page, helps = opened.page, _sources(opened, "help-")
    assert page.locator(".jp-RenderedMarkdown details[open]").count() == 0
    found = opened.cell(next(x for x in helps if "Another hint" in helps[x]))
    another = found.locator("summary", has_text="Another hint")
    assert not another.is_visible()
    found.locator("summary", has_text=re.compile("^Hint$")).focus()
    page.keyboard.press("Enter")
    another.wait_for(state="visible")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert found.locator("details[open]").count() == 2
    found.locator("summary", has_text="Solution").focus()
    page.keyboard.press("Enter")
    assert found.locator("details[open]").count() == 3


@each_notebook
def test_folded_solutions_open_by_keyboard(opened):
    for heading in read_notebooks()[opened.name]["cells"]:
        if heading["metadata"].get("jp-MarkdownHeadingCollapsed"):
            found = opened.cell(heading["id"])
            button = found.get_by_role("button", name=re.compile("cells? hidden"))
            button.focus()
            opened.page.keyboard.press("Enter")
            button.wait_for(state="hidden")


@each_notebook
def test_nothing_of_ours_keeps_people_out(opened):
    """axe-core finds no violation in what the lesson itself puts on the page."""
    context = {"include": [[".jp-RenderedMarkdown"], [".jp-OutputArea-output"]]}
    found = Axe().run(opened.page, context).response["violations"]
    ours = [each for each in found if each["id"] not in NOT_OURS]
    assert [(x["id"], node["html"][:200]) for x in ours for node in x["nodes"]] == []
    headers = opened.page.locator(".jp-RenderedMarkdown th").all_inner_texts()
    assert [text for text in headers if not text.strip()] == []


@each_with_exercises
def test_answer_is_checked(opened):
    """Type a solution into the first exercise, as a learner does, and run it."""
    answer, source = next(iter(_sources(opened, "answer-").items()))
    text = _sources(opened)[answer.replace("answer", "help", 1)]
    (solution,) = re.findall(r"(?s)```python\n(.*?)```", text)
    found = opened.cell(answer)
    assert "Not attempted yet." in found.inner_text()
    found.locator(".cm-content").click()
    opened.page.keyboard.press("Control+A")
    call = source[source.rindex("lesson.check.") :]
    opened.page.keyboard.insert_text(f"{solution.strip()}\n\n{call}")
    opened.page.keyboard.press("Control+Enter")
    found.get_by_text("Right.", exact=True).wait_for()


@each_notebook
@pytest.mark.parametrize("share", [1, 4 / 7], ids=["laptop", "projector"])
def test_nothing_is_clipped(opened, share):
    """Also where JupyterLab is enlarged, which leaves a part of the screen.

    Screenshots to be looked at lie in build/browser.
    """
    page, laptop = opened.page, opened.page.viewport_size
    size = {side: int(share * pixels) for side, pixels in laptop.items()}
    page.set_viewport_size(size)
    try:
        page.wait_for_timeout(500)
        for moment in ["title", *_sources(opened, ("plot-", "explore-", "exercise-"))]:
            opened.cell(moment).evaluate("e => e.scrollIntoView({block: 'start'})")
            page.wait_for_timeout(300)
            name = f"{opened.name}-{moment}-{size['width']}.png"
            page.screenshot(path=ROOT / "build/browser/screenshots" / name)
        assert page.evaluate(TOO_WIDE) == []
    finally:
        page.set_viewport_size(laptop)
