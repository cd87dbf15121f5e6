#!/usr/bin/env python3
"""Repeats and weights of event types through the whole program: a log of six users whose answer is known by hand, and the log of
tests/golden/oracles/repeats.json, whose lists are computed here from the formula of item_knn."""

import array
import collections
import json
import math
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
GOLDEN = SOURCE / "tests/golden"
TYPES = {0.0: "impression", 0.25: "view", 1.0: "cart", 3.0: "purchase"}
SIZE = 5

EXPERIMENT = """
name: types
data:
  source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time, event: type}}
  split: {method: leave_last_out, test: 1}
serve: {size: 5}
metrics: {names: [ndcg], cutoffs: [5]}
variants:
  all: {recall: [{plugin: item_knn, params: {neighbours: 0}}]}
  all_each: {recall: [{plugin: item_knn, params: {neighbours: 0, repeats: each}}]}
  weighted:
    learn_from: {view: 0.25, cart: 1, purchase: 3}
    recall: [{plugin: item_knn, params: {neighbours: 0}}]
  weighted_each:
    learn_from: {view: 0.25, cart: 1, purchase: 3}
    recall: [{plugin: item_knn, params: {neighbours: 0, repeats: each}}]
  bought:
    learn_from: [purchase]
    recall: [{plugin: item_knn, params: {neighbours: 0}}]
compare: {baseline: all}
"""


def pairs(events, repeats, weights):
    """{user: {item: what it counts}}"""
    x = collections.defaultdict(dict)
    for user, item, kind in events:
        weight = weights.get(kind, 0) if weights else 1
        if weight > 0:
            known = x[user].get(item, 0)
            x[user][item] = known + weight if repeats == "each" else max(known, weight)
    return x


def item_knn(x, items):
    """{user: {item: score}}"""
    gram = {a: {b: sum(row.get(a, 0) * row.get(b, 0) for row in x.values()) for b in items} for a in items}

    def similarity(a, b):
        return 0 if a == b or not gram[a][b] else gram[a][b] / math.sqrt(gram[a][a] * gram[b][b])

    return {user: {b: sum(weight * similarity(a, b) for a, weight in row.items()) for b in items} for user, row in x.items()}


class Repeats(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def assay(self, *words):
        environment = os.environ | {"ASSAY_CACHE": str(self.folder / "cache")}
        done = subprocess.run([BUILD / "bin/assay", *words], cwd=self.folder, env=environment, text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def sql(self, statement):
        return sqlite3.connect(self.folder / "r.sqlite").execute(statement).fetchall()

    def test_count_once_unless_the_file_says_each(self):
        for file in ("log.csv", "repeats.yaml"):
            shutil.copy(GOLDEN / "repeats" / file, self.folder)
        self.assay("run", "repeats.yaml", "-o", "r.sqlite", "-q")
        found = dict(self.sql("SELECT variant, round(mean, 4) FROM leaderboard WHERE stage = 'served' AND slice = 'all'"))
        self.assertEqual(found, {"knn": 0.1667, "ease": 0.1667, "knn_each": 0.0})

    def log_with_types(self):
        """[(user, item, type)] in time order; the experiment in the folder."""
        read = json.loads((GOLDEN / "oracles/repeats.json").read_text())["events"]
        events = [(f"u{user}", f"i{item}", TYPES[weight]) for user, item, weight in read]
        lines = [f"{user},{item},{place},{kind}" for place, (user, item, kind) in enumerate(events)]
        (self.folder / "log.csv").write_text("user,item,time,type\n" + "\n".join(lines) + "\n")
        (self.folder / "types.yaml").write_text(EXPERIMENT)
        return events

    def test_lists_of_weighted_events_are_those_of_the_formula(self):
        events = self.log_with_types()
        self.assay("run", "types.yaml", "-o", "r.sqlite", "-q")
        self.assay("export", "r.sqlite", "--to", "trec", "-o", "trec")
        last = {user: place for place, (user, _, _) in enumerate(events)}
        train = [event for place, event in enumerate(events) if place != last[event[0]]]
        items = sorted({item for _, item, _ in events})
        seen = collections.defaultdict(set)
        for user, item, _ in train:
            seen[user].add(item)
        weights = {"view": 0.25, "cart": 1, "purchase": 3}
        cases = {"all": ("once", None), "all_each": ("each", None), "weighted": ("once", weights),
                 "weighted_each": ("each", weights), "bought": ("once", {"purchase": 1})}
        for variant, (repeats, learnt) in cases.items():
            expected = item_knn(pairs(train, repeats, learnt), items)
            lists = self.lists_of(variant)
            self.assertGreater(len(lists), 15)
            for user, served in lists.items():
                best = sorted((score for item, score in expected.get(user, dict.fromkeys(items, 0)).items()
                               if item not in seen[user]), reverse=True)[:SIZE]
                for (item, score), right in zip(served, best):
                    self.assertAlmostEqual(score, right, 5, f"{variant} {user}")
                    self.assertAlmostEqual(score, expected.get(user, {}).get(item, 0), 5, f"{variant} {user} {item}")

    def lists_of(self, variant):
        """{user: [(item, score)]} as they were served: the items from the export, in whose order the database has the scores."""
        files = [path for path in (self.folder / "trec").rglob("*") if path.is_file() and path.name.split(".")[0] == variant]
        self.assertTrue(files, [str(path) for path in (self.folder / "trec").rglob("*")])
        scores = []
        for items, blob in self.sql(f"""SELECT items, scores FROM slate JOIN run_trial USING (trial_key) JOIN variant USING (variant_id)
              WHERE name = '{variant}' ORDER BY first_request"""):
            shown = array.array("i")
            shown.frombytes(items)
            made = array.array("f")
            made.frombytes(blob)
            scores += [score for item, score in zip(shown, made, strict=True) if item >= 0]
        lists = collections.defaultdict(list)
        for line, score in zip(files[0].read_text().splitlines(), scores, strict=True):
            user, _, item, *_ = line.split()
            lists[user].append((item, score))
        return lists

    def test_what_stages_learn_from_changes_neither_requests_nor_truth(self):
        self.log_with_types()
        self.assay("run", "types.yaml", "-o", "r.sqlite", "-q")
        self.assertEqual(self.sql("SELECT count(DISTINCT request_set) FROM trial"), [(1,)])
        self.assertEqual(self.sql("SELECT count(DISTINCT trial_key) FROM run_trial"), [(5,)])
        paired = re.findall(r"ndcg@5 .* 24 requests  confirmatory \(holm, 4\)$", self.assay("compare", "r.sqlite"), re.M)
        self.assertEqual(len(paired), 4, "each variant against the baseline, on all requests")


if __name__ == "__main__":
    unittest.main()
