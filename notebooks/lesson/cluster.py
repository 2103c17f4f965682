"""Trains the experiments of a series side by side, by Dask: here, or on a cluster.

Only `lesson.experiments` uses this. What is left to Dask: connections and their
encryption, who trains what, and that a run goes to another worker if one is lost.
"""

import contextlib
import functools
import importlib.metadata
import logging
import os
import platform
import random

import cloudpickle
import dask.sizeof
import distributed
from distributed import Client, LocalCluster, Security, WorkerPlugin, get_worker

from lesson import experiments

# What TensorFlow, JAX, and whatever uses OpenMP read when they start
ONE_CORE = (
    *("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
    *("NPROC", "OMP_NUM_THREADS"),
)


class Trainer(WorkerPlugin):
    """Holds `train`, and the data that it uses: travels once to each worker.

    Also to those that come later, or come back after they were lost.
    """

    def __init__(self, train, versions):
        """Pack the function, with what it uses of its notebook."""
        self.packed, self.versions = cloudpickle.dumps(train), versions

    def setup(self, worker):
        """Make a worker ready, or send away one that came later and would do harm.

        Dask estimates sizes, at any moment, with the generator that seeds are set for:
        it gets another one.
        """
        dask.sizeof.random = random.Random()
        if problem := _problem(self.versions, worker):
            worker.loop.add_callback(worker.close, reason=problem)

    @functools.cached_property
    def train(self):
        """The function, unpacked when it is first used: it may import Keras."""
        return cloudpickle.loads(self.packed)


def run(train, settings, where):
    """Train all settings side by side: `train` is called with the keys of each, a dict.

    `where` is the number of processes on this machine, the address of a scheduler, or a
    cluster. Yields each setting as soon as it is ready, with a function that returns
    its result as a data frame, or raises what the training has raised.

    Raises RuntimeError if a worker has other versions or several threads, or cannot
    import this package, and if the connection to the scheduler is lost.
    """
    with contextlib.ExitStack() as stack:
        if isinstance(where, int):
            where = stack.enter_context(_local_cluster(min(where, len(settings))))
        client = stack.enter_context(_connect(where))
        trainer = Trainer(train, _versions())
        _check_workers(client, trainer.versions)
        name = f"lesson-{client.id}"
        client.register_plugin(trainer, name=name)
        stack.callback(_forget, client, name)
        waiting, by_key = distributed.as_completed(loop=client.loop), {}
        for setting in settings:
            future = client.submit(_train, name, setting, pure=False)
            by_key[future.key] = setting
            waiting.add(future)
        for future in waiting:
            if future.cancelled():
                raise RuntimeError(
                    "The connection to the scheduler is lost. All results that came "
                    "before are kept. When it is there again, run this again with "
                    "`rerun=False`: it trains only what is missing."
                )
            yield by_key[future.key], future.result
            future.release()  # or a worker that is lost later has it trained again


def _versions():
    """Return what decides about results: backend, Python and packages, by name."""
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    python = ".".join(platform.python_version_tuple()[:2])
    found = {"KERAS_BACKEND": backend, "Python": python}
    for package in ("distributed", "keras", backend, "numpy"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[package] = importlib.metadata.version(package)
    return found


def _local_cluster(workers):
    """Return so many processes of this machine, each of which computes on one core.

    Connections are encrypted with keys that exist in this kernel alone: other users of
    the same machine, as on a JupyterHub, have no way in.
    """
    settings = {
        "distributed.scheduler.http.routes": [],  # no pages that anyone could open
        # Dask has each freed piece of memory given back, which slows training down
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    }
    with dask.config.set(settings):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            memory_limit=0,  # else Dask pauses a large worker, and all wait for ever
            security=True,
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # any free port
            silence_logs=logging.CRITICAL,  # `run_all` tells what failed
            env=dict.fromkeys(ONE_CORE, "1"),
        )


def _connect(where):
    try:
        if str(where).startswith("tls:") and not Security().tls_client_cert:
            raise OSError("this machine has no certificate")  # a client would hang
        return Client(where, set_as_default=False)
    except OSError as error:
        raise RuntimeError(
            f"No scheduler answers at {where}: {error}. Is it running, and does this "
            "machine have its certificates? See hosting/cluster.md."
        ) from error


def _check_workers(client, wanted):
    """Refuse workers whose results would differ, before anything is trained."""
    try:
        problems = client.run(_problem, wanted)
    except ModuleNotFoundError as error:
        raise RuntimeError(
            f"A worker cannot import {error.name!r}: the folder notebooks/ of the "
            "lesson has to be on its PYTHONPATH, see hosting/cluster.md."
        ) from error
    for worker, problem in problems.items():
        if problem:
            raise RuntimeError(f"The worker {worker} {problem}")
    if not problems:
        print("The cluster has no worker yet: waiting for one.", flush=True)


def _problem(wanted, dask_worker):
    """Return what is wrong with a worker, where it runs, or an empty text."""
    here = _versions()
    if (backend := wanted["KERAS_BACKEND"]) != here["KERAS_BACKEND"]:
        return f"has another backend: start it with KERAS_BACKEND={backend}."
    other = [
        f"{name} {here.get(name, '(missing)')} instead of {version}"
        for name, version in wanted.items()
        if here.get(name) != version
    ]
    if other:
        return f"has {', '.join(other)}: install what requirements.txt names."
    if dask_worker.state.nthreads > 1:
        return "has several threads: start it with --nthreads 1, and more workers."
    return ""


def _train(name, setting):
    """Train on the worker that this runs on."""
    return experiments.run_one(get_worker().plugins[name].train, setting)


def _forget(client, name):
    """Let the workers drop the data, where they still can be reached."""
    if client.status == "running":
        with contextlib.suppress(Exception):
            client.unregister_worker_plugin(name)
