"""Reads a results database of assay into pandas: views as frames, arrays as numpy arrays, and every request's values and
list by the ids of the data. One file, to be copied anywhere; needs numpy and pandas (2 or later). Nothing is ever written.

    import assay_results

    with assay_results.open("results/quickstart.sqlite") as results:
        board = results.view("leaderboard")
        values = results.values("ndcg@10")
        lists = results.slates(variant="control")

docs/results-database.md describes the views and tables. What cannot be answered raises ResultsError, a sentence that says
what was found, what was expected and what to do.
"""

from __future__ import annotations

import difflib
import json
import os
import pathlib
import sqlite3
import urllib.parse

import numpy as np
import pandas as pd

APPLICATION_ID = 0x41535359  # "ASSY", as PRAGMA application_id
SCHEMA = 24  # the newest PRAGMA user_version that this file knows

# Every BLOB of the schema: its type, little-endian without a header, and its shape where it is not one row. A shape is made
# of columns of the same row and of -1, which is what the length gives.
ARRAYS = {
    "request_set": {"users": "<i4", "times": "<i8", "truth_offsets": "<i8", "truth_items": "<i4",
                    "history_offsets": "<i8", "history_items": "<i4"},
    "user_label": {"offsets": "<i8", "codes": "<i4"},
    "item_label": {"offsets": "<i8", "codes": "<i4"},
    "request_value": {"data": "<f4"},
    "slate": {"items": ("<i4", "requests", "size"), "scores": ("<f4", "requests", "size"),
              "propensity": ("<f4", "requests", "size")},
    "stage_list": {"requests": "<i4", "lengths": "<i4", "items": ("<i4", -1, "size"), "scores": ("<f4", -1, "size"),
                   "found_offsets": "<i4", "found_items": "<i4", "found_ranks": "<i4"},
    "explanation": {"requests": "<i4", "rests": ("<f4", -1, "size"), "slots": "<i4", "kinds": "<i4", "ids": "<i4",
                    "weights": "<f4"},
    "list_without": {"requests": "<i4", "left_out": "<i4", "items": ("<i4", -1, "size")},
    "unknown_request": {"requests": "<i4"},
    "policy_input": {"requests": "<i4", "propensity": "<f4", "reward": "<f4", "probability": "<f4", "predicted": "<f4",
                     "expected": "<f4", "unsupported": "<f4", "marginal": "<f4", "balanced": "<f4", "mrdr_predicted": "<f4",
                     "mrdr_expected": "<f4"},
    "shard_value": {"data": "<f4"},
    "shard_exposure": {"data": "<i4"},  # [N], or [n, 2] if sparse is 1
    "latency": {"data": "<f4"},
}


class ResultsError(Exception):
    """What was asked has no answer in this file; the text says why and what to do."""


def open(path, run=None):  # noqa: A001 - read as assay_results.open
    """Opens a file for reading, as one `Results`. `run` is a run_id; by default the last run that ended."""
    return Results(path, run)


