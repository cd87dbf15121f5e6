#!/usr/bin/env python3
"""What is asked of results databases once they are there: compare, diff, rescore, verify, export. Every test runs the
real programs."""

import collections
import csv
import json
import lzma
import os
import pathlib
import sqlite3
import struct
import subprocess
import unittest

from cli_test import BUILD, Cli, EXPERIMENT

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
POPULAR = "  popular: {recall: [{plugin: popularity, k: 20}]}\n"
SIMILAR = "  similar: {recall: [{plugin: item_knn, k: 20}]}\n"


LOGGED = """name: logged
data:
  source:
    impressions: {path: shown.csv, format: csv, columns: {item: item, time: at, propensity: p},
                  labels: {click: {column: clicked, equals: 1}}}
  split: {method: global_time, rank: 0, validation: 0, test: 0.5}
traffic: {requests: logged, candidates: allowed}
serve: {size: 3}
metrics: {groups: [accuracy], cutoffs: [3], primary: ndcg@3}
variants:
  soft: {recall: [{plugin: popularity}], policy: {kind: softmax}}
"""


class Results(Cli):
    def run_logged(self, name):
        """A run with a policy: 200 rows of a uniform one."""
        rows = "".join(f"{row * 7 % 5},{1_600_000_000 + row},0.2,{int(row % 3 == 0)}\n" for row in range(200))
        self.write("shown.csv", "item,at,p,clicked\n" + rows)
        self.assay("run", self.write(f"{name}.yaml", LOGGED), "-o", f"{name}.sqlite", "-q")
        return f"{name}.sqlite"

    def run_into(self, name, variants, change=("", "")):
        text = EXPERIMENT.replace(*change) + "variants:\n" + variants
        self.assay("run", self.write(f"{name}.yaml", text), "-o", f"{name}.sqlite", "-q")
        return f"{name}.sqlite"

    def sql(self, name, statement):
        with sqlite3.connect(self.path(name)) as database:
            return database.execute(statement).fetchall()


CASCADE = """  one: {recall: [{plugin: item_knn, k: 30}], rank: [{plugin: score_fusion, keep: 12}]}
  two: {recall: [{plugin: item_knn, k: 30}], rank: [{plugin: score_fusion, keep: 12}, {plugin: logistic_regression, keep: 8}]}
"""


class Cascade(Results):
    def test_the_second_ranker_sees_what_the_first_one_keeps(self):
        name = self.run_into("cascade", CASCADE, ("rank: 0,", "rank: 0.2,"))
        counts = {stage: (relevant, kept) for stage, relevant, kept in self.sql(
            name, "SELECT stage, sum(relevant), sum(kept) FROM stage_loss WHERE variant = 'two' AND cutoff IS NULL GROUP BY 1")}
        self.assertEqual(counts["rank[1]"][0], counts["rank[0]"][1], "what leaves the first stage enters the second")
        self.assertLess(counts["rank[1]"][1], counts["rank[0]"][0], "both cut")
        longest = {}
        for place, lengths in self.sql(name, "SELECT s.stage, s.lengths FROM stage_list AS s JOIN run_trial USING (trial_key) "
                                             "JOIN variant USING (variant_id) WHERE name = 'two'"):
            longest[place] = max(struct.unpack(f"<{len(lengths) // 4}i", lengths))
        self.assertEqual((longest["rank[0]"], longest["rank[1]"]), (12, 8))


