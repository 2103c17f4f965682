"""What learners see after Run All Cells in JupyterLab: figures, formulas, solutions;
live curves and explorers, by mouse and by keyboard.

What these compute is tested without a browser, see `tests/unit`. Tests with a page of
their own come first; the others share a page for each notebook, which stays open.
"""

import re

import pytest
from chromium import LAPTOP, formulas, violations
from format import definitions
from lesson_files import CODE, ROOT, all_cells, prose, read_notebooks
from playwright.sync_api import expect

each_notebook = pytest.mark.parametrize("notebook", read_notebooks(), scope="module")
SCREENSHOTS = ROOT / "build" / "browser" / "screenshots"

SELECT = """id => {
    const notebook = jupyterapp.shell.currentWidget.content;
    notebook.mode = 'command';
    const place = notebook.widgets.findIndex(c => c.model.id === id);
    return notebook.activeCellIndex = place;
}"""
# What axe-core looks at: all that is of the lesson, not the corner of pandas' tables
OURS = {
    "include": [[".jp-RenderedMarkdown"], [".jp-OutputArea-output"]],
    "exclude": [[".dataframe th:empty"]],
}
# JupyterLab's body has no height, and a notebook scrolls in it: axe-core would take all
# of it for hidden. This returns the height at which it is seen whole. The tint of an
# exercise is a shadow, which axe-core does not see: it becomes a background
FROM_THE_TOP = """() => {
    document.body.style.height = '100vh';
    for (const cell of document.querySelectorAll('.jp-Cell')) {
        const shadow = getComputedStyle(cell).boxShadow;
        if (shadow.endsWith('inset')) cell.style.background = shadow.split(' 0px')[0];
    }
    const notebook = document.querySelector('.jp-WindowedPanel-outer');
    notebook.scrollTop = 0;
    return notebook.scrollHeight + 200;
}"""

# Prose, pictures and controls of the lesson that run out of their cells
TOO_WIDE = """() => [
    ...[...document.querySelectorAll('.jp-RenderedMarkdown')]
        .filter(e => e.scrollWidth > e.clientWidth + 1)
        .map(e => e.innerText.slice(0, 80)),
    ...[...document.querySelectorAll(
            '.jp-OutputArea-output :is(img, input, select, button)')]
        .filter(e => e.getBoundingClientRect().right
            > e.closest('.jp-OutputArea').getBoundingClientRect().right + 1)
        .map(e => e.alt || e.outerHTML),
]"""
# A laptop; the same enlarged to 200 %; a phone, where tables, code and formulas may be
# moved to the side, and all else has to fit
SIZES = [(1366, 768), (683, 384), (320, 640)]
MAY_BE_MOVED = """@media (width <= 320px) {
    .jp-RenderedMarkdown :is(table, pre, mjx-container[display]) {
        display: none !important;
    }
}"""
# What is seen of a training, frame by frame, from its first step on: how far its bar
# is, place and height of it all, and whether it is on the screen
WATCH = """() => {
    window.seen = [];
    const look = () => {
        const bar = document.querySelector('.jp-OutputArea-output progress');
        const picture = document.querySelector('img[alt^="Training curves"]');
        if (picture && (bar?.value > 0 || seen.length)) {
            const area = picture.closest('.jp-OutputArea');
            const [all, line, curves, view] = [
                area, area.querySelector('.jp-OutputArea-output'), picture,
                area.closest('.jp-WindowedPanel-outer'),
            ].map(element => element.getBoundingClientRect());
            const shown = line.top >= view.top && curves.bottom <= view.bottom
                && picture.complete && picture.naturalWidth > 0;
            seen.push([bar ? bar.value : 1, all.top, all.height, shown]);
        }
        requestAnimationFrame(look);
    };
    look();
}"""


def get_cell(page, cell_id):
    """Return the locator of a cell, selected and scrolled to."""
    place = page.evaluate(SELECT, cell_id)
    assert place >= 0, f"no cell {cell_id}"
    found = page.locator(f'.jp-Cell[data-windowed-list-index="{place}"]')
    found.scroll_into_view_if_needed()
    return found


def tab_to(page, place):
    """Press Tab until an element has the focus; fail if that takes long."""
    for _ in range(20):
        if place.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {place}")


