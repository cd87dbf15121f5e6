#!/usr/bin/env python3
"""The program as its users meet it: exit codes, texts, formats, Ctrl-C. Every test runs the real programs."""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

from small_log import small_log

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
ASSAY = BUILD / "bin/assay"

EXPERIMENT = """
name: small
device: cpu
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: global_time, rank: 0, validation: 0, test: 0.3}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
"""
TWO = EXPERIMENT + """
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20}]}
"""
# A strategy that decides by its parameters what it needs; `gib` is what it says on top of a little.
DECIDES = f"plugins: [{BUILD}/test_plugins/decides_by_params.so]\n" + EXPERIMENT + """
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  large: {recall: [{plugin: decides, k: 20, params: {PARAMS}}]}
"""
BAD_PLUGIN = f"plugins: [{BUILD}/test_plugins/bad_in_run.so]\n"


class Cli(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.write("log.csv", small_log())
        self.environment = os.environ | {"ASSAY_CACHE": self.path("cache")}

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def write(self, name, text):
        pathlib.Path(self.path(name)).write_text(text)
        return self.path(name)

    def start(self, *words):
        return subprocess.Popen([ASSAY, *words], cwd=self.folder.name, env=self.environment, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def assay(self, *words, code=0):
        process = self.start(*words)
        out, err = process.communicate(timeout=120)
        self.assertEqual(process.returncode, code, f"assay {' '.join(words)}\n{out}\n{err}")
        return out, err

    def run_small(self, text=TWO, code=0):
        return self.assay("run", self.write("small.yaml", text), code=code)


class Commands(Cli):
    def test_help_names_every_command(self):
        out, _ = self.assay("--help")
        for command in ("run", "validate", "plan", "list", "describe", "compare", "diff", "report", "rescore", "verify", "explain",
                        "export", "check", "new", "data", "cache", "doctor", "sql", "assign", "ab", "gate", "attribute", "interleave",
                        "status", "backup", "restore", "lock"):
            self.assertRegex(out, rf"(?m)^  {command} ")

    def test_a_misspelt_command_is_named_with_its_neighbour(self):
        _, err = self.assay("rnu", code=2)
        self.assertIn('rnu is not a command of assay; did you mean "run"?', err)

    def test_an_unknown_option_is_refused(self):
        _, err = self.assay("run", "--jbos", "2", "x.yaml", code=2)
        self.assertIn("--jbos", err)
        self.assertIn("assay run --help", err)

    def test_an_unknown_format_gets_the_known_ones(self):
        _, err = self.assay("list", "metrics", "--format", "xml", code=2)
        self.assertIn("--format: is xml; it must be text, markdown, json or csv\n", err)

    def test_formats_of_listings_can_be_read_back(self):
        self.run_small()
        for words in (["list", "plugins"], ["list", "metrics"], ["describe", "item_knn"], ["data", "list"],
                      ["compare", "results/small.sqlite"], ["sql", "results/small.sqlite", "select 1 as one"],
                      ["plan", "small.yaml"]):
            out, _ = self.assay(*words, "--format", "json")
            self.assertTrue(json.loads(out), words)

    def test_plan_says_what_is_there_and_what_is_not(self):
        self.write("small.yaml", TWO)
        out, _ = self.assay("plan", "small.yaml")
        self.assertIn("2 variants x 1 data set x 1 seed: 2 trials (2 variants draw nothing and run once). "
                      "0 are done already, 2 to run.", out)
        self.assertNotIn("timing", out)
        self.run_small()
        out, _ = self.assay("plan", "small.yaml")
        self.assertIn("2 are done already, 0 to run", out)

    def test_plan_says_how_long_the_timing_pass_takes(self):
        timed = ("latency: {warmup_requests: 2, scenarios: [{kind: single_stream, requests: 20}, "
                 "{kind: server, rate_qps: 50, duration_s: 0.5}]}\n" + TWO +
                 "  bounded: {extends: similar, serving: {queue: 9}}\n")
        self.write("small.yaml", timed)
        # Three rounds of three variants and of the baseline again; alone, `bounded` is `similar`.
        out, _ = self.assay("plan", "small.yaml")
        self.assertIn("  timing     single_stream: 11 rounds of 20 requests\n", out)
        self.assertIn("             server: 12 rounds of 0.5 s, 6 s together\n", out)
        self.run_small(timed)
        out, _ = self.assay("plan", "small.yaml")
        self.assertIn("single_stream: 0 rounds (11 done already)", out)
        self.assertIn("server: 0 rounds (12 done already)", out)
        out, _ = self.assay("compare", "results/small.sqlite")
        self.assertIn("log under server, 50 requests per second for 0.5 s", out)
        self.assertIn("serving of bounded takes effect under the scenario server only", out)


class ParameterFunctions(Cli):
    def decides(self, params):
        return self.write("decides.yaml", DECIDES.replace("PARAMS", params))

    def test_early_stopping_that_is_off_needs_no_validation_window(self):
        self.assay("validate", self.decides("patience: 0"))
        _, err = self.assay("validate", self.decides("patience: 2"), code=2)
        self.assertIn("the window validation", err)

    def test_a_second_validate_asks_no_worker(self):
        file = self.decides("patience: 0")
        self.assay("validate", file)
        kept = sorted(pathlib.Path(self.path("cache/plugins")).glob("functions-*.json"))
        self.assertEqual(len(kept), 1)
        before = kept[0].stat().st_mtime_ns
        self.assay("validate", file)
        self.assertEqual(kept[0].stat().st_mtime_ns, before)

    def test_a_function_that_crashes_is_named_with_its_stage(self):
        _, err = self.assay("validate", self.decides("patience: 0, mode: crashes"), code=2)
        self.assertIn("variants.large.recall[0]", err)
        self.assertIn("(decides) cannot be asked about these parameters: its function validates crashes (SIGSEGV)",
                      err)

    def test_plan_shows_the_largest_need_and_who_declares_none(self):
        out, _ = self.assay("plan", self.decides("patience: 0, gib: 3"))
        self.assertIn("memory     3.0 GiB at most (decides on log) to fit", out)
        self.assertIn("not declared: popularity", out)
        out, _ = self.assay("plan", self.decides("patience: 0, gib: 3"), "--format", "json")
        told = json.loads(out)
        self.assertEqual(told["memory"]["fit"]["plugin"], "decides")

    def test_what_cannot_fit_is_an_error_before_anything_runs(self):
        _, err = self.assay("run", self.decides("patience: 0, gib: 3"), "--memory", "2", code=2)
        self.assertIn("variants.large.recall[0]: (decides) declares that it needs 3.0 GiB to be fitted on log, but "
                      "--memory is 2.0 GiB", err)
        _, err = self.assay("run", self.decides("patience: 0, gib: 3"), "--set", "limits.memory=1", code=2)
        self.assertIn("but limits.memory is 1.0 GiB; raise it", err)
        self.assay("run", self.decides("patience: 0"), "--memory", "2")


class Runs(Cli):
    def test_a_run_ends_with_a_verdict_and_the_path_of_its_results(self):
        out, _ = self.run_small()
        self.assertTrue(out.startswith("similar "), out)
        self.assertIn("popular (base)", out)
        self.assertIn("results/small.sqlite", out)
        self.assertIn("ndcg@5", out)

    def test_results_open_from_a_read_only_file(self):
        self.run_small()
        database = self.path("results/small.sqlite")
        self.assertEqual(os.listdir(self.path("results")), ["small.sqlite"])
        os.chmod(database, 0o444)
        out, _ = self.assay("compare", database)
        self.assertIn("similar", out)
        self.assertEqual(os.listdir(self.path("results")), ["small.sqlite"])

    def test_invalid_input_runs_nothing(self):
        wrong = TWO.replace("item_knn, k: 20", "item_knn, k: 20, params: {neighbors: 3}").replace("popularity", "popluarity")
        _, err = self.run_small(wrong, code=2)
        self.assertIn('neighbors is not a parameter of item_knn; did you mean "neighbours"?', err)
        self.assertIn('did you mean "popularity"?', err)
        self.assertIn("2 problems; nothing was run.", err)
        self.assertFalse(os.path.exists(self.path("results/small.sqlite")))

    def test_a_failed_trial_that_variants_share_is_counted_once(self):
        broken = "recall: [{plugin: bad_recall, k: 20, params: {mode: crashes}}]"
        out, _ = self.run_small(BAD_PLUGIN + TWO + f"  broken: {{{broken}}}\n  again: {{{broken}}}\n  third: {{{broken}}}\n", code=3)
        self.assertIn("2 of 3 trials done, 1 failed:\n  broken on log: bad_recall", out)

    def test_a_failing_variant_is_told_and_the_others_finish(self):
        out, err = self.run_small(BAD_PLUGIN + TWO + "  broken: {recall: [{plugin: bad_recall, k: 20, params: {mode: crashes}}]}\n",
                                  code=3)
        self.assertIn("similar", out)
        self.assertIn("2 of 3 trials done, 1 failed:\n  broken on log: bad_recall (recall[0]), in recall", out)
        self.assertIn("crashed (SIGSEGV)", out)
        self.assertEqual((out + err).count("SIGSEGV"), 1, "a failure is said once: " + out + err)
        out, _ = self.assay("compare", "results/small.sqlite", "--failures")
        self.assertIn("crashed (SIGSEGV)", out)

    def test_a_feature_that_the_data_have_not_is_refused_before_anything_runs(self):
        _, err = self.run_small(TWO + "  parts: {recall: [{plugin: segment_popularity, k: 20, params: {feature: sge}}]}\n", code=2)
        self.assertRegex(err, r"variants\.parts\.recall\[0\]\.params\.feature is sge, which is no user feature of log; "
                              r"it has no user features\n")

    def test_a_strategy_that_refuses_its_data_does_so_in_one_sentence(self):
        out, err = self.run_small(TWO + "  parts: {recall: [{plugin: content, k: 20, params: {features: [sge]}}]}\n", code=3)
        self.assertRegex(out, r"\n  parts on log: content \(recall\[0\]\), in fit: .*"
                              r'the data have no feature "sge"; they have no features of this kind\n')
        self.assertNotIn("sge", err)

    def test_the_whole_command_is_kept(self):
        self.write("small.yaml", TWO)
        self.assay("run", "small.yaml", "-q", "-j", "1", "-o", "my results.sqlite", "--set", "variants.popular.recall[0].k=10")
        out, _ = self.assay("sql", "my results.sqlite", "select command_line from run", "--format", "json")
        self.assertEqual(json.loads(out)[0]["command_line"], "assay run small.yaml -o 'my results.sqlite' --set "
                         "'variants.popular.recall[0].k=10' --jobs 1 -q")

    def test_a_cache_that_cannot_be_made_is_the_users_to_mend(self):
        self.write("file", "")
        self.environment["ASSAY_CACHE"] = self.path("file/cache")
        _, err = self.run_small(code=2)
        self.assertIn("file/cache/artifacts: the folder of the cache cannot be made (Not a directory); "
                      "name another one with ASSAY_CACHE\n", err)
        self.assertNotIn("bug", err)
        self.environment["ASSAY_CACHE"] = self.path("cache")
        _, err = self.assay("run", "small.yaml", "-o", "file/results/x.sqlite", code=2)
        self.assertIn("the folder of the results cannot be made (Not a directory); name another file with -o\n", err)

    def test_a_damaged_cache_is_said_even_to_who_wants_quiet_and_kept(self):
        self.run_small()
        prepared = next(pathlib.Path(self.path("cache/prepared")).glob("*.safetensors"))
        damaged = bytearray(prepared.read_bytes())
        damaged[-1] ^= 1
        prepared.write_bytes(damaged)
        _, err = self.assay("run", "small.yaml", "-q")
        self.assertIn("in the cache is damaged and is rebuilt", err)
        out, _ = self.assay("sql", "results/small.sqlite", "select level, text from event where run_id = 2", "--format", "json")
        events = json.loads(out)
        self.assertEqual([event["level"] for event in events], ["warning"])
        self.assertIn("is damaged and is rebuilt", events[0]["text"])

    def test_an_interrupted_run_can_go_on(self):
        slow = BAD_PLUGIN + "limits: {fit: 4}\n" + EXPERIMENT + """
variants:
  stuck: {recall: [{plugin: bad_recall, k: 20, params: {mode: fit_loops}}]}
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20}]}
"""
        self.write("small.yaml", slow)
        process = self.start("run", "small.yaml", "-o", "mine.sqlite", "--set", "limits.fit=5", "--no-smoke", "--jobs", "1")
        time.sleep(2)  # the first fit is stuck now
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, out + err)
        self.assertIn("Resume with: assay run small.yaml -o mine.sqlite --set limits.fit=5 --jobs 1 --no-smoke\n", out)
        out, _ = self.assay("run", "small.yaml", "-o", "mine.sqlite", "--no-smoke", "--set", "limits.fit=1", code=3)
        self.assertIn("similar", out)

    def test_ctrl_c_before_anything_was_run_says_how_to_go_on(self):
        os.mkfifo(self.path("small.yaml"))  # whoever opens it waits for its other end
        process = self.start("run", "small.yaml", "-o", "mine.sqlite")
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4, out + err)
        self.assertEqual(out, "Interrupted before anything was run. Resume with: assay run small.yaml -o mine.sqlite\n")

    def test_ctrl_c_twice_stops_at_once(self):
        stuck = BAD_PLUGIN + "limits: {fit: 600}\n" + EXPERIMENT + """
variants:
  stuck: {recall: [{plugin: bad_recall, k: 20, params: {mode: fit_loops}}]}
"""
        process = self.start("run", self.write("small.yaml", stuck), "--no-smoke")
        time.sleep(2)
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        begun = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        self.assertEqual(process.returncode, 4)
        self.assertLess(time.monotonic() - begun, 10)


