#!/usr/bin/env python3
"""tools/assay_results.py gives what the database holds, by the ids of the data, and says what it cannot give."""

import contextlib
import hashlib
import lzma
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import pandas as pd

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
sys.path.insert(0, str(SOURCE / "tools"))
import assay_results  # noqa: E402

EXPERIMENT = """
name: small
device: cpu
seeds: [1, 2]
data:
  source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
  split: {method: leave_last_out, test: 2, validation: 0, rank: 0}
serve: {size: 5}
metrics: {primary: recall@5, groups: [accuracy], cutoffs: [5], slices: [users: activity, items: activity]}
variants:
  control: {recall: [{plugin: item_knn, k: 20}]}
  chance: {recall: [{plugin: random, k: 20}]}
"""
TRIAL = ["variant", "dataset", "fold", "seed"]


def small_log():
    """40 users; user u has 4 to 9 of the items u, u + 1, ..., each a minute after the other."""
    rows = [f"u{user},i{(user + step) % 25},{1_600_000_000 + user * 600 + step * 60}"
            for user in range(40) for step in range(4 + user % 6)]
    return "user,item,time\n" + "\n".join(rows) + "\n"


FOLDER = tempfile.TemporaryDirectory()
unittest.addModuleCleanup(FOLDER.cleanup)


def setUpModule():
    """A run of this build, and files of earlier versions."""
    root = Files.root
    (root / "log.csv").write_text(small_log())
    (root / "small.yaml").write_text(EXPERIMENT)
    done = subprocess.run([BUILD / "bin/assay", "run", "small.yaml", "-q"], cwd=root, capture_output=True, text=True,
                          env=os.environ | {"ASSAY_CACHE": str(root / "cache")})
    assert done.returncode == 0, done.stdout + done.stderr
    for name in ("lists", "quickstart", "server_load", "update_or_refit"):
        packed = SOURCE / f"tests/golden/upgrades/{name}/{name}.sqlite.xz"
        (root / f"{name}.sqlite").write_bytes(lzma.decompress(packed.read_bytes()))


class Files(unittest.TestCase):
    root = pathlib.Path(FOLDER.name)
    small = root / "results/small.sqlite"

    def opened(self, path, run=None):
        results = assay_results.open(path, run)
        self.addCleanup(results.close)
        return results

    def all_files(self):
        return [self.small, *sorted(self.root.glob("*.sqlite"))]

    def changed(self, statement):
        """A copy of the small run on which a statement was carried out."""
        path = self.root / f"changed {statement.replace('/', ' ')[:60]}.db"
        shutil.copy(self.small, path)
        with contextlib.closing(sqlite3.connect(path)) as database, database:
            database.execute(statement)
        return path

    def says(self, pattern, question, *arguments, **named):
        with self.assertRaisesRegex(assay_results.ResultsError, pattern):
            question(*arguments, **named)


