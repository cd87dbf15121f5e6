#!/usr/bin/env python3
"""docs/accuracy.md and the experiments behind its rows, without running them."""

import importlib.util
import os
import pathlib
import subprocess
import unittest

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])

spec = importlib.util.spec_from_file_location("run", SOURCE / "experiments/accuracy/run.py")
runner = importlib.util.module_from_spec(spec)
spec.loader.exec_module(runner)


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


if __name__ == "__main__":
    unittest.main()
