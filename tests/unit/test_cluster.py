"""A series of training runs by Dask: on this machine, and on a cluster that is lost."""

import contextlib
import functools
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
import urllib.request
from unittest.mock import patch

import dask
import pandas as pd
import psutil
import pytest
from distributed import Client, LocalCluster, Security
from lesson import cluster, experiments
from lesson_files import CODE, NOTEBOOKS, ROOT

SETTINGS = [{"rate": rate} for rate in range(6)]
# For those who do not answer
SOON = {"distributed.comm.timeouts.connect": "1s"}
# In a process of its own, which can be killed: notes in `folder` what it trains
SERIES = """
    import pathlib, signal, sys, time
    from lesson import experiments

    folder = experiments.FIT_OUTPUTS = pathlib.Path(sys.argv[1])

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
        # 0: where the environment says
        experiments.run_all("rates", train, settings, cluster=int(sys.argv[2]))
"""


@pytest.fixture(autouse=True)
def fit_outputs(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "FIT_OUTPUTS", tmp_path)
    with patch.dict(os.environ):  # which Dask changes for its workers
        yield tmp_path


@pytest.fixture
def start():
    """Start Python in a group of its own, as Jupyter starts a kernel."""
    path = os.pathsep.join([str(NOTEBOOKS), os.environ.get("PYTHONPATH", "")])
    soon = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "5s"}
    started = []

    def start(*arguments):
        process = psutil.Popen(
            [sys.executable, *map(str, arguments)],
            env={**os.environ, **soon, "PYTHONPATH": path},
            start_new_session=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        end(process)


def end(process):
    with contextlib.suppress(psutil.NoSuchProcess):
        for each in [*process.children(recursive=True), process]:
            each.kill()


@pytest.fixture
def series(start, tmp_path):
    """Start a series in so many processes, or on a cluster."""
    file = tmp_path / "series.py"
    file.write_text(textwrap.dedent(SERIES))
    return functools.partial(start, file, tmp_path)


def kept(folder):
    path = folder / "rates.csv"
    return sorted(pd.read_csv(path)["rate"]) if path.exists() else []


def wait_for_two_results(kernel, folder):
    latest = time.monotonic() + 90
    while kept(folder) != [0, 1]:
        assert kernel.poll() is None, kernel.stdout.read()
        assert time.monotonic() < latest
        time.sleep(0.1)


def go_on(series, where, folder):
    """Start a series again: it trains what is missing. Return who trained that."""
    before = (folder / "trained.txt").read_text()
    (folder / "on").write_text("3")  # seconds: both workers get something to do
    again = series(where)
    assert again.wait(timeout=90) == 0, again.stdout.read()
    assert kept(folder) == [0, 1, 2, 3, 4, 5]
    trained = (folder / "trained.txt").read_text().removeprefix(before).split()
    assert sorted(trained[::3]) == ["2", "3", "4", "5"]
    assert str(again.pid) not in trained[2::3]
    return set(trained[2::3])


def train(rate):
    return {"loss": [float(rate)]}


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
        ours = "TF_NUM_INTRAOP_THREADS TF_NUM_INTEROP_THREADS NPROC OMP_NUM_THREADS"
        one_core = {os.environ.get(each) for each in ours.split()} == {"1"}
        trims = "MALLOC_TRIM_THRESHOLD_" in os.environ
        drawn = [random.random()]
        return {"loss": [float(rate)], "drawn": drawn, "set": one_core and not trims}

    with pytest.raises(RuntimeError, match=r"1 of 6.*rate=4: ValueError: four is too"):
        experiments.run_all("rates", train, SETTINGS, cluster=2)
    said = capsys.readouterr().out
    assert "no worker yet" not in said
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


@pytest.mark.skipif(os.name == "nt", reason="signals of groups")
@pytest.mark.parametrize("name", ["SIGKILL", "SIGINT"])
def test_kernel_that_ends_keeps_what_is_done(name, series, tmp_path):
    kernel = series(2)
    wait_for_two_results(kernel, tmp_path)
    workers = kernel.children(recursive=True)
    if name == "SIGKILL":
        kernel.kill()
    else:
        os.killpg(kernel.pid, signal.SIGINT)  # the square button
    said, _ = kernel.communicate(timeout=60)
    assert name == "SIGKILL" or "KeyboardInterrupt" in said
    assert psutil.wait_procs(workers, timeout=30)[1] == []  # they end with it
    go_on(series, 2, tmp_path)


def test_workers_that_would_train_otherwise_are_refused(monkeypatch):
    threads = {"threads_per_worker": 2, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(1, processes=False, **threads) as where:
        with pytest.raises(RuntimeError, match="several threads: start it with --nth"):
            experiments.run_all("rates", train, SETTINGS, cluster=where)
    wanted = cluster._versions()
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    assert {"distributed", "numpy", backend} < {*wanted}
    assert "abacus (missing) instead of 1:" in cluster._problem(
        {**wanted, "abacus": "1"}, None
    )
    said = cluster._problem({**wanted, "keras": "3.0.0"}, None)
    assert re.match(r"has keras [\d.]+ instead of 3\.0\.0: install", said)
    said = cluster._problem({**wanted, "Python": "3.9"}, None)
    assert re.match(r"has Python 3\.1\d instead of 3\.9: install", said)
    monkeypatch.setenv("KERAS_BACKEND", "abacus")
    assert f"with KERAS_BACKEND={backend}." in cluster._problem(wanted, None)


def test_worker_that_joins_later_and_would_train_otherwise_is_sent_away(start):
    here = {"host": "127.0.0.1", "protocol": "tcp", "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(1, threads_per_worker=1, processes=False, **here) as good:
        jobs = cluster.run(train, SETTINGS, good)
        results = [next(jobs)[1]()]
        command = ["-m", "distributed.cli.dask_worker", "--nthreads", "2", "--no-nanny"]
        said, _ = start(*command, good.scheduler_address).communicate(timeout=90)
        assert "has several threads" in said
        results += [get_result() for _, get_result in jobs]
        (worker,) = good.workers.values()
        left = [each for each in worker.plugins if each.startswith("lesson-")]
        assert left == [], "the data stay on the cluster"
    assert sorted(result["loss"][0] for result in results) == [0, 1, 2, 3, 4, 5]


def test_cluster_without_a_worker_is_waited_for(capsys):
    here = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0"}
    with LocalCluster(n_workers=0, processes=False, **here) as none:
        with Client(none, set_as_default=False) as client:
            cluster._check_workers(client, cluster._versions())
    assert "no worker yet" in capsys.readouterr().out


def test_no_scheduler_and_no_keys():
    """Another user of the same machine has no keys, or other ones."""
    with cluster._local_cluster(1) as local, dask.config.set(SOON):
        address = local.scheduler_address
        assert address.startswith("tls://127.0.0.1:")
        there = local.scheduler_info["workers"].values()
        assert [(x["nthreads"], x["memory_limit"]) for x in there] == [(1, 0)]
        for where in (address, address.replace("tls", "tcp"), "tcp://127.0.0.1:9"):
            with pytest.raises(RuntimeError, match=f"No scheduler answers at {where}"):
                experiments.run_all("rates", train, SETTINGS, cluster=where)
        with pytest.raises(OSError):
            Client(address, security=Security.temporary(), set_as_default=False)


@pytest.mark.skipif(os.name == "nt", reason="the commands are those of a Unix shell")
def test_cluster_of_the_page_that_is_lost(series, start, tmp_path, monkeypatch):
    """Its keys and commands, as for two computers, with 127.0.0.1 for both."""
    page = (ROOT / "hosting" / "cluster.md").read_text("utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = "127.0.0.1:{1}".format(*free.getsockname())
    port = address.partition(":")[2]
    new = {"192.168.1.10": "127.0.0.1", "8786": port, "--nworkers 4": "--nworkers 2"}
    commands = "\n".join(re.findall(r"(?m)^\.venv/bin/dask .+$", page))
    for old, value in new.items():
        assert old in commands
        commands = commands.replace(old, value)
    scheduler, workers = (shlex.split(each)[1:] for each in commands.splitlines())

    monkeypatch.setenv("HOME", str(tmp_path))
    (recipe,) = [code for code in CODE.findall(page) if "Security" in code]
    keys = tmp_path / "lesson-cluster.json"
    keys.touch(0o644)  # older keys, for instance from a USB stick
    exec(recipe)
    assert keys.stat().st_mode & 0o777 == 0o600
    monkeypatch.setenv("DASK_CONFIG", str(keys))
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", f"tls://{address}")

    def start_cluster():
        processes, said = [start("-m", "dask", *scheduler)], ""
        while not (pages := re.search(r"dashboard at: +(http://\S+?:\d+)", said)):
            assert (line := processes[0].stdout.readline()), said
            said += line
        return [*processes, start("-m", "dask", *workers)], pages[1]

    processes, pages = start_cluster()
    assert urllib.request.urlopen(f"{pages}/health").read() == b"ok"
    with pytest.raises(OSError, match="404"):
        urllib.request.urlopen(f"{pages}/info/main/workers.html")
    with dask.config.set(SOON):  # no keys here: they are read when Dask starts
        for scheme, others in {"tcp": None, "tls": Security.temporary()}.items():
            with pytest.raises(OSError):
                Client(f"{scheme}://{address}", security=others, set_as_default=False)

    kernel = series(0)
    wait_for_two_results(kernel, tmp_path)
    for process in processes:
        end(process)
    said, _ = kernel.communicate(timeout=120)
    assert kernel.returncode and "The connection to the scheduler is lost" in said
    start_cluster()
    assert len(go_on(series, 0, tmp_path)) == 2  # so many workers
