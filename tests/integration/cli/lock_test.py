#!/usr/bin/env python3
"""plugins.lock as its users meet it: what is written, what is shown, and what --locked refuses. Every test runs the real
programs."""

import hashlib
import os
import pathlib
import shutil
import unittest

from cli_test import BUILD, Cli, EXPERIMENT

BROUGHT = BUILD / "test_plugins/brought"
OWN = "plugins: [mine/brings_library.so]\n" + EXPERIMENT + """
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  own: {recall: [{plugin: brings_library, k: 20}]}
"""
MODEL = EXPERIMENT.replace("rank: 0, validation: 0", "rank: 0, validation: 0.2") + """
variants:
  boosted: {recall: [{plugin: fake_everything, k: 20, params: {boosts: boosts.txt}, inputs: {teacher: {plugin: als}}}]}
"""


def sha256(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


class Lock(Cli):
    def setUp(self):
        super().setUp()
        os.mkdir(self.path("mine"))
        for name in ("brings_library.so", "libbrought.so"):
            shutil.copy(BROUGHT / name, self.path("mine"))
        self.write("small.yaml", OWN)

    def grow(self, name):
        """Other bytes, and still a library."""
        before = sha256(self.path(name))
        with open(self.path(name), "ab") as file:
            file.write(b"more")
        return before

    def lock(self):
        return pathlib.Path(self.path("plugins.lock")).read_text()

    def test_holds_plugins_and_the_libraries_that_they_bring_and_no_others(self):
        out, _ = self.assay("lock", "small.yaml")
        popularity = sha256(BUILD / "plugins/recall/popularity.so")
        self.assertEqual([line for line in self.lock().splitlines() if not line.startswith("#")], [
            "assay plugins.lock 1",
            f"plugin {sha256(self.path('mine/brings_library.so'))} mine/brings_library.so",
            f"plugin {popularity} recall/popularity.so",
            f"library {sha256(self.path('mine/libbrought.so'))} libbrought.so of mine/brings_library.so"])
        self.assertIn("plugins.lock: 3 added, 0 changed, 0 as before\n", out)
        self.assertIn(f"  + plugin   {popularity[:12]}  recall/popularity.so\n", out)

    def test_what_was_locked_runs(self):
        self.assay("lock", "small.yaml")
        self.assay("validate", "small.yaml", "--locked")
        self.assay("plan", "small.yaml", "--locked")
        self.assay("run", "small.yaml", "--locked")
        out, _ = self.assay("lock", "small.yaml")
        self.assertEqual(out, "plugins.lock: 0 added, 0 changed, 3 as before\n")

    def test_a_plugin_or_a_library_that_was_replaced_is_refused_with_both_hashes(self):
        self.assay("lock", "small.yaml")
        for name in ("mine/brings_library.so", "mine/libbrought.so"):
            with self.subTest(name):
                before = self.grow(name)
                for command in ("run", "plan", "validate"):
                    _, err = self.assay(command, "small.yaml", "--locked", code=2)
                    self.assertIn(f"has the SHA-256 {sha256(self.path(name))}, and plugins.lock has {before}", err)
                    self.assertIn("run `assay lock small.yaml`", err)
                self.assertFalse(os.path.exists(self.path("results")))
                out, _ = self.assay("lock", "small.yaml")
                self.assertIn("0 added, 1 changed, 2 as before", out)
                self.assertIn(f"(was {before[:12]})", out)
        self.grow("mine/libbrought.so")
        self.assay("run", "small.yaml")  # without the flag nothing is asked

    def test_what_is_not_in_the_lock_is_refused(self):
        self.assay("lock", "small.yaml")
        self.write("small.yaml", OWN + "  more: {recall: [{plugin: item_knn, k: 20}]}\n")
        _, err = self.assay("validate", "small.yaml", "--locked", code=2)
        self.assertIn("plugin recall/item_knn.so is not in plugins.lock", err)
        self.assertEqual(self.assay("validate", "small.yaml", "--locked", "--format", "json", code=2)[0].count('"what"'), 1)

    def test_entries_of_other_experiments_stay_unless_they_are_pruned(self):
        self.assay("lock", "small.yaml")
        self.write("other.yaml", EXPERIMENT + "\nvariants:\n  popular: {recall: [{plugin: popularity, k: 20}]}\n")
        out, _ = self.assay("lock", "other.yaml")
        self.assertIn("2 kept that this experiment does not use", out)
        self.assay("validate", "small.yaml", "--locked")
        out, _ = self.assay("lock", "other.yaml", "--prune")
        self.assertIn("2 taken out", out)
        self.assay("validate", "small.yaml", "--locked", code=2)

    def test_no_lock_and_a_damaged_one_are_errors(self):
        _, err = self.assay("run", "small.yaml", "--locked", code=2)
        self.assertIn("plugins.lock: is not there, and --locked asks for it; write it with `assay lock small.yaml`", err)
        self.assay("lock", "small.yaml")
        self.write("plugins.lock", self.lock().replace("plugin ", "plugni ", 1))
        for words in (["run", "small.yaml", "--locked"], ["lock", "small.yaml"]):
            _, err = self.assay(*words, code=2)
            self.assertRegex(err, r'plugins\.lock:4: is "plugni ')

    def test_files_that_parameters_name_are_in_it(self):
        self.write("boosts.txt", "0 1.5\n")
        self.write("small.yaml", f"plugins: [{BUILD}/test_plugins/fake_everything.so]\n" + MODEL)
        self.assay("lock", "small.yaml")
        self.assertIn(f"\nmodel {sha256(self.path('boosts.txt'))} boosts.txt\n", self.lock())
        before = self.grow("boosts.txt")
        _, err = self.assay("validate", "small.yaml", "--locked", code=2)
        self.assertIn(f"model boosts.txt has the SHA-256 {sha256(self.path('boosts.txt'))}, and plugins.lock has {before}", err)


if __name__ == "__main__":
    unittest.main()
