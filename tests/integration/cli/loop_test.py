#!/usr/bin/env python3
"""A loop: what variants serve in a simulated world is what they learn from next, whoever runs it, and however often it is ended."""

import json
import signal
import sqlite3
import time
import unittest

from cli_test import BAD_PLUGIN, Cli

# Two variants with the same stages have to live the same days.
LOOP = """
name: loop
device: cpu
data:
  source:
    format: simulator
    simulator: {users: 120, items: 60, days: 8, events: 4800, allowed: 20, slate: 3, click_rate: 0.2}
  split: {rank: 0, validation: 0}
traffic: {requests: logged, candidates: allowed, exclude_seen: []}
serve: {size: 3}
metrics: {groups: [accuracy], cutoffs: [3], primary: ndcg@3}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  again: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20}]}
  factors: {recall: [{plugin: als, k: 20, params: {factors: 8, iterations: 3}}]}
loop: {days: 4}
seeds: [1, 2]
"""


class Loop(Cli):
    def rows(self, database, sql="SELECT variant, day, measure, requests, value, difference, ci_low, ci_high, reason FROM loop_days "
                                 "WHERE run_id = (SELECT max(run_id) FROM run) ORDER BY variant, day, measure"):
        with sqlite3.connect(self.path(database)) as connection:
            return connection.execute(sql).fetchall()

    def done(self, database):
        try:
            return self.rows(database, "SELECT count(*) FROM trial WHERE status = 'done'")[0][0]
        except sqlite3.Error:
            return 0

    def run_loop(self, database, *words, text=LOOP):
        return self.assay("run", self.write("loop.yaml", text), "-o", database, "-q", *words)[0]

    def test_a_loop_is_the_same_for_any_number_of_workers_and_after_a_kill(self):
        told = self.run_loop("whole.sqlite", "--jobs", "1")
        self.assertIn("loop of 4 days", told)
        whole = self.rows("whole.sqlite")
        # 4 variants x (4 days x 4 measures + clicks and diversity of all days)
        self.assertEqual(len(whole), 4 * (4 * 4 + 2))
        self.assertTrue(all(row[4] is not None and row[8] is None for row in whole), whole)

        self.environment["ASSAY_CACHE"] = self.path("other-cache")
        process = self.start("run", "loop.yaml", "-o", "killed.sqlite", "-q", "--jobs", "2")
        self.addCleanup(lambda: process.poll() is None and process.kill())
        deadline = time.time() + 100
        while self.done("killed.sqlite") < 6 and process.poll() is None and time.time() < deadline:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        reached = self.done("killed.sqlite")
        self.assertTrue(6 <= reached < 16, reached)
        self.run_loop("killed.sqlite", "--jobs", "2")
        self.assertEqual(self.rows("killed.sqlite"), whole)

        verified, _ = self.assay("verify", "killed.sqlite", "-q")
        self.assertIn("20 identical", verified)
        self.assertIn("as stored", verified)

        # Where the cache is gone, the days are lived again.
        self.environment["ASSAY_CACHE"] = self.path("third-cache")
        self.assertIn("20 identical", self.assay("verify", "killed.sqlite", "-q")[0])

    def test_the_same_stages_live_the_same_days_and_others_do_not(self):
        self.run_loop("loop.sqlite")
        days = {(row[0], row[1], row[2]): row for row in self.rows("loop.sqlite")}
        for day in range(1, 5):
            self.assertEqual(days["again", day, "clicks"][4:6], (days["popular", day, "clicks"][4], 0))
            self.assertEqual(days["popular", day, "clicks"][3], 4800 / 3 / 8, "every request of the day")
            self.assertIsNone(days["popular", day, "clicks"][5], "the baseline has no difference to itself")
            self.assertLess(days["similar", day, "clicks"][6], days["similar", day, "clicks"][5])
        self.assertNotEqual(days["similar", 4, "clicks"][4], days["popular", 4, "clicks"][4])

        # The true value of a served list is told by another part of the program too.
        served = dict(self.rows("loop.sqlite", "SELECT variant, value FROM policy_values WHERE estimator = 'served_clicks' "
                                               "AND fold = '2'"))
        for variant, value in served.items():
            self.assertAlmostEqual(value, days[variant, 2, "clicks"][4], places=6)

        told = json.loads(self.assay("compare", "loop.sqlite", "--format", "json")[0])
        self.assertEqual(len(told["loop"]), len(days))
        details, _ = self.assay("compare", "loop.sqlite")
        self.assertIn("similar, day 4", details)
        self.assay("export", "loop.sqlite", "--to", "csv", "-o", "out")
        with open(self.path("out/loop_days.csv")) as file:
            self.assertEqual(len(file.readlines()), 1 + len(days))

    def test_plan_says_what_a_loop_costs(self):
        told, _ = self.assay("plan", self.write("loop.yaml", LOOP))
        self.assertIn("4 days, one after the other", told)

    def test_a_day_that_fails_ends_the_days_behind_it_and_no_other_variant(self):
        broken = LOOP.replace("seeds: [1, 2]", "").replace(
            "loop: {days", "  broken: {recall: [{plugin: bad_recall, k: 20, params: {mode: crashes}}]}\nloop: {days")
        out, err = self.assay("run", self.write("bad.yaml", BAD_PLUGIN + broken), "-o", "bad.sqlite", "-q", "--no-smoke", code=3)
        self.assertIn("crashed (SIGSEGV)", out + err)
        days = self.rows("bad.sqlite")
        self.assertTrue(all(row[8] == "not all of its trials are done" for row in days if row[0] == "broken"), days)
        self.assertTrue(all(row[4] is not None for row in days if row[0] != "broken"), days)
        told, _ = self.assay("compare", "bad.sqlite", "--failures")
        self.assertIn("day 1 of the loop, which failed", told)

    def test_what_is_wrong_is_said_before_anything_runs(self):
        _, err = self.assay("run", self.write("bad.yaml", LOOP.replace("days: 4", "days: 8")), code=2)
        self.assertIn("loop.days is 8, and the world of simulated has 8 days", err)


if __name__ == "__main__":
    unittest.main()
