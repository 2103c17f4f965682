"""What the web site does differently from JupyterLab, for Sphinx.

Everything happens while Sphinx reads the lesson's files; these stay as they are.
"""

import json
import os
import re

from docutils import nodes
from latex2mathml.converter import convert

COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)  # for our tests, not for readers
# Titles with capitals are anchors in JupyterLab; Sphinx has them in lower case
ANCHOR = re.compile(r"(?<=\]\()([\w-]+\.\w+)?#[\w-]+(?=[ )])")
EMPTY = re.compile(r"<th[^>]*>(<p></p>)?</th>")
START = '<a href="../README.html#start">JupyterLab</a>'
EXPLORER = f"Here is an explorer, with sliders and lists. It lives in {START}"
# What takes its place on the site: the function of `lesson.widgets`, and a page
INSTEAD = {
    "explore_convolution(all_images": "explore.html#convolution",
    "explore_convolution(test_images": "try-it.html#feature-maps",
    "explore_dropout": "explore.html#dropout",
    "explore_learning_rate": "explore.html#learning-rate",
    "explore_softmax_and_loss": "explore.html#softmax-and-loss",
    "browse_predictions": "try-it.html",
    "playground": "train.html",
}
REPOSITORY = os.environ.get("GITHUB_REPOSITORY", "OWNER/REPO")
ANSWER = f"Your answer is checked when you run this cell in {START}."


def _show(note):
    """Return a note as the output of a cell."""
    data = {"text/html": f'<p class="in-jupyterlab">{note}</p>'}
    return [{"output_type": "display_data", "data": data, "metadata": {}}]


def _plain(text):
    """Return Markdown without our comments, and with anchors as Sphinx has them."""
    return ANCHOR.sub(lambda link: link[0].lower(), COMMENT.sub("", text))


def adapt(app, docname, content):
    """Adapt the source of a page: links, folded sections, what needs a kernel."""
    content[0] = content[0].replace("/OWNER/REPO", f"/{REPOSITORY}")
    if not docname.startswith("notebooks/"):
        return
    if docname == "notebooks/glossary":
        content[0] = _plain(content[0])
        return
    notebook = json.loads(content[0])
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            source = _plain(source)
            if cell["metadata"].get("jp-MarkdownHeadingCollapsed"):
                source = "{.folded}\n" + source
        elif cell["id"].startswith("answer-"):
            cell["outputs"] = _show(ANSWER)
        elif "lesson.widgets." in source:
            pages = [page for name, page in INSTEAD.items() if name in source]
            links = [
                f'; <a href="../site/{x}">one like it runs in your browser</a>'
                for x in pages
            ]
            cell["outputs"] = _show(EXPLORER + "".join(links) + ".")
        cell["source"] = source
    content[0] = json.dumps(notebook)


def fold(app, doctree):
    """Put what is below a folded heading into <details>, which a click opens."""
    for section in doctree.findall(nodes.section):
        title = section[0].astext()
        if title.startswith("Exercise"):
            section["classes"].append("exercise")
        if "folded" in section["classes"]:
            solution = title.startswith("Solution")
            label = "Show the solution" if solution else "Show this part"
            opening = f"<details><summary>{label}</summary>"
            section.insert(1, nodes.raw("", opening, format="html"))
            section.append(nodes.raw("", "</details>", format="html"))


def fill(app, pagename, template, context, doctree):
    """Make plain cells of a table's empty headings, which would head nothing."""
    context["body"] = EMPTY.sub("<td></td>", context.get("body", ""))


def _formula(display):
    """Return what writes a formula as MathML, in a line or as a block of its own."""

    def visit(writer, node):
        writer.body.append(convert(node.astext(), display=display))
        raise nodes.SkipNode

    return visit, None


def setup(app):
    """Register all of it."""
    app.connect("source-read", adapt)
    app.connect("doctree-read", fold)
    app.connect("html-page-context", fill)
    app.add_html_math_renderer("mathml", _formula("inline"), _formula("block"))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
