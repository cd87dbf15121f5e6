#!/usr/bin/env python3
"""A run that is killed, or whose disk fails, at any moment: the results file stays sound, the same command goes on to the
same results, and what went wrong is said. `make faults` tries every point, else every ASSAY_FAULTS_EVERY-th is tried."""

import os
import pathlib
import shutil
import sqlite3
import sys
import unittest

ROOT = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
sys.path.insert(0, str(ROOT / "tests/integration/cli"))

from bad_results_test import EXPERIMENT, POPULAR, SIMILAR, log  # noqa: E402
from cli_test import BUILD, Cli  # noqa: E402

EVERY = int(os.environ.get("ASSAY_FAULTS_EVERY", "7"))
SHIM = BUILD / "test_plugins/libfault_shim.so"
MOST = 6 if EVERY > 1 else 80  # changes of a file that are tried, of some hundred
TABLES = {"trial": "trial_key, status, reason", "request_value": "trial_key, stage, definition, cutoff, requests, excluded, mean, data",
          "slate": "trial_key, first_request, items, scores"}


def spread(count, most):
    """About `most` of 1 .. count, first and last among them."""
    return sorted({1 + i * (count - 1) // max(most - 1, 1) for i in range(most)})


class Faults(Cli):
    def setUp(self):
        super().setUp()
        self.write("log.csv", log(40))
        self.write("small.yaml", EXPERIMENT + POPULAR + SIMILAR + "  blended: {recall: [{plugin: popularity, k: 20}, {plugin: item_knn, k: 20}]}\n")
        self.plain = dict(self.environment)
        self.assay("run", "small.yaml", "-o", "right.sqlite", "-q")
        self.right = self.contents("right.sqlite")
        self.assertEqual(len(self.right["trial"]), 3)

    def contents(self, name):
        with sqlite3.connect(self.path(name)) as database:
            return {table: sorted(database.execute(f"select {columns} from {table}").fetchall()) for table, columns in TABLES.items()}

    def with_fault(self, kind, at, program, path, once=False):
        self.environment = self.plain | {"LD_PRELOAD": str(SHIM), "ASSAY_FAULT": f"{kind}:{at}:{program}:{path}",
                                         "ASSAY_FAULT_LOG": self.path("fault.log")}
        if once:
            self.environment["ASSAY_FAULT_ONCE"] = self.path("fault.came")

    def run_small(self):
        process = self.start("run", "small.yaml", "-o", "x.sqlite", "-q")
        out, err = process.communicate(timeout=120)
        return process.returncode, out + err

    def count(self, kind, program, path):
        """How many points there are in a run of which no trial is done; its fits are in the cache, as in the runs with faults."""
        self.fresh()
        self.with_fault(kind, 0, program, path)
        code, text = self.run_small()
        self.assertEqual(code, 0, text)
        with open(self.path("fault.log")) as file:
            return max(int(line) for line in file)

    def fresh(self):
        for file in pathlib.Path(self.folder.name).glob("x.sqlite*"):
            file.unlink()
        for name in ("fault.log", "fault.came"):
            pathlib.Path(self.path(name)).unlink(missing_ok=True)

    def expect_sound(self, where):
        """Nothing in the file pretends: what is there is whole, and a trial that is done has what the right one has."""
        if not os.path.exists(self.path("x.sqlite")) or os.path.getsize(self.path("x.sqlite")) == 0:
            return
        with sqlite3.connect(self.path("x.sqlite")) as database:
            self.assertEqual(database.execute("pragma integrity_check").fetchall(), [("ok",)], where)
            if not database.execute("select 1 from sqlite_master where name = 'trial'").fetchall():
                return
        found = self.contents("x.sqlite")
        done = {key for key, status, _ in found["trial"] if status == "done"}
        for table in ("request_value", "slate"):
            self.assertEqual([row for row in found[table] if row[0] in done], [row for row in self.right[table] if row[0] in done], where)

    def expect_resumed(self, where):
        self.environment = self.plain
        code, text = self.run_small()
        self.assertEqual(code, 0, f"{where}: {text}")
        self.assertEqual(self.contents("x.sqlite"), self.right, where)

    def test_killed_before_any_commit_a_run_goes_on_to_the_same_results(self):
        points = self.count("commits", "assay", "x.sqlite")
        self.assertGreater(points, 10)
        for at in range(1, points + 1, EVERY):
            self.fresh()
            self.with_fault("kill", at, "assay", "x.sqlite")
            code, text = self.run_small()
            self.assertEqual(code, -9, f"commit {at} of {points}: {text}")
            self.expect_sound(f"killed before commit {at}")
            self.expect_resumed(f"killed before commit {at}")

    def fails_and_resumes(self, kind, program, path, codes, words):
        for at in spread(self.count("changes", program, path), MOST):
            where = f"{kind} at change {at} of {program} to {path}"
            self.fresh()
            self.with_fault(kind, at, program, path)
            code, text = self.run_small()
            self.assertIn(code, codes, f"{where}: {text}")
            if code != 0:
                self.assertRegex(text, words, where)
            self.expect_sound(where)
            self.expect_resumed(where)

    def test_a_full_disk_is_said_and_the_run_can_go_on(self):
        self.fails_and_resumes("enospc", "assay", "x.sqlite", {0, 2}, r"x\.sqlite.*: the disk is full; free some space and run again")

    def test_a_disk_that_cannot_be_written_is_said(self):
        self.fails_and_resumes("eio", "assay", "x.sqlite", {0, 2}, r"x\.sqlite.*(disk I/O error|cannot be)")

    def test_a_disk_that_turns_read_only_is_said(self):
        self.fails_and_resumes("erofs", "assay", "x.sqlite", {0, 2}, r"x\.sqlite.*(disk I/O error|cannot be|read-?only)")

    def test_a_write_that_takes_half_is_finished(self):
        self.fails_and_resumes("short", "assay", "x.sqlite", {0}, "")

    def test_a_worker_that_is_killed_as_it_hands_its_work_over_costs_nothing(self):
        for path in (".part", "artifacts/"):
            for at in range(1, 4):
                shutil.rmtree(self.path("cache/artifacts"), ignore_errors=True)
                self.fresh()
                self.with_fault("kill", at, "assay-worker", path, once=True)
                code, text = self.run_small()
                self.assertEqual(code, 0, f"killed at {path}, {at}: {text}")
                self.assertEqual(self.contents("x.sqlite"), self.right)


if __name__ == "__main__":
    unittest.main()
