"""Runs a series of experiments once, and remembers their results.

The labs train a network for each of several settings, which takes minutes. `run_all`
says how far it is, and writes each result into `fit_outputs/` as soon as it is there:
the next time it reads them, and trains only what is missing. Where it trains is one
argument: in the kernel, side by side on this machine, or on a cluster, by Dask.

`joblib.Memory` would keep results, too, but as pickles in folders of its own: these
are tables that learners can open, that can be shipped, and that a test can compare.
"""

import contextlib
import functools
import hashlib
import inspect
import os
import textwrap
import time

import pandas as pd

from lesson.data import replace
from lesson.results import FIT_OUTPUTS

__all__ = ["add_shipped", "run_all"]

__dir__ = __all__.copy  # for tab completion


def run_all(name, train, settings, rerun=False, cluster=None):
    """Call `train` for each setting, unless its result is there already.

    Parameters
    ----------
    name : str
        The results are kept in `fit_outputs/<name>.csv`.
    train : callable
        Called as ``train(**setting)``; returns the history of a run, a Keras
        `History` or a dict of lists with a value for each epoch. What has a single
        value in the dict is the same in all epochs.
    settings : list of dict
        One for each experiment, all with the same keys; their values are numbers or
        texts.
    rerun : bool
        Train all of them again. The results of other settings stay.
    cluster : None, str, int or distributed.deploy.Cluster
        Where to train. None: on the cluster whose scheduler has the address in the
        environment variable `DASK_SCHEDULER_ADDRESS`; without one, here in the kernel,
        one after the other. A number: here, in so many processes side by side, unless
        a single one is missing. An address, such as ``"tls://10.0.0.5:8786"``, or a
        Dask cluster, such as `dask_jobqueue.SLURMCluster`: there.

    Returns
    -------
    pandas.DataFrame
        A row for each setting and epoch, in the order of `settings`: the setting's
        keys, `epoch` (from 1), what the history holds, and `seconds`, the time that
        the whole experiment took.

    Raises
    ------
    ValueError
        If two settings are equal, their keys differ, or there are none.
    RuntimeError
        If a training run failed, or a worker of the cluster has other versions than the
        kernel. All other results are kept: the next call, without `rerun`, trains only
        what is missing.

    Notes
    -----
    A result is taken as long as the text of `train`, and of the functions of the same
    notebook that it calls, is as it was when the result was made. A change in the data
    is not noticed: then use `rerun`. Results of other code are put aside, in a file
    of their own, and found again when the code is as it was.

    Workers have one thread each, because seeds hold for a whole process. If one is
    lost, another one takes its training over.

    Examples
    --------
    >>> def train(rate):
    ...     return {"loss": [2.3, 2.0 - rate]}
    >>> table = run_all("example", train, [{"rate": 0.5}])
    1 of 1: rate=0.5...0 s
    >>> list(table["loss"])
    [2.3, 1.5]
    """
    _check(settings)
    keys = list(settings[0])
    path = FIT_OUTPUTS / f"{name}.csv"
    code = _fingerprint(train)
    kept = _read(path, keys, code) or _read(_aside(path, code), keys, code)
    known = {} if rerun else dict(kept)
    missing = [setting for setting in settings if _key(setting) not in known]
    failed, unkept = [], []
    with contextlib.closing(_jobs(train, missing, known, settings, cluster)) as jobs:
        for number, (setting, get_result) in enumerate(jobs, start=1):
            words = ", ".join(f"{key}={value}" for key, value in setting.items())
            print(f"{number} of {len(settings)}: {words:<28}", end=" ", flush=True)
            try:
                result = get_result()
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                failed.append((f"{words}: {said}", error))
                print(f"failed: {said}", flush=True)
                continue
            key = _key(setting)
            if key not in known:
                known[key] = result.assign(**dict(zip(keys, key, strict=True)))
                kept[key] = known[key]
                order = [_key(each) for each in settings if _key(each) in kept]
                kept = {key: kept[key] for key in [*order, *kept]}
                unkept = _write(kept, code, path)  # if a later one stops, this is kept
            last = result.iloc[-1]
            scores = [x for x in ("accuracy", "val_accuracy") if x in last]
            scores = [f" {score} {last[score]:.3f}" for score in scores]
            print(f"{last['seconds']:4.0f} s", *scores, *unkept, flush=True)
    if failed:
        words, error = failed[0]
        raise RuntimeError(
            f"{len(failed)} of {len(settings)} training runs failed, the first "
            f"with {words}. All other results are kept in {path.name}. "
            "Correct the fault, and run this again with `rerun=False`: it trains only "
            "what is missing."
        ) from error
    results = [known[_key(each)].assign(**each) for each in settings]
    return pd.concat(results, ignore_index=True)