def test_training_stays_on_the_screen_and_can_be_stopped(tab):
    """On a laptop, with Shift+Enter: its curves and its bar move nothing else."""
    page = tab("doc", "01-introduction")
    ids = [cell.id for cell in read_notebooks()["01-introduction"].cells]
    page.evaluate(SELECT, ids[0])
    for _ in ids[: ids.index("step-6")]:
        page.evaluate(
            "jupyterapp.commands.execute('notebook:run-cell-and-select-next')"
        )
    page.evaluate(WATCH)
    for _ in ("step-6", "fit"):
        page.keyboard.press("Shift+Enter")

    def wait_for(line):
        place = page.locator(".jp-OutputArea-output").get_by_text(re.compile(line))
        place.wait_for(timeout=90_000)

    wait_for("^Epoch 1 of 5: step")
    for moment in range(11):  # tools/film.py makes a moving picture of these
        reached = f"() => !(document.querySelector('progress')?.value < {moment / 10})"
        page.wait_for_function(reached, timeout=90_000)
        page.wait_for_timeout(500 * (moment == 10))
        page.screenshot(path=SCREENSHOTS / f"01-introduction-fit-{moment:02}.png")
    wait_for("^The training is over")
    shares, tops, heights, shown = zip(*page.evaluate("seen"), strict=True)
    assert all(shown)
    assert list(shares) == sorted(shares)
    assert any(0.2 < 5 * share % 1 < 0.8 for share in shares), "only with epochs"
    assert max(tops) - min(tops) <= 2 and max(heights) - min(heights) <= 2

    page.evaluate(SELECT, "fit")
    page.keyboard.press("Shift+Enter")
    wait_for("^Epoch [1-4] of 5: step")
    page.get_by_role("button", name="Interrupt the kernel").click()
    wait_for("^Stopped after epoch [1-4] of 5, as you asked")
    page.evaluate(SELECT, "measure")
    page.keyboard.press("Shift+Enter")
    wait_for(r"^accuracy: 0\.\d\d, guessing")