class Compare(Results):
    def test_variants_of_two_files_are_paired(self):
        a, b = self.run_into("a", POPULAR), self.run_into("b", SIMILAR)
        both = self.run_into("both", POPULAR + SIMILAR)
        joined = json.loads(self.assay("compare", a, b, "--format", "json")[0])
        one = json.loads(self.assay("compare", both, "--format", "json")[0])
        self.assertEqual(joined["sentences"], one["sentences"])
        for part in ("leaderboard", "comparisons"):
            self.assertEqual(joined["datasets"][0][part], one["datasets"][0][part])
        out, _ = self.assay("compare", a, b)
        self.assertIn("2 runs on the same requests, paired request by request:\n  a.sqlite  run 1, small,", out)

    def test_other_requests_are_refused_and_named(self):
        a, b = self.run_into("a", POPULAR), self.run_into("b", SIMILAR, ("test: 0.3", "test: 0.2"))
        _, err = self.assay("compare", a, b, code=2)
        self.assertIn("these runs cannot be compared, because they differ in\n", err)
        self.assertIn("  log: split.test: 0.3 in a.sqlite, 0.2 in b.sqlite\n", err)
        self.assertIn("Show them one after the other with: assay compare a.sqlite b.sqlite --side-by-side", err)
        out, _ = self.assay("compare", a, b, "--side-by-side")
        self.assertIn("== a.sqlite\n\npopular is the only variant; nothing to compare it with.", out)

    def test_two_runs_of_one_file_are_named_by_number(self):
        self.run_into("a", POPULAR)
        self.run_into("a", SIMILAR)
        out, _ = self.assay("compare", "a.sqlite#1", "a.sqlite#2")
        self.assertIn("popular (base)", out)
        self.assertIn("a.sqlite#2  run 2, small", out)
        _, err = self.assay("compare", "a.sqlite#1", "a.sqlite#7", code=2)
        self.assertIn("a.sqlite: there is no run 7 in this file; it has runs 1 and 2", err)

    def test_one_file_shows_differences_and_what_stages_lose(self):
        both = self.run_into("both", POPULAR + SIMILAR)
        out, _ = self.assay("compare", both)
        self.assertIn("Differences from popular", out)
        self.assertIn("Share of the relevant items in its input that a stage keeps, %", out)

    def test_a_metric_is_found_as_the_experiment_spells_it(self):
        names = ["fake_metric{power=0.5}", "rbp", "concentration{top=10%}", "recall{den=min(R,k)}"]
        fakes = f"plugins: [{BUILD}/test_plugins/fake_everything.so]\n"
        text = fakes + EXPERIMENT.replace("primary:", f"names: {json.dumps(names)}, primary:")
        self.assay("run", self.write("own.yaml", text + "variants:\n" + POPULAR + SIMILAR), "-o", "own.sqlite", "-q")
        full, = self.sql("own.sqlite", "select definition from metric where name like 'fake_metric%'")[0]
        self.assertRegex(full, r"^fake_metric\{power=0\.5,library=[0-9a-f]{12}\}$")
        of = {name: self.assay("compare", "own.sqlite", "--metric", f"{name}@5", "--format", "json")[0]
              for name in [*names, full]}
        self.assertEqual(of["fake_metric{power=0.5}"], of[full])
        for name, shown in of.items():
            self.assertTrue(json.loads(shown)["datasets"][0]["leaderboard"], name)
        _, err = self.assay("compare", "own.sqlite", "--metric", "fake_metric{power=0.25}@5", code=2)
        self.assertIn("fake_metric{power=0.25}@5 is no metric of run 1", err)
        out, _ = self.assay("compare", "--help")
        self.assertIn("spelt as in the experiment", " ".join(out.split()))


    def test_agreement_with_the_baseline_is_shown_and_not_tested(self):
        a = self.run_into("a", POPULAR + SIMILAR)
        self.assay("rescore", a, "--metrics", "baseline_overlap", "-q")
        out, _ = self.assay("compare", a, "--metric", "baseline_overlap@5")
        said = " ".join(out.split())
        self.assertIn("baseline_overlap@5 measures agreement with the lists of popular, the baseline, so there is no difference to "
                      "test.", said)
        self.assertRegex(out, r"similar +0\.\d+ \[0\.\d+, 0\.\d+\]")


class Diff(Results):
    def test_says_what_two_runs_do_not_share(self):
        a, b = self.run_into("a", POPULAR), self.run_into("b", POPULAR, ("test: 0.3", "test: 0.2"))
        out, _ = self.assay("diff", a, b)
        self.assertIn("  datasets.log.split.test  0.3 -> 0.2\n", out)
        self.assertIn("effective parameters: the same\n", out)
        self.assertIn("log: prepared_hash", out)
        differences = json.loads(self.assay("diff", a, b, "--format", "json")[0])["differences"]
        self.assertIn({"section": "configuration", "what": "datasets.log.split.test", "left": "0.3", "right": "0.2"},
                      differences)


