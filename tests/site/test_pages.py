"""The web site, as `make site` has built it, seen in Chromium page by page."""

import functools
import re
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlparse

import pytest
from axe_playwright_python.sync_playwright import Axe
from format import canonical_text
from lesson_files import SITE, read_notebooks
from make_handouts import EDITIONS, NAME, edition

ALL = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
PAGES = [page for page in ALL if not page.startswith("_static/")]
LARGEST = 1_100_000  # bytes of a page, with its figures: that of notebook 7
PHONE, LAPTOP = {"width": 360, "height": 740}, {"width": 1366, "height": 768}

# axe-core: all of its rules, and once more what depends on colours
SCHEMES = {"light": {}, "dark": {"runOnly": ["color-contrast"]}}
# Of each kind of word in code, one is enough to judge its colour: that is a lot faster
ONE_OF_EACH = """() => {
    const seen = new Set();
    for (const word of document.querySelectorAll(".highlight span[class]")) {
        if (seen.has(word.className)) word.replaceWith(word.textContent);
        seen.add(word.className);
    }
}"""

each_page = pytest.mark.parametrize("page", PAGES)


@functools.cache
def parts(page):
    """The elements of a page: (name, attributes) of each."""
    found, parser = [], HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))
    parser.feed((SITE / page).read_text(encoding="utf-8"))
    return found


def violations(seen, rules):
    """What axe-core finds; with "preload", it would look in the wrong folder."""
    found = Axe().run(seen, options={"preload": False, **rules}).response
    return [(x["id"], y["html"][:200]) for x in found["violations"] for y in x["nodes"]]


def test_planted_fault_is_found(host, browser):
    seen = browser.new_page(color_scheme="dark")
    seen.goto(f"{host}DATA.html")
    seen.add_style_tag(content="p { color: #444 !important }")
    assert {name for name, _ in violations(seen, SCHEMES["dark"])} == {"color-contrast"}


def test_all_pages_are_there():
    wanted = {f"notebooks/{name}.html" for name in read_notebooks()}
    wanted |= {"index.html", "README.html", "instructors/README.html", "search.html"}
    assert wanted - set(PAGES) == set(), "make site builds them"


@each_page
def test_page_opens_and_keeps_nobody_out(page, host, browser):
    """No error, no request to another host; axe-core in light and dark; a phone."""
    seen = browser.new_page(viewport=LAPTOP, color_scheme="light")
    errors, hosts = [], set()
    seen.on("pageerror", lambda error: errors.append(str(error)))
    seen.on("console", lambda m: m.type == "error" and errors.append(m.text))
    seen.on("request", lambda sent: hosts.add(urlparse(sent.url).hostname))
    seen.goto(host + page, wait_until="networkidle")
    seen.evaluate(ONE_OF_EACH)
    for scheme, rules in SCHEMES.items():
        seen.emulate_media(color_scheme=scheme)
        seen.wait_for_selector(f"html[data-theme={scheme}]")
        assert violations(seen, rules) == [], f"in the {scheme} mode"
    seen.set_viewport_size(PHONE)
    width = seen.evaluate("document.documentElement.scrollWidth")
    seen.close()
    assert width <= PHONE["width"], "wider than a phone"
    assert errors == []
    assert hosts - {None} == {"127.0.0.1"}


@each_page
def test_links_and_their_anchors_hold(page):
    for tag, attributes in parts(page):
        link = attributes.get("href") or attributes.get("src") or ""
        if urlparse(link).scheme:  # another host, or data
            continue
        link, _, anchor = link.partition("#")
        path = unquote(urljoin(page, link.partition("?")[0]))
        assert (SITE / path).is_file(), f"<{tag}> leads to {link}"
        if anchor and path.endswith(".html"):
            anchors = {attributes.get("id") for _, attributes in parts(path)}
            assert anchor in anchors, f"<{tag}> leads to {link}#{anchor}"


@each_page
def test_pictures_have_alternatives(page):
    pictures = [attributes for tag, attributes in parts(page) if tag == "img"]
    assert [x for x in pictures if len(x.get("alt", "")) < 20] == []


@pytest.mark.parametrize("name", read_notebooks())
def test_notebook_is_shown_whole(name):
    """Its figures and formulas are there; its solutions are closed."""
    cells = read_notebooks()[name]["cells"]
    outputs = str([cell.get("outputs") for cell in cells])
    prose = "\n".join(x["source"] for x in cells if x["cell_type"] == "markdown")
    prose = re.sub(r"(?s)```.*?```|`[^`\n]*`", "", prose)
    tags = [tag for tag, _ in parts(f"notebooks/{name}.html")]
    assert tags.count("img") == (outputs + prose).count("<img ")
    formulas = re.findall(r"(?s)\$\$.+?\$\$|\$[^$\n]+\$", prose)
    assert tags.count("math") == len(formulas)
    folded = [x for x in cells if x["metadata"].get("jp-MarkdownHeadingCollapsed")]
    main = (SITE / f"notebooks/{name}.html").read_text("utf-8").partition("<article")[2]
    opened = re.findall(r"<details[^>]*>", main.partition("</article>")[0])
    written = (outputs + prose).count("<details>")
    assert opened == ["<details>"] * (written + len(folded))


@pytest.mark.parametrize("name", ["", *EDITIONS])
def test_edition_can_be_downloaded(name, host, browser):
    """Its zip opens, and holds the notebooks as they are now; "" is all of them."""
    folder = f"{NAME}-{name}".strip("-")
    seen = browser.new_page(viewport=LAPTOP)
    seen.goto(f"{host}index.html")
    with seen.expect_download() as download:
        seen.locator(f"a[href$='/{folder}.zip']").click()
    with zipfile.ZipFile(path := download.value.path()) as packed:
        assert packed.testzip() is None
        for each, place in ({name: "notebooks"} if name else EDITIONS).items():
            for stem, notebook in read_notebooks().items():
                text = packed.read(f"{folder}/{place}/{stem}.ipynb").decode("utf-8")
                assert text == canonical_text(edition(notebook, each)), stem
    assert path.stat().st_size < 12_000_000, "the page says less"
    seen.close()


def test_search_finds_a_page(host, browser):
    seen = browser.new_page()
    seen.goto(f"{host}search.html?q=dropout")
    seen.locator("#search-results li a", has_text="Overfitting").first.wait_for()
    seen.close()


def test_largest_page():
    assert max((SITE / page).stat().st_size for page in PAGES) < LARGEST
