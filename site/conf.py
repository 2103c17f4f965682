"""Settings of the web site: Sphinx makes it from the lesson's own files, `make site`.

The notebooks are not executed: the pages show the outputs that are kept in them.
"""

import os
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))  # for lesson_pages

cited = (HERE.parent / "CITATION.cff").read_text(encoding="utf-8")
project = "Train a CNN on CIFAR-10"
release = re.search(r"(?m)^version: (.+)$", cited)[1]
language = "en-GB"

extensions = ["myst_nb", "lesson_pages"]
include_patterns = ["*.md", "notebooks/*.ipynb", "notebooks/*.md"]
include_patterns += ["instructors/*.md", "hosting/*.md", "site/*.md"]

# The headings of Markdown that links may lead to, as on GitHub
myst_heading_anchors = 4
myst_enable_extensions = ["attrs_block", "dollarmath", "html_image"]
nb_execution_mode = "off"
nb_merge_streams = True

html_theme = "pydata_sphinx_theme"
html_title = project
html_static_path = ["static"]
html_extra_path = ["../build/site-extra"]  # what some pages compute with
html_css_files = ["site.css"]
html_favicon = "static/favicon.svg"
templates_path = ["templates"]
html_sidebars = {"**": ["contents.html"]}
html_math_renderer = "mathml"
html_show_sphinx = False
html_copy_source = False
html_use_index = False  # the glossary and the search do that
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system is
html_theme_options = {
    "logo": {"text": "Train a CNN"},
    "navbar_center": [],  # all pages are in the contents, on the left
    "navbar_persistent": ["search-button"],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["licence.html"],
    "footer_end": [],
    "show_prev_next": True,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
if repository := os.environ.get("GITHUB_REPOSITORY"):  # GitHub builds the site
    tags.add("github")  # noqa: F821  # for pages that lead there
    html_theme_options["github_url"] = f"https://github.com/{repository}"
