#!/usr/bin/env python3
"""Metrics of grades below zero, and of grades and scores whose value no 32-bit number holds."""

import sqlite3
import unittest

from cli_test import Cli

JOKES = """user,item,stars,at
a,x,3,1500000000
b,x,4.5,1500000001
c,y,9,1500000002
d,x,1,1500000003
a,p,-2,1500000100
a,q,-1,1500000101
b,p,-8,1500000102
b,q,8,1500000103
c,p,-5,1500000104
d,p,0,1500000105
"""
EXPERIMENT = """
data:
  source: {path: jokes.csv, format: csv, columns: {user: user, item: item, time: at, value: stars}}
  targets: {rated: {column: stars}}
  split: {method: global_time, test: 0.6, rank: 0, validation: 0}
  lists: {both: both.csv, only_q: only_q.csv}
serve: {size: 2}
metrics: {names: [NAMES], cutoffs: [2]}
variants:
  both: {recall: [{lists: both, k: 2}]}
  only_q: {recall: [{lists: only_q, k: 2}]}
"""


class Graded(Cli):
    def setUp(self):
        super().setUp()
        self.write("jokes.csv", JOKES)
        for name, items in (("both", "pq"), ("only_q", "qy")):
            rows = [f"{user},{item},{rank}" for user in "abcd" for rank, item in enumerate(items, 1)]
            self.write(f"{name}.csv", "\n".join(["user,item,rank", *rows]) + "\n")

    def run_jokes(self, names, code=0):
        return self.assay("run", self.write("x.yaml", EXPERIMENT.replace("NAMES", names)), "-o", "r.sqlite", "--no-smoke",
                          code=code)

    def values(self, name):
        with sqlite3.connect(self.path("r.sqlite")) as database:
            return {variant: (round(mean, 6), excluded) for variant, mean, excluded in database.execute(
                "select variant, mean, excluded_requests from leaderboard where stage = 'served' and slice = 'all' "
                "and metric = ?", (name,))}


class BelowZero(Graded):
    def test_shares_stay_shares(self):
        self.run_jokes('ndcg, "ndcg{gain=linear}", "ndcg{gain=exponential}"')
        for gain in ("linear", "exponential"):
            name = f"ndcg{{gain={gain},discount=log2(r+1),ideal=min(R,k)}}"
            # Only user b has an item of a grade above 0.
            self.assertEqual(self.values(name), {"both": (0.63093, 3), "only_q": (1, 3)}, gain)
        self.assertEqual({excluded for _, excluded in self.values("ndcg").values()}, {0})

    def test_verify_and_rescore_find_the_same(self):
        self.run_jokes("ndcg")
        self.run_jokes('ndcg, "ndcg{gain=linear}"')  # measured on the lists that are kept
        name = "ndcg{gain=linear,discount=log2(r+1),ideal=min(R,k)}"
        self.assertEqual(self.values(name), {"both": (0.63093, 3), "only_q": (1, 3)})
        out, _ = self.assay("verify", "r.sqlite")
        self.assertIn("of 2 trials 2 identical", out)


class BeyondANumber(Graded):
    def setUp(self):
        super().setUp()
        self.write("jokes.csv", JOKES.replace("b,q,8", "b,q,1500"))

    def test_ndcg_stays_a_share(self):
        self.run_jokes('ndcg, "ndcg{gain=exponential}"')
        name = "ndcg{gain=exponential,discount=log2(r+1),ideal=min(R,k)}"
        self.assertEqual(self.values(name), {"both": (0.63093, 3), "only_q": (1, 3)})

    def test_dcg_fails_by_name(self):
        out, err = self.run_jokes('ndcg, "dcg{gain=exponential}"', code=3)
        self.assertIn("dcg{gain=exponential,discount=log2(r+1)}@2 of a request is beyond 3.4e38, the largest number that is "
                      "kept: the scores, or the grades of items, are too large for this metric", " ".join((out + err).split()))

    def test_added_to_trials_that_are_done_it_leaves_them_done(self):
        self.run_jokes("ndcg")
        before = self.values("ndcg")
        self.assertEqual(before["both"], (1, 0))
        out, err = self.run_jokes('ndcg, "dcg{gain=exponential}"', code=3)
        self.assertIn("is beyond 3.4e38", " ".join((out + err).split()))
        self.assertEqual(self.values("ndcg"), before)


if __name__ == "__main__":
    unittest.main()
