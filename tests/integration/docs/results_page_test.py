#!/usr/bin/env python3
"""The programs of docs/results-database.md, run as they stand on a small run of the same names."""

import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
PYTHON = os.environ.get("ASSAY_DOCS_PYTHON", SOURCE / ".venv/bin/python")

EXPERIMENT = """
name: quickstart
device: cpu
seeds: [1, 2]
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: global_time, rank: 0, validation: 0, test: 0.3}
serve: {size: 10}
metrics: {groups: [accuracy], cutoffs: [10], primary: ndcg@10}
variants:
  control: {recall: [{plugin: item_knn, k: 20}]}
  diverse: {recall: [{plugin: popularity, k: 20}]}
  chance: {recall: [{plugin: random, k: 20}]}
"""


def small_log():
    """60 users in four groups, each with a taste for 30 items of its own, the first of them most."""
    draw = random.Random(1)
    events = ((user := draw.randrange(60), user % 4 * 30 + int(30 * draw.random() ** 2), 1_600_000_000 + e * 60)
              for e in range(900))
    return "user,item,time\n" + "".join(f"u{user},i{item},{time}\n" for user, item, time in events)


def blocks(kind):
    page = (SOURCE / "docs/results-database.md").read_text()
    return [text for of, text in re.findall(r"^```(\w*)\n(.*?)^```$", page, re.M | re.S) if of == kind]


class ResultsPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        os.environ["ASSAY_CACHE"] = cls.folder.name + "/cache"
        pathlib.Path(cls.folder.name, "log.csv").write_text(small_log())
        pathlib.Path(cls.folder.name, "x.yaml").write_text(EXPERIMENT)
        cls.run_line("assay run x.yaml -q")
        for line in blocks(""):
            if line.startswith("assay export"):
                cls.run_line(line.strip())

    @classmethod
    def run_line(cls, line):
        done = subprocess.run([BUILD / "bin/assay", *line.split()[1:]], cwd=cls.folder.name, capture_output=True, text=True)
        assert done.returncode == 0, line + "\n" + done.stdout + done.stderr
        return done.stdout

    def test_at_least_ten_questions_are_worked(self):
        self.assertGreaterEqual(len(blocks("sql")) + len(blocks("python")), 10)

    def test_every_statement_has_an_answer(self):
        for sql in blocks("sql"):
            done = subprocess.run([BUILD / "bin/assay", "sql", "results/quickstart.sqlite", sql], cwd=self.folder.name,
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, sql + done.stderr)
            # The quickstart has no failure, no strategy that validates, no tuning, no attack and no loop.
            if not any(words in sql for words in ("FROM failures", "confirmatory", "FROM learning_curves", "FROM tuning_trials",
                                                  "FROM attack_effect", "FROM loop_days")):
                self.assertGreater(len(done.stdout.splitlines()), 1, sql)

    def test_every_program_prints_an_answer(self):
        have = subprocess.run([PYTHON, "-c", "import pandas, duckdb"], capture_output=True, text=True)
        if have.returncode != 0 and not os.environ.get("ASSAY_REQUIRE_DATA"):
            self.skipTest("pandas or duckdb is not in .venv: make setup")
        for program in blocks("python"):
            done = subprocess.run([PYTHON, "-c", program], cwd=self.folder.name, capture_output=True, text=True,
                                  env=os.environ | {"PYTHONPATH": str(SOURCE / "tools")})
            self.assertEqual(done.returncode, 0, program + done.stderr)
            self.assertGreater(len(done.stdout.splitlines()), 2, program)


if __name__ == "__main__":
    unittest.main()