class Rescore(Results):
    def test_adds_metrics_without_calling_a_strategy(self):
        a = self.run_into("a", POPULAR + SIMILAR)
        before = self.sql(a, "select count(*) from part where kind not in ('score', 'self_check')")
        out, _ = self.assay("rescore", a, "--metrics", "recall{den=min(R,k)}@3", "item_coverage@4", "-q")
        self.assertIn("2 of 2 trials got new metrics; no strategy was called.", out)
        self.assertEqual(before, self.sql(a, "select count(*) from part where kind not in ('score', 'self_check')"))
        rows = self.sql(a, "select variant, metric, cutoff, mean from leaderboard where metric in "
                           "('recall{den=min(R,k)}', 'item_coverage') and cutoff in (3, 4) order by 1, 2")
        self.assertEqual([row[:3] for row in rows],
                         [(variant, metric, cutoff) for variant in ("popular", "similar")
                          for metric, cutoff in (("item_coverage", 4), ("recall{den=min(R,k)}", 3))])
        self.assertTrue(all(0 < row[3] <= 1 for row in rows), rows)
        out, _ = self.assay("compare", a, "--metric", "recall{den=min(R,k)}@3")
        self.assertIn("recall{den=min(R,k)}@3", out)
        out, _ = self.assay("rescore", a, "--metrics", "recall{den=min(R,k)}@3", "-q")
        self.assertIn("0 of 2 trials got new metrics", out)

    def test_the_numbers_are_those_of_a_run_that_asked_for_them(self):
        a = self.run_into("a", SIMILAR)
        self.assay("rescore", a, "--metrics", "ndcg@3", "-q")
        b = self.run_into("b", SIMILAR, ("primary: ndcg@5", "primary: ndcg@5, names: [ndcg@3]"))
        values = "select hex(data) from request_value where stage = 'served' and cutoff = 3 and definition like 'ndcg%'"
        self.assertEqual(self.sql(a, values), self.sql(b, values))

    def test_an_unknown_metric_is_named_with_its_neighbour(self):
        a = self.run_into("a", POPULAR)
        _, err = self.assay("rescore", a, "--metrics", "recal@3", code=2)
        self.assertIn('did you mean "recall"?', err)


