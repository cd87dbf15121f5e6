#!/usr/bin/env python3
"""assay gate as continuous integration meets it: exit codes, one sentence, JSON, by a real run."""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import time
import unittest

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


def shop_log():
    """400 users, most of whose events are of the first of 60 items."""
    draw = random.Random(3)
    lines = ["user,item,time"]
    for user in range(400):
        for event, item in enumerate(draw.sample([min(int(draw.expovariate(0.1)), 59) for _ in range(40)], 8)):
            lines.append(f"{user},{item},{1700000000 + 100 * event + user}")
    return "\n".join(lines) + "\n"


class Gate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        (cls.root / "log.csv").write_text(shop_log())
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
