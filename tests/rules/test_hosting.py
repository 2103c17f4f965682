"""The pages in hosting/, as far as they can be held without the services themselves."""

import ast
import json
import re

import check_python
import dask.config
import sizes
from lesson_files import CODE, ROOT, read_notebooks

PAGES = {path.stem: path.read_text("utf-8") for path in ROOT.glob("hosting/*.md")}
HUB = PAGES["jupyterhub"]
TABLE = {name: row for name, *row in sizes.ROW.findall(HUB)}


def test_every_page_is_in_the_comparison_and_says_what_was_tried():
    rows = re.findall(r"(?m)^\| \[.+?\]\((.+?)\.md\) \|", PAGES["README"])
    assert sorted(rows) == sorted(PAGES.keys() - {"README"})
    for name in rows:
        parts = re.findall(r"(?m)^## (.+)$", PAGES[name])
        assert parts[-1] == "What was tried", name


def test_codespace_is_made_by_our_own_commands():
    text = (ROOT / ".devcontainer" / "devcontainer.json").read_text("utf-8")
    container = json.loads(text)
    version = re.search(r":(\d+)\.(\d+)-\w+$", container["image"]).groups()
    assert check_python.problem(tuple(map(int, version))) is None
    make, *targets = container["postCreateCommand"].split()
    assert (make, targets) == ("make", ["setup", "data"])
    settings = container["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"].endswith("/.venv/bin/python")
    for name in container["customizations"]["codespaces"]["openFiles"]:
        assert (ROOT / name).exists()


def test_binder_finds_the_environment_and_the_data():
    """A folder with one of these names would hide both files from repo2docker."""
    assert not [name for name in ("binder", ".binder") if (ROOT / name).exists()]
    script = (ROOT / "postBuild").read_text("utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "cd notebooks" in script and " python -m lesson.data " in script


def test_table_has_every_notebook_and_the_sums_follow_from_it():
    assert {*TABLE} == read_notebooks().keys() | {sizes.SERVER}
    page, places = sizes.TABLES.subn(lambda _: sizes.tables(TABLE), HUB)
    assert (page, places) == (HUB, 1), "run tools/sizes.py"
    assert f"times {sizes.HEADROOM}" in HUB and f"divided by {sizes.SLOWDOWN}" in HUB


def test_limit_of_the_hub_is_enough_for_one_notebook():
    guarantee, limit = re.findall(r"(?m)^    (?:guarantee|limit): ([\d.]+)G", HUB)
    needed = max(float(gb) for gb, _, _ in TABLE.values() if gb != "–")
    needed += float(TABLE[sizes.SERVER][0])
    assert min(float(guarantee), float(limit)) >= needed


def test_cluster_is_described_as_run_all_needs_it(tmp_path):
    """What can be seen without SLURM or Kubernetes; `test_cluster.py` runs the rest."""
    page = PAGES["cluster"]
    code = [ast.parse(each) for each in CODE.findall(page)]
    (slurm,) = (
        {word.arg: ast.unparse(word.value) for word in node.keywords}
        for node in ast.walk(ast.Module(code, []))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "SLURMCluster"
    )
    assert slurm["cores"] == slurm["processes"] == "1" and slurm["security"] == "True"
    texts = re.findall(r"(?ms)^```yaml\n(.*?)^```", page + HUB)
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text)
    cluster, hub, image, *_ = dask.config.collect_yaml([str(tmp_path)])
    scheduler, worker = (cluster["spec"][part] for part in ("scheduler", "worker"))
    (container,) = worker["spec"]["containers"]
    assert "--nthreads 1 --memory-limit 3GiB" in " ".join(container["args"])
    assert float(container["resources"]["limits"]["memory"].removesuffix("Gi")) > 3
    image = ":".join(image["singleuser"]["image"].values())
    assert container["image"] == scheduler["spec"]["containers"][0]["image"] == image
    # The operator names the service so; keys come from the secret of the same name
    service = f"tls://{cluster['metadata']['name']}-scheduler"
    env = {each["name"]: each["value"] for each in container["env"]}
    hub = hub["singleuser"]
    assert env["DASK_SCHEDULER_ADDRESS"] == f"{service}:8786"
    assert hub["extraEnv"]["DASK_SCHEDULER_ADDRESS"] == f"{service}.lesson:8786"
    assert hub["extraEnv"]["DASK_CONFIG"] == env["DASK_CONFIG"]
    volumes = [scheduler["spec"]["volumes"], worker["spec"]["volumes"]]
    for (volume,) in [*volumes, hub["storage"]["extraVolumes"]]:
        assert f"secret generic {volume['secret']['secretName']} " in page
