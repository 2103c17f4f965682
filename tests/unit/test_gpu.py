"""The code of hosting/gpu.md for several devices, on two that JAX simulates."""

import json

import pytest
from lesson_files import CODE, NOTEBOOKS, ROOT, run_python

REPORT = """
import json
ends = [float(abs(each.numpy()).sum()) for each in model.weights]
places = {len(each.value.sharding.device_set) for each in model.weights}
print(json.dumps([devices, [*places], history.history["loss"][0], ends]))
"""


def _train(code, count):
    env = {
        "PYTHONPATH": str(NOTEBOOKS),
        "KERAS_BACKEND": "jax",
        "XLA_FLAGS": f"--xla_force_host_platform_device_count={count}",
    }
    run = run_python("-c", code + REPORT, env=env)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])


def test_data_parallel_training_is_that_of_one_device():
    pytest.importorskip("jax", reason="JAX is not installed: make test BACKEND=jax")
    page = (ROOT / "hosting" / "gpu.md").read_text(encoding="utf-8")
    (code,) = (code for code in CODE.findall(page) if "DataParallel" in code)
    # The same batches: 64 images at once, or 32 for each of the two
    code = code.replace("32 * len(devices)", "64")
    code = code.replace("images, labels, epochs", "images[:640], labels[:640], epochs")
    one, two = _train(code, 1), _train(code, 2)
    assert (one[:2], two[:2]) == ([["cpu:0"], [1]], [["cpu:0", "cpu:1"], [2]])
    assert two[2] == pytest.approx(one[2], abs=1e-3)
    assert two[3] == pytest.approx(one[3], rel=1e-3, abs=1e-3)
