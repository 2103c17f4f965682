"""`lesson.plot.show`: what it shows and writes, and what it refuses."""

import html
import runpy

import matplotlib.pyplot as plt
import pytest
from lesson import plot
from lesson_files import ROOT
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


def test_figure_is_shown_with_its_alternative_and_saved(shown, monkeypatch):
    _show()
    assert not plot.FIG_DIR.exists()
    monkeypatch.delenv("LESSON_FIG", raising=False)
    assert runpy.run_path(plot.__file__)["FIG_DIR"] == ROOT / "fig"
    monkeypatch.setenv("LESSON_FIG", str(ROOT / "elsewhere"))
    assert runpy.run_path(plot.__file__)["FIG_DIR"] == ROOT / "elsewhere"
    _show(save_as="line.png")
    for each in shown:
        assert each["text/plain"] == ALT
        assert f'alt="{html.escape(ALT)}" width="400"' in each["text/html"]
        assert "data:image/png;base64,iVBOR" in each["text/html"]
    assert len(shown) == 2 and plt.get_fignums() == []
    assert [path.name for path in plot.FIG_DIR.iterdir()] == ["line.png"]
    picture = Image.open(plot.FIG_DIR / "line.png")
    assert (picture.size, picture.text) == ((600, 450), {"Description": ALT})
    assert picture.mode == "P", "a file with a palette is a third as large"


def test_what_is_no_figure_or_has_no_words_or_name_is_refused(shown):
    for alt in ("", "a plot", "   \n  ", "No description has been provided", None):
        with pytest.raises(ValueError, match="Describe it in a sentence"):
            _show(alt)
    for name in ("../line.png", "fig/line.png", "line.jpg", "line"):
        with pytest.raises(ValueError, match="name of a PNG file without a folder"):
            _show(save_as=name)
    assert not plot.FIG_DIR.exists()
    with pytest.raises(TypeError, match="not Axes"):
        plot.show(plt.gca(), ALT)
    assert shown == []
