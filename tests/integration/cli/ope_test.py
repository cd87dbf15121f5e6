#!/usr/bin/env python3
"""assay ope as its users meet it: rounds and slates from tables, and every kind of bad input with its row."""

import json
import os
import pathlib
import random
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
HEADER = "user,click,p,pi,q,v"
COLUMNS = ["--reward", "click", "--propensity", "p", "--policy", "pi"]
MODEL = ["--q", "q", "--value", "v"]


def rows(count=2000):
    """Two actions, shown with 0.25 and 0.75, of which the policy likes the first one more."""
    draw = random.Random(5)
    out = []
    for row in range(count):
        first = draw.random() < 0.25
        click = int(draw.random() < (0.3 if first else 0.1))
        out.append([row // 4, click, 0.25 if first else 0.75, 0.6 if first else 0.4, 0.3 if first else 0.1, 0.22])
    return out


class Ope(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)

    def table(self, content, header=HEADER):
        (self.root / "log.csv").write_text("\n".join([header] + [",".join(map(str, row)) for row in content]) + "\n")

    def ope(self, *options, code=0):
        done = subprocess.run([BUILD / "bin/assay", "ope", "log.csv", *options], cwd=self.root, text=True,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stderr if code else done.stdout

    def estimates(self, *options):
        found = json.loads(self.ope(*options, "--format", "json"))
        return found, {row["estimator"]: row for row in found["estimates"]}

    def test_values_are_what_the_formulas_give(self):
        log = rows()
        self.table(log)
        found, made = self.estimates(*COLUMNS, *MODEL)
        weights = [row[3] / row[2] for row in log]
        ips = sum(w * row[1] for w, row in zip(weights, log)) / len(log)
        snips = ips * len(log) / sum(weights)
        dr = sum(row[5] + w * (row[1] - row[4]) for w, row in zip(weights, log)) / len(log)
        for name, value in {"ips": ips, "snips": snips, "dr": dr, "dm": 0.22}.items():
            self.assertAlmostEqual(made[name]["value"], value, 12, name)
        self.assertEqual(found["rounds"], 2000)
        self.assertAlmostEqual(found["logged"]["value"], sum(row[1] for row in log) / len(log), 12)
        low, high = made["dr"]["bootstrap"]
        self.assertTrue(low < 0.22 < high, "what the policy earns")
        self.assertNotIn("mips", made, "there is no column for it")

    def test_the_text_names_the_log_and_what_is_known(self):
        self.table(rows())
        text = self.ope(*COLUMNS)
        self.assertIn("log.csv: 2,000 logged rows; the log itself earned", text)
        self.assertIn("snips", text)
        self.assertNotIn("dr ", text, "without a model")
        self.assertEqual(len(self.ope(*COLUMNS, "--estimator", "ips", "--format", "csv").splitlines()), 2)

    def test_users_are_drawn_whole(self):
        self.table(rows())
        by_rows, _ = self.estimates(*COLUMNS)
        by_users, _ = self.estimates(*COLUMNS, "--cluster", "user")
        self.assertEqual((by_rows["units"], by_users["units"]), (2000, 500))

    def test_slates_are_summed_up(self):
        draw = random.Random(2)
        slates = [[slate, place, int(draw.random() < 0.3), 0.5, draw.choice([0.2, 0.8])]
                  for slate in range(600) for place in range(2)]
        self.table(slates, "list,place,click,p,pi")
        found, made = self.estimates(*COLUMNS, "--slate", "list", "--estimator", "standalone_ips", "reward_interaction_ips")
        whole = cascade = 0
        for first, second in zip(slates[::2], slates[1::2]):
            weight = first[4] / 0.5
            both = weight * second[4] / 0.5
            whole += both * (first[2] + second[2])
            cascade += weight * first[2] + both * second[2]
        self.assertEqual(found["rounds"], 600)
        self.assertAlmostEqual(made["standalone_ips"]["value"], whole / 600, 12)
        self.assertAlmostEqual(made["reward_interaction_ips"]["value"], cascade / 600, 12)
        self.table(slates + [slates[0]], "list,place,click,p,pi")
        self.assertIn("this slate has rows above, and others between", self.ope(*COLUMNS, "--slate", "list", code=2))

    def test_bad_rows_are_named(self):
        for column, value, words in [(2, 0, "propensity is 0 or below in 1 row (row 8)"),
                                     (2, 1.5, "propensity is above 1 in 1 row (row 8): found 1.5 first"),
                                     (2, "", "propensity is missing in 1 row (row 8)"),
                                     (2, "nan", "log.csv:9"),
                                     (1, "", "reward is missing in 1 row (row 8)"),
                                     (3, 1.2, "the policy's probability is missing or not from 0 to 1 in 1 row (row 8)"),
                                     (4, "", "q is missing or infinite in 1 row (row 8)"),
                                     (1, "yes", "log.csv:9")]:
            log = rows(100)
            log[7][column] = value
            self.table(log)
            self.assertIn(words, self.ope(*COLUMNS, *MODEL, code=2))
        log = rows(100)
        log[7][1] = 7
        self.table(log)
        self.assertIn("reward is out of range (0 to 1) in 1 row (row 8): found 7 first",
                      self.ope(*COLUMNS, "--reward-range", "0", "1", code=2))

    def test_no_overlap_is_no_number(self):
        log = [row[:3] + [0] + row[4:] for row in rows(100)]
        self.table(log)
        _, made = self.estimates(*COLUMNS)
        self.assertIsNone(made["ips"]["value"])
        self.assertIn("no overlap", made["ips"]["reason"])
        self.assertIn("not available", self.ope(*COLUMNS))

    def test_options_are_checked(self):
        self.table(rows(100))
        self.assertIn('did you mean "pi"', self.ope("--reward", "click", "--propensity", "p", "--policy", "pii", code=2))
        self.assertIn("--estimator is snisp, which is none; did you mean \"snips\"?",
                      self.ope(*COLUMNS, "--estimator", "snisp", code=2))
        self.assertIn("ips has no parameter", self.ope(*COLUMNS, "--estimator", "ips=3", code=2))
        self.assertIn("a number from 0 to 1", self.ope(*COLUMNS, "--estimator", "sg_ips=3", code=2))
        self.assertIn("needs a reward model", self.ope(*COLUMNS, "--estimator", "dr"))


if __name__ == "__main__":
    unittest.main()
