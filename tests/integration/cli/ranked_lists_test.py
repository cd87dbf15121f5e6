#!/usr/bin/env python3
"""Ranked lists that other tools made: scores that are close, huge or NaN, from the file to the leaderboard."""

import array
import json
import math
import os
import sqlite3
import unittest

from cli_test import BAD_PLUGIN, Cli

USERS = [f"u{n}" for n in range(12)]
LARGEST = "3.4028234663852886e38"  # that 32 bits hold

EXPERIMENT = """
data:
  source: {path: log.csv, format: csv, columns: {user: user, item: item, time: at}}
  split: {method: leave_last_out, test: 1}
  lists: {LISTS}
metrics: {names: [ndcg, mrr], cutoffs: [1, 3]}
serve: {size: 3}
variants:
  asis: {recall: [{lists: mine, k: 9}]}
"""
OTHERS = """  mmr: {recall: [{lists: mine, k: 9}], rerank: [{plugin: mmr}]}
  unlike: {recall: [{lists: mine, k: 9}], rerank: [{plugin: mmr, params: {lambda: 0, relevance: raw}}]}
  zsum: {recall: [{lists: mine, k: 9}, {plugin: popularity, k: 9}], merge: {method: weighted_score, params: {normalise: z}}}
  minmax: {recall: [{lists: mine, k: 9}, {plugin: popularity, k: 9}], merge: {method: weighted_score}}
  fused: {recall: [{lists: mine, k: 9}, {plugin: popularity, k: 9}], rank: [{plugin: score_fusion}]}
  draw: {recall: [{lists: mine, k: 9}], rerank: [{plugin: plackett_luce}]}
  hot: {recall: [{lists: mine, k: 9}], rerank: [{plugin: plackett_luce, params: {relevance: raw, temperature: 1.0e-6}}]}
  penalised: {recall: [{lists: mine, k: 9}], rerank: [{plugin: popularity_penalty, params: {relevance: raw}}]}
"""


class Lists(Cli):
    """A log in which user n has the items n .. n + 4 of nine, the last of which is the test item."""

    def setUp(self):
        super().setUp()
        rows = [f"{user},i{(n + step) % 9},{1_500_000_000 + 5 * n + step}" for n, user in enumerate(USERS) for step in range(5)]
        self.write("log.csv", "user,item,at\n" + "\n".join(rows) + "\n")

    def write_lists(self, name, score):
        """Nine items for each user, worst first; `score` of the place from the worst (0) to the best (8), the test item."""
        rows = [f"{user},i{(n + 4 - 8 + place) % 9},{score(place)}" for n, user in enumerate(USERS) for place in range(9)]
        self.write(name, "user,item,score\n" + "\n".join(rows) + "\n")

    def run_lists(self, lists="mine: mine.csv", more="", code=0):
        text = EXPERIMENT.replace("LISTS", lists) + more
        return self.assay("run", self.write("x.yaml", text), "-o", "r.sqlite", "--no-smoke", code=code)

    def sql(self, statement):
        with sqlite3.connect(self.path("r.sqlite")) as database:
            return database.execute(statement).fetchall()

    def means(self, metric, cutoff):
        return {variant: round(mean, 6) for variant, mean in self.sql(
            "select variant, mean from leaderboard where stage = 'served' and slice = 'all' "
            f"and metric like '{metric}%' and cutoff = {cutoff}")}


class CloseScores(Lists):
    def test_they_are_ordered_as_the_file_has_them(self):
        for score in (lambda place: place, lambda place: 1_593_878_903 + place, lambda place: f"{1 + place * 1e-9:.9f}",
                      lambda place: f"{(place + 1) * 1e-60:.3e}"):
            self.write_lists("mine.csv", score)
            self.run_lists(more="  merged: {recall: [{lists: mine, k: 9}, {lists: mine, k: 5}], merge: {method: weighted_score}}\n"
                                "  fused: {recall: [{lists: mine, k: 9}], rank: [{plugin: score_fusion}]}\n")
            self.assertEqual(self.means("ndcg", 1), {"asis": 1, "merged": 1, "fused": 1}, score(8))

    def test_it_is_told_that_32_bits_do_not_hold_them(self):
        self.write_lists("mine.csv", lambda place: 1_593_878_903 + place)
        _, err = self.run_lists()
        self.assertRegex(err, r"lists\.mine: .*mine\.csv: 96 of 108 scores differ from the next by less than 32 bits hold")