class Results:
    """One run of a results database. All frames are about this run, but those of `runs`, `table` and `sql`."""

    def __init__(self, path, run=None):
        self.path = os.fspath(path)
        self._db = _connect(self.path)
        try:
            _check(self._db, self.path)
            self.views = [name for name, in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'view'")]
            self.tables = [name for name, in self._db.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")]
            self.run = self._choose(run)
        except BaseException:
            self.close()
            raise

    def close(self):
        self._db.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def sql(self, statement, parameters=()):
        """The answer to any SELECT. Integers with a NULL among them are Int64, so that 10 stays 10; BLOBs stay bytes."""
        try:
            cursor = self._db.execute(statement, parameters)
            if cursor.description is None:
                raise ResultsError(f"{self.path}: expected a statement that has an answer, such as SELECT; found {statement!r}")
            return _frame([column[0] for column in cursor.description], cursor.fetchall())
        except sqlite3.Error as error:
            raise ResultsError(f"{self.path}: {error}; the statement was {statement!r}") from error

    def view(self, name, all_runs=False):
        """One of `views`, of this run or of all runs of the file."""
        self._known(name, self.views, "a view")
        if all_runs:
            return self.sql(f'SELECT * FROM "{name}"')
        return self.sql(f'SELECT * FROM "{name}" WHERE run_id = ?', [self.run])

    def table(self, name, where="1", parameters=()):
        """Rows of one of `tables`, of all runs; each BLOB is a numpy array with the type and shape of the documentation.

        `where` is a condition in SQL: `results.table("latency", "stage = ?", ["served"])`."""
        self._known(name, self.tables, "a table")
        frame = self.sql(f'SELECT * FROM "{name}" WHERE {where}', parameters)
        rows = frame.to_dict("records")
        for column, kind in ARRAYS.get(name, {}).items():
            if column in frame:
                kind = ("<i4", -1, 2) if name == "shard_exposure" else kind
                arrays = [self._array(row, column, _kind_of(name, row, kind), name) for row in rows]
                frame[column] = pd.Series(arrays, index=frame.index, dtype=object)
        return frame

    def runs(self):
        """All runs of the file: run_id, experiment, status, started, finished."""
        return self.sql("SELECT run_id, experiment, status, started, finished FROM run ORDER BY run_id")

    def trials(self):
        """One row for each variant, data set, fold and seed, with `status`, `reason` and `trial_key`."""
        return self.sql("""SELECT v.name AS variant, l.dataset, l.fold, l.seed, t.status, t.reason, l.trial_key, t.request_set
            FROM run_trial AS l JOIN variant AS v USING (variant_id) JOIN trial AS t USING (trial_key)
            WHERE l.run_id = ? ORDER BY l.dataset, l.fold, v.position, l.seed""", [self.run])

    def requests(self):
        """One row for each request: dataset, fold, request, user (None: anonymous), time (UTC), relevant (how many items)."""
        return _concat([pd.DataFrame({"dataset": of.dataset, "fold": of.fold, "request": np.arange(len(of.users)),
                                      "user": of.users, "time": of.times, "relevant": np.diff(of.truth_offsets)})
                        for of in self._request_sets().values()], "dataset fold request user time relevant")

    def truth(self):
        """One row for each relevant item of each request: dataset, fold, request, user, item."""
        frames = []
        for of in self._request_sets().values():
            request = of.request_of_truth()
            frames.append(pd.DataFrame({"dataset": of.dataset, "fold": of.fold, "request": request,
                                        "user": of.users[request], "item": of.item_ids[of.truth_items]}))
        return _concat(frames, "dataset fold request user item")

    def items(self):
        """The catalogues: dataset, fold, position (the number of an item in arrays), item (its id in the data)."""
        return _concat([pd.DataFrame({"dataset": of.dataset, "fold": of.fold, "position": np.arange(len(of.item_ids) - 1),
                                      "item": of.item_ids[:-1]})
                        for of in self._request_sets().values()], "dataset fold position item")

    def labels(self, of):
        """Labels that `metrics.slices` cut by, `of` "users" or "items": dataset, fold, cut, user or item, label.

        One row a label: who has several has several rows. Users are those with a request."""
        table, id_column = self._known(of, {"users": ("user_label", "user"), "items": ("item_label", "item")}, "what has labels")
        frames = []
        for requests in self._request_sets().values():
            for row in self.table(table, "prepared_hash = ?", [requests.prepared_hash]).itertuples():
                labelled = len(row.offsets) - 1
                ids = requests.ids_of_users(labelled) if of == "users" else requests.item_ids
                who = np.repeat(np.arange(labelled), np.diff(row.offsets))
                names = np.array(json.loads(row.labels), dtype=object)[row.codes]
                frame = pd.DataFrame({"dataset": requests.dataset, "fold": requests.fold, "cut": row.cut,
                                      id_column: ids[who], "label": names})
                frames.append(frame[frame[id_column].notna()])
        return _concat(frames, f"dataset fold cut {id_column} label")

    def values(self, metric=None, stage="served", variant=None):
        """The value of each request: variant, dataset, fold, seed, request, user, time, value (NaN: excluded).

        `metric` is "ndcg@10", "recall" (the whole list) or a full definition; by default the primary metric of the run.
        One row for each request of each done trial; a variant at a time where memory is short."""
        self._check_variant(variant)
        definition, cutoff = self._find_metric(metric, stage)
        rows = self._db.execute("""SELECT v.name AS variant, l.seed, t.request_set, l.dataset, l.fold, x.data
            FROM run_trial AS l JOIN variant AS v USING (variant_id) JOIN trial AS t USING (trial_key)
            JOIN request_value AS x USING (trial_key)
            WHERE l.run_id = ? AND t.status = 'done' AND x.definition = ? AND x.cutoff = ? AND x.stage = ?
              AND v.name = ifnull(?, v.name) ORDER BY l.dataset, l.fold, v.position, l.seed""",
                                (self.run, definition, cutoff, stage, variant))
        sets = self._request_sets()
        frames = []
        for name, seed, request_set, dataset, fold, data in rows:
            of = sets[request_set, dataset, fold]
            value = self._array({"data": data}, "data", "<f4", "request_value")
            request = np.arange(len(value))
            frames.append(pd.DataFrame({**_named(name, dataset, fold, seed, len(value)), "request": request,
                                        "user": of.users[request], "time": of.times[request], "value": value}))
        return _concat(frames, "variant dataset fold seed request user time value")

    def slates(self, variant=None):
        """What was served: variant, dataset, fold, seed, request, user, rank (from 1), item, score, propensity, relevant.

        One row for each item of each list of each done trial: requests x length of the lists x trials, so name a `variant`
        where memory is short. `propensity` is NaN where none was stored; `relevant` says whether the item is in the truth."""
        self._check_variant(variant)
        trials = self.trials()
        trials = trials[trials.status == "done"]
        sets = self._request_sets()
        frames = []
        for trial in trials[trials.variant == variant].itertuples() if variant else trials.itertuples():
            of = sets[trial.request_set, trial.dataset, trial.fold]
            for chunk in self.table("slate", "trial_key = ? ORDER BY first_request", [trial.trial_key]).itertuples():
                row, slot = np.nonzero(chunk.items >= 0)
                item, request = chunk.items[row, slot], row + chunk.first_request
                no_propensity = chunk.propensity is None
                frames.append(pd.DataFrame({
                    **_named(trial.variant, trial.dataset, trial.fold, trial.seed, len(row)), "request": request,
                    "user": of.users[request], "rank": slot + 1, "item": of.item_ids[item], "score": chunk.scores[row, slot],
                    "propensity": np.float32("nan") if no_propensity else chunk.propensity[row, slot],
                    "relevant": of.is_relevant(request, item)}))
        return _concat(frames, "variant dataset fold seed request user rank item score propensity relevant")

    def _choose(self, wanted):
        runs = self.runs()
        if wanted is not None:
            if wanted not in set(runs.run_id):
                known = ", ".join(map(str, runs.run_id)) or "none"
                raise ResultsError(f"{self.path}: there is no run {wanted} in this file; it has: {known}")
            return int(wanted)
        if "attribution" in self.tables:  # mixed pipelines of another run
            runs = runs[~runs.run_id.isin(self.sql("SELECT run_id FROM attribution").run_id)]
        ended = runs[runs.status.isin(["done", "failed"])]
        if len(ended) == 0:
            known = ", ".join(f"{row.run_id} ({row.status})" for row in runs.itertuples()) or "none"
            raise ResultsError(f"{self.path}: no run of this file has ended; name one with run=: {known}")
        return int(ended.run_id.max())

    def _known(self, name, known, what):
        if name not in known:
            raise ResultsError(f"{self.path}: {name!r} is not {what} of this file{_near(name, known)}")
        return known[name] if isinstance(known, dict) else name

    def _check_variant(self, variant):
        names = [name for name, in self._db.execute("SELECT name FROM variant WHERE run_id = ? ORDER BY position", [self.run])]
        if variant is not None:
            self._known(variant, names, f"a variant of run {self.run}")

    def _find_metric(self, metric, stage):
        """Definition and cutoff as stored (0: the whole list)."""
        stored = self.sql("""SELECT DISTINCT m.name, x.definition, x.cutoff, x.stage FROM run_trial AS l
            JOIN request_value AS x USING (trial_key) JOIN metric AS m USING (definition) WHERE l.run_id = ?""", [self.run])
        if len(stored) == 0:
            raise ResultsError(f"{self.path}: no trial of run {self.run} is done, so no request has a value")
        self._known(stage, sorted(set(stored.stage)), f"a stage with values in run {self.run}")
        stored = stored[stored.stage == stage]
        if metric is None:
            metric, = self._db.execute("""SELECT primary_definition || iif(primary_cutoff, '@' || primary_cutoff, '')
                                          FROM run WHERE run_id = ?""", [self.run]).fetchone()
        known = {}
        for row in stored.itertuples():
            for name in (row.name, row.definition):
                known[f"{name}@{row.cutoff}" if row.cutoff else name] = (row.definition, row.cutoff)
        return self._known(metric, known, f"a metric with a value for each request of the stage {stage!r} in run {self.run}")

    def _request_sets(self):
        """{(request_set, dataset, fold): _Requests} of the run, in the order of data sets and folds. Read once."""
        if not hasattr(self, "_sets"):
            keys = self._db.execute("""SELECT DISTINCT t.request_set, l.dataset, l.fold FROM run_trial AS l
                JOIN trial AS t USING (trial_key) JOIN request_set AS r USING (request_set)
                WHERE l.run_id = ? ORDER BY l.dataset, CAST(l.fold AS INTEGER), l.fold""", [self.run]).fetchall()
            self._sets = {key: _Requests(self, *key) for key in keys}
        return self._sets

    def _array(self, row, column, kind, table):
        """A BLOB of a row, read-only, with its shape; None for NULL."""
        if row[column] is None:
            return None
        dtype, *shape = (kind,) if isinstance(kind, str) else kind
        try:
            array = np.frombuffer(row[column], dtype)
            return array.reshape([row[side] if isinstance(side, str) else side for side in shape]) if shape else array
        except ValueError as error:
            raise ResultsError(f"{self.path}: {table}.{column} is damaged: {len(row[column])} bytes are not {kind} ({error}); "
                               "take a copy of the file from before, or run again") from error


class _Requests:
    """The requests of one data set and fold, with ids of the data in place of dense ones."""

    def __init__(self, results, request_set, dataset, fold):
        self.dataset, self.fold = dataset, fold
        row = results.table("request_set", "request_set = ?", [request_set]).iloc[0]
        self.prepared_hash = row.prepared_hash
        self.dense_users, self.truth_offsets, self.truth_items = row.users, row.truth_offsets, row.truth_items
        self.users = _user_ids(results, row)
        seconds = row.times.astype("datetime64[s]")
        self.times = pd.DatetimeIndex(np.where(row.times < 0, np.datetime64("NaT", "s"), seconds)).tz_localize("UTC")
        catalogue = results.table("catalogue", "prepared_hash = ?", [row.prepared_hash])
        if len(catalogue) == 0:
            raise ResultsError(f"{results.path}: the catalogue of {dataset} is missing; the file is damaged")
        self.item_ids = np.array(json.loads(catalogue.item_ids[0]) + [None], dtype=object)  # -1, padding, is None

    def request_of_truth(self):
        return np.repeat(np.arange(len(self.truth_offsets) - 1), np.diff(self.truth_offsets))

    def is_relevant(self, request, item):
        """bool, of the same length: whether the item is in the truth of the request."""
        items = len(self.item_ids)
        return np.isin(request.astype(np.int64) * items + item, self.request_of_truth() * items + self.truth_items)

    def ids_of_users(self, users):
        """object [users], by dense id; None where a user has no request."""
        ids = np.full(users, None, dtype=object)
        known = self.dense_users >= 0
        ids[self.dense_users[known]] = self.users[known]
        return ids


def _user_ids(results, row):
    """object [R]: the id of each request's user, None if anonymous. Until schema 6 all ids stood in request_set itself."""
    if "user_ids" in row.index:
        ids = json.loads(row.user_ids)
    else:
        blocks = results.table("request_user", "request_set = ? ORDER BY first_request", [row.request_set])
        ids = [user for block in blocks.user_ids for user in json.loads(block)]
    if len(ids) != row.requests:
        raise ResultsError(f"{results.path}: {row.requests} requests have {len(ids)} users; the file is damaged")
    return np.array([user or None for user in ids], dtype=object)


def _connect(path):
    if not os.path.isfile(path):
        raise ResultsError(f"{path}: there is no such file; expected a results database, such as results/quickstart.sqlite")
    uri = "file:" + urllib.parse.quote(str(pathlib.Path(path).resolve()))
    with pathlib.Path(path).open("rb") as file:
        in_wal_mode = file.read(20)[18:] == b"\x02\x02"
    log = path + "-wal"
    # Without a log nobody writes to the file: it is read as it lies, without the files that WAL mode would make.
    folder_is_writable = os.access(os.path.dirname(path) or ".", os.W_OK)
    as_it_lies = in_wal_mode and not (os.path.exists(log) and (os.path.getsize(log) or folder_is_writable))
    return sqlite3.connect(uri + ("?immutable=1" if as_it_lies else "?mode=ro"), uri=True, timeout=10)


def _check(db, path):
    try:
        owner, = db.execute("PRAGMA application_id").fetchone()
        schema, = db.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError as error:
        raise ResultsError(f"{path}: the file cannot be read ({error}); if the run that wrote it did not end, copy it and "
                           f"{path}-wal to a writable folder, and open the copy") from error
    except sqlite3.DatabaseError as error:
        raise ResultsError(f"{path}: not a results database of assay, or a damaged one ({error}); name another file") from error
    if owner != APPLICATION_ID:
        raise ResultsError(f"{path}: this is an SQLite database of another program (application_id {owner:#010x}; assay's is "
                           f"{APPLICATION_ID:#010x}); name another file")
    if schema > SCHEMA:
        raise ResultsError(f"{path}: the file was written by a newer assay: its schema is version {schema}, this assay_results.py "
                           f"knows versions up to {SCHEMA}; take tools/assay_results.py of that assay")


def _near(name, known):
    near = difflib.get_close_matches(str(name), list(map(str, known)), 1, 0.6)
    if near:
        return f'; did you mean "{near[0]}"?'
    shown = list(map(str, known))
    return ("; known: " + ", ".join(shown[:12]) + (", ..." if len(shown) > 12 else "")) if shown else "; it has none"


def _kind_of(table, row, kind):
    return "<i4" if table == "shard_exposure" and not row["sparse"] else kind


def _frame(names, rows):
    columns = [_column(list(cells)) for cells in zip(*rows)] if rows else [pd.Series(dtype=object)] * len(names)
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    return frame.set_axis(names, axis=1)


def _column(cells):
    kinds = {type(cell) for cell in cells}
    if kinds == {int, type(None)}:
        return pd.Series(pd.array(cells, dtype="Int64"))
    if kinds == {type(None)} or bytes in kinds:
        return pd.Series(cells, dtype=object)
    return pd.Series(cells)


def _named(variant, dataset, fold, seed, n):
    """The columns by which a trial is named."""
    return {"variant": variant, "dataset": dataset, "fold": fold,
            "seed": pd.array([None if pd.isna(seed) else seed], dtype="Int64").repeat(n)}


def _concat(frames, columns):
    frames = [frame for frame in frames if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns.split())
