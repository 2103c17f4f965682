"""A series of training runs by Dask: on this machine, and on a cluster that is lost."""

import contextlib
import os
import random
import re
import shlex
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.error
import urllib.request
from pathlib import Path
from unittest.mock import patch

import dask
import pandas as pd
import psutil
import pytest
from distributed import Client, LocalCluster, Security
from distributed.utils import json_load_robust
from lesson import cluster, experiments
from lesson_files import CODE, NOTEBOOKS, ROOT

SETTINGS = [{"rate": rate} for rate in range(6)]
# In a process of its own, which can be killed: notes in `folder` what it trains
SERIES = """
    import pathlib, signal, sys, time
    from lesson import experiments

    folder, where = pathlib.Path(sys.argv[1]), sys.argv[2]
    experiments.FIT_OUTPUTS = folder

    def train(rate):
        import os
        with open(folder / "trained.txt", "a") as file:
            file.write(f"{rate} by {os.getpid()}\\n")
        on = folder / "on"  # how long the later ones take
        time.sleep(0.2 if rate < 2 else float(on.read_text()) if on.exists() else 60)
        return {"loss": [float(rate)]}

    if __name__ == "__main__":
        # As a kernel has it, even if the suite was started in the background
        signal.signal(signal.SIGINT, signal.default_int_handler)
        settings = [{"rate": rate} for rate in range(6)]
        where = {"None": None}.get(where, int(where) if where.isdigit() else where)
        experiments.run_all("rates", train, settings, cluster=where)
"""


@pytest.fixture(autouse=True)
def fit_outputs(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "FIT_OUTPUTS", tmp_path)
    with patch.dict(os.environ):  # which Dask changes for its workers
        yield tmp_path


class Data:
    """Notes in a file when it arrives somewhere."""

    def __init__(self, file):
        self.file = file

    def __setstate__(self, state):
        self.__dict__.update(state)
        with open(self.file, "a") as file:
            file.write("arrived\n")


def test_lost_worker_and_failed_training_cost_no_other_result(fit_outputs, capsys):
    data = Data(str(fit_outputs / "data.txt"))

    def train(rate):
        killed = data.file + ".killed"
        if rate == 3 and not os.path.exists(killed):
            open(killed, "w").close()
            time.sleep(3)  # a training lasts longer than a result travels
            os.kill(os.getpid(), 9)
        if rate == 4 and not os.path.exists(data.file + ".mended"):
            raise ValueError("four is too many")
        with open(f"{data.file}.trained", "a") as file:
            file.write(f"{rate}")
        random.seed(rate)
        time.sleep(0.5)
        one_core = os.environ.get("TF_NUM_INTRAOP_THREADS") == "1"
        trims = "MALLOC_TRIM_THRESHOLD_" in os.environ
        drawn = [random.random()]
        return {"loss": [float(rate)], "drawn": drawn, "set": one_core and not trims}

    with pytest.raises(RuntimeError, match=r"1 of 6.*rate=4: ValueError: four is too"):
        experiments.run_all("rates", train, SETTINGS, cluster=2)
    said = capsys.readouterr().out
    assert "rate=4                       failed: ValueError: four is too many" in said
    assert said.count(" s\n") == 5
    open(data.file + ".mended", "w").close()
    table = experiments.run_all("rates", train, SETTINGS, cluster=2)
    assert list(table["loss"]) == [0, 1, 2, 3, 4, 5]
    assert table["set"].sum() == 5  # the last one, on its own, needed no worker
    # A seed holds: nothing else has drawn meanwhile
    assert list(table["drawn"]) == [random.Random(n).random() for n in range(6)]
    # Nothing twice; and data once for each of two workers, and for their successor
    trained = open(data.file + ".trained").read()
    assert sorted(trained) == [*"012345"] and trained[-1] == "4"
    assert 2 <= open(data.file).read().count("arrived") <= 3


