#!/usr/bin/env python3
"""features.candidate as its users meet it: one comparison with and without, what is reused, and what is refused before anything
runs. Every test runs the real programs."""

import random
import re
import sqlite3
import unittest

from cli_test import Cli

HEAD = """
name: shop
device: cpu
data:
  source:
    path: log.csv
    format: csv
    columns: {user: user, item: item, time: time}
    features: [{of: item, path: items.csv, format: csv, id: item, columns: {genre: category, year: number}}]
  split: {method: global_time, rank: 0.2, validation: 0, test: 0.2}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  without:
    recall: [{plugin: popularity, k: 20}]
    rank: [{plugin: logistic_regression}]
"""
WITH = """  with:
    extends: without
    features:
      candidate: [item_rate, user_recency, {of: "item:year", as: buckets, bounds: [5, 9]}, {cross: [hour, "item:genre"], size: 64}]
"""


class CandidateFeatures(Cli):
    def setUp(self):
        super().setUp()
        draw = random.Random(3)
        rows = [f"{draw.randrange(40)},{min(draw.randrange(30), draw.randrange(30))},{1_600_000_000 + 3600 * row}"
                for row in range(2000)]
        self.write("log.csv", "user,item,time\n" + "\n".join(rows) + "\n")
        self.write("items.csv", "item,genre,year\n" + "".join(f"{n},g{n % 3},{n % 12}\n" for n in range(30)))

    def run_shop(self, text):
        return self.assay("run", self.write("x.yaml", text), "-o", "r.sqlite", "--no-smoke", "-q")

    def ask(self, statement):
        with sqlite3.connect(self.path("r.sqlite")) as database:
            return database.execute(statement).fetchall()

    def inputs(self):
        """What each ranker looked at, by its variant."""
        return dict(self.ask("select v.name, n.value from run_trial t join variant v using (variant_id) join trial_artifact a using "
                             "(trial_key) join note n using (artifact_key) where n.key = 'inputs'"))

    def to_run(self, text):
        """Done already, and to run."""
        out, _ = self.assay("plan", self.write("x.yaml", text), "-o", "r.sqlite")
        return tuple(map(int, re.search(r"(\d+) (?:is|are) done already, (\d+) to run", out).groups()))

    def problem(self, command, text):
        _, err = self.assay(command, self.write("x.yaml", text), code=2)
        return " ".join(err.replace(self.path("x.yaml"), "x.yaml").split())


class Comparisons(CandidateFeatures):
    def test_with_and_without_are_one_comparison_on_the_same_requests(self):
        self.run_shop(HEAD + WITH + "compare: {baseline: without}\n")
        inputs = self.inputs()
        self.assertNotIn("given:", inputs["without"])
        self.assertIn("given:item_rate, given:user_recency, given:buckets(item:year), given:cross(hour, item:genre)", inputs["with"])
        self.assertEqual(len(set(self.ask("select t.request_set, t.requests from trial t join run_trial using (trial_key)"))), 1)
        out, _ = self.assay("compare", "r.sqlite")
        self.assertRegex(out, r"(?m)^with ")

    def test_a_feature_that_is_not_used_recomputes_nothing(self):
        self.run_shop(HEAD)
        self.assertEqual(self.to_run(HEAD + WITH), (2, 1))
        self.assertEqual(self.to_run(HEAD + WITH.replace("[item_rate", "[]  # ")), (2, 0), "none is as if nothing were said")
        self.assertEqual(self.to_run(HEAD + "features: {candidate: [item_rate]}\n"), (1, 1), "popular has no rank stage")

    def test_the_list_of_a_stage_replaces_that_of_the_file(self):
        stage = "rank: [{plugin: logistic_regression, features: {candidate: [place]}}]"
        self.run_shop(HEAD.replace("rank: [{plugin: logistic_regression}]", stage) + "features: {candidate: [item_rate]}\n")
        self.assertTrue(self.inputs()["without"].endswith("given:place"), self.inputs())

    def test_a_second_ranker_sees_its_own_features(self):
        ranks = ("rank: [{plugin: logistic_regression, keep: 9, features: {candidate: [item_rate]}}, "
                 "{plugin: logistic_regression, keep: 6}]")
        self.run_shop(HEAD.replace("rank: [{plugin: logistic_regression}]", ranks))
        both = self.ask("select a.place, n.value from trial_artifact a join note n using (artifact_key) where n.key = 'inputs'")
        self.assertTrue(dict(both)["rank[0]"].endswith("given:item_rate"), both)
        self.assertNotIn("given:", dict(both)["rank[1]"])


class Problems(CandidateFeatures):
    def test_a_feature_that_the_data_lack_is_named_before_anything_is_read(self):
        text = HEAD + WITH.replace("item:year", "item:yaer")
        for command in ("validate", "plan"):
            self.assertIn('features.item names "yaer", which log does not have; did you mean "year"?', self.problem(command, text))
        self.assertIn("interest:year, which needs an item feature of categories, and that is a number",
                      self.problem("validate", HEAD + WITH.replace("item_rate", '"interest:year"')))

    def test_a_source_that_is_none_has_near_names(self):
        self.assertIn('did you mean "item_rate"?', self.problem("validate", HEAD + WITH.replace("item_rate", "item_rat")))

    def test_buckets_need_bounds(self):
        self.assertIn("x.yaml:21:44: variants.with.features.candidate[2] needs bounds",
                      self.problem("validate", HEAD + WITH.replace(", bounds: [5, 9]", "")))

    def test_statistics_need_times(self):
        text = HEAD.replace(", time: time", "").replace("global_time", "leave_last_out") + WITH
        self.assertIn("features.candidate names item_rate, which needs the times of events, and log has none",
                      self.problem("validate", text.replace("rank: 0.2, validation: 0, test: 0.2", "rank: 1, validation: 0, test: 1")))


if __name__ == "__main__":
    unittest.main()
