#!/usr/bin/env python3
"""`privacy: {pseudonymise: key}`: what is written holds no outside id and no key, and the results are those without it.
Every test runs the real programs."""

import json
import os
import pathlib
import random
import sqlite3
import unittest

from cli_test import Cli

KEY = "5e1f0c9a" * 8
MARK = "zqx"  # begins every outside id, and stands in nothing else
EXPERIMENT = """
name: private
device: cpu
datasets:
  log:
    source:
      path: log.csv
      format: csv
      columns: {user: user, item: item, time: time}
      features: [{of: item, path: items.csv, format: csv, id: item, columns: {colour: category}}]
    lists: {mine: mine.csv}
    split: {method: global_time, rank: 0, validation: 0, test: 0.3}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5, slices: [item.colour]}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  linear: {recall: [{plugin: ease, k: 20}]}
  listed: {recall: [{lists: mine, k: 20}]}
"""
PRIVATE = EXPERIMENT + "privacy: {pseudonymise: secret.key}\n"


def log():
    """90 users and 40 items, whose numbers of events all differ, in every part of the log."""
    draw = random.Random(3)
    weights = [1.12**item for item in range(40)]
    lines, events = ["user,item,time"], 6000
    for event in range(events):
        item = draw.choices(range(40), weights)[0]
        lines.append(f"{MARK}u{draw.randrange(90)},{MARK}i{item},{1_600_000_000 + event * 60}")
    return lines


class Privacy(Cli):
    def setUp(self):
        super().setUp()
        draw = random.Random(5)
        self.lines = log()
        self.write("log.csv", "\n".join(self.lines) + "\n")
        self.write("items.csv", "item,colour\n" + "".join(f"{MARK}i{i},{('red', 'blue')[i % 2]}\n" for i in range(40)) +
                   f"{MARK}i999,red\n")
        rows = [f"{MARK}u{user},{MARK}i{item},{draw.random():.9f}\n" for user in range(90) for item in draw.sample(range(40), 30)]
        self.write("mine.csv", "user,item,score\n" + "".join(rows))
        self.key(KEY)

    def key(self, text, mode=0o600):
        os.chmod(self.write("secret.key", text + "\n"), mode)

    def values(self, name):
        with sqlite3.connect(self.path(name)) as database:
            rows = database.execute("select variant, stage, metric, cutoff, slice, mean from leaderboard").fetchall()
        return {row[:5]: row[5] for row in rows if row[5] is not None}

    def folder_holds(self, folder, text):
        return [str(path) for path in sorted(pathlib.Path(self.path(folder)).rglob("*"))
                if path.is_file() and text.encode() in path.read_bytes()]

    def test_nothing_that_is_written_holds_an_outside_id_or_the_key(self):
        self.write("private.yaml", PRIVATE)
        _, err = self.assay("run", "private.yaml", "-o", "results/private.sqlite")
        self.assay("report", "results/private.sqlite", "-o", "results/report.html")
        self.assay("export", "results/private.sqlite", "--to", "trec", "-o", "results/trec")
        for folder in ("cache", "results"):
            self.assertTrue(any(pathlib.Path(self.path(folder)).rglob("*")))
            self.assertEqual(self.folder_holds(folder, MARK), [])
            self.assertEqual(self.folder_holds(folder, KEY), [])
        self.assertNotIn(KEY, err)
        self.write("plain.yaml", EXPERIMENT)  # what is looked for is found without the key
        self.environment["ASSAY_CACHE"] = self.path("plain_cache")
        self.assay("run", "plain.yaml", "-q")
        self.assertTrue(self.folder_holds("plain_cache", MARK))

    def test_results_are_those_without_the_key(self):
        self.write("plain.yaml", EXPERIMENT)
        self.write("private.yaml", PRIVATE)
        self.assay("run", "plain.yaml", "-o", "plain.sqlite", "-q")
        self.assay("run", "private.yaml", "-o", "private.sqlite", "-q")
        plain, private = self.values("plain.sqlite"), self.values("private.sqlite")
        self.assertEqual(set(plain), set(private))
        self.assertGreater(private[("listed", "served", "ndcg", 5, "all")], 0)
        for name, value in plain.items():
            self.assertAlmostEqual(value, private[name], 12, name)

    def test_the_audit_names_the_key_by_its_id(self):
        self.write("private.yaml", PRIVATE)
        self.assay("run", "private.yaml", "-q")
        with sqlite3.connect(self.path("results/private.sqlite")) as database:
            detail, = database.execute("select detail from audit where check_name = 'pseudonyms'").fetchone()
        self.assertRegex(detail, "^outside ids of users and items are keyed hashes \\(key [0-9a-f]{16}\\)")

    def test_another_key_is_another_data_set(self):
        self.write("private.yaml", PRIVATE)
        self.assay("run", "private.yaml", "-q")
        out, _ = self.assay("plan", "private.yaml")
        self.assertIn("3 are done already, 0 to run", out)
        self.key("another key, as long as one has to be")
        out, _ = self.assay("plan", "private.yaml")
        self.assertIn("0 are done already, 3 to run", out)

    def test_a_run_can_be_scored_again_with_the_key_and_not_without(self):
        self.write("private.yaml", PRIVATE)
        self.assay("run", "private.yaml", "-q")
        self.assay("verify", "results/private.sqlite")
        os.remove(self.path("secret.key"))
        _, err = self.assay("verify", "results/private.sqlite", code=2)
        self.assertIn("secret.key: the key of privacy.pseudonymise cannot be read", err)

    def test_a_wrong_key_file_is_an_error_and_one_that_others_may_read_a_warning(self):
        self.write("private.yaml", PRIVATE)
        self.key("secret")
        _, err = self.assay("run", "private.yaml", code=2)
        self.assertIn("secret.key: holds a key of 6 bytes; expected at least 32, drawn at random", err)
        self.key(KEY, 0o644)
        _, err = self.assay("run", "private.yaml")
        self.assertIn("the key of the pseudonyms may be read by others: chmod 600", err)
        os.remove(self.path("secret.key"))
        _, err = self.assay("run", "private.yaml", code=2)
        self.assertIn("secret.key: the key of privacy.pseudonymise cannot be read (No such file or directory)", err)

    def test_a_misspelt_key_of_the_section_is_named(self):
        self.write("private.yaml", EXPERIMENT + "privacy: {pseudonymize: secret.key}\n")
        _, err = self.assay("validate", "private.yaml", code=2)
        self.assertIn('did you mean "pseudonymise"?', err)


if __name__ == "__main__":
    unittest.main()
