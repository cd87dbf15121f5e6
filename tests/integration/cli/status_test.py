#!/usr/bin/env python3
"""What `assay status` says of a run that goes on, that was killed, and that ended; copies of results that are made meanwhile."""

import glob
import os
import re
import signal
import sqlite3
import time
import unittest

from bad_results_test import EXPERIMENT, POPULAR, SIMILAR, log
from cli_test import BAD_PLUGIN, Cli

STUCK = "  stuck: {recall: [{plugin: bad_recall, k: 20, params: {mode: fit_loops}}]}\n"


class Status(Cli):
    def setUp(self):
        super().setUp()
        self.write("log.csv", log(40))

    def begin(self):
        """A run of which one variant is done and the other never ends."""
        self.write("now.yaml", BAD_PLUGIN + "limits: {fit: 600}\n" + EXPERIMENT + POPULAR + STUCK)
        run = self.start("run", "now.yaml", "-o", "now.sqlite", "--no-smoke", "-q", "--jobs", "2")
        self.addCleanup(lambda: (run.kill(), run.communicate()))
        return run

    def status_until(self, pattern):
        until = time.monotonic() + 60
        while True:
            if os.path.exists(self.path("now.sqlite")):
                text = self.assay("status", "now.sqlite")[0]
                if re.search(pattern, text):
                    return text
                self.assertLess(time.monotonic(), until, text)
            time.sleep(0.2)

    def test_a_run_that_goes_on_is_seen_from_outside(self):
        run = self.begin()
        text = self.status_until("fit bad_recall")
        self.assertRegex(text, rf"^Run 1 of now\.sqlite \(small\) is still running \(process {run.pid}\): \d of 2 trials (is|are) done\.\n"
                               r"  \d\d:\d\d:\d\d  \d/2 trials.*, 2 workers\n(    .*\n)*    fit bad_recall.*, for \d+ s\n")

    def test_a_run_that_was_killed_says_how_to_go_on(self):
        run = self.begin()
        self.status_until("1 of 2 trials is done")
        os.kill(run.pid, signal.SIGKILL)
        run.communicate()
        text = self.assay("status", "now.sqlite")[0]
        self.assertEqual(text, "Run 1 of now.sqlite (small) was killed: 1 of 2 trials is done.\n"
                               "  Resume with: assay run now.yaml -o now.sqlite --jobs 2 --no-smoke -q\n")
        self.assertEqual(len(glob.glob(self.path("now.sqlite-status.*"))), 1)
        self.write("now.yaml", EXPERIMENT + POPULAR)
        self.assay("run", "now.yaml", "-o", "now.sqlite", "-q")
        self.assertEqual(glob.glob(self.path("now.sqlite-status.*")), [], "the next run takes away what the killed one left")

    def test_a_run_that_failed_in_part_lists_its_failures(self):
        throws = STUCK.replace("fit_loops", "fit_throws")
        self.write("failed.yaml", BAD_PLUGIN + EXPERIMENT + POPULAR + throws)
        self.assay("run", "failed.yaml", "-o", "failed.sqlite", "--no-smoke", "-q", code=3)
        text = self.assay("status", "failed.sqlite")[0]
        self.assertRegex(text, r"^Run 1 of failed\.sqlite \(small\) has ended: 1 of 2 trials is done\.\n"
                               r"  Failed so far:\n    stuck on log.*: .+\n$")

    def test_watching_ends_with_the_run(self):
        self.write("short.yaml", EXPERIMENT + POPULAR)
        self.assay("run", "short.yaml", "-o", "short.sqlite", "-q")
        self.assertIn("has ended: 1 of 1 trials is done.", self.assay("status", "short.sqlite", "--watch")[0])

    def test_a_copy_made_while_a_run_writes_is_restored_to_the_same_results(self):
        self.begin()
        self.status_until("1 of 2 trials is done")
        text = self.assay("backup", "now.sqlite", "copy.sqlite")[0]
        self.assertRegex(text, r"^Copied now\.sqlite to copy\.sqlite: 1 run, 1 finished trial, .*; read whole, sound\.\n$")
        self.assertIn("is there already; --force replaces it", self.assay("backup", "now.sqlite", "copy.sqlite", code=2)[1])
        self.assay("restore", "copy.sqlite", "again.sqlite")
        rows = [sqlite3.connect(self.path(name)).execute("select * from request_value order by 1, 2, 3").fetchall()
                for name in ("copy.sqlite", "again.sqlite")]
        self.assertTrue(rows[0])
        self.assertEqual(*rows)

    def p_values(self, name):
        with sqlite3.connect(self.path(name)) as database:
            return database.execute("select run_id, p from comparison join variant using (variant_id) where variant.name = 'similar' "
                                    "and definition like 'ndcg%' order by run_id").fetchall()

    def test_a_run_with_nothing_to_do_takes_its_analysis_over(self):
        self.write("two.yaml", EXPERIMENT + POPULAR + SIMILAR)
        self.assay("run", "two.yaml", "-o", "two.sqlite", "-q")
        [(_, right)] = self.p_values("two.sqlite")
        with sqlite3.connect(self.path("two.sqlite")) as database:
            database.execute("update comparison set p = 0.125 where definition like 'ndcg%'")  # to be known again
        self.assay("run", "two.yaml", "-o", "two.sqlite", "-q")
        self.assertEqual([p for _, p in self.p_values("two.sqlite")], [0.125, 0.125])
        self.write("two.yaml", EXPERIMENT + POPULAR + SIMILAR + "  third: {recall: [{plugin: random, k: 20}]}\n")
        self.assay("run", "two.yaml", "-o", "two.sqlite", "-q")
        self.assertEqual([p for _, p in self.p_values("two.sqlite")], [0.125, 0.125, right], "something was computed")


if __name__ == "__main__":
    unittest.main()
