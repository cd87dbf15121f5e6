#!/usr/bin/env python3
"""A column that nobody names computes nothing again when it changes; one that is named does."""

import json
import unittest

from cli_test import Cli

EXPERIMENT = """
name: columns
device: cpu
datasets:
  log:
    source:
      path: LOG
      format: FORMAT
      columns: {user: user, item: item, time: time}
      features: [{of: item, path: items.csv, format: csv, id: item, columns: {shelf: category}}]
    targets: {liked: {column: stars, at_least: 3}}
    split: {method: global_time, rank: 0, validation: 0, test: 0.3}
    lists: {theirs: theirs.csv}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20}]}
  theirs: {recall: [{lists: theirs, k: 20}]}
"""
ROWS = [(n * 7 % 60, (n * n + n // 60) % 30, 1_600_000_000 + 60 * n, 1 + n % 5) for n in range(1500)]


class UnusedColumns(Cli):
    def setUp(self):
        super().setUp()
        self.write_log("csv", "north")
        self.write_items(10)
        self.write_lists("v1")

    def write_log(self, format, shop, changed=None):
        rows = [(user, item, time, stars if changed != row else 6 - stars) for row, (user, item, time, stars) in enumerate(ROWS)]
        if format == "csv":
            lines = ["shop,user,item,time,stars,pages"] + [f"{shop},{u},{i},{t},{s},{len(shop) * n}"
                                                           for n, (u, i, t, s) in enumerate(rows)]
        else:
            lines = [json.dumps({"user": u, "shop": shop, "item": i, "time": t, "stars": s}) for u, i, t, s in rows]
        self.write("log." + format, "\n".join(lines) + "\n")

    def write_items(self, price, shelf=0):
        self.write("items.csv", "item,price,shelf\n" + "".join(f"{n},{price + n},s{(n + shelf) % 4}\n" for n in range(30)))

    def write_lists(self, model, items=range(30)):
        rows = [f"{user},{item},{model},{30 - place}" for user in range(60) for place, item in enumerate(items)]
        self.write("theirs.csv", "user,item,model,score\n" + "\n".join(rows) + "\n")

    def computed(self, format="csv"):
        text = EXPERIMENT.replace("LOG", "log." + format).replace("FORMAT", format)
        _, err = self.assay("run", self.write("x.yaml", text), "-o", "r.sqlite", "--no-smoke")
        return err.splitlines()[-1] if "found" in err else "all computed"

    def test_nothing_is_computed_again_until_a_column_that_is_used_changes(self):
        self.assertEqual(self.computed(), "all computed")
        self.write_log("csv", "south-west")
        self.write_items(99)
        self.write_lists("v2")
        self.assertEqual(self.computed(), "3 trials found, 0 computed.")
        self.write_log("jsonl", "north")
        self.assertEqual(self.computed("jsonl"), "3 trials found, 0 computed.")
        self.write_lists("v2", range(29, -1, -1))
        self.assertEqual(self.computed(), "2 trials found, 1 computed.")
        self.write_items(99, shelf=1)
        self.assertEqual(self.computed(), "all computed")
        self.write_items(99)
        self.write_log("csv", "south-west", changed=3)
        self.assertEqual(self.computed(), "all computed")

    def test_verify_finds_data_that_changed_and_none_where_only_other_columns_did(self):
        self.computed()
        self.write_log("csv", "south-west")
        for more in ([], ["--data", self.folder.name]):
            out, _ = self.assay("verify", "r.sqlite", "-q", "--format", "json", *more)
            self.assertEqual({trial["verdict"] for trial in json.loads(out)}, {"identical"})
        self.write_log("csv", "south-west", changed=3)
        out, _ = self.assay("verify", "r.sqlite", "-q", "--format", "json", code=3)
        self.assertEqual({trial["verdict"] for trial in json.loads(out)}, {"cannot be verified"})


if __name__ == "__main__":
    unittest.main()