class Verify(Results):
    def test_what_is_run_again_is_the_same(self):
        a = self.run_into("a", POPULAR + SIMILAR)
        out, _ = self.assay("verify", a, "-q")
        self.assertIn("Run 1 of a.sqlite: of 2 trials 2 identical.", out)
        rows = json.loads(self.assay("verify", a, "-q", "--variant", "similar", "--format", "json")[0])
        self.assertEqual([(row["variant"], row["verdict"]) for row in rows], [("similar", "identical")])
        _, err = self.assay("verify", a, "--variant", "similr", code=2)
        self.assertIn('similr is no variant of run 1; did you mean "similar"?', err)

    def test_a_number_that_was_changed_is_found(self):
        a = self.run_into("a", POPULAR)
        self.sql(a, "update request_value set data = zeroblob(length(data)) where stage = 'served' and definition like 'ndcg%'")
        out, _ = self.assay("verify", a, "-q", code=3)
        self.assertIn("Run 1 of a.sqlite: of 1 trials 1 different.", out)
        self.assertIn("ideal=min(R,k)}@5 at served:", out)

    def test_says_why_it_cannot(self):
        a = self.run_into("a", "  similar: {recall: [{plugin: item_knn, k: 20, params: {neighbours: 30}}]}\n")
        self.sql(a, "update run set config = replace(config, 'neighbours: 30', 'neighbours: 31')")
        out, _ = self.assay("verify", a, "-q", code=3)
        self.assertIn("cannot be verified", out)
        self.assertIn("recall[0].params.neighbours was 30, is 31", out)

    def test_data_that_are_gone_are_named(self):
        a = self.run_into("a", POPULAR)
        os.remove(self.path("log.csv"))
        _, err = self.assay("verify", a, code=2)
        self.assertIn("log.csv does not exist", err)
        self.assertIn("configuration of run 1 in a.sqlite:", err)

    def test_a_policy_value_that_was_edited_is_found(self):
        a = self.run_logged("logged")
        self.assertRegex(self.assay("verify", a, "-q")[0],
                         r"Verdicts: \d+ summaries, comparisons and policy values made again by rules 2: as stored\.")
        self.sql(a, "update policy_value set value = 0.9 where estimator = 'snips'")
        self.assertIn("snips of the policy of soft, shown: value is 0.9, recomputed 0.", self.assay("verify", a, "-q", code=3)[0])

    def test_a_verdict_that_was_edited_is_found(self):
        a = self.run_into("a", POPULAR + SIMILAR)
        self.assertRegex(self.assay("verify", a, "-q")[0], r"Verdicts: \d+ summaries and comparisons made again by rules 2: as stored\.")
        self.sql(a, "update comparison set difference = 0.05, verdict = 'better' where family = 'confirmatory'")
        out, _ = self.assay("verify", a, "-q", code=3)
        self.assertIn("of 2 trials 2 identical.", out)
        self.assertIn("comparison of similar with popular on ndcg@5, log: difference is 0.05, recomputed ", out)
        self.assertIn("made again by rules 2: 1 not as stored.", out)
        self.assertIn("similar is better than popular", self.assay("compare", a)[0])
        self.assertNotIn("similar is better than popular on ndcg@5: +0.05", self.assay("compare", a, "--rejudge")[0])

    def test_verdicts_by_rules_of_an_earlier_build_are_left(self):
        a = self.run_into("a", POPULAR + SIMILAR)
        self.sql(a, "update run set judged_by = null")
        out, _ = self.assay("verify", a, "-q")
        self.assertIn("Values verified, verdicts not: the run was judged by rules 1, this build has rules 2.", out)
        self.sql(a, "update request_value set data = zeroblob(length(data)) where definition like 'ndcg%'")
        out, _ = self.assay("verify", a, "-q", code=3)
        self.assertIn("Verdicts not verified: the run was judged by rules 1, this build has rules 2.", out)
        self.assertNotIn("Values verified", out)
        self.assertIn("Verdicts as stored, by rules 1; rules 2 of this build: --rejudge.", self.assay("compare", a)[0])

    def test_moved_data_are_found_by_their_hash(self):
        a = self.run_into("a", POPULAR)
        self.assertNotIn(self.folder.name, self.sql(a, "select config from run")[0][0])
        for folder in ("other", "moved/deep"):
            os.makedirs(self.path(folder))
        os.rename(self.path("log.csv"), self.path("moved/deep/log.csv"))
        self.write("other/log.csv", "user,item,time\n" + "".join(f"{i % 9},{i % 7},{1_600_000_000 + i}\n" for i in range(300)))
        self.assertIn("of 1 trials 1 identical.", self.assay("verify", a, "-q", "--data", "moved/deep")[0])
        self.assertIn("of 1 trials 1 identical.",
                      self.assay("verify", a, "-q", "--data", "other", "--data", "moved/deep")[0])
        _, err = self.assay("verify", a, "-q", "--data", "other", code=2)
        self.assertRegex(err, r"the data of log that --data leads to are not those of run 1: hash [0-9a-f]{12} then, "
                              r"[0-9a-f]{12} now; name the folder that has them")
        self.assertIn("of 1 trials got new metrics", self.assay("rescore", a, "--metrics", "map@5", "--data", "moved/deep")[0])

    def test_a_file_with_absolute_paths_is_read_as_before(self):
        a = self.run_into("a", POPULAR)
        self.sql(a, f"update run set folder = null, config = replace(config, './log.csv', '{self.path('log.csv')}')")
        self.assertIn("of 1 trials 1 identical.", self.assay("verify", a, "-q")[0])


class Looks(Results):
    def test_are_counted_over_files_and_whatever_was_split(self):
        a = self.run_into("a", POPULAR)
        self.assertIn("test split evaluated once in this file (", self.assay("compare", a)[0])
        b = self.run_into("b", SIMILAR, ("test: 0.3", "test: 0.301"))
        out = " ".join(self.assay("compare", b)[0].split())
        self.assertIn("test split evaluated once in this file and once in others (", out)
        self.assertIn("with 2 variants", out)