def add_shipped(name, train, table):
    """Return a table of `run_all`, and below it the results that come with the lesson.

    A learner trains with one seed; the others were trained beforehand. They are shipped
    in `fit_outputs/reference/<name>.csv`. Those of settings that the table has, and
    those that other code than `train` made, are left out.

    Examples
    --------
    >>> def train(rate):
    ...     return {"loss": [2.3, 2.0 - rate]}
    >>> table = run_all("example", train, [{"rate": 0.5}])
    1 of 1: rate=0.5...0 s
    >>> table = add_shipped("example", train, table)
    1 training run of your own, and 0 that come with the lesson
    """
    keys = list(table)[: list(table).index("epoch")]
    known = _read(FIT_OUTPUTS / "reference" / f"{name}.csv", keys, _fingerprint(train))
    types = table[keys].dtypes.to_dict()
    own = set(table[keys].itertuples(index=False, name=None))
    shipped = [rows.astype(types) for rows in known.values()]
    new = [rows for rows in shipped if tuple(rows[keys].iloc[0]) not in own]
    print(
        f"{len(own)} training run{'s' * (len(own) > 1)} of your own, and "
        f"{len(new)} that come with the lesson"
    )
    return pd.concat([table, *new], ignore_index=True)


def _check(settings):
    if not settings:
        raise ValueError("run_all() needs at least one setting.")
    for setting in settings:
        if list(setting) != list(settings[0]):
            raise ValueError(
                f"All settings need the same keys, but {setting} does not have "
                f"those of {settings[0]}."
            )
    if len({_key(setting) for setting in settings}) < len(settings):
        raise ValueError(
            "Two of the settings are equal, and only one result would be kept."
        )


def _key(setting):
    """Return a setting as its text in a file."""
    return tuple(str(value) for value in setting.values())


def _fingerprint(train):
    """Return a short text that changes with the source of a function."""
    digest = hashlib.sha256("".join(_sources(train, set())).encode()).hexdigest()
    return "v" + digest[:8]  # never a number


def _sources(function, seen):
    """Yield the source of a function, and of those of its module that it calls."""
    seen.add(function)
    yield textwrap.dedent(inspect.getsource(function)).strip()
    for name in function.__code__.co_names:
        called = function.__globals__.get(name)
        if inspect.isfunction(called) and called not in seen:
            if called.__module__ == function.__module__:
                yield from _sources(called, seen)


def _jobs(train, missing, known, settings, cluster):
    """Yield each setting with a function that returns its result, or raises."""
    cluster = cluster or os.environ.get("DASK_SCHEDULER_ADDRESS")
    here = not cluster or (isinstance(cluster, int) and len(missing) < 2)
    for setting in settings:
        if _key(setting) in known:
            yield setting, functools.partial(known.get, _key(setting))
        elif here:
            yield setting, functools.partial(run_one, train, setting)
    if missing and not here:
        from lesson.cluster import run  # its import takes a second

        yield from run(train, missing, cluster)


def run_one(train, setting):
    """Return what a training run brings: a row for each epoch, the setting in front."""
    start = time.perf_counter()
    history = train(**setting)
    seconds = round(time.perf_counter() - start, 1)
    history = pd.DataFrame(getattr(history, "history", history))
    if clash := {"epoch", "seconds", *history} & {*setting}:
        raise ValueError(f"{clash} is the name of a setting and of a result.")
    epochs = range(1, len(history) + 1)
    return pd.DataFrame({**setting, "epoch": epochs, **history, "seconds": seconds})


def _read(path, keys, code):
    """Return the results in a file by setting, without those of other code."""
    types = dict.fromkeys([*keys, "code"], str)
    try:
        # A setting may well be the text "None"
        table = pd.read_csv(path, dtype=types, keep_default_na=False, na_values=[""])
        table = table[table["code"] == code].drop(columns="code")
        return dict(list(table.groupby(keys, sort=False)))
    except (FileNotFoundError, KeyError, ValueError):  # missing, other, or broken
        return {}


def _aside(path, code):
    """Return where results of some code lie while there are those of other code."""
    return path.with_name(f"{path.stem}-{code}.csv")


def _write(kept, code, path):
    """Write results whole: the old file stays until the new one is complete.

    Results of other code are put aside. Return what there is to say, in a list.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        pd.concat(kept.values()).assign(code=code).to_csv(part, index=False)
        with contextlib.suppress(FileNotFoundError, ValueError):  # none, or broken
            (before,) = pd.read_csv(path, usecols=["code"])["code"].unique()
            if before != code:
                replace(path, _aside(path, before))
        replace(part, path)
    except OSError as error:  # of Windows, while Excel has the file open
        return [f"\nNot yet in {path.name} ({error}): is it open in another program?"]
    return []
