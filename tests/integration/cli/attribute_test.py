#!/usr/bin/env python3
"""`assay attribute`: which stage earned the difference of two variants. Every test runs the real programs."""

import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import time
import unittest

from cli_test import Cli

EXPERIMENT = """
name: small
device: cpu
seeds: [1, 2]
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: global_time, rank: 0.2, validation: 0, test: 0.3}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
LATENCY
variants:
  old: {recall: [{plugin: popularity, k: 20}], rank: [{plugin: logistic_regression}]}
  new:
    recall: [{plugin: item_knn, k: 15}, {plugin: popularity, k: 15}]
    rank: [{plugin: logistic_regression, params: {l2: 30}}]
    rerank: [{plugin: plackett_luce, params: {temperature: 0.3}}]
  idle:
    recall: [{plugin: item_knn, k: 20}]
    rank: [{plugin: score_fusion}]
  plain: {recall: [{plugin: popularity, k: 20}]}
  twin: {extends: old}
"""
TIMED = "latency: {rounds: 3, warmup_requests: 2, scenarios: [{kind: single_stream, requests: 100}]}"


class Attribute(Cli):
    def setUp(self):
        super().setUp()
        self.run_it()

    def run_it(self, latency=""):
        self.assay("run", self.write("small.yaml", EXPERIMENT.replace("LATENCY", latency)), "-o", "small.sqlite", "-q")

    def attribute(self, start, end, *more, code=0):
        return self.assay("attribute", "small.sqlite", "--from", start, "--to", end, "-q", *more, code=code)

    def answer(self, start, end, *more):
        return json.loads(self.attribute(start, end, "--json", *more)[0])

    def rows(self, statement):
        with sqlite3.connect(self.path("small.sqlite")) as database:
            return database.execute(statement).fetchall()

    def number(self, statement):
        return self.rows(statement)[0][0]

    def shown(self):
        """All that is said of the run."""
        self.assay("report", "small.sqlite", "-o", "page.html")
        plan = self.assay("plan", "small.yaml", "-o", "small.sqlite", "--power")[0]
        return (self.assay("compare", "small.sqlite")[0], self.assay("compare", "small.sqlite", "--format", "json")[0],
                re.sub(r"\d+ MiB in an earlier fit", "some MiB in an earlier fit", plan),  # the latest one is shown
                pathlib.Path(self.path("page.html")).read_bytes())

    def test_the_parts_add_up_to_the_difference_that_the_run_has(self):
        answer = self.answer("old", "new")
        self.assertEqual(answer["pipelines"], [
            "old", "old + recall", "old + rank", "old + recall + rank", "old + rerank", "old + recall + rerank",
            "old + rank + rerank", "new"])
        divided = [division for division in answer["divisions"] if division["parts"]]
        self.assertEqual([division["metric"] for division in divided], ["ndcg@5", "intra_list_distance@5"])
        for division in divided:
            self.assertAlmostEqual(sum(part["value"] for part in division["parts"]), division["total"]["value"], delta=1e-12)
        total = divided[0]["total"]
        expected = self.rows("SELECT difference, ci_low, ci_high FROM comparisons WHERE run_id = 1 AND variant = 'new' "
                             "AND metric = 'ndcg' AND cutoff = 5 AND slice = 'all'")[0]
        for name, value in zip(("value", "ci_low", "ci_high"), expected):
            self.assertAlmostEqual(total[name], value, delta=1e-7)

    def test_a_ranker_that_does_nothing_gets_exactly_nothing(self):
        ndcg = self.answer("plain", "idle")["divisions"][0]
        recall, rank = ndcg["parts"]
        self.assertEqual((recall["part"], rank["part"]), ("recall", "rank"))
        self.assertEqual((rank["value"], rank["first"], rank["last"], ndcg["joint"]["value"]), (0, 0, 0, 0))
        self.assertEqual(recall["value"], ndcg["total"]["value"])

    def test_learned_stages_are_fitted_on_mixed_candidates_and_kept(self):
        rankers = ("SELECT DISTINCT artifact_key FROM run_trial JOIN trial_artifact USING (trial_key) "
                   "WHERE place = 'rank[0]' AND run_id = ")
        self.answer("old", "new")
        self.assertEqual(len(self.rows(rankers + "2")), 4, "the old and the new one, each on both kinds of candidates")
        self.assertEqual(len(set(self.rows(rankers + "2")) - set(self.rows(rankers + "1"))), 2)

    def test_the_run_that_it_is_about_is_left_as_it_was(self):
        before, looks = self.shown(), self.number("SELECT count(*) FROM test_look")
        self.answer("old", "new")
        self.assertEqual(self.shown(), before, "verdicts, letters, corrections, looks, plans and page")
        self.assertEqual(self.number("SELECT count(*) FROM test_look"), looks + 1, "one look at test")
        self.assertEqual(self.number("SELECT count(*) FROM comparisons WHERE run_id = 2"), 0, "no mixed pipeline is tested")

    def test_times_of_mixed_pipelines_are_not_taken_for_those_of_the_run(self):
        self.run_it(TIMED)
        passes = "SELECT DISTINCT timing_key FROM latency WHERE timing_key {} 'attribution:%'"
        self.assertEqual(self.rows(passes.format("LIKE")), [])
        self.assay("compare", "small.sqlite", "--rejudge")
        before = self.assay("compare", "small.sqlite", "--rejudge", "--format", "json")[0]
        times = self.answer("old", "new")["divisions"][-1]
        self.assertEqual(times["metric"], "p99 latency")
        if not times["parts"]:  # as the machine lets it
            self.assertRegex(times["total"]["reason"], "noise floor|p99 needs at least")
        self.assertEqual(len(self.rows(passes.format("LIKE"))), 1, "one pass over all pipelines")
        self.assertEqual(self.assay("compare", "small.sqlite", "--rejudge", "--format", "json")[0], before)

    def test_it_is_made_once_and_shown_again(self):
        first = self.answer("old", "new")
        self.assertEqual(self.answer("old", "new"), first)
        self.assertEqual(self.number("SELECT count(*) FROM run"), 2)
        by_source = self.answer("old", "new", "--by", "source")
        self.assertEqual(by_source["run"], 3, "another question")
        self.assertEqual([part["name"] for part in by_source["parts"]], ["recall[0]", "recall[1]", "rank", "rerank"])
        self.assertEqual(len(by_source["pipelines"]), 16)

    def test_cost_is_said_and_nothing_is_run_when_asked(self):
        out, _ = self.assay("attribute", "small.sqlite", "--from", "old", "--to", "new", "--dry-run")
        self.assertIn("old and new differ in recall, rank and rerank: 8 pipelines, 6 of them mixed.\n", out)
        self.assertRegex(out, r"8 variants x 1 data set x 2 seeds: 12 trials .* 3 are done already, 9 to run\.")
        self.assertIn("  fits       ", out)
        self.assertIn("  timing     none: run 1 timed nothing (latency.rounds)\n", out)
        self.assertEqual(self.number("SELECT count(*) FROM run"), 1)

    def test_it_has_a_text_and_a_page_of_its_own(self):
        out, _ = self.attribute("old", "new")
        self.assertIn("what is exchanged", out)
        self.assertIn("popularity -> item_knn, popularity", out)
        self.assertIn("logistic_regression (l2 10) -> logistic_regression (l2 30)", out)
        self.assertIn("█", out)
        self.assertIn("Page     assay report small.sqlite --run 2", out)
        self.assertIn("Which stage earned the difference of new from old: run 2, of run 1",
                      self.assay("compare", "small.sqlite#2")[0])
        self.assay("report", "small.sqlite", "--run", "2", "-o", "own.html")
        self.assertIn('"attribution":{', pathlib.Path(self.path("own.html")).read_text())

    def test_what_has_no_difference_to_divide_is_refused(self):
        _, err = self.attribute("old", "neww", code=2)
        self.assertIn('neww is no variant of run 1; did you mean "new"?', err)
        _, err = self.attribute("old", "old", code=2)
        self.assertIn("--from and --to are both old: there is nothing to divide", err)
        _, err = self.attribute("old", "twin", code=2)
        self.assertIn("old and twin have the same stages with the same parameters: there is nothing to divide", err)
        _, err = self.attribute("old", "new", "--dataset", "lgo", code=2)
        self.assertIn('lgo is no data set of run 1; did you mean "log"?', err)
        self.answer("old", "new")
        _, err = self.assay("attribute", "small.sqlite#2", "--from", "old", "--to", "new", code=2)
        self.assertIn("run 2 is an attribution itself; name the run that it is of: small.sqlite#1", err)
        _, err = self.assay("verify", "small.sqlite#2", code=2)
        self.assertIn("verify the run that it is of: small.sqlite#1", err)

    def test_variants_that_failed_or_answered_other_requests_are_refused(self):
        of_new = "WHERE trial_key IN (SELECT trial_key FROM run_trial JOIN variant USING (variant_id) WHERE name = 'new')"
        self.rows(f"UPDATE trial SET status = 'failed', reason = 'threw: no' {of_new}")
        _, err = self.attribute("old", "new", code=2)
        self.assertIn("new on log failed in run 1: threw: no; there is no difference to divide", err)
        self.rows(f"UPDATE trial SET request_set = 'others' {of_new}")
        _, err = self.attribute("old", "new", code=2)
        self.assertIn("old and new were not given the same data and requests in run 1", err)

    def test_data_are_found_by_their_hash(self):
        os.makedirs(self.path("elsewhere"))
        shutil.copy(self.path("log.csv"), self.path("elsewhere/log.csv"))
        log = pathlib.Path(self.path("log.csv"))
        log.write_text(log.read_text() + "1,1,2\n")
        self.assertEqual(self.answer("old", "new", "--data", "elsewhere")["notes"], [])
        shutil.rmtree(self.path("elsewhere"))
        log.unlink()
        _, err = self.attribute("old", "new", "--by", "source", code=2)
        self.assertIn("log.csv", err)

    def test_one_that_is_killed_leaves_the_run_alone_and_goes_on_where_it_was(self):
        before = self.assay("compare", "small.sqlite")[0]
        process = self.start("attribute", "small.sqlite", "--from", "old", "--to", "new", "-j", "1", "-q")
        end = time.time() + 60
        while self.number("SELECT count(*) FROM run") == 1 and time.time() < end:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        self.assertEqual(self.number("SELECT count(*) FROM attribution_value"), 0, "it was killed on its way")
        self.assertEqual(self.assay("compare", "small.sqlite")[0], before)
        answer = self.answer("old", "new")
        self.assertEqual(answer["run"], 3)
        self.assertEqual([part["part"] for part in answer["divisions"][0]["parts"]], ["recall", "rank", "rerank"])


if __name__ == "__main__":
    unittest.main()
