"""How the lesson sets JupyterLab up: tools/lab.py uses it, and whoever puts this folder
into the environment variable JUPYTER_CONFIG_PATH.
"""

import warnings
from pathlib import Path

HERE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821  # Jupyter puts it there
# The settings in overrides.json, unless people have made their own
c.LabApp.app_settings_dir = str(HERE)
# custom.css; and room for a photo of one's own, which a phone makes larger than 10 MB
c.LabApp.custom_css = True
c.ServerApp.tornado_settings = {
    "static_custom_path": [str(HERE)],
    "websocket_max_message_size": 100 * 2**20,
}
# No question about news, and no request for them
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"


def save_no_widgets(model, **others):
    """Save what stands beside a widget's view, which would be an error the next day."""
    cells = model["content"]["cells"] if model["type"] == "notebook" else []
    for cell in cells:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


warnings.filterwarnings("ignore", "Overriding existing pre_save_hook")  # read twice
c.ContentsManager.pre_save_hook = save_no_widgets
