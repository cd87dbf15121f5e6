#!/usr/bin/env python3
"""Two hundred variants, a tenth of them broken in assorted ways: exactly those fail, each with its plugin, its kind and its
reason, and all others have the numbers that they have on their own."""

import sqlite3
import time
import unittest

from cli_test import BAD_PLUGIN, Cli, EXPERIMENT

LIMITS = "limits: {fit: 8, batch: 8, memory: 0.4}\n"  # a loaded machine takes its time for sound ones too
RECALL = "{recall: [{plugin: bad_recall, k: 20, params: {mode: %s}}]}"
RANK = "{recall: [{plugin: popularity, k: 20}], rank: [{plugin: bad_rank, params: {mode: %s}}]}"
RERANK = "{recall: [{plugin: popularity, k: 20}], rerank: [{plugin: bad_rerank, params: {mode: %s}}]}"
# Of each plugin at most two crash: with the third it would be left out of the run.
BROKEN = [
    (RECALL, "throws", "exception", "index 12 is out of range"),
    (RECALL, "fit_throws", "exception", "index 12 is out of range"),
    (RECALL, "fit_crashes", "crash", "SIGSEGV"),
    (RECALL, "exits", "crash", "exit code 0"),
    (RECALL, "nan", "contract", "has score nan at rank 0"),
    (RECALL, "fit_loops", "timeout", "did not return within 8 s"),
    (RECALL, "eats_memory", "memory", "memory"),
    (RECALL, "too_many", "contract", "at most 20"),
    (RECALL, "duplicates", "contract", "expected each item once"),
    (RECALL, "outside", "contract", "expected 0 to"),
    (RANK, "aborts", "crash", "SIGABRT"),
    (RANK, "crashes", "crash", "SIGSEGV"),
    (RANK, "torch_error", "exception", "shape"),
    (RANK, "fewer_items", "contract", "candidates back"),
    (RANK, "infinite", "contract", "has score inf at rank 0"),
    (RERANK, "fit_exits", "crash", "exit code 0"),
    (RERANK, "loops", "timeout", "did not return within 8 s"),
    (RERANK, "throws_int", "exception", "threw"),
    (RERANK, "undefined", "contract", "undefined"),
    (RERANK, "save_throws", "exception", "nothing to save"),
]
SOUND = 200 - len(BROKEN)


def sound(number):
    """Among them one that leaves another number of threads behind, which changes nobody's numbers."""
    if number == 90:
        return RECALL % "changes_threads"
    if number % 3 == 0:
        return f"{{recall: [{{plugin: popularity, k: {20 + number % 20}}}]}}"
    return f"{{recall: [{{plugin: item_knn, k: 20, params: {{neighbours: {1 + number}}}}}]}}"


def name_of(broken):
    stages, mode, _, _ = broken
    return {RECALL: "recall", RANK: "rank", RERANK: "rerank"}[stages] + "_" + mode


def two_hundred():
    """The broken ones stand among the others, every tenth."""
    lines = []
    left = list(BROKEN)
    for number in range(SOUND):
        lines.append(f"  sound_{number}: {sound(number)}")
        if number % 9 == 8:
            lines.append(f"  {name_of(left[0])}: {left[0][0] % left[0][1]}")
            left.pop(0)
    return "variants:\n" + "\n".join(lines) + "\n"


class ManyVariants(Cli):
    def values(self, name):
        with sqlite3.connect(self.path(name)) as database:
            return dict(database.execute("select variant, mean from leaderboard where metric = 'ndcg' and cutoff = 5 and mean is not null"))

    def failures(self, name):
        with sqlite3.connect(self.path(name)) as database:
            rows = database.execute("select variant, kind, plugin, reason from failures").fetchall()
        self.assertEqual(len(rows), len({row[0] for row in rows}), "one failure a variant")
        return {row[0]: row[1:] for row in rows}

    def test_a_tenth_is_broken_and_exactly_that_tenth_fails(self):
        self.write("many.yaml", BAD_PLUGIN + LIMITS + EXPERIMENT + two_hundred())
        self.assay("run", "many.yaml", "-o", "many.sqlite", "-q", "--jobs", "2", code=3)
        failures = self.failures("many.sqlite")
        self.assertEqual(set(failures), {name_of(broken) for broken in BROKEN})
        for broken in BROKEN:
            _, _, kind, reason = broken
            with self.subTest(name_of(broken)):
                found = failures[name_of(broken)]
                self.assertEqual(found[:2], (kind, "bad_" + name_of(broken).split("_")[0]))
                self.assertIn(reason, found[2])

        alone = ["variants:"] + [f"  sound_{number}: {sound(number)}" for number in range(SOUND) if number != 90]
        self.write("sound.yaml", EXPERIMENT + "\n".join(alone) + "\n")
        self.assay("run", "sound.yaml", "-o", "sound.sqlite", "-q", "--no-smoke")
        values = self.values("many.sqlite")
        self.assertEqual(len(values), SOUND)
        self.assertEqual({name: value for name, value in values.items() if name != "sound_90"}, self.values("sound.sqlite"))
        self.assertEqual(values["sound_90"], values["sound_0"])  # both order items by how often they were chosen


if __name__ == "__main__":
    unittest.main()
