"""What learners see after Run All Cells in JupyterLab: figures, formulas, solutions;
live curves and explorers, by mouse and by keyboard.

What these compute is tested without a browser, see `tests/unit`.
"""

import io
import re
from urllib.parse import urlparse

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from format import definitions
from lesson_files import CODE, ROOT, all_cells, prose, read_notebooks
from PIL import Image
from playwright.sync_api import expect

each_notebook = pytest.mark.parametrize("notebook", read_notebooks())
with_exercises = [
    name
    for name, notebook in read_notebooks().items()
    if any(cell["id"].startswith("answer-") for cell in notebook.cells)
]
each_with_exercises = pytest.mark.parametrize("notebook", with_exercises)

# What axe-core looks at: all that is of the lesson, not the corner of pandas' tables
OURS = {
    "include": [[".jp-RenderedMarkdown"], [".jp-OutputArea-output"]],
    "exclude": [[".dataframe th:empty"]],
}
# JupyterLab's body has no height, and a notebook scrolls in it: axe-core would take all
# of it for hidden. This returns the height at which it is seen whole
FROM_THE_TOP = """() => {
    document.body.style.height = '100vh';
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
# For whoever asks for no motion, as the page of these tests does
MOVING = """() => document.getAnimations().map(each => each.effect.target)
    .filter(e => e?.closest('.jp-RenderedHTMLCommon, .jp-OutputArea-output'))
    .map(e => e.outerHTML)"""
# A laptop; the same enlarged to 200 %; a phone, where tables, code and formulas may be
# moved to the side, and all else has to fit
SIZES = {"laptop": (1366, 768), "enlarged": (683, 384), "phone": (320, 640)}
MAY_BE_MOVED = """.jp-RenderedMarkdown :is(table, pre, mjx-container[display]) {
    display: none !important;
}"""
NOT_UNDERLINED = """() => [...document.querySelectorAll(
        '.jp-RenderedHTMLCommon a[href]:not(.jp-InternalAnchorLink)')]
    .filter(e => !getComputedStyle(e).textDecorationLine.includes('underline'))
    .map(e => e.outerHTML)"""


def _sources(opened, start=""):
    """Return the sources of the cells whose ids start with a text, by id."""
    cells = read_notebooks()[opened.name].cells
    return {each.id: each.source for each in cells if each.id.startswith(start)}


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
    shown = ".jp-OutputArea-output img, .jp-RenderedMarkdown img"
    pictures = opened.page.locator(shown).evaluate_all(
        "all => all.map(each => [each.alt, each.complete && each.naturalWidth > 0])"
    )
    assert len(pictures) >= wanted
    assert [each for each in pictures if len(each[0]) < 20 or not each[1]] == []


@each_notebook
def test_mathematics_is_rendered(opened):
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", prose(opened.name))
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


def violations(page):
    """Return what axe-core finds in what the lesson puts on the page, by any rule."""
    laptop = page.viewport_size
    page.set_viewport_size({**laptop, "height": page.evaluate(FROM_THE_TOP)})
    page.wait_for_timeout(500)
    try:
        found = Axe().run(page, OURS).response["violations"]
    finally:
        page.set_viewport_size(laptop)
    return [(x["id"], node["html"][:200]) for x in found for node in x["nodes"]]


@pytest.mark.parametrize("notebook", ["01-introduction"])
def test_planted_faults_are_found(opened):
    """In the last cell, too, which is far from what is in sight."""
    last = ".jp-Cell:nth-last-child(1 of .jp-MarkdownCell)"
    css = f"{last} p {{ color: #888 }} {last} a {{ text-decoration: none !important }}"
    faults = opened.page.add_style_tag(content=css)
    found = {name for name, _ in violations(opened.page)}
    bare = opened.page.evaluate(NOT_UNDERLINED)
    faults.evaluate("each => each.remove()")
    assert "color-contrast" in found and bare


@pytest.fixture(params=["Light", "Dark"])
def theme(request, opened):
    """Each of JupyterLab's themes, for the notebook of a test."""
    change = "theme => jupyterapp.commands.execute('apputils:change-theme', {theme})"
    opened.page.evaluate(change, f"JupyterLab {request.param}")
    opened.page.wait_for_timeout(500)
    yield request.param
    opened.page.evaluate(change, "JupyterLab Light")


