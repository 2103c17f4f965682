"""`lesson.plot.show`: what it shows and writes, and what it refuses."""

import html

import matplotlib.pyplot as plt
import pytest
from lesson import plot
from PIL import Image

ALT = 'A line that rises from 1 to 2, "steadily" & without a break'


@pytest.fixture
def shown(monkeypatch, tmp_path):
    """Collect what is displayed, and write figures into a folder not yet there."""
    bundles = []
    monkeypatch.setattr(plot, "display", lambda data, raw: bundles.append(data))
    monkeypatch.setattr(plot, "FIG_DIR", tmp_path / "fig")
    yield bundles
    plt.close("all")


def _show(alt=ALT, **options):
    plt.close("all")
    plt.subplots(figsize=(4, 3))[1].plot([1, 2])
    plot.show(plt.gcf(), alt, **options)


def test_figure_is_shown_with_its_alternative(shown):
    _show()
    ((text, page),) = [(each["text/plain"], each["text/html"]) for each in shown]
    assert text == ALT
    assert f'alt="{html.escape(ALT)}" width="400"' in page
    assert "data:image/png;base64,iVBOR" in page
    assert plt.get_fignums() == []
    assert not plot.FIG_DIR.exists()


def test_figure_is_saved(shown):
    _show(save_as="line.png")
    assert [path.name for path in plot.FIG_DIR.iterdir()] == ["line.png"]
    picture = Image.open(plot.FIG_DIR / "line.png")
    assert (picture.size, picture.text) == ((600, 450), {"Description": ALT})
    assert picture.mode == "P", "a file with a palette is a third as large"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        *[({"alt": alt}, "Describe it in a sentence") for alt in
          ("", "Image", "a plot", "   \n  ", "Figure.", None)],
        *[({"save_as": name}, "name of a PNG file without a folder") for name in
          ("../line.png", "fig/line.png", "line.jpg", "line")],
    ],
)  # fmt: skip
def test_what_is_no_figure_or_has_no_words_or_name_is_refused(shown, options, words):
    with pytest.raises(ValueError, match=words):
        _show(**options)
    assert not plot.FIG_DIR.exists()
    with pytest.raises(TypeError, match="not Axes"):
        plot.show(plt.gca(), ALT)
    assert shown == []