class HugeScores(Lists):
    def test_what_32_bits_do_not_hold_is_refused_with_its_line(self):
        self.write_lists("mine.csv", lambda place: "1.7976931348623157e308" if place == 8 else place)
        _, err = self.run_lists(code=2)
        self.assertIn('mine.csv:10: score is "1.7976931348623157e308"; scores are kept in 32 bits, which hold numbers up to 3.4e38',
                      err)

    def test_the_largest_ones_are_served_by_every_stage(self):
        self.write_lists("mine.csv", lambda place: LARGEST if place == 8 else f"-{LARGEST}" if place == 0 else place)
        self.run_lists(more=OTHERS)
        self.assertEqual(self.sql("select * from failures"), [])
        for variant in ("asis", "mmr", "hot", "penalised"):
            self.assertEqual(self.means("mrr", 1)[variant], 1, variant)
        self.assertEqual(len(self.means("mrr", 1)), 9)
        for items, scores, propensity in self.sql("select items, scores, propensity from slate"):
            for place, item in enumerate(array.array("i", items)):
                self.assertTrue(item < 0 or math.isfinite(array.array("f", scores)[place]))
                self.assertTrue(propensity is None or 0 < array.array("f", propensity)[place] <= 1)


class AnotherList(Lists):
    def test_nothing_else_is_prepared_or_computed_again_and_both_runs_are_compared(self):
        both = "  popular: {recall: [{plugin: popularity, k: 9}]}\n"
        self.write_lists("mine.csv", lambda place: place)
        self.write_lists("other.csv", lambda place: -place)
        self.run_lists(more=both)
        prepared = os.listdir(self.path("cache/prepared"))
        _, err = self.run_lists("mine: mine.csv, other: other.csv", both + "  theirs: {recall: [{lists: other, k: 9}]}\n")
        self.assertIn("2 trials found, 1 computed", err)
        self.assertEqual(os.listdir(self.path("cache/prepared")), prepared)
        self.assertEqual(len(os.listdir(self.path("cache/lists"))), 2)
        self.write_lists("mine.csv", lambda place: -2 * place)
        _, err = self.run_lists(more=both)
        self.assertIn("1 trial found, 1 computed", err)
        out, _ = self.assay("compare", "r.sqlite#1", "r.sqlite#3")
        self.assertIn("paired request by request", out)
        differences = json.loads(self.assay("diff", "r.sqlite#1", "r.sqlite#3", "--format", "json")[0])["differences"]
        self.assertEqual([one["what"] for one in differences if one["section"] == "data"], ["asis.recall[0] on log: lists"])
        self.assertEqual(len(set(row[0] for row in self.sql("select prepared_hash from data_source"))), 1)

    def test_verify_says_that_the_list_is_another_one(self):
        self.write_lists("mine.csv", lambda place: place)
        self.run_lists()
        out, _ = self.assay("verify", "r.sqlite", "-q")
        self.assertIn("identical", out)
        self.write_lists("mine.csv", lambda place: -place)
        out, _ = self.assay("verify", "r.sqlite", "-q", code=3)
        self.assertRegex(out, r"recall\[0\]\.lists was [0-9a-f]{12}\.\.\., is [0-9a-f]{12}\.\.\.")


class OnlyNan(Lists):
    def test_a_strategy_without_a_number_fails(self):
        self.write_lists("mine.csv", lambda place: place)
        text = BAD_PLUGIN + EXPERIMENT.replace("LISTS", "mine: mine.csv") + (
            "  diverged: {recall: [{plugin: bad_recall, params: {mode: only_nan}}]}\n"
            "  endless: {recall: [{plugin: bad_recall, params: {mode: infinite}}]}\n")
        _, err = self.assay("run", self.write("x.yaml", text), "-o", "r.sqlite", "--no-smoke", code=3)
        failed = dict(self.sql("select variant, reason from failures"))
        self.assertIn("every score that top_k could choose for it is NaN", failed["diverged"], err)
        self.assertIn("has score inf at rank 0", failed["endless"], err)


if __name__ == "__main__":
    unittest.main()