class Databases(Cli):
    def test_a_file_that_is_no_database_is_refused_before_any_work(self):
        self.write("notes.sqlite", "these are my notes, not a database, and they must stay as they are\n" * 20)
        self.write("small.yaml", TWO)
        _, err = self.assay("run", "small.yaml", "-o", "notes.sqlite", code=2)
        self.assertIn("notes.sqlite", err)
        self.assertIn("this is not an SQLite database; name another file", err)
        self.assertIn("my notes", pathlib.Path(self.path("notes.sqlite")).read_text())

    def test_a_newer_schema_is_refused(self):
        self.run_small()
        with sqlite3.connect(self.path("results/small.sqlite")) as database:
            database.execute("pragma user_version = 4711")
        _, err = self.assay("compare", "results/small.sqlite", code=2)
        self.assertIn("4711", err)

    def test_a_missing_file_is_named(self):
        _, err = self.assay("compare", "results/none.sqlite", code=2)
        self.assertIn("results/none.sqlite", err)

    def test_a_folder_is_no_results_file(self):
        self.write("small.yaml", TWO)
        os.mkdir(self.path("out.sqlite"))
        _, err = self.assay("run", "small.yaml", "-o", "out.sqlite", code=2)
        self.assertIn("out.sqlite", err)

    def test_sql_reads_views_and_request_values(self):
        self.run_small()
        out, _ = self.assay("sql", "results/small.sqlite",
                            "select count(*) as n from leaderboard where metric = 'ndcg'", "--format", "json")
        self.assertGreater(json.loads(out)[0]["n"], 0)
        _, err = self.assay("sql", "results/small.sqlite", "select * from leaderbord", code=2)
        self.assertIn("leaderbord", err)


if __name__ == "__main__":
    unittest.main()
