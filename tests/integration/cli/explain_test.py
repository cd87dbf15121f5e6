#!/usr/bin/env python3
"""`assay explain` as its users meet it. Every test runs the real programs; all share one run."""

import json
import os
import shutil
import unittest

from cli_test import Cli, EXPERIMENT
from small_log import small_log

VARIANTS = """variants:
  similar: {recall: [{plugin: item_knn, k: 20}], rerank: [{plugin: mmr}]}
  popular: {recall: [{plugin: popularity, k: 20}]}
"""
WITH_TITLES = EXPERIMENT.replace(
    "time: time}}", "time: time}, features: [{of: item, path: items.csv, format: csv, id: item, columns: {title: text, "
                    "kind: category}}]}")


class Explain(Cli):
    @classmethod
    def setUpClass(cls):
        cls.kept = Cli()
        cls.kept.setUp()
        cls.addClassCleanup(cls.kept.doCleanups)
        items = "".join(f"{item},The {item}th,{'odd' if item % 2 else 'even'}\n" for item in range(40))
        cls.kept.write("items.csv", "item,title,kind\n" + items)
        cls.kept.assay("run", cls.kept.write("small.yaml", WITH_TITLES + VARIANTS), "-o", "small.sqlite", "-q")
        cls.user = json.loads(cls.kept.assay("explain", "small.sqlite", "--variant", "similar", "--request", "3", "--json", "-q")[0])["user"]

    def setUp(self):
        self.folder, self.environment = self.kept.folder, self.kept.environment

    def explain(self, *words, variant="similar", code=0):
        return self.assay("explain", "small.sqlite", "--variant", variant, "-q", *words, code=code)

    def shown(self, *words, variant="similar"):
        return json.loads(self.explain("--json", *words, variant=variant)[0])

    def test_serves_what_the_run_served_and_says_why(self):
        out = self.shown("--user", self.user)
        self.assertTrue(out["as_stored"])
        self.assertEqual([stage["stage"] for stage in out["stages"]], ["recall", "rerank", "served"])
        self.assertEqual(out["explanations"][0]["adds_up_to"], "its score")
        past = {item["title"] for item in out["profile"]["history"]}
        for item in out["why"]:
            first = item["reasons"][0]
            self.assertEqual(first["strategy"], "item_knn")
            self.assertTrue({term["what"] for term in first["terms"]} <= past)

    def test_knows_who_asked_by_titles_times_and_categories(self):
        profile = self.shown("--user", self.user)["profile"]
        self.assertRegex(profile["history"][0]["title"], r"^The \d+th$")
        times = [item["time"] for item in profile["history"]]
        self.assertEqual(times, sorted(times))
        self.assertEqual({one["category"] for one in profile["counted"]["kind"]} - {"odd", "even"}, set())
        self.assertNotIn("title", profile["counted"])

    def test_says_what_moved_at_each_stage(self):
        _, rerank, served = self.shown("--user", self.user)["stages"]
        self.assertEqual(rerank["given"], "recall")
        self.assertTrue(all(item["rank_before"] for item in rerank["items"]))
        self.assertEqual([item["id"] for item in served["items"]], [item["id"] for item in rerank["items"]][:5])

    def test_leaves_out_the_latest_items_or_the_one_that_is_named(self):
        out = self.shown("--user", self.user)
        latest = [item["id"] for item in reversed(out["profile"]["history"])]
        self.assertEqual([one["left_out"]["id"] for one in out["without"]], list(dict.fromkeys(latest))[:3])
        oldest = out["profile"]["history"][0]
        for name in (oldest["id"], oldest["title"]):
            one, = self.shown("--user", self.user, "--without", name)["without"]
            self.assertEqual(one["left_out"], {"id": oldest["id"], "title": oldest["title"]})
            self.assertNotIn(oldest["id"], [item["id"] for item in one["served"]])

    def test_explains_an_item_that_was_not_served(self):
        pool = self.shown("--user", self.user, "--top", "20")["stages"][0]["items"]
        why = self.shown("--user", self.user, "--item", pool[-1]["title"])["why"][-1]
        self.assertEqual(why["id"], pool[-1]["id"])
        self.assertIsNone(why["rank"])
        self.assertEqual(why["ranks"]["recall"], len(pool))
        self.assertTrue(why["reasons"][0]["terms"])

    def test_goes_on_where_a_strategy_says_nothing(self):
        out, _ = self.explain("--user", self.user, variant="popular")
        self.assertIn("recall[0] popularity does not explain its scores.", out)
        self.assertIn("Served again: the list is the stored one.", out)
        self.assertRegex(out, r"WITHOUT The \d+th \[\d+\]: the same list")

    def test_is_a_text_for_people(self):
        out, _ = self.explain("--user", self.user)
        for part in ("PROFILE, ", "RELEVANT, ", "STAGES", "\nrecall item_knn: 20 items, the first 10\n", "WHY", "history: The ",
                     "kind of the history: "):
            self.assertIn(part, out)
        self.assertTrue(all(len(line) <= 120 for line in out.splitlines()), out)

    def test_names_what_is_near(self):
        for words, said in (
                (("--user", self.user + "x"), f'user {self.user}x has no request in the test window; '),
                (("--user", self.user, "--item", "The 3thh"), '--item: no item has the id or title The 3thh; did you mean "The 3th"?'),
                (("--user", self.user, "--seed", "9"), "similar has no seed 9; known: (none)"),
                (("--user", self.user, "--dataset", "lgo"), 'similar has no data set lgo; did you mean "log"?'),
                (("--request", "9999"), "--request is 9999; the test window has requests 0 to "),
                ((), "name who asked with --user, or the request with --request")):
            self.assertIn(said, self.explain(*words, code=2)[1])
        self.assertIn('similr is no variant of run 1; did you mean "similar"?',
                      self.explain("--user", self.user, variant="similr", code=2)[1])

    def test_an_item_that_is_not_in_the_history_is_refused_with_those_that_are(self):
        past = {item["id"] for item in self.shown("--user", self.user)["profile"]["history"]}
        other = next(str(item) for item in range(40) if str(item) not in past)
        self.assertRegex(self.explain("--user", self.user, "--without", other, code=2)[1],
                         rf"--without: The {other}th is not in the history of request \d+; its latest items: The \d+th \[\d+\]")

    def test_data_that_are_gone_or_others_are_said_and_found_elsewhere(self):
        log = self.path("log.csv")
        elsewhere, others = self.path("elsewhere"), self.path("others")
        for folder in (elsewhere, others):
            os.mkdir(folder)
            shutil.copy(self.path("items.csv"), folder)
        shutil.move(log, elsewhere)
        self.addCleanup(shutil.copy, os.path.join(elsewhere, "log.csv"), log)
        with open(os.path.join(others, "log.csv"), "w") as file:
            file.write(small_log().replace("\n3,", "\n4,"))
        self.assertIn("log.csv does not exist", self.explain("--user", self.user, code=2)[1])
        self.assertIn("are not those of run 1", self.explain("--user", self.user, "--data", others, code=2)[1])
        self.assertIn("the stored one", self.explain("--user", self.user, "--data", elsewhere)[0])


if __name__ == "__main__":
    unittest.main()