@each_notebook
def test_nothing_of_ours_keeps_people_out(opened, theme):
    assert violations(opened.page) == []
    for look in (NOT_UNDERLINED, MOVING):
        assert opened.page.evaluate(look) == []


def solved(answer, help_):
    """Return the code of an answer's cell with the solution that its help tells."""
    (solution,) = CODE.findall(help_.source)
    call = answer.source[answer.source.rindex("lesson.check.") :]
    return f"{solution.strip()}\n\n{call}"


@each_with_exercises
def test_answer_is_checked(opened):
    """Type a solution into the first exercise, as a learner does, and run it."""
    cells = read_notebooks()[opened.name].cells
    pairs = zip(cells, cells[1:], strict=False)
    pair = next(pair for pair in pairs if pair[0].id.startswith("answer-"))
    found = opened.cell(pair[0].id)
    assert "Not attempted yet." in found.inner_text()
    found.locator(".cm-content").click()
    opened.page.keyboard.press("Control+A")
    opened.page.keyboard.insert_text(solved(*pair))
    opened.page.keyboard.press("Control+Enter")
    found.locator("strong", has_text="Right.").wait_for()


def _contrast(locator):
    """Return the contrast between what is drawn and what is behind it, as in WCAG."""
    with Image.open(io.BytesIO(locator.screenshot())) as picture:
        count = picture.width * picture.height
        colours = sorted(picture.convert("RGB").getcolors(count), reverse=True)
    share = np.array([colour for _, colour in colours]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = linear @ [0.2126, 0.7152, 0.0722] + 0.05
    return max(light.max() / light[0], light[0] / light.min())  # [0]: what is behind


@pytest.mark.parametrize("notebook", ["02-image-data"])
def test_answer_is_clicked_in_its_box(opened, theme):
    """By mouse and keyboard; all of it can be read in each theme, and stands out."""
    page, found = opened.page, opened.cell("answer-rescale-twice")
    found.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    options, said = (
        found.get_by_role("group", name="answer"),
        found.get_by_role("status"),
    )
    one, right = (options.get_by_role("button", name=x, exact=True) for x in "ac")
    one.focus()
    page.keyboard.press("Enter")
    expect(said).to_contain_text("✗ Not yet.", timeout=20_000)
    expect(one).to_have_attribute("aria-pressed", "true")
    expect(said.locator("small")).to_have_count(0)
    page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    saved = ROOT / "build/browser/lesson/my_notebooks" / f"{opened.name}.ipynb"
    saved = saved.read_text("utf-8")
    assert "Not attempted yet." in saved
    assert "widget-view" not in saved  # an error the next day
    read = [one, said.locator("strong")]
    question = opened.cell("exercise-rescale-twice")
    read += [question.locator(x).first for x in ("h3", "p", "li", "code")]
    assert min(map(_contrast, read)) >= 4.5
    right.click()
    # What stays is the verdict, as of a typed answer
    expect(options).to_have_count(0, timeout=20_000)
    expect(said).to_contain_text("✓ Right.")
    expect(said.locator("small")).to_contain_text(re.compile(r"notebook: \d of 5\.$"))
    assert min(_contrast(said.locator(x)) for x in ("strong", "small")) >= 4.5
    edges = [
        opened.cell(f"{part}-rescale-twice").evaluate(
            "e => [parseFloat(getComputedStyle(e).borderLeftWidth),"
            "getComputedStyle(e).boxShadow]"
        )
        for part in ("exercise", "answer", "help")
    ]
    assert edges[0] == edges[1] == edges[2] and edges[0][0] >= 3


@each_notebook
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_nothing_is_clipped(opened, size):
    """Screenshots are left in build/browser."""
    page, laptop = opened.page, opened.page.viewport_size
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    try:
        page.wait_for_timeout(500)
        for moment in ["title", *_sources(opened, ("plot-", "explore-", "exercise-"))]:
            opened.cell(moment).evaluate("e => e.scrollIntoView({block: 'start'})")
            page.wait_for_timeout(300)
            name = f"{opened.name}-{moment}-{size[0]}.png"
            page.screenshot(path=ROOT / "build/browser/screenshots" / name)
        if size == SIZES["phone"]:
            page.add_style_tag(content=MAY_BE_MOVED).evaluate("e => e.id = 'phone'")
        assert page.evaluate(TOO_WIDE) == []
    finally:
        page.evaluate("document.getElementById('phone')?.remove()")
        page.set_viewport_size(laptop)


def tab_to(page, place):
    """Press Tab until an element has the focus; fail if that takes long."""
    for _ in range(20):
        if place.evaluate("each => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    pytest.fail(f"Tab does not lead to {place}")


def test_definition_is_shown_and_the_link_opens_the_glossary_at_its_term(tab):
    """On focus; the pointer shows it as the title. It takes no second kernel."""
    page = tab("02-image-data")
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


def test_page_of_the_lesson_opens(tab):
    page = tab("02-image-data")
    page.get_by_role("link", name="DATA.md").click()
    page.locator(".jp-MarkdownViewer h1").wait_for()
    assert page.evaluate(NOT_UNDERLINED) == []


def test_a_notebook_by_keyboard_alone(tab):
    """Run its cells, type an answer, open a hint, and follow the link to the next."""
    page = tab("by-keyboard")
    active = page.locator(".jp-Cell.jp-mod-active")
    cells = read_notebooks()["01-introduction"].cells
    ids = [cell.id for cell in cells]
    place = next(n for n, cell in enumerate(ids) if cell.startswith("answer-"))
    for _ in ids[:place]:
        page.keyboard.press("Shift+Enter")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(solved(*cells[place : place + 2]))
    page.keyboard.press("Shift+Enter")
    page.locator("strong", has_text="Right.").wait_for(timeout=240_000)
    tab_to(page, active.locator("summary").first)
    page.keyboard.press("Enter")
    expect(active.locator("details").first).to_have_attribute("open", "")
    for _ in ids[place + 2 :]:
        page.keyboard.press("Shift+Enter")
    tab_to(page, active.get_by_role("link", name="notebook 2"))
    page.keyboard.press("Enter")
    label = "jupyterapp.shell.currentWidget.title.label"
    page.wait_for_function(f"{label} === '02-image-data.ipynb'", timeout=60_000)


def test_the_next_day_an_error_says_how_to_go_on(walk):
    """In the middle of a notebook that has not run: two lines lead there, untrained."""
    page, select = walk("04-fit-cnn", before="title")
    shown = page.locator(".jp-mod-active .jp-OutputArea-output")
    select("plot-intro")
    page.keyboard.press("Control+Enter")
    shown.get_by_text("lesson.catch_up").wait_for(timeout=90_000)
    lines = re.findall(r"(?m)^ +(\S.*)$", shown.inner_text())
    page.keyboard.press("a")  # a new cell above
    page.keyboard.press("Enter")
    page.keyboard.insert_text("\n".join(lines))
    page.keyboard.press("Control+Enter")
    shown.get_by_text("They have run.").wait_for(timeout=90_000)
    select("plot-intro")
    page.keyboard.press("Control+Enter")
    shown.locator("img").wait_for(timeout=30_000)


NOTEBOOK_OF = {cell["id"]: name for name, cell in all_cells()}


# What is seen of a training, frame by frame, from its first step on: how far its bar
# is, the picture's words, place and height of it all, and whether it is on the screen
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
            seen.push([bar ? bar.value : 1, picture.alt, all.top, all.height, shown]);
        }
        requestAnimationFrame(look);
    };
    look();
}"""


def test_training_stays_on_the_screen_and_can_be_stopped(walk):
    """On a laptop, with Shift+Enter: its curves and its bar move nothing else."""
    page, select = walk("01-introduction", before="step-6")
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
        name = f"01-introduction-fit-{moment:02}.png"
        page.screenshot(path=ROOT / "build/browser/screenshots" / name)
    wait_for("^The training is over")
    shares, words, tops, heights, shown = zip(*page.evaluate("seen"), strict=True)
    assert all(shown)
    assert list(shares) == sorted(shares)
    assert any(0.2 < 5 * share % 1 < 0.8 for share in shares), "only with epochs"
    epochs = [int(each) for each in re.findall(r"up to epoch (\d)", str(words))]
    assert list(dict.fromkeys(epochs)) == [1, 2, 3, 4, 5]
    assert max(tops) - min(tops) <= 2 and max(heights) - min(heights) <= 2

    select("fit")
    page.keyboard.press("Shift+Enter")
    wait_for("^Epoch [1-4] of 5: step")
    page.get_by_role("button", name="Interrupt the kernel").click()
    wait_for("^Stopped after epoch [1-4] of 5, as you asked")
    select("measure")
    page.keyboard.press("Shift+Enter")
    wait_for(r"^accuracy: 0\.\d\d, guessing")


RIGHT, DOWN, PRESS = ["ArrowRight"] * 3, ["ArrowDown"], ["Enter"]
CONTROLS = [
    ("explore-window", "slider", "place", RIGHT),
    ("explore-pooling", "slider", "place", RIGHT),
    ("explore-convolution", "slider", "image", RIGHT),
    ("explore-convolution", "combobox", "filter", DOWN),
    ("explore-loss", "slider", "score of cat", RIGHT),
    ("explore-learning-rate", "slider", "learning rate", RIGHT),
    ("explore-dropout", "slider", "rate", RIGHT),
    ("explore-dropout", "button", "next training step", PRESS),
    ("explore-dropout", "combobox", "mode", DOWN),
    ("explore-predictions", "combobox", "true class", DOWN),
    ("explore-predictions", "combobox", "order", DOWN),
    ("explore-filters", "slider", "image", RIGHT),
    ("explore-filters", "combobox", "filter", DOWN),
]


@pytest.mark.parametrize(
    ("notebook", "place", "role", "name", "keys"),
    [(NOTEBOOK_OF[row[0]], *row) for row in CONTROLS],
    ids=[f"{row[0]}-{row[2]}" for row in CONTROLS],
)
def test_control_changes_its_figure(opened, place, role, name, keys):
    """Found by the name that screen readers say; then the sentence says the same."""
    page, found = opened.page, opened.cell(place)
    picture = found.locator("img").first
    control = found.get_by_role(role, name=name, exact=True).first

    def change(action):
        page.wait_for_timeout(500)  # no change is still on its way
        before = picture.get_attribute("src")
        action()
        expect(picture).not_to_have_attribute("src", before, timeout=20_000)

    found.focus()
    tab_to(page, control)
    change(lambda: [page.keyboard.press(key) for key in keys])
    if role == "slider":
        box = control.bounding_box()
        place = {"x": 0.6 * box["width"], "y": box["height"] / 2}
        change(lambda: control.click(position=place))
        page.wait_for_timeout(500)
        words = found.locator("p[aria-live=polite]").first.inner_text()
        expect(picture).to_have_attribute("alt", words)


@pytest.mark.parametrize("notebook", ["06-evaluate-predict"])
def test_photo_of_ones_own(opened, tmp_path):
    """A photo is answered, and a file that is none is refused in words."""
    found = opened.cell("explore-predictions")
    text, photo = tmp_path / "no_photo.png", tmp_path / "photo.png"
    text.write_text("This is not a picture.")
    Image.new("RGB", (60, 40), "blue").save(photo)
    for path, words in [
        (text, "cannot be read as a photo"),
        (photo, "The model says:"),
    ]:
        with opened.page.expect_file_chooser() as chooser:
            found.get_by_role("button", name="a photo of your own").click()
        chooser.value.set_files(path)
        found.get_by_text(words).wait_for()
