#!/usr/bin/env python3
"""Results that no verdict can rest on, and files that are not what they should be: each has a message of its own, the
same from every command. Every test runs the real programs and asserts the exact text."""

import json
import os
import pathlib
import re
import sqlite3
import struct
import subprocess
import time
import unittest

from cli_test import ASSAY, BAD_PLUGIN, Cli

EXPERIMENT = """
name: small
device: cpu
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: leave_last_out, test: 1, rank: 0, validation: 0}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5}
latency: {rounds: 0}
variants:
"""
POPULAR = "  popular: {recall: [{plugin: popularity, k: 20}]}\n"
SAME = "  same: {recall: [{plugin: popularity, k: 21}]}\n"
SIMILAR = "  similar: {recall: [{plugin: item_knn, k: 20}]}\n"
# {db} is the file that is not what it should be.
COMMANDS = {
    "compare": ["{db}"], "report": ["{db}", "-o", "x.html"], "export": ["{db}", "--to", "csv", "-o", "out"],
    "diff": ["{db}#1", "good.sqlite#1"], "verify": ["{db}"], "rescore": ["{db}", "--metrics", "map@5"]}
NOBODY = 65534


def log(users, events=6, tail=()):
    """Every user takes `events` items of 25; the tail comes last, in its order."""
    lines = ["user,item,time"]
    for event in range(users * events):
        user, draw = event % users, (event * 7919 + event // users * 104729) % 625
        lines.append(f"{user},{int(draw ** 0.5)},{1_600_000_000 + event * 60}")
    lines += [f"{user},{item},{1_700_000_000 + i * 60}" for i, (user, item) in enumerate(tail)]
    return "\n".join(lines) + "\n"


class BadResults(Cli):
    finished, file = None, ""

    def run_into(self, name, variants, text=EXPERIMENT, code=0):
        self.assay("run", self.write(f"{name}.yaml", text + variants), "-o", f"{name}.sqlite", "-q", code=code)
        return f"{name}.sqlite"

    def change(self, name, *statements):
        database = sqlite3.connect(self.path(name))
        with database:
            for statement in statements:
                database.execute(*statement)
        database.close()

    def answer(self, *words):
        """The first paragraph of what assay compare says, in one line; no number in any format is none."""
        for form in ("text", "markdown", "json", "csv"):
            out, _ = self.assay("compare", *words, "--format", form)
            self.assertIsNone(re.search(r"(?i)\b(nan|-?inf)\b", out), out)
        out, _ = self.assay("compare", *words)
        return out.split("\n\n")[0].replace("\n", " ")

    def good(self, name="good.sqlite"):
        """A copy of a run of two variants, which is made once for all tests."""
        if BadResults.finished is None:
            self.write("log.csv", log(60))
            BadResults.file = self.path("good.yaml")
            BadResults.finished = pathlib.Path(self.path(self.run_into("good", POPULAR + SIMILAR))).read_bytes()
        pathlib.Path(self.path(name)).write_bytes(BadResults.finished)
        return name

    def page(self, name):
        """What the page of a report is made of."""
        self.assay("report", name, "-o", "page.html")
        text = pathlib.Path(self.path("page.html")).read_text()
        data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1]
        return json.loads(data, parse_constant=lambda word: self.fail(f"{word} is no JSON"))


