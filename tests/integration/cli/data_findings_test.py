#!/usr/bin/env python3
"""What reading the data finds: leaks, empty windows, settings that do not fit, and where they are shown."""

import json
import random
import unittest

from cli_test import Cli

EVENTS = [(user, item, 1_600_000_000 + 60 * row) for row, (user, item) in enumerate(
    (rng.randrange(60), min(rng.randrange(40), rng.randrange(40))) for rng in [random.Random(4)] for _ in range(2000))]
TEST = EVENTS[1600:]

SOURCE = "  source:\n    path: log.csv\n    format: csv\n    columns: {user: user, item: item, time: time, value: stars}\n"
FEATURE = "    features: [{of: item, path: n.csv, format: csv, id: item, columns: {n: number}}]\n"
SPLIT = "  split: {method: global_time, rank: 0, validation: 0, test: 0.2}\n"
REST = "variants:\n  popular: {recall: [{plugin: popularity, k: 20}]}\nserve: {size: 10}\n"


class Findings(Cli):
    def setUp(self):
        super().setUp()
        lines = [f"{user},{item},{time},{1 + row % 5}" for row, (user, item, time) in enumerate(EVENTS)]
        self.write("log.csv", "user,item,time,stars\n" + "\n".join(lines) + "\n")

    def counts(self, events, label="{}"):
        rows = [f"{item},{label.format(sum(other == item for _, other, _ in events))}" for item in range(40)]
        self.write("n.csv", "item,n\n" + "\n".join(rows) + "\n")

    def known_late(self):
        """Features that became known after the first test request."""
        rows = [f"{item},{EVENTS[1600 + item][2] - 60},{item % 3}" for item in range(40)]
        self.write("n.csv", "item,time,n\n" + "\n".join(rows) + "\n")

    def refused(self, text, says):
        _, err = self.assay("plan", self.write("x.yaml", text), code=2)
        self.assertIn(says, err.replace(self.path("x.yaml"), "x.yaml"))
        return err


class FutureFeatures(Findings):
    def test_what_only_the_test_window_tells_is_found(self):
        for columns, label in (("number", "{}"), ("category", "{}"), ("category", "c{}")):
            self.counts(TEST, label)
            feature = FEATURE.replace("number", columns)
            self.refused("data:\n" + SOURCE + feature + SPLIT + REST,
                         "x.yaml:6:16: a feature leaks (future_feature): item feature n correlates with the number of events in the "
                         "test window (rank correlation 1.0000; at most 0.")

    def test_what_the_past_tells_is_none(self):
        self.counts(EVENTS[:1600])
        self.assay("plan", self.write("x.yaml", "data:\n" + SOURCE + FEATURE + SPLIT + REST))

    def test_the_time_of_a_feature_row_counts(self):
        self.known_late()
        self.refused("data:\n" + SOURCE + FEATURE + SPLIT + REST,
                     "x.yaml:6:16: a feature leaks (future_feature): features of 38 items became known after the first request "
                     "at 2020-09-14 15:06:40 UTC, such as those of item 2 at 2020-09-14 15:07:40 UTC; compute features from "
                     "data before the test window, or leave them out")


class Places(Findings):
    def test_problems_stand_at_their_settings(self):
        for change, says in (
                ("  filter: {k_core: 1000}\n", "x.yaml:7:3: data.filter removes all of 2,000 events of 60 users and 40 items"),
                ("  targets: {liked: {column: stras}}\n",
                 'x.yaml:7:29: data.targets.liked.column is stras, but the events have no such numeric column; did you mean '
                 '"stars"?'),
                ("  targets: {liked: {column: stars, at_least: 9}}\n",
                 "x.yaml:6:3: data.split leaves no test request: the test window holds 400 events, none of them positive "
                 "(targets.liked: stars at_least 9)")):
            self.refused("data:\n" + SOURCE + SPLIT + change + REST, says)

    def test_nothing_positive_to_learn_from(self):
        rows = [f"{user},{item},{time},{1 + 4 * (row >= 1600)}" for row, (user, item, time) in enumerate(EVENTS)]
        self.write("log.csv", "user,item,time,stars\n" + "\n".join(rows) + "\n")
        self.refused("data:\n" + SOURCE + SPLIT + "  targets: {liked: {column: stars, at_least: 4}}\n" + REST,
                     "x.yaml:7:13: data.targets.liked leaves no training data: train, which fit_on.recall names, holds 1,600 "
                     "events, none of them positive (stars at_least 4)")

    def test_no_times_and_no_split(self):
        self.refused("data:\n" + SOURCE.replace(", time: time", "") + REST,
                     "x.yaml:5:14: data.split.method is global_time (the default), which needs times, and source.columns names no "
                     "time; name columns.time, or take split: {method: leave_last_out}")


class EventTypes(Findings):
    def test_a_type_that_does_not_occur_is_named_with_those_that_do(self):
        lines = [f"{user},{item},{time},{'cart' if row % 8 == 0 else 'view'}" for row, (user, item, time) in enumerate(EVENTS)]
        self.write("log.csv", "user,item,time,kind\n" + "\n".join(lines) + "\n")
        text = "name: x\ndata:\n" + SOURCE.replace("value: stars", "event: kind") + SPLIT + REST.replace(
            "k: 20", "k: 20, learn_from: [carts]")
        _, err = self.assay("run", self.write("x.yaml", text), code=2)
        self.assertEqual(err.replace(self.path("x.yaml"), "x.yaml").splitlines()[-1],
                         'x.yaml:9:63: learn_from names "carts", and no event of log has that type; its types, with their '
                         'events, are cart (250), view (1,750); did you mean "cart"?')


class Notes(Findings):
    def test_accepted_leaks_and_what_was_taken_away_are_told(self):
        self.known_late()
        rows = self.read("log.csv")
        self.write("log.csv", rows + "\n".join(rows.splitlines()[-7:]) + "\n")
        text = ("data:\n" + SOURCE + FEATURE + SPLIT + "  clean: {duplicates: true, value_at_least: 2}\n"
                "  filter: {min_user_events: 22}\n  allow_leak: [it is planted]\n" + REST)
        out, _ = self.assay("run", self.write("x.yaml", text), "-q", "-o", "x.sqlite")
        shown, _ = self.assay("compare", "x.sqlite")
        for told in (out, shown):
            self.assertRegex(told.replace("\n", " "),
                             r"log: removed: [\d,]+ of 2,007 events \(value_at_least 2: 40\d, duplicates: [56], filter by "
                             r"min_user_events 22: \d+\) · +accepted leak: future_feature \(it is planted\)")
        data = json.loads(self.assay("compare", "x.sqlite", "--format", "json")[0])["datasets"][0]
        self.assertEqual([leak["reason"] for leak in data["accepted_leaks"]], ["it is planted"])
        self.assertEqual(data["taken_away"]["of"], 2007)
        self.assertEqual(data["taken_away"]["events"], sum(step["events"] for step in data["taken_away"]["by"]))

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()


if __name__ == "__main__":
    unittest.main()
