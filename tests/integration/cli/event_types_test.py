#!/usr/bin/env python3
"""Types of events as targets and as what stages learn from, with every strategy, and what a plugin sees of them."""

import array
import sqlite3
import unittest

from cli_test import BUILD, Cli

SHOP = """
data:
  source: {path: log.csv, format: csv, columns: {user: user, item: item, time: at, event: action}}
  targets: {bought: {column: action, equals: purchase}}
  split: {method: global_time, test: 0.3, rank: RANK, validation: 0}
traffic: {exclude_seen: []}
serve: {size: 5}
metrics: {names: [ndcg], cutoffs: [5]}
"""
TAKE_WEIGHTS = ("popularity", "item_knn", "user_knn", "ease", "als", "markov_chain")


class EventTypes(Cli):
    """20 users view items 0 to 9, put items 3 to 9 into their carts, and buy items 7 to 9, one after the other."""

    def setUp(self):
        super().setUp()
        rows = []
        for n in range(20):
            for step in range(24):
                item, action = ((n + step) % 10, "view")
                if step % 8 == 5:
                    item, action = 3 + (n + step) % 7, "cart"
                if step % 8 == 7:
                    item, action = 7 + (n + step // 8) % 3, "purchase"
                rows.append((1_500_000_000 + 100 * step + n, f"u{n},{item},{1_500_000_000 + 100 * step + n},{action}"))
        self.write("log.csv", "user,item,at,action\n" + "\n".join(row for _, row in sorted(rows)) + "\n")

    def run_shop(self, variants, rank="0", head="", code=0):
        text = head + SHOP.replace("RANK", rank) + "variants:\n" + variants
        return self.assay("run", self.write("x.yaml", text), "-o", "r.sqlite", "--no-smoke", "-q", code=code)


class Targets(EventTypes):
    def test_a_type_that_does_not_occur_is_named_with_those_that_do(self):
        text = SHOP.replace("RANK", "0").replace("purchase", "purchse") + "variants:\n  a: {recall: [{plugin: popularity}]}\n"
        _, err = self.assay("run", self.write("x.yaml", text), "-o", "r.sqlite", code=2)
        self.assertIn('targets.bought.equals is "purchse", and no event has that type; their types are cart (60), purchase (60), '
                      'view (360); did you mean "purchase"?', " ".join(err.split()))


class LearnFrom(EventTypes):
    def test_it_reaches_every_strategy(self):
        variants = ""
        for plugin in TAKE_WEIGHTS:
            params = ", params: {factors: 4}" if plugin == "als" else ""
            variants += f"  {plugin}: {{recall: [{{plugin: {plugin}, k: 10{params}}}]}}\n"
            variants += (f"  {plugin}_w: {{learn_from: {{view: 0.2, cart: 1, purchase: 3}}, "
                         f"recall: [{{plugin: {plugin}, k: 10{params}}}]}}\n")
        self.run_shop(variants)
        for plugin in TAKE_WEIGHTS:
            self.assertNotEqual(list(self.slates(plugin)), list(self.slates(plugin + "_w")), plugin)

    def test_every_kind_of_stage_sees_the_types_it_names_with_their_weights(self):
        stages = "recall: [{plugin: records_recall, k: 10}], rank: [{plugin: records_rank}], rerank: [{plugin: records_rerank}]"
        self.run_shop(f"  all: {{learn_from: {{view: 0.2, cart: 1, purchase: 3}}, {stages}}}\n"
                      f"  plain: {{{stages}}}\n"
                      f"  one: {{learn_from: {{view: 0.2, cart: 1, purchase: 3}}, {stages.replace('_rank}', '_rank, learn_from: [cart]}')}}}\n",
                      rank="0.2", head=f"plugins: [{BUILD}/test_plugins/records_events.so]\n")
        seen = self.notes("seen")
        for place in ("recall[0]", "rank[0]", "rerank[0]"):
            self.assertRegex(seen["all", place], r"^cart 1\.0 x \d+, purchase 3\.0 x \d+, view 0\.2 x \d+$", place)
            self.assertRegex(seen["plain", place], r"^purchase 1\.0 x \d+$", place)
        self.assertRegex(seen["one", "rank[0]"], r"^cart 1\.0 x \d+$")
        self.assertEqual({key[0]: text for key, text in self.notes("labelled").items()},
                         {"all": "3 types", "plain": "1 types", "one": "1 types"})
        # A score of the rank stage is 1,000 for each type in the history that it serves, and its weights.
        for variant, types in (("all", 3), ("plain", 1), ("one", 1)):
            self.assertEqual({int(score // 1000) for score in self.scores(variant)}, {types}, variant)
        self.assertEqual(self.widths("all"), {5})
        self.assertEqual(self.widths("plain"), {1}, "the rerank stage sees a single type")
        self.assertEqual(self.widths("one"), {5}, "its own learn_from names three")

    def query(self, statement, *values):
        with sqlite3.connect(self.path("r.sqlite")) as database:
            return database.execute(statement, values).fetchall()

    def notes(self, key):
        return {(variant, place): value for variant, place, value in self.query(
            "select v.name, a.place, n.value from run_trial t join variant v using (variant_id) join trial_artifact a using "
            "(trial_key) join note n using (artifact_key) where n.key = ?", key)}

    def slates(self, variant):
        for items, scores in self.query("select s.items, s.scores from slate s join run_trial t using (trial_key) join variant v "
                                        "using (variant_id) where v.name = ?", variant):
            items, scores = array.array("i", items), array.array("f", scores)
            for first in range(0, len(items), 5):
                yield [score for item, score in zip(items[first:first + 5], scores[first:first + 5]) if item >= 0]

    def scores(self, variant):
        return [score + 0.01 for slate in self.slates(variant) for score in slate]  # an item takes up to 0.009

    def widths(self, variant):
        return {len(slate) for slate in self.slates(variant)}

    def test_bought_alone_is_what_is_learnt_without_it(self):
        self.run_shop("  a: {recall: [{plugin: item_knn, k: 10}]}\n"
                      "  same: {learn_from: [purchase], recall: [{plugin: item_knn, k: 10}]}\n")
        rounded = {name: [[round(score, 4) for score in slate] for slate in self.slates(name)] for name in ("a", "same")}
        self.assertTrue(any(rounded["a"]))
        self.assertEqual(rounded["a"], rounded["same"])


if __name__ == "__main__":
    unittest.main()
