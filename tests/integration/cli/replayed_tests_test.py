#!/usr/bin/env python3
"""assay interleave and assay ab over the requests of a finished run: what they find, say and refuse."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
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
  chance: {recall: [{plugin: random, k: 20}]}
  popular: {recall: [{plugin: popularity, k: 20}]}
  also[a=1,b=2]: {extends: popular, recall: [{plugin: popularity, k: 19}]}
compare: {baseline: chance}
"""


class ReplayedTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        (cls.root / "log.csv").write_text(shop_log(600, lambda event, user: 40000 * event + 777 * user))
        (cls.root / "shop.yaml").write_text(EXPERIMENT)
        done = cls.start("run", "shop.yaml", "-o", "shop.sqlite", "--quiet")
        assert done.returncode == 0, done.stdout + done.stderr

    @classmethod
    def start(cls, *words):
        environment = os.environ | {"ASSAY_CACHE": str(cls.root / "cache")}
        return subprocess.run([BUILD / "bin/assay", *words], cwd=cls.root, env=environment, text=True,
                              capture_output=True, timeout=120)

    def out(self, *words):
        done = self.start(*words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def refused(self, *words):
        done = self.start(*words)
        self.assertEqual(done.returncode, 2, done.stdout)
        return done.stderr

    def interleaved(self, *options):
        return self.out("interleave", "shop.sqlite", "--between", "chance,popular", "--resamples", "50", *options)

    def test_every_method_finds_what_users_prefer(self):
        for method in ["balanced", "team_draft", "probabilistic", "optimised"]:
            told = json.loads(self.interleaved("--method", method, "--format", "json"))
            self.assertEqual(told["method"], method)
            self.assertEqual(told["requests"], 600)
            pair = told["pairs"][0]
            self.assertEqual(pair["verdict"], "popular", method)
            self.assertGreater(pair["ci_low"], 0, method)
            self.assertEqual(pair["wins_a"] + pair["wins_b"] + pair["ties"], 600)
            self.assertEqual([row["users"] for row in told["sensitivity"]], [25, 50, 100, 200, 400, 600])

    def test_the_text_says_who_is_preferred_and_how_soon_that_shows(self):
        text = self.interleaved("--length", "5")
        self.assertIn("popular is preferred to chance: advantage of popular +0.", text)
        self.assertIn("A click is a relevant item that was shown.", text)
        self.assertRegex(text, r"users +interleaving +A/B test of clicks\n")

    def test_several_variants_are_multileaved(self):
        told = json.loads(self.out("interleave", "shop.sqlite", "--between", "chance,popular,also[a=1,b=2]", "--format", "json",
                                   "--resamples", "20"))
        self.assertEqual(told["variants"], ["chance", "popular", "also[a=1,b=2]"])
        self.assertEqual([pair["verdict"] for pair in told["pairs"]], ["popular", "also[a=1,b=2]", "undecided"])

    def test_interleaving_refuses_what_it_cannot_do(self):
        def of(*options):
            return self.refused("interleave", "shop.sqlite", *options)
        self.assertIn("--between names chance alone; at least two variants", of("--between", "chance"))
        self.assertIn('no variant of run 1; did you mean "popular"?', of("--between", "chance,popula"))
        self.assertIn("--between names chance twice", of("--between", "chance,chance"))
        self.assertIn("--method balanced takes two variants; for 3 take team_draft or probabilistic",
                      of("--between", "chance,popular,also[a=1,b=2]", "--method", "balanced"))
        self.assertIn('did you mean "team_draft"?', of("--between", "chance,popular", "--method", "teamdraft"))
        self.assertIn("--length is 11; optimised interleaving takes at most 10",
                      of("--between", "chance,popular", "--method", "optimised", "--length", "11"))
        self.assertIn('--dataset is lo, which run 1 does not have', of("--between", "chance,popular", "--dataset", "lo"))
        shutil.copy(self.root / "shop.sqlite", self.root / "bare.sqlite")
        with contextlib.closing(sqlite3.connect(self.root / "bare.sqlite")) as file, file:
            file.execute("DELETE FROM slate")
        self.assertIn("the served lists of chance are not kept",
                      self.refused("interleave", "bare.sqlite", "--between", "chance,popular"))

    def replayed(self, *options):
        return self.out("ab", "shop.sqlite", "--arms", "chance,popular", *options)

    def test_users_are_served_by_the_variant_of_their_arm(self):
        told = json.loads(self.replayed("--format", "json"))
        arms = {arm["arm"]: arm["units"] for arm in told["arms"]}
        self.assertEqual(sum(arms.values()), 600)
        self.assertFalse(told["sample_ratio"]["mismatch"])
        effect = told["effects"][0]
        self.assertEqual((effect["metric"], effect["verdict"]), ("ndcg@5", "better"))
        with contextlib.closing(sqlite3.connect(self.root / "shop.sqlite")) as file:
            mean = dict(file.execute("SELECT variant, mean FROM leaderboard WHERE metric = 'ndcg' AND cutoff = 5 "
                                     "AND stage = 'served' AND slice = 'all'").fetchall())
        for arm in told["arms"]:
            value = arm["values"]["ndcg@5"]
            self.assertTrue(value["ci_low"] - 0.05 < mean[arm["arm"]] < value["ci_high"] + 0.05, "a sample of the same users")
        self.assertIn("where the same 600 units are served by both", told["served_by_both"][0])
        self.assertEqual(self.replayed(), self.replayed())
        self.assertNotEqual(self.replayed("--seed", "another"), self.replayed())

    def test_weights_guardrails_and_what_was_known_before(self):
        text = self.replayed("--metric", "ndcg@5", "--guardrail", "recall@5=10%", "--weights", "chance=3,popular=1", "--before",
                             "ndcg@5=history", "--effect", "5%")
        self.assertIn("(as meant: p = ", text)
        self.assertIn("recall@5 of popular: guardrail kept", text)
        self.assertRegex(text, r"needs [\d,]+ units an arm for a power of 0\.8")

    def test_the_time_before_the_test_and_days(self):
        text = self.replayed("--pre", "0.3", "--days", "--sequential", "400")
        self.assertIn("ndcg@5 up to the end of each day (always valid)", text)
        self.assertRegex(text, r"replayed on log: 4\d\d units")

    def test_a_replay_refuses_what_it_cannot_do(self):
        def of(*options):
            return self.refused("ab", "shop.sqlite", *options)
        self.assertIn("name two variants or more with --arms", of("--metric", "ndcg@5"))
        self.assertIn("--arms names chance alone; at least two", of("--arms", "chance"))
        self.assertIn('ndcg@6 was not measured request by request on log; did you mean "ndcg@5"?',
                      of("--arms", "chance,popular", "--metric", "ndcg@6"))
        self.assertIn("--before ndcg@5=pre asks for the time before the test", of("--arms", "chance,popular", "--metric", "ndcg@5",
                                                                                   "--before", "ndcg@5=pre"))
        self.assertIn("of a run it is pre", of("--arms", "chance,popular", "--metric", "ndcg@5", "--before", "ndcg@5=sales"))
        self.assertIn("no user of log has requests both before and in the test",
                      of("--arms", "chance,popular", "--metric", "ndcg@5", "--before", "ndcg@5=pre", "--pre", "0.3"))
        self.assertIn("--metric is missing: beside --guardrail", of("--arms", "chance,popular", "--guardrail", "recall@5=1%"))
        self.assertIn("--unit, --arm, --time and --slice name columns of a log", of("--arms", "chance,popular", "--unit", "user"))
        self.assertIn("--weights names populr, which is no arm", of("--arms", "chance,popular", "--weights",
                                                                     "chance=1,popular=1,populr=1"))


if __name__ == "__main__":
    unittest.main()
