#!/usr/bin/env python3
"""What an earlier version left behind still serves: its databases open, and all that is asked of a database is answered;
its experiment files run, into the same database, and give the same values on the same data."""

import array
import json
import lzma
import math
import unittest

from stored import CATALOGUE_VALUES, ITEMS, NAMED, SCORES, TRIALS, UPGRADES, VALUES, VIEWS, Stored

GOOD = {"identical", "within tolerance"}
CLOSE = 1e-6  # of values that were computed on another processor


def floats(blob):
    values = array.array("f")
    values.frombytes(blob)
    return values


def all_close(one, other):
    return all(math.isclose(a, b, rel_tol=CLOSE, abs_tol=CLOSE) or (a != a and b != b)
               for a, b in zip(floats(one), floats(other), strict=True))


def numbers_of(value, path=""):
    """{path: number} of a JSON value; texts may be worded anew."""
    if isinstance(value, dict):
        pairs = value.items()
    elif isinstance(value, list):
        pairs = enumerate(value)
    else:
        return {path: value} if isinstance(value, (int, float)) else {}
    return {at: number for key, part in pairs for at, number in numbers_of(part, f"{path}/{key}").items()}


class Upgrade:
    """What holds of every stored database; a class for each of them is below."""

    name = ""
    variant, dataset = "", ""  # one that is there
    also = {}  # what else `verify` may say of a variant
    runs = 1

    def setUp(self):
        self.stored = Stored(self.name)
        self.addCleanup(self.stored.close)
        self.database = str(self.stored.database)

    def assay(self, *words, codes=(0,)):
        done = self.stored.assay(*words)
        self.assertIn(done.returncode, codes, f"assay {' '.join(words)}\n{done.stdout}\n{done.stderr}")
        for word in ("bug", "damaged"):  # an old cache is neither
            self.assertNotIn(word, done.stderr)
        return done.stdout

    def test_opens_and_every_view_has_the_rows_that_it_had(self):
        self.assertEqual(self.stored.sql("PRAGMA user_version"), [(8,)])
        before = {view: self.stored.view(view) for view in VIEWS}
        self.assertTrue(before["leaderboard"][1])
        answer = json.loads(self.assay("sql", self.database, "SELECT count(*) AS runs FROM run", "--format", "json"))
        self.assertEqual(answer, [{"runs": self.runs}])
        for view, (columns, rows) in before.items():
            self.assertEqual(self.stored.view(view, columns)[1], rows, view)
        self.assertEqual(self.stored.sql("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(self.stored.sql("PRAGMA foreign_key_check"), [])

    def test_values_of_requests_are_read(self):
        run = self.stored.last_run()
        (*names, what), blob = next(iter(self.stored.arrays(VALUES, run).items()))
        trial = self.stored.sql(f"SELECT trial_key FROM {TRIALS} WHERE ({NAMED}) = (?, ?, ?, ?)", *names)[0][0]
        stage, metric = what.split(" ", 1)
        name, cutoff = metric.rsplit("@", 1)
        rows = json.loads(self.assay(
            "sql", self.database, f"SELECT value FROM request_values('{trial}', '{name}', {cutoff}, '{stage}')",
            "--format", "json"))
        self.assertEqual(len(rows), len(blob) // 4)
        for row, value in zip(rows, floats(blob)):
            self.assertEqual(row["value"], None if math.isnan(value) else value)

    def test_compare_says_the_numbers_that_it_said(self):
        text = self.assay("compare", self.database)
        self.assertIn(self.variant, text)
        now = json.loads(self.assay("compare", self.database, "--format", "json"))
        then = json.loads(lzma.decompress((UPGRADES / self.name / "compare.json.xz").read_bytes()))
        self.assertTrue(now["sentences"])
        for then_set, now_set in zip(then["datasets"], now["datasets"], strict=True):
            for part in ("leaderboard", "comparisons"):
                self.assertTrue(then_set[part] or part == "comparisons")
                kept, said = numbers_of(then_set[part]), numbers_of(now_set[part])
                self.assertEqual({at: said.get(at) for at in kept}, kept, part)

    def test_another_metric_and_another_baseline_are_compared_anew(self):
        self.assertIn("recall@10", self.assay("compare", self.database, "--metric", "recall@10"))
        self.assertIn(f"{self.variant} (base)", self.assay("compare", self.database, "--baseline", self.variant))

    def test_report_draws_it(self):
        self.assay("report", self.database)
        page = self.stored.database.with_suffix(".html").read_text()
        self.assertIn(self.variant, page)
        self.assertGreater(len(page), 100_000)

    def test_rescore_adds_metrics_to_it(self):
        self.assay("rescore", self.database, "--metrics", "dcg@3", "items_shown@3", "-q")
        rows = self.stored.sql("SELECT DISTINCT metric FROM leaderboard WHERE cutoff = 3 AND mean > 0 AND variant = ?",
                               self.variant)
        self.assertEqual(sorted(rows), [("dcg",), ("items_shown",)])

    def test_verify_computes_trials_of_an_earlier_version_again_and_says_so(self):
        trials = json.loads(self.assay("verify", self.database, "-q", "--format", "json", codes=(0, 3)))
        count = "SELECT count(*) FROM run_trial WHERE run_id = (SELECT max(run_id) FROM run)"
        self.assertEqual(len(trials), self.stored.sql(count)[0][0])
        for trial in trials:
            if trial["verdict"] == "cannot be verified":  # another LibTorch is another machine
                self.assertRegex(trial["detail"], "torch", trial)
                continue
            # None of these data holds a repeat: the numbers are what they were, but for requests of which a source knows
            # nothing.
            self.assertIn(trial["verdict"], GOOD | self.also.get(trial["variant"], set()), trial)
            self.assertIn("numbers are made by numerics version 2; this run was made by 1", trial["detail"], trial)

    def test_every_export_is_written(self):
        for format in ("csv", "json", "parquet", "trec", "mlflow"):
            self.assay("export", self.database, "--to", format, "-o", f"as_{format}")
            self.assertTrue(list((self.stored.database.parent / f"as_{format}").rglob("*")), format)

    def test_its_experiment_runs_again_into_it_on_the_same_data_with_the_same_values(self):
        before = self.stored.last_run()
        kept = [self.stored.arrays(statement, before) for statement in (VALUES, ITEMS, SCORES, CATALOGUE_VALUES)]
        self.assay("run", f"{self.name}.yaml", "-o", self.database, "-q")
        after = self.stored.last_run()
        self.assertEqual(self.stored.sql("SELECT status FROM run WHERE run_id = ?", after), [("done",)])
        self.assert_same_data(before, after)
        now = [self.stored.arrays(statement, after) for statement in (VALUES, ITEMS, SCORES, CATALOGUE_VALUES)]
        self.assert_same_values(kept, now, self.stored.machines(before) == self.stored.machines(after),
                                self.stored.unknown(after))

        both = self.assay("compare", f"{self.database}#{before}", f"{self.database}#{after}")
        self.assertIn("paired request by request", both)
        differences = json.loads(self.assay("diff", f"{self.database}#{before}", f"{self.database}#{after}", "--format",
                                            "json"))["differences"]
        moved = {"source"}  # the folder is another one
        self.assertEqual([one for one in differences
                          if one["section"] == "data" and one["what"].split(": ")[-1] not in moved], [])
        self.assertIn("0 computed", self.stored.assay("run", f"{self.name}.yaml", "-o", self.database).stderr)

    def assert_same_data(self, before, after):
        """Both runs looked at one test window, which says so."""
        hashes = [self.stored.sql("SELECT dataset, fold, prepared_hash FROM data_source WHERE run_id = ? ORDER BY 1, 2", run)
                  for run in (before, after)]
        self.assertEqual(*hashes)
        looks = self.stored.sql("SELECT count(*) FROM test_look WHERE prepared_hash = ?", hashes[0][0][2])
        # Two data sets of an experiment may be one; each run looks once.
        self.assertEqual(looks[0][0] % (self.runs + 1), 0)
        self.assertIn({2: "twice", 3: "3 times"}[self.runs + 1], self.assay("compare", self.database))

    def assert_same_values(self, kept, now, same_machine, unknown):
        """Of every request of which each source knows something, and of catalogues of such requests."""
        for then, there in zip(kept, now):
            self.assertEqual(then.keys(), there.keys())
        values, items, scores, catalogue = zip(kept, now)
        requests = {what[:-1]: len(blob) // 4 for what, blob in values[0].items()}
        firsts = {}
        for *names, what in items[0]:
            firsts.setdefault(tuple(names), []).append(int(what.rsplit(" ", 1)[1]))
        same = bytes.__eq__ if same_machine else all_close
        for then, there, exact in ((*values, False), (*items, True), (*scores, False)):
            for what, blob in then.items():
                first, count = 0, requests[what[:-1]]
                if what[-1].startswith("items from "):
                    first = int(what[-1].rsplit(" ", 1)[1])
                    count = min([other for other in firsts[what[:-1]] if other > first] + [count]) - first
                size = len(blob) // count
                rows = [(blob[at * size:(at + 1) * size], there[what][at * size:(at + 1) * size]) for at in range(count)]
                different = [first + at for at, (one, other) in enumerate(rows)
                             if not (one == other if exact else same(one, other))]
                self.assertEqual([at for at in different if at not in unknown.get(what[:-1], ())], [], what)
        for what, value in catalogue[0].items():
            if what[:-1] in unknown:
                continue
            other = catalogue[1][what]
            self.assertTrue(value == other or (not same_machine and math.isclose(value, other, rel_tol=CLOSE)), what)


class Quickstart(Upgrade, unittest.TestCase):
    name, variant, dataset = "quickstart", "ease_random", "by_time"


class UpdateOrRefit(Upgrade, unittest.TestCase):
    name, variant, dataset = "update_or_refit", "als_update", "movielens-100k"
    also = {"als_refit": {"different"}, "als_update": {"different"}}  # users without events


class Lists(Upgrade, unittest.TestCase):
    name, variant, dataset = "lists", "both", "shop"
    runs = 2
    also = {variant: {"different"} for variant in ("similar", "both", "shelves")}  # item_knn, users without events

    def test_a_failure_of_an_earlier_run_is_still_told(self):
        out = self.assay("compare", f"{self.database}#1", "--failures")
        self.assertIn("shelv", out)


class ServerLoad(Upgrade, unittest.TestCase):
    name, variant, dataset = "server_load", "impatient", "movielens-100k"


if __name__ == "__main__":
    unittest.main()
