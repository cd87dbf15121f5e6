#!/usr/bin/env python3
"""`assay export --anonymise`: what leaves names nobody, and no labels that fewer than k users share. Every test runs the real
programs."""

import collections
import json
import os
import pathlib
import stat
import subprocess
import unittest

from cli_test import Cli

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
USERS = 60
EXPERIMENT = """
name: people
description: the question of zqxu3
device: cpu
datasets:
  log:
    source:
      path: log.csv
      format: csv
      columns: {user: user, item: item, time: time}
      features: [{of: user, path: users.csv, format: csv, id: user, columns: {age: category, town: category}}]
    split: {method: global_time, rank: 0, validation: 0, test: 0.3}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5, slices: [user.age, user.town]}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20}]}
"""


class Anonymise(Cli):
    def setUp(self):
        super().setUp()
        lines = ["user,item,time"]
        for event in range(2400):
            lines.append(f"zqxu{event * 7 % USERS},zqxi{(event * event + event // 7) % 40},{1_600_000_000 + event * 60}")
        self.write("log.csv", "\n".join(lines) + "\n")
        # Of each age there are thirty; one town has two people.
        self.write("users.csv", "user,age,town\n" + "".join(
            f"zqxu{u},{('young', 'old')[u % 2]},{'tiny' if u < 2 else 'large'}\n" for u in range(USERS)))
        self.write("people.yaml", EXPERIMENT)
        self.assay("run", "people.yaml", "-o", "people.sqlite", "-q")

    def export(self, *words):
        out, _ = self.assay("export", "people.sqlite", *words, "-o", "out")
        files = {path.name: path.read_text() for path in sorted(pathlib.Path(self.path("out")).iterdir())}
        return out, files

    def test_files_for_trec_hold_the_same_lists_by_other_names_in_another_order(self):
        _, plain = self.export("--to", "trec")
        os.rename(self.path("out"), self.path("plain"))
        out, files = self.export("--to", "trec", "--anonymise", "--k", "2")
        self.assertIn("Anonymised with k = 2: of 60 requests, 0 left out and 2 said with fewer labels", out)
        self.assertEqual(set(plain), set(files))
        for name, text in files.items():
            with self.subTest(name):
                self.assertNotIn("zqx", text)
                before, after = ([line.split() for line in each.splitlines()] for each in (plain[name], text))
                self.assertEqual(len(before), len(after))
                for column in (0, 2):  # as many users and items, each as often
                    counts = [sorted([row[column] for row in rows].count(value) for value in {row[column] for row in rows})
                              for rows in (before, after)]
                    self.assertEqual(*counts)
        names = [line.split()[0] for line in files["popular.log.run"].splitlines()]
        self.assertEqual(names, sorted(names))  # drawn: says nothing of the order of the outside ids

    def test_a_second_export_has_other_names(self):
        _, first = self.export("--to", "trec", "--anonymise")
        os.rename(self.path("out"), self.path("first"))
        _, second = self.export("--to", "trec", "--anonymise")
        self.assertFalse({line.split()[0] for line in first["log.qrels"].splitlines()} &
                         {line.split()[0] for line in second["log.qrels"].splitlines()})

    def test_tables_have_no_row_on_fewer_than_k_and_no_text_of_the_run(self):
        _, plain = self.export("--to", "csv")
        os.rename(self.path("out"), self.path("plain"))
        out, files = self.export("--to", "csv", "--anonymise", "--k", "3")
        self.assertIn("tiny", plain["leaderboard.csv"])
        self.assertNotIn("tiny", "".join(files.values()))
        self.assertIn("large", files["leaderboard.csv"])
        self.assertRegex(out, r"; [1-9]\d* rows? of tables left out")
        os.rename(self.path("out"), self.path("csv"))
        _, files = self.export("--to", "json", "--anonymise")
        self.assertNotIn("zqx", files["run.json"])
        self.assertNotIn(self.folder.name, files["run.json"])

    def test_more_than_there_are_leaves_nothing(self):
        out, files = self.export("--to", "trec", "--anonymise", "--k", "61")
        self.assertIn("of 60 requests, 60 left out", out)
        self.assertEqual(files["popular.log.run"], "")

    def read_parquet(self, path):
        """Rows, as the Python of the set-up reads them, which has pyarrow."""
        script = "import json, sys, pyarrow.parquet as p; print(json.dumps(p.read_table(sys.argv[1]).to_pylist()))"
        done = subprocess.run([SOURCE / ".venv/bin/python", "-c", script, self.path(path)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_combinations_of_labels_in_parquet_are_those_of_k_users_and_rows_still_join(self):
        self.assay("export", "people.sqlite", "--to", "parquet", "--anonymise", "-o", "out")
        self.assay("export", "people.sqlite", "--to", "parquet", "-o", "plain")
        self.assertEqual(sorted(os.listdir(self.path("out"))), sorted(os.listdir(self.path("plain"))))
        users = self.read_parquet("out/users.parquet")
        self.assertEqual(len(users), 58)  # the two of the tiny town are fewer than 5, whatever is not said of them
        groups = collections.Counter((row["user.age"], row["user.town"]) for row in users)
        self.assertEqual(groups, {("young", "large"): 29, ("old", "large"): 29})
        self.assertEqual({row["time"] for row in users}, {None})
        for name in ("users", "items", "slates", "truth", "request_values", "runs"):
            self.assertNotIn("zqx", json.dumps(self.read_parquet(f"out/{name}.parquet")))
        values = {}
        for folder in ("plain", "out"):
            rows = [row for row in self.read_parquet(f"{folder}/request_values.parquet") if row["variant"] == "similar"]
            values[folder] = sorted(row["value"] for row in rows if row["metric"] == "ndcg" and row["stage"] == "served")
        self.assertEqual((len(values["plain"]), len(values["out"])), (60, 58))
        self.assertFalse(collections.Counter(values["out"]) - collections.Counter(values["plain"]))

    def test_files_have_the_rights_that_are_asked_for(self):
        self.export("--to", "csv", "--mode", "640")
        modes = {stat.S_IMODE(path.stat().st_mode) for path in pathlib.Path(self.path("out")).iterdir()}
        self.assertEqual(modes, {0o640})
        self.assertEqual(stat.S_IMODE(os.stat(self.path("out")).st_mode), 0o750)

    def test_what_cannot_be_anonymised_and_wrong_rights_are_errors(self):
        for words, text in ((["--to", "mlflow", "--anonymise"], "--anonymise has no mlflow"),
                            (["--vectors", "similar", "--anonymise"], "--anonymise goes with --to FORMAT"),
                            (["--to", "csv", "--mode", "999"], "--mode 999: expected the rights of files in octal"),
                            (["--to", "csv", "--mode", "040"], "the owner's to read among them"),
                            (["--to", "csv", "--anonymise", "--k", "1"], "--k")):
            _, err = self.assay("export", "people.sqlite", *words, "-o", "out", code=2)
            self.assertIn(text, err)
        self.assertFalse(os.path.exists(self.path("out")))


if __name__ == "__main__":
    unittest.main()