class Export(Results):
    def test_views_become_csv(self):
        a = self.run_into("a", POPULAR + SIMILAR)
        self.assay("export", a, "--to", "csv")
        with open(self.path("a.csv/leaderboard.csv"), newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["metric"] == "ndcg" and row["stage"] == "served"]
        means = dict(self.sql(a, "select variant, mean from leaderboard where metric = 'ndcg' and stage = 'served'"))
        self.assertEqual({row["variant"]: float(row["mean"]) for row in rows}, means)

    def test_what_is_there_already_is_not_overwritten(self):
        a = self.run_into("a", POPULAR)
        self.assay("export", a, "--to", "json")
        self.assertEqual(json.loads(pathlib.Path(self.path("a.json/run.json")).read_text())["run"]["experiment"], "small")
        _, err = self.assay("export", a, "--to", "json", code=2)
        self.assertIn("a.json: exists already; move it away, or name another folder with --output", err)

    def test_an_unknown_format_is_named_with_its_neighbour(self):
        a = self.run_into("a", POPULAR)
        _, err = self.assay("export", a, "--to", "parket", code=2)
        self.assertIn('parket is not an export format; did you mean "parquet"?', err)

    def test_lists_become_trec_runs(self):
        a = self.run_into("a", POPULAR)
        out, _ = self.assay("export", a, "--to", "trec", "-o", "trec")
        self.assertIn("evaluate with trec_eval -c, which counts it as 0 as assay does", out)
        lines = pathlib.Path(self.path("trec/popular.log.run")).read_text().splitlines()
        truth = {tuple(line.split()[::2]) for line in pathlib.Path(self.path("trec/log.qrels")).read_text().splitlines()}
        by_query = {}
        for line in lines:
            query, q0, item, rank, score, tag = line.split()
            self.assertEqual((q0, tag, int(score)), ("Q0", "assay", 5 - int(rank) + 1))
            by_query.setdefault(query, []).append(item)
        hits = {query: any((query, item) in truth for item in items) for query, items in by_query.items()}
        queries = {query for query, _ in truth}
        kept = self.sql(a, "select mean from leaderboard where metric = 'hit_rate' and stage = 'served'")[0][0]
        self.assertAlmostEqual(sum(hits.get(query, False) for query in queries) / len(queries), kept, places=6)

    def read_parquet(self, path):
        """Schema and rows, as the Python of the set-up reads them, which has pyarrow."""
        script = ("import json, sys, pyarrow.parquet as p; t = p.read_table(sys.argv[1]); "
                  "print(json.dumps([{f.name: str(f.type) for f in t.schema}, t.to_pylist()]))")
        done = subprocess.run([SOURCE / ".venv/bin/python", "-c", script, self.path(path)], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_parquet_holds_every_value(self):
        a = self.run_into("a", POPULAR)
        self.assay("export", a, "--to", "parquet", "-o", "out")
        _, rows = self.read_parquet("out/request_values.parquet")
        values = [row["value"] for row in rows if (row["stage"], row["metric"], row["cutoff"]) == ("served", "ndcg", 5)]
        kept = [value for value in values if value is not None]
        mean = self.sql(a, "select mean from leaderboard where metric = 'ndcg' and stage = 'served'")[0][0]
        self.assertAlmostEqual(sum(kept) / len(kept), mean, places=9)
        types, rows = self.read_parquet("out/slates.parquet")
        self.assertEqual(list(types), ["variant", "dataset", "fold", "seed", "request", "rank", "item", "score"])
        self.assertEqual(len(rows), 5 * len(values))
        types, _ = self.read_parquet("out/comparisons.parquet")
        self.assertEqual((types["p_adjusted"], types["n"], types["reason"]), ("double", "int64", "string"))
        self.assertEqual((types["family_size"], types["needed"]), ("int64", "int64"))

    def test_parquet_has_every_view_and_the_run_cell_by_cell(self):
        packed = SOURCE / "tests/golden/upgrades/server_load/server_load.sqlite.xz"
        pathlib.Path(self.path("load.sqlite")).write_bytes(lzma.decompress(packed.read_bytes()))
        for file, full in (("load.sqlite", {"load_counts", "resources"}),
                           (self.run_logged("logged"), {"policy_values"}),
                           (self.run_into("a", POPULAR + SIMILAR), {"leaderboard", "comparisons"})):
            self.assay("sql", file, "select 1")  # brings the views up to date
            self.assay("export", file, "--to", "parquet", "-o", f"{file}.out")
            views = [name for name, in self.sql(file, "select name from sqlite_master where type = 'view'")]
            for view in views:
                types, rows = self.read_parquet(f"{file}.out/{view}.parquet")
                kept = self.sql(file, f"select * from {view}")
                self.assertEqual(collections.Counter(tuple(row.values()) for row in rows), collections.Counter(kept), view)
                self.assertTrue(rows or view not in full, view)
            _, (run,) = self.read_parquet(f"{file}.out/runs.parquet")
            columns = "run_id, experiment, status, started, config, seeds, alpha, primary_cutoff"
            self.assertEqual([tuple(run["seed_list" if name == "seeds" else name] for name in columns.split(", "))],
                             self.sql(file, f"select {columns} from run"))

    def test_lists_in_parquet_join_with_the_ids_of_the_data(self):
        a = self.run_into("a", POPULAR + SIMILAR)
        self.assay("export", a, "--to", "parquet", "-o", "out")
        rows = self.ask_duckdb("""
            SELECT s.variant, u."user", u."time", i.item_id, t.item IS NOT NULL
            FROM 'out/slates.parquet' AS s JOIN 'out/users.parquet' AS u USING (dataset, fold, request)
            JOIN 'out/items.parquet' AS i USING (dataset, fold, item)
            LEFT JOIN 'out/truth.parquet' AS t USING (dataset, fold, request, item)""")
        self.assertEqual(len(rows), len(self.read_parquet("out/slates.parquet")[1]))
        with open(self.path("log.csv"), newline="") as file:
            log = list(csv.DictReader(file))
        events = {(row["user"], row["item"]): int(row["time"]) for row in log}  # the last one of a pair
        hits = [row for row in rows if row[4]]
        self.assertGreater(len(hits), 0)
        for variant, user, time, item, _ in hits:
            self.assertGreaterEqual(events[user, item], time)
        self.assertTrue({row[3] for row in rows} <= {row["item"] for row in log})
        means = self.ask_duckdb("""
            WITH truth AS (SELECT dataset, fold, request FROM 'out/truth.parquet' GROUP BY ALL),
                 hit AS (SELECT DISTINCT variant, dataset, fold, request FROM 'out/slates.parquet'
                         JOIN 'out/truth.parquet' USING (dataset, fold, request, item))
            SELECT variant, count(*) / (SELECT count(*) FROM truth) FROM hit GROUP BY ALL""")
        kept = dict(self.sql(a, "select variant, mean from leaderboard where metric = 'hit_rate' and stage = 'served'"))
        self.assertEqual({variant: round(mean, 9) for variant, mean in means},
                         {variant: round(mean, 9) for variant, mean in kept.items()})

    def ask_duckdb(self, question):
        script = "import duckdb, json, sys; print(json.dumps(duckdb.sql(sys.argv[1]).fetchall()))"
        done = subprocess.run([SOURCE / ".venv/bin/python", "-c", script, question], cwd=self.folder.name,
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_mlflow_finds_its_folders(self):
        a = self.run_into("a", SIMILAR)
        out, _ = self.assay("export", a, "--to", "mlflow")
        self.assertIn("\nOpen it:  mlflow migrate-filestore --source mlruns --target sqlite:///mlflow.db\n", out)
        experiment, = pathlib.Path(self.path("mlruns")).iterdir()
        self.assertIn("name: \"small\"\n", (experiment / "meta.yaml").read_text())
        run, = [entry for entry in experiment.iterdir() if entry.is_dir()]
        self.assertRegex((run / "meta.yaml").read_text(), rf"run_id: {run.name}\n")
        mean = self.sql(a, "select mean from leaderboard where metric = 'ndcg' and stage = 'served'")[0][0]
        time, value, step = (run / "metrics/served/ndcg_at_5").read_text().split()
        self.assertEqual((float(value), step, len(time)), (mean, "0", 13))
        self.assertEqual((run / "params/recall.0").read_text(), "item_knn")
        self.assertEqual((run / "params/recall.0.neighbours").read_text(),
                         str(json.loads(self.sql(a, "select params from stage")[0][0])["neighbours"]))
        self.assertEqual((run / "tags/mlflow.runName").read_text(), "similar on log")


if __name__ == "__main__":
    unittest.main()
