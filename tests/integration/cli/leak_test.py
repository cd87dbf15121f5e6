#!/usr/bin/env python3
"""Planted features that equal the label a second later: each is refused with its name, or changes nothing. `make leak-test` runs
it; seconds. Every test runs the real programs."""

import random
import sqlite3
import unittest

from cli_test import Cli

SECOND, START = 1, 1_600_000_000
LOG = """
name: shop
device: cpu
data:
  source:
    path: log.csv
    format: csv
    columns: {user: user, item: item, time: time, event: kind}
FEATURES  targets: {bought: {column: kind, equals: buy}}
  split: {method: global_time, rank: 0.2, validation: 0, test: 0.2}
traffic: {requests: per_event}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
variants:
  ranked:
    recall: [{plugin: popularity, k: 30}]
    rank: [{plugin: logistic_regression}]
    features: {candidate: [pair_events, pair_recency, pair_rate]}
"""
SHOWN = """
name: shown
device: cpu
data:
  source:
    impressions:
      path: shown.csv
      format: csv
      columns: {request: request, user: user, item: item, time: time}
      labels: {click: {column: clicked, equals: 1}}
      context: [CONTEXT]
  split: {method: global_time, rank: 0.2, validation: 0, test: 0.2}
traffic: {requests: logged, candidates: logged}
serve: {size: 3}
metrics: {groups: [accuracy], cutoffs: [3], primary: ndcg@3}
variants:
  ranked: {rank: [{plugin: logistic_regression}]}
"""


class Leaks(Cli):
    def refused(self, text):
        _, err = self.assay("plan", self.write("x.yaml", text), code=2)
        return " ".join(err.replace(self.path("x.yaml"), "x.yaml").split())


class FeatureFiles(Leaks):
    """60 users who buy an item every hour, each item at most once."""

    def setUp(self):
        super().setUp()
        draw = random.Random(9)
        baskets = [draw.sample(range(40), 30) for _ in range(60)]
        self.rows = [(row % 60, baskets[row % 60][row // 60], START + 3600 * row, "buy") for row in range(1800)]
        self.write_log(self.rows)

    def write_log(self, rows):
        lines = [",".join(map(str, row)) for row in sorted(rows, key=lambda row: row[2])]
        self.write("log.csv", "user,item,time,kind\n" + "\n".join(lines) + "\n")

    def served(self, name):
        """The slates with their scores, and the values of the metric."""
        self.assay("run", self.write("x.yaml", LOG.replace("FEATURES", "")), "-o", name, "--no-smoke", "-q")
        with sqlite3.connect(self.path(name)) as database:
            return [database.execute(statement).fetchall() for statement in (
                "select items, scores from slate", "select definition, cutoff, stage, mean from summary order by 1, 2, 3")]

    def test_a_row_that_becomes_known_a_second_after_the_label_is_refused(self):
        bought = {item: time for _, item, time, _ in self.rows[1440:]}
        self.write("items.csv", "item,time,sold\n" + "".join(f"{item},{time + SECOND},1\n" for item, time in bought.items()))
        says = self.refused(LOG.replace("FEATURES", "    features: [{of: item, path: items.csv, format: csv, id: item, "
                                        "columns: {sold: number}}]\n"))
        self.assertIn("a feature leaks (future_feature): features of", says)
        self.assertIn("became known after the first request", says)

    def test_a_feature_without_a_time_that_counts_the_labels_is_refused(self):
        sold = [sum(item == other for _, other, _, _ in self.rows[1440:]) for item in range(40)]
        self.write("items.csv", "item,sold\n" + "".join(f"{item},{count}\n" for item, count in enumerate(sold)))
        says = self.refused(LOG.replace("FEATURES", "    features: [{of: item, path: items.csv, format: csv, id: item, "
                                        "columns: {sold: number}}]\n"))
        self.assertIn("a feature leaks (future_feature): item feature sold correlates with the number of events", says)

    def test_an_event_that_repeats_each_label_a_second_later_changes_nothing(self):
        plain = self.served("plain.sqlite")
        self.assertTrue(plain[0])
        self.write_log(self.rows + [(user, item, time + SECOND, "seen") for user, item, time, _ in self.rows])
        self.assertEqual(self.served("planted.sqlite"), plain)


class LoggedColumns(Leaks):
    """1,500 requests of four rows; a quarter is clicked."""

    def setUp(self):
        super().setUp()
        draw = random.Random(10)
        rows = []
        for request in range(1500):
            for item in draw.sample(range(50), 4):
                clicked = int(draw.random() < (0.6 if item % 5 == 0 else 0.15))
                outcome = ("paid" if draw.random() < 0.5 else "kept") if clicked else "left"
                rows.append(f"{request},{request % 30},{item},{START + 60 * request},{clicked},{draw.randrange(9)},"
                            f"{clicked * (1 + draw.randrange(90))},{outcome}")
        self.write("shown.csv", "request,user,item,time,clicked,price,stayed,outcome\n" + "\n".join(rows) + "\n")

    def test_a_column_that_was_written_a_second_after_the_answer_is_refused(self):
        for column in ("stayed", "outcome"):
            says = self.refused(SHOWN.replace("CONTEXT", f"price, {column}"))
            self.assertIn(f"x.yaml:7:7: a feature leaks (future_feature): context column {column} tells the label click: area under "
                          "the ROC curve 1.0000", says)
            self.assertNotIn("context column price", says)

    def test_a_column_that_was_known_before_is_not(self):
        self.assay("plan", self.write("x.yaml", SHOWN.replace("CONTEXT", "price")))

    def test_a_reason_accepts_it_and_is_told(self):
        text = SHOWN.replace("CONTEXT", "stayed").replace("traffic:", "  allow_leak: [it is planted]\ntraffic:")
        out, _ = self.assay("run", self.write("x.yaml", text), "-o", "x.sqlite", "--no-smoke", "-q")
        self.assertIn("accepted leak: future_feature (it is planted)", " ".join(out.split()))


if __name__ == "__main__":
    unittest.main()