class Frames(Files):
    def test_every_view_has_its_rows_in_a_file_of_any_version(self):
        for path in self.all_files():
            results = self.opened(path)
            for view in results.views:
                with contextlib.closing(sqlite3.connect(path)) as database:
                    rows = database.execute(f"SELECT * FROM {view} WHERE run_id = ?", [results.run]).fetchall()
                frame = results.view(view)
                self.assertEqual(len(frame), len(rows), (path, view))
                for column, cells in zip(frame, zip(*rows)):
                    self.assertEqual([None if pd.isna(cell) else cell for cell in frame[column]], list(cells), (view, column))

    def test_a_view_is_of_the_last_run_that_ended_or_of_the_one_that_was_named_or_of_all(self):
        lists = self.root / "lists.sqlite"
        self.assertEqual(set(self.opened(lists).view("leaderboard").run_id), {2})
        self.assertEqual(set(self.opened(lists, run=1).view("leaderboard").run_id), {1})
        self.assertEqual(set(self.opened(lists).view("leaderboard", all_runs=True).run_id), {1, 2})
        self.assertEqual(list(self.opened(lists).runs().run_id), [1, 2])

    def test_the_mean_of_the_values_is_on_the_leaderboard(self):
        for path in self.all_files():
            results = self.opened(path)
            means = results.values().groupby(TRIAL[:3] + ["seed"], dropna=False).value.mean().groupby(TRIAL[:3]).mean()
            board = results.view("leaderboard")
            primary = results.sql("SELECT primary_definition, primary_cutoff FROM run WHERE run_id = ?", [results.run]).iloc[0]
            board = board[(board.definition == primary.primary_definition) & (board.cutoff == primary.primary_cutoff) &
                          (board.stage == "served") & (board.slice == "all")].set_index(TRIAL[:3])["mean"]
            self.assertGreater(len(means), 0)
            for trial, mean in means.items():
                self.assertAlmostEqual(mean, board[trial], places=6, msg=(path, trial))

    def test_lists_joined_with_the_truth_give_the_stored_values(self):
        for path, metric, size in ((self.small, "recall@5", 5), (self.root / "quickstart.sqlite", "recall@10", 10)):
            results = self.opened(path)
            values = results.values(metric).set_index(TRIAL + ["request"]).value.dropna()
            served = results.slates().query("rank <= @size")
            joined = served.merge(results.truth()[["dataset", "request", "item"]].assign(truth=True), how="left")
            self.assertTrue((joined.truth.notna() == joined.relevant).all())
            hits = joined.groupby(TRIAL + ["request"], dropna=False).relevant.sum().reindex(values.index, fill_value=0)
            relevant = results.requests().set_index(["dataset", "request"]).relevant
            relevant = relevant.reindex(pd.MultiIndex.from_frame(values.index.to_frame()[["dataset", "request"]]))
            self.assertGreater(hits.sum(), 0)
            np.testing.assert_array_equal((hits.to_numpy() / relevant.to_numpy()).astype("f4"), values.to_numpy())

    def test_users_items_and_times_are_those_of_the_log(self):
        log = pd.read_csv(self.root / "log.csv")
        newest = log[log.groupby("user").time.rank(ascending=False) <= 2]
        results = self.opened(self.small)
        truth = results.truth()
        self.assertEqual(set(zip(truth.user, truth.item)), set(zip(newest.user, newest["item"])))
        first = pd.to_datetime(newest.groupby("user").time.min(), unit="s", utc=True)
        requests = results.requests().set_index("user")
        self.assertEqual(len(requests), 40)
        for user, time in requests.time.items():
            self.assertEqual(time, first[user])
        self.assertTrue(set(results.items()["item"]) <= set(log["item"]))
        self.assertTrue(set(results.slates()["item"]) <= set(results.items()["item"]))

    def test_labels_name_users_and_items(self):
        results = self.opened(self.small)
        users, items = results.labels("users"), results.labels("items")
        self.assertEqual(len(users), 40)
        self.assertEqual(set(users.cut) | set(items.cut), {"users: activity", "items: activity"})
        self.assertEqual(len(users.merge(results.requests(), on=["dataset", "fold", "user"])), 40)
        self.assertEqual(set(items["item"]), set(results.items()["item"]))

    def test_a_variant_by_itself_and_a_seed_that_is_none(self):
        results = self.opened(self.small)
        self.assertEqual(set(results.values(variant="chance").seed), {1, 2})
        self.assertTrue(results.slates(variant="control").seed.isna().all())
        both = results.slates()
        pd.testing.assert_frame_equal(results.slates(variant="chance"), both[both.variant == "chance"].reset_index(drop=True))

    def test_whole_numbers_stay_whole_beside_nulls(self):
        answer = self.opened(self.small).sql("SELECT 9007199254740993 AS n UNION ALL SELECT NULL")
        self.assertEqual(answer.n[0], 9007199254740993)


