#!/usr/bin/env python3
"""What `assay data describe` guesses of a path: its block is valid in an experiment, and reads what the file holds."""

import json
import time
import unittest

from cli_test import Cli

REST = "variants:\n  popular: {recall: [{plugin: popularity, k: 20}]}\nserve: {size: 5}\nmetrics: {cutoffs: [5]}\n"
TIMED = "  split: {method: global_time, rank: 0, validation: 0, test: 0.3}\n"
UNTIMED = "  split: {method: random, rank: 0, validation: 0, test: 0.3}\n"
FIRST = 1_600_000_000  # 2020-09-13 12:26:40 UTC


def rows(form):
    return [form(user, item, FIRST + 60 * row) for row, (user, item) in enumerate((u, i) for u in range(6) for i in range(5))]


class Blocks(Cli):
    def block(self, name, text, *words):
        self.write(name, text)
        out, _ = self.assay("data", "describe", name, *words)
        begin = out.index("source:\n")
        return out[begin:out.index("\n\n", begin) + 1], out

    def validate(self, block, split=TIMED):
        self.write("exp.yaml", "data:\n" + "".join(f"  {line}\n" for line in block.splitlines()) + split + REST)
        self.assay("validate", "exp.yaml")

    def test_a_pasted_block_is_valid_and_reads_the_file(self):
        def stamp(form, t):
            return time.strftime(form, time.gmtime(t))

        for name, text, lines in [
            ("ms.csv", "uid,sku,at,stars\n" + "\n".join(rows(lambda u, i, t: f"u{u},i{i},{t}123,{i % 5 + 1}")),
             ["columns: {user: uid, item: sku, time: {name: at, unit: ms}, value: stars}"]),
            ("bare.csv", "\n".join(rows(lambda u, i, t: f"{u + 100},{i + 700},{i % 2 + 4},{t}")),
             ["header: [user, item, value, time]", "columns: {user: user, item: item, time: time, value: value}"]),
            ("bare.tsv", "\n".join(rows(lambda u, i, t: f"{u + 100}\t{i + 700}\t{t}000000")),
             ["format: tsv", "header: [user, item, time]", "time: {name: time, unit: us}"]),
            ("dates.csv", "user;item;date\n" + "\n".join(rows(lambda u, i, t: f"{u};{i};{stamp('%d/%m/%Y %H:%M', t)}")),
             ['delimiter: ";"', 'format: "%d/%m/%Y %H:%M"']),
            ("odd.csv", "user id: x,item#,ts\n" + "\n".join(rows(lambda u, i, t: f"{u},{i},{t}")),
             ['user: "user id: x"', 'item: "item#"']),
            ("words.csv", "user,item,when\n" + "\n".join(rows(lambda u, i, t: f"{u},{i},{stamp('%a %b %d %H:%M:%S +0000 %Y', t)}")),
             ['format: "%a %b %d %H:%M:%S %z %Y"']),
            ("lines.json", "\n".join(json.dumps({"uid": f"u{u}", "sku": i, "ts": t}) for u, i, t in rows(lambda *row: row)),
             ["format: jsonl", "columns: {user: uid, item: sku, time: ts}"]),
            ("renamed.csv", "userId,movieId,rating,timestamp\n" + "\n".join(rows(lambda u, i, t: f"{u},{i},3.5,{t}")),
             ["format: movielens"]),
        ]:
            with self.subTest(name):
                block, out = self.block(name, text + "\n")
                for line in [f"path: {name}", *lines]:
                    self.assertIn(line, block)
                self.assertRegex(out, r"\nfirst event +2020-09-13 12:26")
                self.assertRegex(out, r"\nevents +30\n")
                self.validate(block)

    def test_a_log_without_times(self):
        block, out = self.block("pairs.csv", "user,item\n" + "\n".join(rows(lambda u, i, t: f"{u},{i}")) + "\n")
        self.assertIn("columns: {user: user, item: item}", block)
        self.assertRegex(out, r"\nfirst event +-\n")
        self.validate(block, UNTIMED)

    def test_what_is_unsure_is_said(self):
        _, out = self.block("bare.csv", "\n".join(rows(lambda u, i, t: f"{u},{i},{t}")) + "\n")
        self.assertIn("\nnot sure of user and item: by their place alone; the two may be the other way round\n", out)
        self.assertRegex(out, r"\nheader +no +the first line has the number 0, so it is a row\n")
        self.assertRegex(out, r"\ntime +field 3 of a line +as seconds since 1970 they are from 2020-09-13 to 2020-09-13\n")

    def test_an_unknown_format_gets_its_near_name(self):
        self.write("log.csv", "user,item\n1,2\n")
        _, err = self.assay("data", "describe", "log.csv", "--as", "movielense", code=2)
        self.assertIn('movielense is not known; did you mean "movielens"?', err)
        self.write("exp.yaml", "data:\n  source: {path: log.csv, format: retailrockets}\n" + TIMED + REST)
        _, err = self.assay("validate", "exp.yaml", code=2)
        self.assertIn('did you mean "retailrocket"?', err)

    def test_a_named_format_of_another_file(self):
        self.write("mine.csv", "userId,movieId,rating,timestamp\n1,2,3.5,1112486027\n")
        self.write("exp.yaml", "data:\n  source: {path: mine.csv, format: netflix}\n" + TIMED + REST)
        _, err = self.assay("plan", "exp.yaml", code=2)
        self.assertIn('mine.csv: is not a file of netflix: expected combined_data_*.txt, training_set/mv_*.txt or mv_*.txt, with lines '
                      '"movie:" and "customer,rating,date"; it looks like movielens: it has userId, movieId, timestamp, rating', err)


if __name__ == "__main__":
    unittest.main()
