"""Controls for explorers and answers: they have names, and work by keyboard, too."""

import html

import anywidget
import ipywidgets
import matplotlib.pyplot as plt
import traitlets
from IPython.display import display

from lesson import plot

VIEW = "application/vnd.jupyter.widget-view+json"


def figure_html(fig, words, zoom=1):
    """Return the HTML of a figure, and close it."""
    picture = plot.png(fig, words, 100)
    plot.record(fig, words)
    plt.close(fig)
    return plot.img(picture, words, zoom * fig.get_figwidth() * 100)


def show_controls(controls, draw):
    """Show controls and, under them, what `draw` makes of their values.

    The controls are given by the names of the parameters of `draw`, which returns the
    HTML of a picture, and a sentence about it. A button draws again at each click.
    """
    picture, sentence = ipywidgets.HTML(), ipywidgets.HTML()
    knobs = {name: each for name, each in controls.items() if hasattr(each, "value")}

    def update(change=None):
        values = {name: each.value for name, each in knobs.items()}
        picture.value, words = draw(**values)
        # Read out by screen readers when it changes
        sentence.value = f'<p aria-live="polite">{html.escape(words)}</p>'

    for name, each in controls.items():
        if name in knobs:
            each.observe(update, "value")
        else:
            each.on_click(update)
    update()
    show_box([*controls.values(), picture, sentence])


def show_box(widgets):
    """Show widgets under each other."""
    display(view(ipywidgets.VBox(widgets)), raw=True)


def view(widget):
    """Return what displays a widget, without its plain text, of use to nobody."""
    return {VIEW: {"version_major": 2, "version_minor": 0, "model_id": widget.model_id}}


class Control(anywidget.AnyWidget):
    """A slider, a list or a file to choose, made of the browser's own elements.

    Those of ipywidgets fall short in JupyterLab: its slider has no name for screen
    readers, JupyterLab takes the arrow keys from it and from its list, and its button
    for a file says "(0)" and "null".
    """

    description = traitlets.Unicode().tag(sync=True)
    value = traitlets.Any().tag(sync=True)  # a float, an option, the bytes of a file
    options = traitlets.List().tag(sync=True)  # of a list
    file = traitlets.Unicode().tag(sync=True)  # which kinds; without both: a slider
    limits = traitlets.List([0.0, 1.0, 0.1]).tag(sync=True)  # lowest, highest, step

    _esm = """
    function render({ model, el }) {
      const [name, options, file, [min, max, step]] =
        ["description", "options", "file", "limits"].map((each) => model.get(each));
      el.style.margin = "4px 0";
      el.innerHTML = `<label><span style="display: inline-block; min-width: 9em;
        padding-right: 8px; text-align: right"></span></label><output></output>`;
      const [label, number] = el.children;
      label.firstChild.textContent = name;
      const control = document.createElement(options.length ? "select" : "input");
      for (const each of options) control.add(new Option(each));
      const slider = { type: "range", min, max, step };
      if (file) Object.assign(control, { type: "file", accept: file });
      else if (!options.length) Object.assign(control, slider);
      control.style = "width: min(18em, 100%); margin: 0; vertical-align: middle";
      // Else JupyterLab takes the arrow keys as commands of its own
      control.dataset.lmSuppressShortcuts = "true";
      label.append(control);
      const show = () => {
        if (control.type === "range") number.textContent = ` ${control.value}`;
      };
      const take = () => { control.value = model.get("value"); show(); };
      control.addEventListener("input", async () => {
        show();
        const [chosen] = control.files ?? [];
        if (file && !chosen) return;
        const bytes = chosen && new DataView(await chosen.arrayBuffer());
        model.set("value", bytes ?? control.valueAsNumber ?? control.value);
        model.save_changes();
      });
      if (file) return;
      model.on("change:value", take);
      take();
    }
    export default { render };
    """


def slider(name, value, low, high, step):
    """Return a slider: its name, its value, the lowest, the highest, and its step."""
    return Control(description=name, value=value, limits=[low, high, step])


def choice(name, options, value=None):
    """Return a list of options to choose from; if no value is given, with the first."""
    return Control(description=name, value=value or options[0], options=options)


class Buttons(anywidget.AnyWidget):
    """A row of buttons for each of a few questions, below what is said of the answers.

    Its texts are ours, and may be HTML.
    """

    options = traitlets.Dict().tag(sync=True)  # lists of texts, by the questions' names
    clicked = traitlets.Dict().tag(sync=True)  # the place of one in its list, by name
    said = traitlets.Unicode().tag(sync=True)

    _esm = """
    function render({ model, el }) {
      const rows = Object.entries(model.get("options"));
      const label = (name) => rows.length < 2 ? "" :
        `<span style="display: inline-block; min-width: 9em">${name}:</span>`;
      const button = (name, text, place) => `<button data-name="${name}"
        data-place="${place}" style="background: none; border: 1px solid;
        border-radius: 4px; color: inherit; cursor: pointer; font: inherit;
        margin: 6px 8px 0 0; min-width: 44px; padding: 4px 10px">${text}</button>`;
      const row = ([name, texts]) =>
        `<div role="group" aria-label="${name}" style="padding-left: 8px">${label(name)}
        ${texts.map((text, place) => button(name, text, place)).join("")}</div>`;
      el.innerHTML = '<div aria-live="polite"></div>' + rows.map(row).join("");
      el.addEventListener("click", ({ target }) => {
        if (target.tagName !== "BUTTON") return;
        const { name, place } = target.dataset;
        model.set("clicked", { ...model.get("clicked"), [name]: Number(place) });
        model.save_changes();
      });
      const show = () => {
        el.firstChild.innerHTML = model.get("said");
        for (const each of el.querySelectorAll("button")) {
          const chosen = model.get("clicked")[each.dataset.name] == each.dataset.place;
          each.setAttribute("aria-pressed", chosen);
          each.style.boxShadow = chosen ? "inset 0 0 0 2px" : "";
        }
      };
      model.on("change", show);
      show();
    }
    export default { render };
    """
