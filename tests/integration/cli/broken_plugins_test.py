#!/usr/bin/env python3
"""Plugins that crash, break or are not there, as their authors meet it: what is said, where, and the exit code. Every
test runs the real programs."""

import os
import sqlite3
import unittest

from cli_test import BAD_PLUGIN, BUILD, Cli, EXPERIMENT, TWO

CRASHES = BAD_PLUGIN + TWO + "  broken: {recall: [{plugin: bad_recall, k: 20, params: {mode: %s}}]}\n"
BAD_METRIC = f"plugins: [{BUILD}/test_plugins/bad_metric.so]\n" + TWO


class Crashes(Cli):
    def test_a_run_names_the_function(self):
        for mode, function in (("fit_crashes", "BadRecall::fit"), ("crashes", "BadRecall::recall")):
            with self.subTest(mode):
                out, _ = self.run_small(CRASHES % mode, code=3)
                self.assertRegex(out, r"crashed \(SIGSEGV\) in \w+::\w+")
                self.assertIn(f"{function}(", out)

    def test_a_check_names_the_function(self):
        out, _ = self.assay("check", f"{BUILD}/test_plugins/bad_in_run.so", "--strategy", "bad_recall", "--param",
                            "mode=fit_crashes", code=3)
        self.assertRegex(out, r"it crashed \(SIGSEGV\) in \w+::\w+")
        self.assertIn("BadRecall::fit(", out)

    def test_failures_are_shown_in_full_and_alone(self):
        self.write("small.yaml", CRASHES % "fit_crashes")
        self.assay("run", "small.yaml", "--no-smoke", code=3)
        out, _ = self.assay("compare", "results/small.sqlite", "--failures")
        self.assertTrue(out.startswith("1 of 3 variants failed:\n  broken  log, recall[0] (bad_recall): crash\n"
                                       "    crashed (SIGSEGV) in "), out)
        self.assertIn("BadRecall::fit(", out)
        self.assertNotIn("similar", out)
        out, _ = self.assay("compare", "results/small.sqlite", "--failures", "--format", "markdown")
        self.assertTrue(out.startswith("```\n1 of 3 variants failed:\n"), out)


class Metrics(Cli):
    def test_one_that_breaks_on_finished_trials_fails_the_run_by_name_and_leaves_them_done(self):
        self.run_small(BAD_METRIC)
        broken = BAD_METRIC.replace("primary:", "names: ['bad_metric{mode=infinite}'], primary:")
        out, _ = self.run_small(broken, code=3)
        self.assertIn("\n2 of 2 trials done, but something failed:\n", out)
        for variant in ("popular", "similar"):  # in the order in which they ended
            self.assertIn(f"\n  {variant} on log: bad_metric (metrics)", out)
        self.assertIn("a value is infinite; expected a number, or NaN where there is none", out)
        self.assertIn("Details: assay compare results/small.sqlite --failures\n", out)
        with sqlite3.connect(self.path("results/small.sqlite")) as database:
            self.assertEqual(database.execute("select status from run order by run_id").fetchall(), [("done",), ("failed",)])
            self.assertEqual(database.execute("select status from trial").fetchall(), [("done",), ("done",)])
        out, _ = self.run_small(BAD_METRIC)
        self.assertIn("similar", out)


class Libraries(Cli):
    def test_one_that_is_missing_is_one_error_however_many_strategies_lie_in_it(self):
        self.write("small.yaml", "plugins: [mine/idea.so]\n" + EXPERIMENT + """
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  mine: {recall: [{plugin: my_recall, k: 20}], rerank: [{plugin: my_rerank}]}
""")
        _, err = self.assay("run", "small.yaml", code=2)
        self.assertEqual(err, "small.yaml:1:11: plugins[0] is mine/idea.so, but there is no such file\n"
                              "    1 | plugins: [mine/idea.so]\n"
                              "      |           ^^^^^^^^^^^^\n")
        self.assertFalse(os.path.exists(self.path("results")))


if __name__ == "__main__":
    unittest.main()
