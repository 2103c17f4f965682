"""How the lesson sets JupyterLab up: tools/lab.py uses it, and whoever puts this folder
into the environment variable JUPYTER_CONFIG_PATH.
"""

from pathlib import Path

HERE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821  # Jupyter puts it there
# The settings in overrides.json, unless people have made their own
c.LabApp.app_settings_dir = str(HERE)
# custom.css
c.LabApp.custom_css = True
c.ServerApp.tornado_settings = {"static_custom_path": [str(HERE)]}
# No question about news, and no request for them
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
c.LabApp.extension_manager = "readonly"
