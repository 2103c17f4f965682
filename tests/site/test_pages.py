"""The web site, as `make site` has built it, seen in Chromium page by page."""

import functools
import re
import zipfile
from html.parser import HTMLParser
from urllib.parse import unquote, urljoin, urlparse

import pytest
from chromium import LAPTOP, formulas, violations, watch
from lesson_files import SITE, prose, read_notebooks
from make_handouts import EDITIONS, NAME

ALL = sorted(str(path.relative_to(SITE)) for path in SITE.rglob("*.html"))
PAGES = [page for page in ALL if not page.startswith("_static/")]
PHONE = {"width": 360, "height": 740}

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


@each_page
def test_page_opens_and_keeps_nobody_out(page, host, browser):
    """No error, no request to another host; axe-core in light and dark; a phone."""
    assert (SITE / page).stat().st_size < 1_100_000, "too long to wait for on a phone"
    seen = browser.new_page(viewport=LAPTOP, color_scheme="light")
    errors, hosts = [], watch(seen)
    seen.on("pageerror", lambda error: errors.append(str(error)))
    seen.on("console", lambda m: m.type == "error" and errors.append(m.text))
    seen.goto(host + page, wait_until="networkidle")
    seen.evaluate(ONE_OF_EACH)
    for scheme, rules in SCHEMES.items():
        seen.emulate_media(color_scheme=scheme)
        seen.wait_for_selector(f"html[data-theme={scheme}]")
        # With "preload", axe-core would look in the wrong folder
        assert violations(seen, preload=False, **rules) == [], f"in the {scheme} mode"
    seen.set_viewport_size(PHONE)
    width = seen.evaluate("document.documentElement.scrollWidth")
    seen.close()
    assert width <= PHONE["width"], "wider than a phone"
    assert errors == []
    assert hosts == {"127.0.0.1"}


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


@pytest.mark.parametrize("name", read_notebooks())
def test_notebook_is_shown_whole(name):
    """Its figures and formulas are there; its solutions are closed."""
    cells = read_notebooks()[name].cells
    written = str([cell.get("outputs") for cell in cells]) + prose(name)
    tags = [tag for tag, _ in parts(f"notebooks/{name}.html")]
    assert tags.count("img") == written.count("<img ")
    assert tags.count("math") == len(formulas(prose(name)))
    folded = [x for x in cells if x.metadata.get("jp-MarkdownHeadingCollapsed")]
    main = (SITE / f"notebooks/{name}.html").read_text("utf-8").partition("<article")[2]
    opened = re.findall(r"<details[^>]*>", main.partition("</article>")[0])
    assert opened == ["<details>"] * (written.count("<details>") + len(folded))


@pytest.mark.parametrize("name", ["", *EDITIONS])
def test_edition_can_be_downloaded(name, host, browser):
    """Its zip opens, and holds all notebooks; "" is all editions."""
    folder = f"{NAME}-{name}".strip("-")
    seen = browser.new_page()
    seen.goto(f"{host}index.html")
    with seen.expect_download() as download:
        seen.locator(f"a[href$='/{folder}.zip']").click()
    with zipfile.ZipFile(path := download.value.path()) as packed:
        assert packed.testzip() is None
        files = {f"{folder}/notebooks/{stem}.ipynb" for stem in read_notebooks()}
        assert files <= {*packed.namelist()}
    assert path.stat().st_size < 12_000_000, "the page says less"
    seen.close()


def test_search_finds_a_page(host, browser):
    seen = browser.new_page()
    seen.goto(f"{host}search.html?q=dropout")
    seen.locator("#search-results li a", has_text="Overfitting").first.wait_for()
    seen.close()
