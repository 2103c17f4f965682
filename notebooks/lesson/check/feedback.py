"""What a check says: three verdicts, and the exceptions that lead to them."""

import dataclasses
import html
import re

from IPython.display import display

RIGHT = "Right."
WRONG = "Not yet."
BLANK = "Not attempted yet."

AS_FOUND = "The cell is still as you found it."  # where it has no blanks

# The verdict stands there in words; sign and colour are only added to them. The text
# keeps the colour of the page around it, so that it can be read in every theme
SIGNS = {RIGHT: ("✓", "0, 130, 95"), WRONG: ("✗", "190, 80, 0")}
SIGNS[BLANK] = ("○", "115, 115, 115")


@dataclasses.dataclass(frozen=True)
class Feedback:
    """What a check says of an answer. It is true if the answer is right."""

    verdict: str  # RIGHT, WRONG or BLANK
    reason: str  # why; code in it stands in backticks
    aside: str = ""  # a line below it; plain text goes without

    def __bool__(self):
        """Say if the answer is right."""
        return self.verdict == RIGHT

    def __repr__(self):
        """Return the verdict and the reason as plain text."""
        return f"{self.verdict} {self.reason}"

    def _repr_html_(self):
        reason = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(self.reason))
        sign, color = SIGNS[self.verdict]
        aside = f"<br><small>{self.aside}</small>" if self.aside else ""
        return (
            f'<div role="status" style="background: rgba({color}, 0.1); '
            f"border: 1px solid rgb({color}); border-left-width: 6px; "
            'border-radius: 4px; padding: 6px 10px">'
            f'<strong><span aria-hidden="true">{sign}</span> {self.verdict}</strong> '
            f"{reason}{aside}</div>"
        )


@dataclasses.dataclass(frozen=True, repr=False, kw_only=True)
class Clickable(Feedback):
    """What is said of blanks whose answers are one of a few: Jupyter shows buttons.

    What is kept of them in a notebook's file is the feedback alone, see
    `tools/format.py`; of a right answer by click, as of one that was typed.
    """

    check: object  # the exercise, which is called with what was clicked
    options: dict  # lists of what can be answered, by the answers' names

    def _ipython_display_(self):
        plain = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            from lesson.controls import Buttons, view
        except ImportError:  # where anywidget cannot be installed
            display(plain, raw=True)
            return
        here = dataclasses.replace(self, reason=f"{self.reason}, or click it here.")
        buttons = Buttons(
            options={name: [*map(str, each)] for name, each in self.options.items()},
            said=here._repr_html_(),
        )

        def answer(change):
            if len(change.new) < len(self.options):
                return
            said = self.check(**{x: self.options[x][n] for x, n in change.new.items()})
            buttons.said = said._repr_html_()
            if said:
                shown.update(said)

        buttons.observe(answer, "clicked")
        shown = display(view(buttons) | plain, raw=True, display_id=True)


class NotYet(Exception):
    """An answer is wrong; the message says what is wrong, and where to look."""


class Unchanged(Exception):
    """The cell holds what it held before the learner came; the message says so."""
