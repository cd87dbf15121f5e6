#!/usr/bin/env python3
"""What a run says of its plugins: how they were built, and what their last check found. By the real programs."""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from small_log import small_log

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
NEVER = "contract: never checked (assay check FILE, or run --check)"
EXPERIMENT = """
name: small
device: cpu
plugins: [PLUGIN]
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: global_time, rank: 0, validation: 0, test: 0.3}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
latency: {rounds: 3, scenarios: [{kind: single_stream, requests: 400}]}
compare: {guardrails: [{metric: latency_ms, quantile: 0.99, scenario: single_stream, max_increase: 10%}]}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  mine: {recall: [{plugin: STRATEGY, k: 20}]}
"""


class Checks(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "log.csv").write_text(small_log())
        self.library = self.root / "mine.so"

    def experiment(self, fixture, strategy):
        shutil.copy(BUILD / f"test_plugins/{fixture}.so", self.library)
        text = EXPERIMENT.replace("PLUGIN", "mine.so").replace("STRATEGY", strategy)
        (self.root / "small.yaml").write_text(text)

    def assay(self, *words, code=0):
        environment = os.environ | {"ASSAY_CACHE": str(self.root / "cache")}
        done = subprocess.run([BUILD / "bin/assay", *words], cwd=self.root, env=environment, text=True,
                              capture_output=True, timeout=120)
        self.assertEqual(done.returncode, code, f"assay {words}\n{done.stdout}\n{done.stderr}")
        return done

    def run_small(self, *options, code=0):
        return " ".join(self.assay("run", "small.yaml", *options, code=code).stdout.split())

    def rows(self, sql):
        return json.loads(self.assay("sql", "results/small.sqlite", sql, "--format", "json").stdout)

    def test_an_outside_plugin_is_never_checked_until_it_is_and_again_where_its_bytes_change(self):
        self.experiment("twins/recall/twin", "twin")
        self.assertIn(f"mine: twin, {NEVER}", self.run_small())
        self.assay("check", "mine.so")
        checked = self.run_small()
        self.assertRegex(checked, r"mine: twin, contract: (\d+) of \1 checks hold")
        self.assertNotIn(NEVER, checked)
        with self.library.open("ab") as library:  # behind the end of what is loaded
            library.write(b"another build")
        self.assertIn(f"mine: twin, {NEVER}", self.run_small())
        kept = self.rows("SELECT checks IS NULL AS never, checked_by, build_type, count(DISTINCT so_sha256) AS libraries "
                         "FROM plugin_state WHERE plugin = 'twin' GROUP BY run_id ORDER BY run_id")
        self.assertEqual([(row["never"], row["checked_by"]) for row in kept], [(1, None), (0, "check"), (1, None)])

    def test_our_own_plugins_carry_the_result_of_their_build_and_are_not_mentioned(self):
        self.experiment("debug_build", "ease")
        self.assertNotIn("contract", self.run_small())
        self.assertEqual(self.rows("SELECT DISTINCT held = checks AS holds, checked_by, optimised FROM plugin_state"),
                         [{"holds": 1, "checked_by": "build", "optimised": 1}])

    def test_a_debug_build_is_named_beside_the_variant_and_its_latency_is_not_judged(self):
        self.experiment("debug_build", "debug_build")
        text = self.run_small()
        self.assertIn(f"mine: debug_build is a Debug build, its latency is not judged; {NEVER}", text)
        self.assertIn("its latency is not judged: debug_build is a Debug build", text)
        verdicts = self.rows("SELECT DISTINCT verdict, reason, p FROM comparisons WHERE metric = 'latency_ms' AND "
                             "variant = 'mine'")
        self.assertEqual(verdicts, [{"verdict": "not judged", "reason": "debug_build is a Debug build", "p": None}])
        times = self.rows("SELECT count(*) AS n FROM latency_summary WHERE variant = 'mine' AND ms > 0")
        self.assertGreater(times[0]["n"], 0, "times are shown all the same")
        self.assay("report", "results/small.sqlite")
        page = (self.root / "results/small.html").read_text()
        self.assertIn("never checked", page)
        plugins = json.loads(self.assay("compare", "results/small.sqlite", "--format", "json").stdout)["plugins"]
        self.assertEqual([(one["plugin"], one["optimised"], one["contract"] is None) for one in plugins],
                         [("popularity", True, False), ("debug_build", False, True)])

    def test_check_names_a_debug_build(self):
        checked = self.assay("check", BUILD / "test_plugins/debug_build.so").stdout
        self.assertRegex(checked, r"debug_build .* built for this SDK .*; Debug build, not optimised\n")

    def test_check_before_the_run_checks_what_is_not_ours_and_the_run_goes_on(self):
        self.experiment("debug_build", "debug_build")
        done = self.assay("run", "small.yaml", "--check")
        self.assertIn("check  debug_build (recall)\n", done.stderr)
        self.assertNotIn("popularity (recall)", done.stderr)
        self.assertRegex(" ".join(done.stdout.split()), r"contract: (\d+) of \1 checks hold")

    def test_a_check_that_fails_before_the_run_is_an_error_that_names_it_and_nothing_is_computed(self):
        self.experiment("bad_contract", "forgets")
        done = self.assay("run", "small.yaml", "--check", code=2)
        self.assertRegex(done.stderr, r"mine\.so: forgets \(recall\): \d+ of \d+ checks hold; first: .+\. `assay check .*mine\.so` "
                                      r"shows all; without --check the run goes on")
        self.assertFalse((self.root / "results").exists())

    def test_a_run_without_check_says_what_the_last_check_found(self):
        self.experiment("bad_contract", "forgets")
        self.assay("check", "mine.so", "--strategy", "forgets", code=3)
        # Whether its results can be used is another question: a run never waits for a check.
        done = subprocess.run([BUILD / "bin/assay", "run", "small.yaml", "--no-smoke"], cwd=self.root, text=True,
                              env=os.environ | {"ASSAY_CACHE": str(self.root / "cache")}, capture_output=True, timeout=120)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertRegex(" ".join(done.stdout.split()), r"mine: forgets, contract: \d+ of \d+ checks hold; first: ")


if __name__ == "__main__":
    unittest.main()