def _start(*arguments):
    """Start Python in a group of its own, as Jupyter starts a kernel."""
    path = os.pathsep.join([str(NOTEBOOKS), os.environ.get("PYTHONPATH", "")])
    return psutil.Popen(
        [sys.executable, *map(str, arguments)],
        env={
            **os.environ,
            "PYTHONPATH": path,
            "DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s",
        },
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait_for(condition, process):
    end = time.monotonic() + 90
    while not condition():
        assert process.poll() is None, process.stdout.read()
        assert time.monotonic() < end
        time.sleep(0.1)


def _end(processes):
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            for each in [*process.children(recursive=True), process]:
                each.kill()


def _kept(folder):
    path = folder / "rates.csv"
    return sorted(pd.read_csv(path)["rate"]) if path.exists() else []


@pytest.fixture
def series(tmp_path):
    file = tmp_path / "series.py"
    file.write_text(textwrap.dedent(SERIES))
    started = []

    def start(where):
        started.append(_start(file, tmp_path, where))
        return started[-1]

    yield start
    _end(started)


@pytest.mark.skipif(os.name == "nt", reason="signals of groups")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_kernel_that_ends_keeps_what_is_done(name, series, tmp_path):
    kernel = series(2)
    _wait_for(lambda: _kept(tmp_path) == [0, 1], kernel)
    workers = kernel.children(recursive=True)
    if name == "SIGKILL":
        kernel.kill()
    else:
        os.killpg(kernel.pid, signal.SIGINT)  # the square button
    said, _ = kernel.communicate(timeout=60)
    assert name == "SIGKILL" or "KeyboardInterrupt" in said
    assert psutil.wait_procs(workers, timeout=30)[1] == []  # they end with it
    (tmp_path / "on").write_text("0.2")
    again = series(2)
    assert again.wait(timeout=90) == 0, again.stdout.read()
    trained = [line.split()[0] for line in open(tmp_path / "trained.txt")]
    assert _kept(tmp_path) == [0, 1, 2, 3, 4, 5]
    assert trained.count("0") == trained.count("1") == 1


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be replaced there")
def test_scheduler_that_is_lost(series, tmp_path):
    processes = []

    def start_cluster():
        file = tmp_path / "scheduler.json"
        file.unlink(missing_ok=True)
        options = ["--scheduler-file", file, "--no-dashboard"]
        command = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1"]
        processes.append(_start(*command, "--port", "0", *options))
        address = json_load_robust(file, timeout=90)["address"]
        command = ["-m", "distributed.cli.dask_worker", "--nthreads", "1", "--no-nanny"]
        processes.append(_start(*command, *options))
        return address

    try:
        kernel = series(start_cluster())
        _wait_for(lambda: _kept(tmp_path) == [0, 1], kernel)
        for process in processes:
            process.kill()
        assert kernel.wait(timeout=120) != 0
        assert "The connection to the scheduler is lost" in kernel.stdout.read()
        (tmp_path / "on").write_text("0.2")
        again = series(start_cluster())
        assert again.wait(timeout=90) == 0, again.stdout.read()
    finally:
        _end(processes)
    trained = [line.split()[0] for line in open(tmp_path / "trained.txt")]
    assert _kept(tmp_path) == [0, 1, 2, 3, 4, 5]
    assert trained.count("0") == trained.count("1") == 1


def test_workers_that_would_train_otherwise_are_refused(monkeypatch):
    def train(rate):
        raise AssertionError("no training was to begin")

    here = {"n_workers": 1, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(threads_per_worker=2, **here) as threads:
        with pytest.raises(RuntimeError, match="several threads: start it with --nth"):
            experiments.run_all("rates", train, SETTINGS, cluster=threads)
    wanted = cluster._versions()
    with LocalCluster(threads_per_worker=1, **here) as other:
        with Client(other, set_as_default=False) as client:
            match = r"worker \S+ has keras [\d.]+ in the place of 3\.0\.0: install"
            with pytest.raises(RuntimeError, match=match):
                cluster._check_workers(client, {**wanted, "keras": "3.0.0"})
            with pytest.raises(RuntimeError, match="with KERAS_BACKEND=abacus"):
                cluster._check_workers(client, {**wanted, "KERAS_BACKEND": "abacus"})


def test_worker_that_joins_later_and_would_train_otherwise_is_sent_away():
    def train(rate):
        return {"loss": [float(rate)]}

    here = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(1, threads_per_worker=1, processes=False, **here) as good:
        jobs = cluster.run(train, SETTINGS, good)
        results = [next(jobs)[1]()]
        command = ["-m", "distributed.cli.dask_worker", "--nthreads", "2", "--no-nanny"]
        late = _start(*command, good.scheduler_address)
        try:
            said, _ = late.communicate(timeout=90)
        finally:
            _end([late])
        assert "has several threads" in said
        results += [get_result() for _, get_result in jobs]
    assert sorted(result["loss"][0] for result in results) == [0, 1, 2, 3, 4, 5]


def test_no_scheduler_and_no_keys(tmp_path):
    def train(rate):
        return {"loss": [1.0]}

    soon = {"distributed.comm.timeouts.connect": "1s"}
    with dask.config.set(soon):
        with pytest.raises(RuntimeError, match="No scheduler answers at tcp://127.0"):
            experiments.run_all("rates", train, SETTINGS, cluster="tcp://127.0.0.1:9")
    # Another user of the same machine, who has no keys, or other ones
    with cluster._local_cluster(1) as local, dask.config.set(soon):
        address = local.scheduler_address
        assert address.startswith("tls://127.0.0.1:")
        with pytest.raises(RuntimeError, match=f"No scheduler answers at {address}"):
            experiments.run_all("rates", train, SETTINGS, cluster=address)
        with pytest.raises(OSError):
            Client(address, security=Security.temporary(), set_as_default=False)


@pytest.mark.skipif(os.name == "nt", reason="the commands are those of a Unix shell")
def test_keys_and_commands_of_the_page(series, tmp_path, monkeypatch, capsys):
    """As for two computers, with 127.0.0.1 for both."""
    page = (ROOT / "hosting" / "cluster.md").read_text("utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    new = {"192.168.1.10": "127.0.0.1", "8786": port, "--nworkers 4": "--nworkers 2"}
    commands = "\n".join(re.findall(r"(?m)^\.venv/bin/dask .+$", page))
    for old, value in new.items():
        assert old in commands
        commands = commands.replace(old, value)
    scheduler, workers = (shlex.split(each)[1:] for each in commands.splitlines())

    monkeypatch.setenv("HOME", str(tmp_path))
    (recipe,) = [code for code in CODE.findall(page) if "Security" in code]
    exec(recipe)
    keys = Path(tmp_path, "lesson-cluster.json")
    assert keys.stat().st_mode & 0o777 == 0o600
    (tmp_path / "on").write_text("2")
    monkeypatch.setenv("DASK_CONFIG", str(keys))
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", f"tls://127.0.0.1:{port}")
    processes = [_start("-m", "dask", *scheduler)]
    try:
        said = ""
        while not (pages := re.search(r"dashboard at: +(http://\S+?:\d+)", said)):
            assert (line := processes[0].stdout.readline()), said
            said += line
        assert urllib.request.urlopen(f"{pages[1]}/health").read() == b"ok"
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{pages[1]}/info/main/workers.html")

        for scheme in ("tls", "tcp"):  # no keys here: they are read when Dask starts
            with dask.config.set({"distributed.comm.timeouts.connect": "1s"}):
                with pytest.raises(RuntimeError, match="No scheduler answers at"):
                    experiments.run_all(
                        "rates",
                        lambda rate: {"loss": [1.0]},
                        SETTINGS,
                        cluster=f"{scheme}://127.0.0.1:{port}",
                    )
        processes.append(_start("-m", "dask", *workers))
        kernel = series("None")
        assert kernel.wait(timeout=90) == 0, kernel.stdout.read()
    finally:
        _end(processes)
    trained = open(tmp_path / "trained.txt").read().split()
    assert _kept(tmp_path) == [0, 1, 2, 3, 4, 5]
    assert str(kernel.pid) not in trained[2::3]  # but two workers
    assert len({*trained[2::3]}) == 2
