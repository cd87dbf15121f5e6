#!/usr/bin/env python3
"""What lies in the cache, what a run adds to it, and how it stays small."""

import glob
import json
import os
import shutil
import subprocess
import time
import unittest

from cli_test import ASSAY, TWO, Cli

SLOW = """
  slow: {recall: [{plugin: als, k: 20, params: {factors: 64, iterations: 10000}}]}
"""


class Cache(Cli):
    def rows(self, *words):
        out, _ = self.assay("cache", *words, "--format", "json")
        return json.loads(out)

    def run_two(self, *words, code=0):
        return self.assay("run", self.write("x.yaml", TWO), "-o", "r.sqlite", *words, code=code)

    def files(self, kind):
        return sorted(glob.glob(self.path(f"cache/{kind}/*.safetensors")))

    def age(self, paths, days):
        """As if they had been used last so long ago."""
        then = time.time() - days * 86_400
        for path in paths:
            os.utime(path, (then, then))
            record = path.replace("/cache/", "/cache/uses/") + ".json"
            if os.path.exists(record):
                os.utime(record, (then, then))


class Seen(Cache):
    def test_it_is_listed_by_data_set_kind_and_experiment(self):
        self.assertEqual(self.rows(), [])
        self.run_two()
        rows = {row["kind"]: row for row in self.rows() if row["data set"] == "log"}
        self.assertEqual(sorted(rows), ["imported", "models", "prepared"])
        for kind, row in rows.items():
            self.assertEqual((row["experiment"], row["in use"]), ("small", 0), kind)
            self.assertRegex(row["last use"], r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
        self.assertEqual(rows["models"]["files"], len(self.files("artifacts")))
        self.assertEqual(rows["models"]["bytes"], sum(os.path.getsize(path) for path in self.files("artifacts")))
        out, _ = self.assay("cache")
        self.assertRegex(out, r"log +models +small +\d+ +[\d.]+ (bytes|KiB) ")
        self.assertRegex(out, r"cache: [\d.]+ [KM]iB in \d+ files, no limit")

    def test_a_run_that_finds_all_of_it_has_used_it(self):
        self.run_two()
        self.age(self.files("prepared") + self.files("artifacts"), 40)
        out, _ = self.assay("cache", "prune", "--unused", "30d", "--dry-run")
        self.assertIn("would remove 4 files", out)  # data, two models, what item_knn counts
        self.run_two()
        out, _ = self.assay("cache", "prune", "--unused", "30d", "--dry-run")
        self.assertIn("would remove 0 files", out)


class Pruned(Cache):
    def test_what_was_used_least_recently_goes_and_is_made_again_when_it_is_needed(self):
        self.run_two()
        before = self.files("artifacts")
        self.age(before[:1], 3)
        total = sum(row["bytes"] for row in self.rows())
        out, _ = self.assay("cache", "prune", "--keep", str(total - 1))
        self.assertIn("removed 1 file", out)
        self.assertEqual(self.files("artifacts"), before[1:])
        out, _ = self.assay("cache", "prune", "--keep", "0")
        self.assertEqual(self.files("artifacts") + self.files("prepared") + self.files("imported"), [])
        _, err = self.run_two()
        self.assertIn("2 trials found, 0 computed", err)

    def test_it_says_what_it_needs(self):
        _, err = self.assay("cache", "prune", code=2)
        self.assertIn("needs --keep SIZE (such as 20GiB) or --unused AGE (such as 30d)", err)
        _, err = self.assay("cache", "prune", "--keep", "20gigs", code=2)
        self.assertIn('--keep: is "20gigs"; it must be a number with one of', err)

    def test_never_what_a_running_task_holds_but_what_a_killed_one_did(self):
        process = self.start("run", self.write("x.yaml", TWO + SLOW), "-o", "r.sqlite", "-q", "--no-smoke")
        try:
            deadline = time.time() + 60
            while not (self.files("prepared") and glob.glob(self.path("cache/work/*"))) and time.time() < deadline:
                time.sleep(0.05)
            self.assertIsNone(process.poll(), "it has to be at work still")
            kept = self.files("prepared") + self.files("imported")
            self.age(kept, 90)
            out, _ = self.assay("cache", "prune", "--keep", "0", "--unused", "1d")
            self.assertIn("in use", out)
            for path in kept:
                self.assertTrue(os.path.exists(path), path)
        finally:
            process.kill()
            process.communicate()
        self.assay("cache", "prune", "--keep", "0")
        self.assertEqual(self.files("prepared") + self.files("imported"), [])

    def test_a_run_keeps_the_limit_after_its_tasks(self):
        self.run_two()
        total = sum(row["bytes"] for row in self.rows())
        old = self.path("cache/prepared/" + 64 * "a" + ".layout1.safetensors")
        with open(old, "wb") as file:
            file.write(bytes(5000))
        self.environment["ASSAY_CACHE_LIMIT"] = str(total + 2000)
        _, err = self.run_two()
        self.assertRegex(err, r"cache: removed 1 file, 4\.9 KiB: prepared 4\.9 KiB to keep within ")
        self.assertFalse(os.path.exists(old))
        _, err = self.run_two("--cache-limit", "1KiB")
        self.assertEqual(self.files("artifacts") + self.files("prepared"), [])
        del self.environment["ASSAY_CACHE_LIMIT"]
        _, err = self.run_two("--cache-limit", "lots", code=2)
        self.assertIn('--cache-limit: is "lots"', err)

    def test_an_experiment_says_how_large_the_cache_may_be(self):
        self.run_two()
        self.assertNotEqual(self.files("artifacts"), [])
        experiment = self.write("limited.yaml", TWO + "limits: {cache: 0.01MiB}\n")
        self.environment["ASSAY_CACHE_LIMIT"] = "1TiB"  # which the file takes precedence over
        _, err = self.assay("run", experiment, "-o", "r.sqlite")
        self.assertRegex(err, r"cache: removed \d+ files, .* to keep within 10\.2 KiB; ")
        self.assertEqual(self.files("artifacts") + self.files("prepared"), [])


class Planned(Cache):
    def test_plan_says_what_a_run_adds_and_on_what_basis(self):
        path = self.write("x.yaml", TWO)
        out, _ = self.assay("plan", path, "-o", "r.sqlite")
        self.assertRegex(out, r"cache +[\d.]+ KiB there: 2 files of data [\d.]+ KiB, 0 models 0 bytes")
        self.assertRegex(out, r"about [\d.]+ (bytes|KiB) to add: 2 models \(2 by the memory that the plugin declares\)")
        self.assertRegex(out, r"to add, of unknown size: 1 model \(popularity\), not fitted in this database before")
        self.run_two()
        out, _ = self.assay("plan", path, "-o", "r.sqlite")
        self.assertIn("nothing to add", out)
        for model in self.files("artifacts"):
            os.remove(model)
        grown = self.write("y.yaml", TWO.replace("test: 0.3", "test: 0.2"))
        plan = json.loads(self.assay("plan", grown, "-o", "r.sqlite", "--format", "json")[0])["cache"]
        self.assertEqual(plan["there"]["data_files"], 2)
        self.assertEqual(plan["to_add"]["unknown"], [])
        self.assertEqual(plan["to_add"]["by_earlier_fits"], plan["to_add"]["models"])
        self.assertGreater(plan["to_add"]["bytes"], 0)

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare"), "only root mounts a small disk")
    def test_a_disk_that_cannot_hold_it_is_refused_before_anything_is_written(self):
        self.write("log.csv", "user,item,time\n" + "".join(f"u{n % 999},i{n % 77},{n}\n" for n in range(100_000)))
        self.write("x.yaml", TWO)
        os.mkdir(self.path("small"))
        script = f"mount -t tmpfs -o size=900k tmpfs small && ASSAY_CACHE=small '{ASSAY}' run x.yaml -o r.sqlite"
        done = subprocess.run(["unshare", "-m", "sh", "-c", script], cwd=self.folder.name, capture_output=True, text=True)
        if "mount" in done.stderr.split(":")[0] or "unshare" in done.stderr:
            self.skipTest(done.stderr)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertRegex(done.stderr, r"small: the disk of the cache has \d+.* KiB free, and about .* are needed \(the imported "
                                      r"data of log, by its files, .*\); free some \(`assay cache prune")
        self.assertNotIn("bug", done.stderr)


if __name__ == "__main__":
    unittest.main()
