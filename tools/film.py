"""Make the moving picture of the README from what the browser tests have seen.

    python tools/film.py      (after make test-browser)

It shows the first training of notebook 01 in JupyterLab, once, and then stands still.
"""

from format import ROOT
from PIL import Image

SEEN = ROOT / "build" / "browser" / "screenshots"
FILM = ROOT / "fig" / "first-training.gif"
SIZE, SECONDS = (910, 512), 0.7  # of each picture


def main():
    """Write the film."""
    paths = sorted(SEEN.glob("01-introduction-fit-*.png"))
    if not paths:
        raise SystemExit(
            f"There are no pictures in {SEEN}: run make test-browser first"
        )
    first, *others = [
        Image.open(path).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
        for path in paths
    ]
    first.save(FILM, save_all=True, append_images=others, duration=1000 * SECONDS)
    print(f"{FILM.name}: {len(paths)} pictures, {FILM.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