class NoVerdict(BadResults):
    def says(self, name, text):
        """The same sentence from compare and on the page."""
        self.assertEqual(self.answer(name), text)
        page = self.page(name)
        self.assertEqual(page["sentences"], [text])
        return page["datasets"][0]

    def test_no_request_with_data(self):
        # What is relevant was never seen before, so no list holds any of it, and AUC within a list says nothing.
        self.write("log.csv", log(60, tail=[(user, 100 + user) for user in range(60)]))
        name = self.run_into("n0", POPULAR + SIMILAR, EXPERIMENT.replace("primary: ndcg@5", "primary: group_auc@5"))
        shown = self.says(name, "similar cannot be compared with popular on group_auc@5: none of the 60 requests has data.")
        self.assertEqual((shown["board"]["n"], shown["forest"][0]["difference"]), (0, None))
        self.assertEqual(shown["forest"][0]["reason"], "none of the 60 requests has data")

    def test_no_request_at_all(self):
        self.write("log.csv", log(60, tail=[(user, 100 + user) for user in range(60)]))
        text = EXPERIMENT.replace("    split:", "    evaluate_on: {users: all, items: warm}\n    split:")
        _, err = self.assay("run", self.write("n.yaml", text + POPULAR), "-o", "n.sqlite", "-q", code=2)
        self.assertIn(f"{self.path('n.yaml')}:7:5: datasets.log.evaluate_on (users: all, items: warm) leaves no test request: the "
                      "test window holds 60 events, 60 of them positive; relax it, enlarge the test window, or filter less\n", err)

    def test_one_request(self):
        self.write("log.csv", log(60, tail=[(3, 24 - i) for i in range(40)]))
        text = EXPERIMENT.replace("{method: leave_last_out, test: 1,", "{method: global_time, test: 0.1,")
        shown = self.says(self.run_into("n1", POPULAR + SIMILAR, text),
                          "similar is not shown to be better than popular on ndcg@5: 0, n = 1 request, too few requests to decide.")
        self.assertEqual(shown["board"]["n"], 1)
        self.assertEqual((shown["forest"][0]["low"], shown["forest"][0]["p"]), (None, None))

    def test_all_differences_zero(self):
        self.write("log.csv", log(300))
        shown = self.says(self.run_into("zero", POPULAR + SAME),
                          "same is equivalent to popular on ndcg@5: 0.0000 [0.0000, 0.0000], n = 300 requests, identical on all 300 "
                          "requests.")
        self.assertEqual(shown["forest"][0]["reason"], "identical on all 300 requests")

    def test_values_that_are_not_there(self):
        self.write("log.csv", log(300))
        a, b = self.run_into("a", POPULAR), self.run_into("b", SIMILAR)
        self.blank(b, lambda request: request % 3 == 0)
        self.assertRegex(self.answer(a, b), r"^similar is .* popular on ndcg@5: .*\], n = 200")
        self.blank(b, lambda request: request != 7)
        self.assertRegex(self.answer(a, b), r"^similar is not shown to be better than popular on ndcg@5: [^\[]*, n = 1 request, "
                                            r"299 left out: only one side has a value, too few requests to decide\.$")
        self.blank(b, lambda request: True)
        self.assertEqual(self.answer(a, b), "similar cannot be compared with popular on ndcg@5: none of the 300 requests has data.")

    def blank(self, name, chosen):
        """Takes the value of these requests away: NaN."""
        (rowid, data), = sqlite3.connect(self.path(name)).execute(
            "select rowid, data from request_value where definition like 'ndcg%' and stage = 'served'").fetchall()
        values = struct.unpack(f"{len(data) // 4}f", data)
        kept = [float("nan") if chosen(request) else value for request, value in enumerate(values)]
        self.change(name, ("update request_value set data = ? where rowid = ?", (struct.pack(f"{len(kept)}f", *kept), rowid)))

    def test_unequal_request_sets(self):
        self.write("log.csv", log(60))
        a = self.run_into("a", POPULAR)
        b = self.run_into("b", SIMILAR, EXPERIMENT.replace("test: 1", "test: 2"))
        _, err = self.assay("compare", a, b, code=2)
        self.assertEqual(re.sub(r"\b[0-9a-f]{12}\b", "HASH", err),
                         "these runs cannot be compared, because they differ in\n"
                         "  log: prepared data: HASH in a.sqlite, HASH in b.sqlite\n"
                         "  log: requests: HASH in a.sqlite, HASH in b.sqlite\n"
                         "  log: split.test: 1 in a.sqlite, 2 in b.sqlite\n"
                         "Show them one after the other with: assay compare a.sqlite b.sqlite --side-by-side\n")

    def test_a_baseline_without_results(self):
        self.write("log.csv", log(60))
        broken = "  broken: {recall: [{plugin: bad_recall, k: 20, params: {mode: fit_throws}}]}\n"
        name = self.run_into("b", broken + POPULAR + SIMILAR, BAD_PLUGIN + EXPERIMENT, code=3)
        shown = self.says(name, "broken, the baseline, has no results, so nothing was compared.")
        self.assertEqual(shown["board"]["n"], 60)
        self.assertEqual(shown["inspector"], {"reason": "the baseline has no results"})
        self.assertRegex(self.answer(name, "--baseline", "popular"), r"^similar may well be better than popular on ndcg@5: .*, n = 60 requests")


