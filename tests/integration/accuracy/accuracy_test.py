#!/usr/bin/env python3
"""docs/accuracy.md and the experiments behind its rows, without running them."""

import importlib.util
import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])



def module(name, path):
    spec = importlib.util.spec_from_file_location(name, SOURCE / path)
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


runner = module("run", "experiments/accuracy/run.py")
techniques = module("techniques", "experiments/techniques/run.py")


class Accuracy(unittest.TestCase):
    def test_the_page_shows_what_was_recorded(self):
        self.assertEqual((SOURCE / "docs/accuracy.md").read_text(), runner.page(), "run experiments/accuracy/run.py --write")

    def test_every_row_is_a_valid_experiment_and_every_experiment_a_row(self):
        files = {f"{path.parent.name}/{path.stem}" for path in (SOURCE / "experiments/accuracy").glob("*/*.yaml")
                 if path.stem != "protocol"}
        self.assertEqual(files, set(runner.row_names()))
        for row in sorted(files):
            with self.subTest(row):
                done = subprocess.run([BUILD / "bin/assay", "validate", SOURCE / f"experiments/accuracy/{row}.yaml"],
                                      capture_output=True, text=True)
                if done.returncode and " is not here " in done.stderr + done.stdout:
                    self.skipTest("the data set is not here")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_a_row_within_a_hundredth_of_the_published_values_is_reached(self):
        self.assertEqual(runner.verdict([0.1831, 0.1600], [0.1849, 0.1518]), "reached")
        self.assertEqual(runner.verdict([0.1849, 0.1500], [0.1849, 0.1518]), "not reached: 98.8 %")
        self.assertEqual(runner.verdict(None, [0.1849, 0.1518]), "not run")

    def test_a_row_that_is_not_there_is_named_with_those_that_are(self):
        done = subprocess.run([SOURCE / "experiments/accuracy/run.py", "gowalla/gfcf"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("gowalla/gfcf is no row; there are gowalla/item_knn, gowalla/slim", done.stderr)


class Techniques(unittest.TestCase):
    def test_the_page_shows_what_was_recorded(self):
        self.assertEqual((SOURCE / "docs/techniques.md").read_text(), techniques.page(), "run experiments/techniques/run.py --write")

    def test_every_experiment_is_valid_and_asks_a_question(self):
        for name in techniques.names():
            with self.subTest(name):
                path = SOURCE / f"experiments/techniques/{name}.yaml"
                self.assertRegex(path.read_text(), r"(?m)^description: .*\?$")
                done = subprocess.run([BUILD / "bin/assay", "validate", path], capture_output=True, text=True)
                if done.returncode and " is not here " in done.stderr + done.stdout:
                    self.skipTest("the data set is not here")
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_an_answer_is_what_the_database_says(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write_log(folder / "data")
            path = folder / "x.sqlite"
            windows = [word for window in ("rank", "validation", "test") for word in ("--set", f"datasets.ml100k.split.{window}=2")]
            done = subprocess.run([BUILD / "bin/assay", "run", SOURCE / "experiments/techniques/merging.yaml", "-o", path, "-q", *windows],
                                  env=os.environ | {"ASSAY_DATA": str(folder / "data"), "ASSAY_CACHE": str(folder / "cache")},
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            answer = techniques.measured(path)
            self.assertEqual([one["variant"] for one in answer["variants"]], ["ease_alone", "by_rank", "by_score", "in_turns"])
            self.assertTrue(answer["variants"][0]["baseline"])
            for row in sqlite3.connect(path).execute("SELECT variant, mean FROM leaderboard WHERE metric = 'ndcg' AND stage = 'served' "
                                                     "AND slice = 'all'"):
                own = next(one for one in answer["variants"] if one["variant"] == row[0])
                self.assertEqual(own["values"]["ml100k"]["ndcg@10"], row[1])
            self.assertGreater(answer["variants"][1]["bytes"], answer["variants"][0]["bytes"], "two models, not one")


def write_log(folder):
    """The data sets of the rows, small: 60 users who walk round a circle of 40 items."""
    walks = [[(user + step) % 40 for step in range(12)] for user in range(60)]

    def lines(name, rows):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("".join(row + "\n" for row in rows))

    def users(first, last):
        return [" ".join(map(str, [user, *walk[first:last]])) for user, walk in enumerate(walks)]
    lines("gowalla/train.txt", users(0, 9))
    lines("gowalla/test.txt", users(9, 12))
    lines("amazon-beauty/Beauty.txt", users(0, 12))
    lines("amazon-beauty/Beauty_item2attributes.json", [json.dumps({item: [item % 3] for item in range(40)})])
    ratings = [f"{user}\t{item}\t4\t{880000000 + step}" for user, walk in enumerate(walks) for step, item in enumerate(walk)]
    lines("movielens-100k/ml-100k.inter", ["user_id:token\titem_id:token\trating:float\ttimestamp:float", *ratings])
    lines("movielens-100k/ml-100k.item", ["item_id:token\tmovie_title:token_seq\trelease_year:token\tclass:token_seq",
                                          *(f"{item}\tT\t1995\tDrama" for item in range(40))])
    lines("movielens-100k/ml-100k.user", ["user_id:token\tage:token\tgender:token\toccupation:token\tzip_code:token",
                                          *(f"{user}\t24\tM\twriter\t85711" for user in range(60))])


class ShortRuns(unittest.TestCase):
    """Each row, with the fewest epochs, on data that are small enough for every test run."""

    def test_every_row_runs_to_the_values_that_are_recorded(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            write_log(folder / "data")
            for row in runner.row_names():
                with self.subTest(row):
                    self.check(row, folder)

    def check(self, row, folder):
        file = SOURCE / f"experiments/accuracy/{row}.yaml"
        data, variant = row.split("/")
        params, text = f"variants.{variant}.recall.0.params.", file.read_text()
        fewest = {"epochs": 2, "cooldown": 1, "validate_every": 1}
        changes = [f"{params}{key}={value}" for key, value in fewest.items() if f"{key}: " in text]
        database = folder / f"{variant}_{data}.sqlite"
        done = subprocess.run([BUILD / "bin/assay", "run", file, "-o", database, "-j", "1", "--no-smoke",
                               *(["--set", *changes] if changes else [])],
                              env={**os.environ, "ASSAY_DATA": str(folder / "data"), "ASSAY_CACHE": str(folder / "cache")},
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        metrics = runner.load("published.json")[data]["metrics"]
        for metric, value in zip(metrics, runner.measured(sqlite3.connect(database), metrics), strict=True):
            self.assertGreater(value, 0, metric)
            self.assertLessEqual(value, 1, metric)


if __name__ == "__main__":
    unittest.main()
