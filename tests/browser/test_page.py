"""What learners see after Run All Cells in JupyterLab: figures, formulas, solutions."""

import re
from urllib.parse import urlparse

import pytest
from jupyterlab_page import LAPTOP, SHOTS, cell, close, open_and_run
from lesson_files import code_cells, read_notebooks

each_notebook = pytest.mark.parametrize(
    "notebook", [name for name in read_notebooks() if code_cells(name)]
)

# Violations in JupyterLab's own elements, as far as they lie within what we look at
NOT_OURS = {
    "aria-allowed-attr",
    "aria-input-field-name",
    "aria-required-children",
    "button-name",
    "empty-table-header",  # the corner of pandas' tables; ours are looked at below
    "label-title-only",
    "region",
    "scrollable-region-focusable",  # JupyterLab's output areas
}


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


def test_failing_notebook_is_seen_to_fail(browser, lab):
    """Else all other tests would prove nothing."""
    opened = open_and_run(browser, lab, "failing")
    assert opened.errors == ["ZeroDivisionError: division by zero"]
    close(opened)


@each_notebook
def test_no_errors(opened):
    assert opened.errors == []


@each_notebook
def test_no_request_leaves_the_machine(opened):
    hosts = {urlparse(url).hostname for url in opened.requests}
    assert "127.0.0.1" in hosts
    assert hosts - {"127.0.0.1", None} == set()  # None: data and blobs


@each_notebook
def test_figures_are_there(opened):
    """Each with its picture loaded, and with its alternative."""
    wanted = sum(
        "lesson.plot.show(" in each["source"]
        for each in read_notebooks()[opened.name]["cells"]
    )
    pictures = opened.page.locator(".jp-OutputArea-output img").evaluate_all(
        """all => all.map(each => ({
            alt: each.alt,
            loaded: each.complete && each.naturalWidth > 0,
        }))"""
    )
    assert len(pictures) >= wanted
    for picture in pictures:
        assert len(picture["alt"]) >= 20 and picture["alt"] != "Image"
        assert picture["loaded"], picture


@each_notebook
def test_mathematics_is_rendered(opened):
    prose = [
        each["source"]
        for each in read_notebooks()[opened.name]["cells"]
        if each["cell_type"] == "markdown"
    ]
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", "\n".join(prose))
    formulas = len(re.findall(r"(?s)\$\$.+?\$\$|\$[^$\n]+\$", text))
    rendered = opened.page.locator(".jp-RenderedMarkdown mjx-container")
    assert rendered.count() == formulas
    assert "$$" not in opened.page.locator(".jp-Notebook").inner_text()


@each_notebook
def test_hints_and_solutions_open_by_keyboard(opened):
    """All are closed; the first set opens, from the outside to the inside."""
    page = opened.page
    assert page.locator(".jp-RenderedMarkdown details[open]").count() == 0
    helps = [
        each["id"]
        for each in read_notebooks()[opened.name]["cells"]
        if each["id"].startswith("help-") and "Another hint" in each["source"]
    ]
    found = cell(page, helps[0])
    hint = found.locator("summary", has_text=re.compile("^Hint$"))
    another = found.locator("summary", has_text="Another hint")
    assert not another.is_visible()
    hint.focus()
    page.keyboard.press("Enter")
    another.wait_for(state="visible")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    assert found.locator("details[open]").count() == 2
    solution = found.locator("summary", has_text="Solution")
    solution.focus()
    page.keyboard.press("Enter")
    assert found.locator("details[open]").count() == 3


@each_notebook
def test_folded_solutions_open_by_keyboard(opened):
    headings = [
        each["id"]
        for each in read_notebooks()[opened.name]["cells"]
        if each["metadata"].get("jp-MarkdownHeadingCollapsed")
    ]
    for heading in headings:
        found = cell(opened.page, heading)
        button = found.get_by_role("button", name=re.compile("cells? hidden"))
        button.focus()
        opened.page.keyboard.press("Enter")
        button.wait_for(state="hidden")


@each_notebook
def test_nothing_of_ours_keeps_people_out(opened, axe):
    """axe-core finds no violation in what the lesson itself puts on the page."""
    context = {"include": [[".jp-RenderedMarkdown"], [".jp-OutputArea-output"]]}
    found = axe.run(opened.page, context).response["violations"]
    ours = [
        (each["id"], node["html"][:200])
        for each in found
        if each["id"] not in NOT_OURS
        for node in each["nodes"]
    ]
    assert ours == []
    headers = opened.page.locator(".jp-RenderedMarkdown th").all_inner_texts()
    assert [text for text in headers if not text.strip()] == []


@each_notebook
def test_answer_is_checked(opened):
    """Type a solution into the first exercise, as a learner does, and run it."""
    source = {each["id"]: each["source"] for each in
              read_notebooks()[opened.name]["cells"]}  # fmt: skip
    answer = next(each for each in source if each.startswith("answer-"))
    (solution,) = re.findall(
        r"(?s)```python\n(.*?)```", source[answer.replace("answer", "help", 1)]
    )
    found = cell(opened.page, answer)
    assert "Not attempted yet." in found.inner_text()
    found.locator(".cm-content").click()
    opened.page.keyboard.press("Control+A")
    call = source[answer][source[answer].rindex("lesson.check.") :]
    opened.page.keyboard.insert_text(f"{solution.strip()}\n\n{call}")
    opened.page.keyboard.press("Control+Enter")
    found.get_by_text("Right.", exact=True).wait_for()


KEY_MOMENTS = {
    "01-introduction": ["title", "plot-first", "fit", "exercise-better-than-guessing"],
    "02-image-data": ["plot-pixels", "plot-classes", "exercise-count-frogs"],
    "03-build-cnn": ["plot-edges", "explore-convolution", "build-intro", "parameters"],
    "04-fit-cnn": [
        *("loss", "explore-loss", "explore-learning-rate", "plot-intro"),
        *("exercise-inspect-curves", "explore-dropout", "plot-dropout"),
        *("exercise-train-dropout", "regularisation"),
    ],
    "05-evaluate-predict": [
        *("plot-confusion", "explore-predictions", "plot-filters", "explore-filters"),
        "predict-photo",
    ],
    "06-learning-rate-and-batch-size": [
        *("plot-rates", "plot-optimizers", "plot-finder", "plot-batches"),
        *("plot-schedules", "statements"),
    ],
    "07-regularisation": [
        *("plot-extremes", "plot-methods", "table", "plot-fair", "statements"),
    ],
    "08-beat-the-baseline": [
        *("build-capstone", "plot-variants", "plot-capstone", "plot-ladder"),
        *("test-accuracy", "plot-mistakes", "your-turn"),
    ],
}


# What is left of the screen when JupyterLab is enlarged for a projector
PROJECTOR = {"width": LAPTOP["width"] * 4 // 7, "height": LAPTOP["height"] * 4 // 7}


@each_notebook
@pytest.mark.parametrize("size", [LAPTOP, PROJECTOR], ids=["laptop", "projector"])
def test_key_moments(opened, size):
    """Nothing is clipped; screenshots to be looked at lie in build/browser."""
    page = opened.page
    page.set_viewport_size(size)
    try:
        page.wait_for_timeout(500)
        for moment in KEY_MOMENTS[opened.name]:
            found = cell(page, moment)
            found.evaluate("e => e.scrollIntoView({block: 'start'})")
            page.wait_for_timeout(300)
            name = f"{opened.name[:2]}-{moment}-{size['width']}.png"
            page.screenshot(path=SHOTS / name)
        assert page.evaluate(TOO_WIDE) == []
    finally:
        page.set_viewport_size(LAPTOP)