class BadFiles(BadResults):
    def setUp(self):
        super().setUp()
        self.good()

    def refused_by_all(self, name, text):
        """All commands at once: some wait for a lock."""
        started = {command: self.start(command, *[word.format(db=name) for word in words])
                   for command, words in COMMANDS.items()}
        for command, process in started.items():
            with self.subTest(command=command):
                out, err = process.communicate(timeout=120)
                self.assertEqual((process.returncode, err, out), (2, f"{name}: {text}\n", ""))
        self.assertFalse(os.path.exists(self.path("x.html")))
        self.assertFalse(os.path.exists(self.path("out")))

    def test_a_missing_file(self):
        self.refused_by_all("none.sqlite", "there is no such file")

    def test_an_empty_file(self):
        self.write("empty.sqlite", "")
        self.refused_by_all("empty.sqlite", "the file is empty: it holds no results")

    def test_a_corrupt_file(self):
        size = os.path.getsize(self.path(self.good("corrupt.sqlite")))
        with open(self.path("corrupt.sqlite"), "r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (size - 4096))
        self.refused_by_all("corrupt.sqlite", "the file is damaged (database disk image is malformed); restore a copy of it, "
                                              "or move it away and run again")

    def test_a_file_that_was_cut_off(self):
        os.truncate(self.path(self.good("cut.sqlite")), 10_000)
        self.refused_by_all("cut.sqlite", "the file is damaged (database disk image is malformed); restore a copy of it, or "
                                          "move it away and run again")

    def test_a_newer_file(self):
        known = sqlite3.connect(self.path("good.sqlite")).execute("pragma user_version").fetchone()[0]
        self.change(self.good("newer.sqlite"), ("pragma user_version = 4711",))
        self.refused_by_all("newer.sqlite", "the file was written by a newer assay: its schema is version 4711, this assay supports "
                                            f"versions up to {known}; use the newer assay, or another file")

    def test_a_file_of_another_kind(self):
        self.write("notes.sqlite", "not a database\n" * 100)
        self.refused_by_all("notes.sqlite", "this is not an SQLite database; name another file, or move this one away")
        self.change("other.sqlite", ("create table t (x)",))
        self.refused_by_all("other.sqlite", "this is an SQLite database of another program (application_id 0x00000000; assay's "
                                            "is 0x41535359); name another file")

    def test_a_file_without_a_run(self):
        self.change(self.good("bare.sqlite"), ("pragma foreign_keys = on",), ("delete from run_trial",), ("delete from run",))
        self.refused_by_all("bare.sqlite", "there is no run in this file; `assay run` makes one")

    def test_a_run_that_was_killed(self):
        self.change(self.good("killed.sqlite"), ("update run set status = 'running', finished = null",), ("delete from summary",))
        self.refused_by_all("killed.sqlite", "run 1 (small) was killed: 2 of 2 trials are done; nothing can "
                                             f"be compared yet; resume with: assay run {BadResults.file} -o good.sqlite -q")

    def test_a_killed_run_of_another_machine(self):
        self.change(self.good("moved.sqlite"), ("update run set status = 'running', finished = null, boot_id = 'another'",),
                    ("delete from summary",))
        self.refused_by_all("moved.sqlite", "run 1 (small) is still running on another machine (or in another container), or was "
                                            "killed: 2 of 2 trials are done; nothing can be compared yet; resume with: assay run "
                                            f"{BadResults.file} -o good.sqlite -q")

    def test_a_run_that_goes_on_now(self):
        stuck = "  stuck: {recall: [{plugin: bad_recall, k: 20, params: {mode: fit_loops}}]}\n"
        self.write("now.yaml", BAD_PLUGIN + "limits: {fit: 600}\n" + EXPERIMENT + stuck)
        run = self.start("run", "now.yaml", "-o", "now.sqlite", "--no-smoke", "-q")
        self.addCleanup(lambda: (run.kill(), run.communicate()))
        until = time.monotonic() + 60
        while not os.path.exists(self.path("now.sqlite-wal")) or not self.has_run("now.sqlite"):
            self.assertLess(time.monotonic(), until, "the run did not begin")
            time.sleep(0.1)
        self.refused_by_all("now.sqlite", f"run 1 (small) is still running (process {run.pid}): 0 of 1 trials are done; nothing can be "
                                          "compared yet; resume with: assay run now.yaml -o now.sqlite --no-smoke -q")

    def has_run(self, name):
        with sqlite3.connect(f"file:{self.path(name)}?mode=ro", uri=True) as database:
            try:
                return database.execute("select count(*) from run_trial").fetchone()[0] > 0
            except sqlite3.OperationalError:
                return False

    def test_a_file_that_another_process_has_locked(self):
        lock = sqlite3.connect(self.path(self.good("locked.sqlite")), isolation_level=None)
        lock.execute("begin exclusive")
        self.refused_by_all("locked.sqlite", "the file is in use: another process is writing to it (waited 10 s); wait until it "
                                             "ends, or write to another file")
        lock.close()


class ReadOnly(BadResults):
    """A file that was mailed, in a folder where nobody may write."""

    def setUp(self):
        super().setUp()
        self.write("log.csv", log(60))
        self.run_into("good", POPULAR + SIMILAR)  # which verify runs again
        os.mkdir(self.path("mail"))
        os.rename(self.path("good.sqlite"), self.path("mail/good.sqlite"))
        os.mkdir(self.path("own"))
        for name, mode in (("mail/good.sqlite", 0o444), ("mail", 0o555), ("own", 0o777), (".", 0o755)):
            os.chmod(self.path(name), mode)
        self.addCleanup(os.chmod, self.path("mail"), 0o755)
        self.environment |= {"ASSAY_CACHE": self.path("own/cache")}
        try:  # root may write anywhere
            self.assay("--version")
        except (AssertionError, PermissionError):
            self.skipTest("another user than root cannot run the programs of this build")

    def start(self, *words):
        if os.geteuid() != 0 or not os.path.exists(self.path("own")):
            return super().start(*words)
        return subprocess.Popen([ASSAY, *words], cwd=self.folder.name, env=self.environment, text=True, user=NOBODY, group=NOBODY,
                                extra_groups=[], stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def test_what_only_reads_works(self):
        self.assertIn("popular (base)", self.assay("compare", "mail/good.sqlite")[0])
        self.assertIn("identical", self.assay("verify", "mail/good.sqlite")[0])
        self.assay("report", "mail/good.sqlite", "-o", "own/page.html")
        self.assay("export", "mail/good.sqlite", "--to", "csv", "-o", "own/out")
        self.assertEqual(os.listdir(self.path("mail")), ["good.sqlite"])

    def test_what_writes_says_that_it_cannot(self):
        for words, text in (
                (["rescore", "mail/good.sqlite", "--metrics", "map@5"],
                 "mail/good.sqlite: the file cannot be written; make it and its folder writable, or write to another file\n"),
                (["report", "mail/good.sqlite"],
                 "mail/good.html: the report cannot be written here; name another file with -o\n"),
                (["export", "mail/good.sqlite", "--to", "csv"],
                 "mail/good.csv: the folder cannot be made (Permission denied); name another one with -o\n")):
            with self.subTest(command=words[0]):
                self.assertEqual(self.assay(*words, code=2)[1], text)


class NotInTheFile(BadResults):
    def test_near_names_are_offered(self):
        self.write("log.csv", log(60))
        name = self.run_into("good", POPULAR + SIMILAR)
        for words, text in (
                (["compare", name, "--metric", "ndgc@5"], 'good.sqlite: ndgc@5 is no metric of run 1; did you mean "ndcg@5"?'),
                (["compare", name, "--metric", "ndcg@7"], 'good.sqlite: ndcg@7 is no metric of run 1; did you mean "ndcg@5"?'),
                (["compare", name, "--baseline", "populr"], 'the baseline populr is no variant of run 1; did you mean "popular"?'),
                (["compare", name, "--slice", "al"], 'good.sqlite: al is no slice of run 1; did you mean "all"?'),
                (["compare", name, "--run", "7"], "good.sqlite: there is no run 7 in this file; it has run 1"),
                (["compare", name, f"{name}#1", "--metric", "ndgc@5"],
                 'good.sqlite good.sqlite#1: ndgc@5 is no metric of run 1; did you mean "ndcg@5"?'),
                (["report", name, "--run", "7"], "good.sqlite: there is no run 7 in this file; it has run 1"),
                (["export", f"{name}#7", "--to", "csv"], "good.sqlite: there is no run 7 in this file; it has run 1"),
                (["export", name, "--to", "cvs"], 'cvs is not an export format; did you mean "csv"?'),
                (["diff", name, f"{name}#7"], "good.sqlite: there is no run 7 in this file; it has run 1"),
                (["verify", f"{name}#7"], "good.sqlite: there is no run 7 in this file; it has run 1"),
                (["verify", name, "--variant", "populr"], 'populr is no variant of run 1; did you mean "popular"?'),
                (["rescore", f"{name}#7", "--metrics", "map@5"], "good.sqlite: there is no run 7 in this file; it has run 1"),
                (["rescore", name, "--metrics", "ndgc@5"], '"ndgc" is not a metric; did you mean "ndcg"?'),
                (["rescore", name, "--metrics", "ndcg@50"],
                 "good.sqlite: ndcg@50 needs lists of 50 items; run 1 stored the 5 that it served")):
            with self.subTest(words=words):
                self.assertEqual(self.assay(*words, code=2)[1], text + "\n")


if __name__ == "__main__":
    unittest.main()