def test_a_notebook_by_keyboard_alone(tab):
    """Run its cells, type an answer, open hints, follow the link to the next one."""
    page = tab("lab", "01-introduction")
    active = page.locator(".jp-Cell.jp-mod-active")
    cells = read_notebooks()["01-introduction"].cells
    ids = [cell.id for cell in cells]
    place = next(n for n, cell in enumerate(ids) if cell.startswith("answer-"))
    answer, help_ = (cell.source for cell in cells[place : place + 2])
    (solution,) = CODE.findall(help_)
    for _ in ids[:place]:
        page.keyboard.press("Shift+Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(solution + answer[answer.rindex("lesson.check.") :])
    page.keyboard.press("Shift+Enter")
    page.locator("strong", has_text="Right.").wait_for(timeout=240_000)
    folded = active.locator("details")
    expect(active.locator("details[open]")).to_have_count(0)
    for summary in active.locator("summary").all():
        tab_to(page, summary)
        page.keyboard.press("Enter")
    expect(active.locator("details[open]")).to_have_count(folded.count())
    for _ in ids[place + 2 :]:
        page.keyboard.press("Shift+Enter")
    tab_to(page, active.get_by_role("link", name="notebook 2"))
    page.keyboard.press("Enter")
    label = "jupyterapp.shell.currentWidget.title.label"
    page.wait_for_function(f"{label} === '02-image-data.ipynb'", timeout=60_000)


def test_the_next_day_an_error_says_how_to_go_on(tab):
    """In the middle of a notebook that has not run: two lines lead there, untrained."""
    page = tab("doc", "04-fit-cnn")
    shown = page.locator(".jp-mod-active .jp-OutputArea-output")
    page.evaluate(SELECT, "plot-intro")
    page.keyboard.press("Control+Enter")
    shown.get_by_text("lesson.catch_up").wait_for(timeout=90_000)
    lines = re.findall(r"(?m)^ +(\S.*)$", shown.inner_text())
    page.keyboard.press("a")  # a new cell above
    page.keyboard.press("Enter")
    page.keyboard.insert_text("\n".join(lines))
    page.keyboard.press("Control+Enter")
    shown.get_by_text("They have run.").wait_for(timeout=90_000)
    page.evaluate(SELECT, "plot-intro")
    page.keyboard.press("Control+Enter")
    shown.locator("img").wait_for(timeout=30_000)


def test_definition_is_shown_and_links_open_pages_of_the_lesson(tab):
    """On focus; the pointer shows it as the title. It takes no second kernel."""
    page = tab("lab", "02-image-data")
    kernels = "[...jupyterapp.serviceManager.sessions.running()].length"
    before = page.evaluate(kernels)
    link = page.get_by_role("link", name="test set", exact=True)
    expect(link).to_have_attribute("title", definitions()["Test-set"])
    text = page.locator(".jp-RenderedMarkdown", has=link)
    height = text.bounding_box()["height"]
    page.get_by_role("link", name="validation set", exact=True).focus()
    tab_to(page, link)
    assert text.bounding_box()["height"] > height + 15, "no room for the definition"
    assert text.evaluate("each => each.scrollHeight <= each.clientHeight"), "clipped"
    page.keyboard.press("Enter")
    term = page.locator(".jp-MarkdownViewer h2", has_text=re.compile("^Test set"))
    expect(term).to_be_in_viewport()
    assert page.evaluate(kernels) == before


@each_notebook
def test_figures_are_there(opened, notebook):
    """Each with its picture loaded, and with its alternative."""
    cells = read_notebooks()[notebook].cells
    wanted = sum("lesson.plot.show(" in cell.source for cell in cells)
    shown = ".jp-OutputArea-output img, .jp-RenderedMarkdown img"
    pictures = opened.locator(shown).evaluate_all(
        "all => all.map(each => [each.alt, each.complete && each.naturalWidth > 0])"
    )
    assert len(pictures) >= wanted
    assert [each for each in pictures if len(each[0]) < 20 or not each[1]] == []


@each_notebook
def test_mathematics_is_rendered(opened, notebook):
    rendered = opened.locator(".jp-RenderedMarkdown mjx-container")
    assert rendered.count() == len(formulas(prose(notebook)))
    assert "$$" not in opened.locator(".jp-Notebook").inner_text()


def violations_of_ours(page):
    """Return what axe-core finds in what the lesson puts on the page, by any rule."""
    page.set_viewport_size({**LAPTOP, "height": page.evaluate(FROM_THE_TOP)})
    page.wait_for_timeout(500)
    found = violations(page, OURS)
    page.set_viewport_size(LAPTOP)
    return found


@pytest.fixture(params=["Light", "Dark"])
def theme(request, opened):
    """Each of JupyterLab's themes, for the notebook of a test."""
    change = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
    opened.evaluate(change, f"JupyterLab {request.param}")
    opened.wait_for_timeout(500)
    yield request.param
    opened.evaluate(change, "JupyterLab Light")


@each_notebook
def test_nothing_of_ours_keeps_people_out(opened, theme):
    assert violations_of_ours(opened) == []


@pytest.mark.parametrize("notebook", ["02-image-data"], scope="module")
def test_answer_is_clicked_in_its_box(opened, notebook, theme):
    """By mouse and keyboard; all of it can be read in each theme, and stands out."""
    found = get_cell(opened, "answer-rescale-twice")
    found.locator(".cm-content").click()
    opened.keyboard.press("Control+Enter")
    options = found.get_by_role("group", name="answer")
    said = found.get_by_role("status")
    one, right = (options.get_by_role("button", name=x, exact=True) for x in "ac")
    one.press("Enter")
    expect(said).to_contain_text("✗ Not yet.")
    expect(one).to_have_attribute("aria-pressed", "true")
    expect(said.locator("small")).to_have_count(0)
    opened.evaluate("jupyterapp.commands.execute('docmanager:save')")
    saved = ROOT / "build/browser/lesson/my_notebooks" / f"{notebook}.ipynb"
    saved = saved.read_text("utf-8")
    assert "Not attempted yet." in saved
    assert "widget-view" not in saved  # an error the next day
    assert violations_of_ours(opened) == []
    right.click()
    # What stays is the verdict, as of a typed answer
    expect(options).to_have_count(0)
    expect(said).to_contain_text("✓ Right.")
    expect(said.locator("small")).to_contain_text(re.compile(r"notebook: \d of 5\.$"))
    assert violations_of_ours(opened) == []
    parts = [f"{part}-rescale-twice" for part in ("exercise", "answer", "help")]
    edge = "e => parseFloat(getComputedStyle(e).borderLeftWidth)"
    assert all(get_cell(opened, part).evaluate(edge) >= 3 for part in parts)


@pytest.mark.parametrize("notebook", ["02-image-data"], scope="module")
def test_fault_at_the_end_of_a_notebook_is_found(opened, notebook):
    """Else axe-core would look at nothing but what is on the screen."""
    fault = (
        "e => e.insertAdjacentHTML('beforeend', '<p style=\"color: #eee\">Pale</p>')"
    )
    last = opened.locator(".jp-RenderedMarkdown").last
    last.evaluate(fault)
    assert [rule for rule, _ in violations_of_ours(opened)] == ["color-contrast"]
    last.locator("p").last.evaluate("e => e.remove()")


KEYS = {"slider": ["ArrowRight"] * 3, "combobox": ["ArrowDown"], "button": ["Enter"]}
CONTROLS = [
    ("explore-window", "slider", "place"),
    ("explore-pooling", "slider", "place"),
    ("explore-convolution", "slider", "image"),
    ("explore-convolution", "combobox", "filter"),
    ("explore-loss", "slider", "score of cat"),
    ("explore-learning-rate", "slider", "learning rate"),
    ("explore-dropout", "slider", "rate"),
    ("explore-dropout", "button", "next training step"),
    ("explore-dropout", "combobox", "mode"),
    ("explore-predictions", "combobox", "true class"),
    ("explore-predictions", "combobox", "order"),
    ("explore-filters", "slider", "image"),
    ("explore-filters", "combobox", "filter"),
]
NOTEBOOK_OF = {cell["id"]: name for name, cell in all_cells()}


@pytest.mark.parametrize(
    ("notebook", "control"),
    [(NOTEBOOK_OF[row[0]], row) for row in CONTROLS],
    ids=[f"{row[0]}-{row[2]}" for row in CONTROLS],
    scope="module",
)
def test_control_changes_its_figure(opened, control):
    """Found by the name that screen readers say; then the sentence says the same."""
    place, role, name = control
    found = get_cell(opened, place)
    picture = found.locator("img").first
    control = found.get_by_role(role, name=name, exact=True).first

    def change(action):
        opened.wait_for_timeout(500)  # no change is still on its way
        before = picture.get_attribute("src")
        action()
        expect(picture).not_to_have_attribute("src", before)

    found.focus()
    tab_to(opened, control)
    change(lambda: [opened.keyboard.press(key) for key in KEYS[role]])
    if role == "slider":
        box = control.bounding_box()
        place = {"x": 0.6 * box["width"], "y": box["height"] / 2}
        change(lambda: control.click(position=place))
        opened.wait_for_timeout(500)
        words = found.locator("p[aria-live=polite]").first.inner_text()
        expect(picture).to_have_attribute("alt", words)


@pytest.mark.parametrize("notebook", ["06-evaluate-predict"], scope="module")
def test_photo_of_ones_own(opened, photos):
    """A photo is answered, and a file that is none is refused in words."""
    found = get_cell(opened, "explore-predictions")
    button = found.get_by_role("button", name="a photo of your own")
    said = ("cannot be read as a photo", "The model says:")
    for path, words in zip(photos, said, strict=True):
        with opened.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files(path)
        found.get_by_text(words).wait_for()


@each_notebook
def test_nothing_is_clipped(opened, notebook):
    """The last test of a page, which it leaves small, and screenshots in `build`."""
    ids = [cell.id for cell in read_notebooks()[notebook].cells]
    shown = ("title", "plot-", "explore-", "exercise-")
    opened.add_style_tag(content=MAY_BE_MOVED)
    for width, height in SIZES:
        opened.set_viewport_size({"width": width, "height": height})
        opened.wait_for_timeout(500)
        for moment in [each for each in ids if each.startswith(shown)]:
            cell = get_cell(opened, moment)
            cell.evaluate("e => e.scrollIntoView({block: 'start'})")
            opened.wait_for_timeout(300)
            opened.screenshot(path=SCREENSHOTS / f"{notebook}-{moment}-{width}.png")
        assert opened.evaluate(TOO_WIDE) == [], f"{width} pixels wide"
