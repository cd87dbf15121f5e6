#!/usr/bin/env python3
"""assay gate as continuous integration meets it: exit codes, one sentence, JSON, by a real run."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time
import unittest

from shop_log import shop_log

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
EXPERIMENT = """
name: shop
device: cpu
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: leave_last_out}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  chance: {recall: [{plugin: random, k: 20}]}
compare: {baseline: BASELINE}
"""


class Gate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        (cls.root / "log.csv").write_text(shop_log(400, lambda event, user: 100 * event + user))
        for number, (baseline, rules) in enumerate([
                ("chance", ""), ("popular", ""), ("chance", "gate: {largest_gain: 5%}"),
                ("chance", "gate: {metrics: [{metric: recall@5, tolerated_loss: 1%}], min_requests: 10000}")]):
            (cls.root / f"{number}.yaml").write_text(EXPERIMENT.replace("BASELINE", baseline) + rules + "\n")
            done = cls.start("run", f"{number}.yaml", "-o", f"{number}.sqlite", "--quiet")
            assert done.returncode == 0, done.stdout + done.stderr

    @classmethod
    def start(cls, *words):
        environment = os.environ | {"ASSAY_CACHE": str(cls.root / "cache")}
        return subprocess.run([BUILD / "bin/assay", *words], cwd=cls.root, env=environment, text=True,
                              capture_output=True, timeout=120)

    def gate(self, database, candidate, code, *options):
        done = self.start("gate", database, "--candidate", candidate, *options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr if code == 2 else done.stdout

    def self_checks(self, database):
        with contextlib.closing(sqlite3.connect(self.root / database)) as file:
            return file.execute("SELECT check_name, result, requests FROM self_check").fetchall()

    def test_a_run_has_the_harness_check_itself(self):
        rows = self.self_checks("0.sqlite")
        self.assertEqual({check for check, _, _ in rows}, {"ideal", "chance", "itself", "twice", "different"})
        self.assertEqual({result for _, result, _ in rows} - {"not applicable"}, {"holds"})
        self.assertEqual(max(requests for _, _, requests in rows), 400)
        out = self.start("compare", "0.sqlite").stdout
        self.assertRegex(out, r"self-check of the harness holds: \d+ metrics, each on up to 400 requests")

    def test_a_file_from_before_is_undecided_until_the_harness_has_checked_itself(self):
        shutil.copy(self.root / "0.sqlite", self.root / "old.sqlite")
        with contextlib.closing(sqlite3.connect(self.root / "old.sqlite")) as file, file:
            file.execute("DELETE FROM self_check")
        self.assertIn("assay rescore old.sqlite#1 --self-check", self.gate("old.sqlite", "popular", 7))
        self.assertIn("assay rescore old.sqlite --self-check", self.start("compare", "old.sqlite").stdout)
        done = self.start("rescore", "old.sqlite", "--self-check", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"\AThe harness checked itself on \d+ metrics: all hold\.\n\Z")
        self.gate("old.sqlite", "popular", 0)
        self.assertEqual(sorted(self.self_checks("old.sqlite")), sorted(self.self_checks("0.sqlite")))
        again = self.start("rescore", "old.sqlite", "--self-check", "--quiet").stdout
        self.assertEqual(again, "The harness had checked itself on all metrics before: all hold.\n")

    def test_added_metrics_are_checked_too(self):
        shutil.copy(self.root / "0.sqlite", self.root / "more.sqlite")
        done = self.start("rescore", "more.sqlite", "--metrics", "recall{den=min(R,k)}@3", "--quiet")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("The harness checked itself on 1 metric: all hold.", done.stdout)

    def test_values_that_are_not_those_of_the_lists_are_found_and_stop_the_gate(self):
        shutil.copy(self.root / "0.sqlite", self.root / "edited.sqlite")
        with contextlib.closing(sqlite3.connect(self.root / "edited.sqlite")) as file, file:
            file.execute("DELETE FROM self_check")
            for rowid, data in file.execute("SELECT rowid, data FROM request_value WHERE definition LIKE 'ndcg%'").fetchall():
                file.execute("UPDATE request_value SET data = ? WHERE rowid = ?", (b"\0\0\0\x3f" + data[4:], rowid))
        done = self.start("rescore", "edited.sqlite", "--self-check", "--quiet")
        self.assertIn("The harness failed its self-check on 1 metric", done.stdout)
        self.assertIn("and the run keeps 0.5", self.gate("edited.sqlite", "popular", 7))
        self.assertIn("THE HARNESS FAILED ITS SELF-CHECK for ndcg@5 on log (twice)",
                      self.start("compare", "edited.sqlite").stdout)
        told = json.loads(self.start("compare", "edited.sqlite", "--format", "json").stdout)["self_check"]
        self.assertFalse(told["holds"])
        self.assertEqual(told["failures"][0]["check"], "twice")

    def test_rescore_without_anything_to_do_says_what_it_can(self):
        done = self.start("rescore", "0.sqlite")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--metrics is missing: name the metrics to add, or ask for --self-check", done.stderr)

    def test_what_is_better_is_promoted_in_one_sentence_and_half_a_second(self):
        begin = time.monotonic()
        out = self.gate("0.sqlite", "popular", 0)
        self.assertLess(time.monotonic() - begin, 2)  # 0.5 where nothing else runs
        self.assertRegex(out, r"\Apopular is promoted over chance: ndcg@5 \+0\..*\.\n\Z")

    def test_what_is_worse_is_rejected(self):
        self.assertRegex(self.gate("1.sqlite", "chance", 5), r"\Achance is rejected against popular: ndcg@5 -0\.")

    def test_what_is_too_good_is_suspicious(self):
        self.assertIn("more than the 5 % that is plausible", self.gate("2.sqlite", "popular", 6))

    def test_what_has_too_few_requests_is_undecided_and_not_called_safe(self):
        self.assertIn("popular is undecided, not shown to be safe", self.gate("3.sqlite", "popular", 7))

    def test_json_has_the_exit_code_and_every_check(self):
        json_of = json.loads(self.gate("3.sqlite", "popular", 7, "--format", "json"))
        self.assertEqual(json_of["exit_code"], 7)
        self.assertEqual(json_of["checks"][0]["metric"], "recall@5")
        self.assertTrue(json_of["checks"][0]["rule"].startswith("loses at most"))

    def test_what_cannot_be_judged_is_exit_code_2(self):
        self.assertIn('popula is no variant of run 1; did you mean "popular"?', self.gate("0.sqlite", "popula", 2))
        self.assertIn("chance is the baseline", self.gate("0.sqlite", "chance", 2))
        self.assertIn("none.sqlite", self.gate("none.sqlite", "popular", 2))


if __name__ == "__main__":
    unittest.main()