class Arrays(Files):
    def test_every_array_of_the_schema_has_a_type(self):
        with contextlib.closing(sqlite3.connect(self.small)) as database:
            blobs = {(table, column) for table, column, kind in database.execute(
                "SELECT t.name, c.name, c.type FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'")
                if kind == "BLOB"}
        self.assertEqual(blobs, {(table, column) for table, columns in assay_results.ARRAYS.items() for column in columns})

    def test_the_newest_schema_is_known(self):
        version = self.opened(self.small).sql("PRAGMA user_version").user_version[0]
        self.assertEqual(version, assay_results.SCHEMA, "raise SCHEMA in tools/assay_results.py, and ARRAYS with new BLOBs")

    def test_tables_have_arrays_with_the_type_and_shape_of_the_page(self):
        for path in self.all_files():
            results = self.opened(path)
            for name in results.tables:
                table = results.table(name)
                for column in assay_results.ARRAYS.get(name, {}):
                    for array in table[column].dropna():
                        self.assertIsInstance(array, np.ndarray, (path, name, column))
        slate = self.opened(self.small).table("slate").iloc[0]
        self.assertEqual((slate["items"].shape, slate["items"].dtype), ((slate.requests, 5), np.dtype("int32")))
        self.assertEqual((slate.scores.shape, slate.scores.dtype), ((slate.requests, 5), np.dtype("float32")))
        requests = self.opened(self.small).table("request_set").iloc[0]
        self.assertEqual((requests.times.dtype, requests.truth_offsets.shape), (np.dtype("int64"), (41,)))

    def test_samples_of_latency_give_the_percentile_of_the_view(self):
        results = self.opened(self.root / "server_load.sqlite")
        samples = results.table("latency", "stage = 'served' AND role = 'normal'")
        self.assertTrue((samples["data"].map(len) == samples.samples).all())
        least, most = samples["data"].map(min).min(), samples["data"].map(max).max()
        view = results.view("latency_summary")
        shown = view[(view.stage == "served") & view.ms.notna()].ms
        self.assertGreater(len(shown), 0)
        self.assertTrue(shown.between(least, most).all())


class Refusals(Files):
    def test_a_file_that_is_no_results_database(self):
        other = self.root / "other.db"
        with contextlib.closing(sqlite3.connect(other)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS a (b)")
        self.says("missing.sqlite: there is no such file; expected a results database", assay_results.open, "missing.sqlite")
        self.says("log.csv: not a results database of assay", assay_results.open, self.root / "log.csv")
        self.says("SQLite database of another program.*0x00000000; assay's is 0x41535359", assay_results.open, other)

    def test_a_newer_schema(self):
        newer = self.changed(f"PRAGMA user_version = {assay_results.SCHEMA + 1}")
        self.says(f"newer assay: its schema is version {assay_results.SCHEMA + 1}, this assay_results.py knows versions up to "
                  f"{assay_results.SCHEMA}; take", assay_results.open, newer)

    def test_names_that_are_not_there(self):
        results = self.opened(self.small)
        for pattern, question, name in (
                ("'leaderbord' is not a view.*did you mean \"leaderboard\"", results.view, "leaderbord"),
                ("'zzz' is not a view of this file; known: .*comparisons", results.view, "zzz"),
                ("'slates' is not a table.*did you mean \"slate\"", results.table, "slates"),
                ("'recal@5' is not a metric.*did you mean \"recall@5\"", results.values, "recal@5"),
                ("'recall@50' is not a metric.*did you mean \"recall@5\"", results.values, "recall@50"),
                ("'contrl' is not a variant of run 1.*did you mean \"control\"", results.slates, "contrl"),
                ("'item' is not what has labels.*did you mean \"items\"", results.labels, "item")):
            self.says(pattern, question, name)
        self.says("'serve' is not a stage.*did you mean \"served\"", results.values, stage="serve")

    def test_runs_that_are_not_there(self):
        self.says("there is no run 7 in this file; it has: 1", assay_results.open, self.small, run=7)
        running = self.changed("UPDATE run SET status = 'running'")
        self.says(r"no run of this file has ended; name one with run=: 1 \(running\)", assay_results.open, running)
        self.assertEqual(self.opened(running, run=1).run, 1)

    def test_an_array_that_was_cut(self):
        cut = self.opened(self.changed("UPDATE slate SET items = substr(items, 1, 10)"))
        self.says("slate.items is damaged: 10 bytes", cut.slates)
        short = self.opened(self.changed("UPDATE request_value SET data = substr(data, 1, 7)"))
        self.says("request_value.data is damaged: 7 bytes", short.values)

    def test_nothing_is_written(self):
        before, neighbours = hashlib.sha256(self.small.read_bytes()).digest(), sorted(self.small.parent.iterdir())
        results = self.opened(self.small)
        for statement in ("DELETE FROM run", "CREATE TABLE a (b)", "UPDATE run SET alpha = 1"):
            self.says("readonly", results.sql, statement)
        results.slates()
        results.close()
        self.assertEqual(hashlib.sha256(self.small.read_bytes()).digest(), before)
        self.assertEqual(sorted(self.small.parent.iterdir()), neighbours)


if __name__ == "__main__":
    unittest.main()
