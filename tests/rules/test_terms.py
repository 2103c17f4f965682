"""One word for one thing, in everything that a learner or an instructor reads."""

import ast
import io
import re
import tokenize
import tomllib
from pathlib import Path

import pytest
from lesson_files import NOTEBOOKS, ROOT, all_cells

LIST = tomllib.loads((Path(__file__).parent / "terms.toml").read_text("utf-8"))
QUOTES_THE_SOURCE = "CORRECTIONS"
OURS = [(name, cell) for name, cell in all_cells() if name != QUOTES_THE_SOURCE]

# What is not our prose: fenced and inline code, titles of other people's pages, the
# targets of links, HTML
CODE = re.compile(
    r"(?ms)<!--.*?-->|^```.*?^```|``[^`]+``|`[^`\n]+`|\[[^\]]*\]\(http[^)]*\)|\]\([^)]*\)|<[^>]+>"
)


def _words_of_code(source):
    """Return the comments and strings of some code."""
    source = re.sub(r"(?m)^[%!].*$", "", source)  # commands of a notebook
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    comments = [token.string for token in tokens if token.type == tokenize.COMMENT]
    nodes = list(ast.walk(ast.parse(source)))
    # Options of other libraries, which spell as they do
    keys = {key for node in nodes if isinstance(node, ast.Dict) for key in node.keys}
    values = [x.value for x in nodes if isinstance(x, ast.Constant) and x not in keys]
    strings = [value for value in values if isinstance(value, str)]
    return "\n".join([*(each.lstrip("# ") for each in comments), *strings])


@pytest.fixture(scope="module")
def texts():
    """Everything that is read, by its place."""
    texts = {}
    for name, cell in OURS:
        read = _words_of_code if cell["cell_type"] == "code" else str
        texts[f"{name}, cell {cell['id']}"] = read(cell["source"])
    for module in sorted((NOTEBOOKS / "lesson").rglob("*.py")):
        texts[str(module.relative_to(ROOT))] = _words_of_code(module.read_text("utf-8"))
    for page in sorted(ROOT.glob(".github/**/*.md")):
        texts[str(page.relative_to(ROOT))] = page.read_text("utf-8")
    return {place: CODE.sub(" ", text) for place, text in texts.items()}


def _search(words, texts):
    """Yield each place that has one of the words, or its plural, and what is around."""
    any_word = "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in words)
    sought = re.compile(rf"(?i)(?<![\w./-])(?:{any_word})(?:s|es)?(?![\w/-]|\.\w)")
    for place, text in texts.items():
        for found in sought.finditer(text):
            yield f"{place}: {text[max(0, found.start() - 40) : found.end() + 40]}"


@pytest.mark.parametrize("term", LIST["term"], ids=lambda term: term["word"])
def test_term_is_used(term, texts):
    word, why = term["word"], term.get("why", "one word for one thing")
    if places := list(_search(term["not"], texts)):
        pytest.fail("\n".join([f"we say “{word}”, {why}:", *places]), pytrace=False)
    assert next(_search([word], texts), None), f"nobody says “{word}”: take it out"


@pytest.mark.parametrize("words", LIST["errata"])
def test_error_of_the_source_is_gone(words):
    for name, cell in OURS:
        assert words not in cell["source"], f"{name}, cell {cell['id']}"
