#!/usr/bin/env python3
"""What a run tells beside its numbers: the data, warnings of strategies, and relevant items that are never served."""

import json
import pathlib
import unittest

from cli_test import Cli

REPEATS = """
data:
  source: {path: log.csv, format: csv, columns: {user: user, item: item, time: at}}
  split: {method: per_user_time, test: 0.34}
traffic: {requests: per_event}
serve: {size: 3}
metrics: {groups: [accuracy], cutoffs: [3]}
variants:
  pop: {recall: [{plugin: popularity}]}
  recent: {recall: [{plugin: recent_items}]}
"""
RANKER = """
data:
  source: {path: log.csv, format: csv, columns: {user: user, item: item, time: at}}
  split: {method: leave_last_out, test: 1, rank: 2}
metrics: {cutoffs: [2]}
serve: {size: 2}
variants:
  pop: {recall: [{plugin: popularity, k: 3}]}
  lr: {recall: [{plugin: popularity, k: 3}], rank: [{plugin: logistic_regression}]}
"""


def told(text):
    return " ".join(text.split())


class Told(Cli):
    def write_log(self, users):
        """`users`: their items, oldest first; an event each 1,000 seconds, user n from second n on."""
        rows = [f"u{n},{item},{1_500_000_000 + 1000 * step + n}" for n, items in enumerate(users) for step, item in enumerate(items)]
        self.write("log.csv", "user,item,at\n" + "\n".join(rows) + "\n")

    def run_file(self, text):
        return told(self.assay("run", self.write("x.yaml", text), "-o", "r.sqlite", "--no-smoke", "-q")[0])


class NeverServed(Told):
    def setUp(self):
        super().setUp()
        self.write_log(["pqpqrq" if n % 2 == 0 else "mnomnm" for n in range(6)])

    def test_relevant_items_that_were_seen_are_counted_in_run_and_compare(self):
        said = "9 of 12 (75.0 %) relevant items were seen before and are never served; to serve them again: traffic.exclude_seen: []"
        self.assertIn(said, self.run_file(REPEATS))
        out, _ = self.assay("compare", "r.sqlite")
        self.assertIn(said, told(out))
        out, _ = self.assay("compare", "r.sqlite", "--format", "json")
        self.assertIn("9 of 12", json.loads(out)["datasets"][0]["never_served"])

    def test_nothing_is_said_where_they_are_served(self):
        self.assertNotIn("never served", self.run_file(REPEATS.replace("per_event", "per_event, exclude_seen: []")))


class Warnings(Told):
    def test_a_ranker_without_a_positive_says_so_beside_the_verdict(self):
        # Nobody but user n knows the two items of the rank window, so that they are never retrieved.
        self.write_log([[f"i{n % 5}", f"i{(n + 2) % 5}", f"n{n}a", f"n{n}b", f"i{(n + 1) % 5}"] for n in range(60)])
        said = "Warning: lr (logistic_regression, rank[0]): all labels are equal: the input order is kept."
        self.assertIn(said, self.run_file(RANKER))
        out, _ = self.assay("compare", "r.sqlite", "--format", "markdown")
        self.assertIn(said, told(out))
        self.assay("report", "r.sqlite")
        self.assertIn("all labels are equal", next(pathlib.Path(self.folder.name).glob("**/*.html")).read_text())


class Data(Told):
    def test_each_data_set_is_described_in_a_line(self):
        self.write_log(["pqrs", "pqr", "qrs"])
        out = self.run_file("""
datasets:
  timed: {source: {path: log.csv, format: csv, columns: {user: user, item: item, time: at}}, split: {method: leave_last_out, test: 1}}
  plain: {source: {path: log.csv, format: csv, columns: {user: user, item: item}}, split: {method: leave_last_out, test: 1}}
serve: {size: 3}
metrics: {cutoffs: [3]}
variants:
  pop: {recall: [{plugin: popularity}]}
""")
        self.assertIn("data timed: 3 users, 4 items, 10 events, all on 2017-07-14", out)
        self.assertIn("data plain: 3 users, 4 items, 10 events, no times", out)


if __name__ == "__main__":
    unittest.main()
