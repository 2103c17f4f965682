"""`lesson.plot.show`: what it shows and writes, and what it refuses."""

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
    return bundles


@pytest.fixture
def fig():
    fig, ax = plt.subplots(figsize=(4, 3))
    ax.plot([1, 2])
    yield fig
    plt.close(fig)


def test_figure_is_shown_with_its_alternative(shown, fig):
    plot.show(fig, ALT)
    (bundle,) = shown
    assert bundle["text/plain"] == ALT
    page = bundle["text/html"]
    assert 'alt="A line that rises from 1 to 2, &quot;steadily&quot; &amp; with' in page
    assert 'width="400"' in page
    assert "data:image/png;base64,iVBOR" in page
    assert not plt.fignum_exists(fig.number)
    assert not plot.FIG_DIR.exists()


def test_figure_is_saved(shown, fig):
    plot.show(fig, ALT, save_as="line.png")
    picture = Image.open(plot.FIG_DIR / "line.png")
    assert picture.size == (600, 450)
    assert picture.text == {"Description": ALT}
    assert picture.mode == "P", "a file with a palette is a third as large"
    assert [path.name for path in plot.FIG_DIR.iterdir()] == ["line.png"]


@pytest.mark.parametrize("alt", ["", "Image", "a plot", "   \n  ", "Figure.", None])
def test_empty_alternatives_are_refused(shown, fig, alt):
    with pytest.raises(ValueError, match="Describe it in a sentence"):
        plot.show(fig, alt)
    assert shown == []


@pytest.mark.parametrize("name", ["../line.png", "fig/line.png", "line.jpg", "line"])
def test_other_files_are_refused(shown, fig, name):
    with pytest.raises(ValueError, match="name of a PNG file without a folder"):
        plot.show(fig, ALT, save_as=name)
    assert shown == []
    assert not plot.FIG_DIR.exists()


def test_axes_are_no_figure(shown, fig):
    with pytest.raises(TypeError, match="not Axes"):
        plot.show(fig.axes[0], ALT)
    assert shown == []
