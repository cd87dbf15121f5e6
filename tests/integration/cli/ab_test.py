#!/usr/bin/env python3
"""assay assign and assay ab as their users meet them, the examples of docs/ab-tests.md among them."""

import csv
import io
import json
import os
import pathlib
import random
import re
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
ASSAY = BUILD / "bin/assay"


def shop_log():
    """The log of docs/ab-tests.md: 6,000 users, whose revenue is that of the month before and a little more in the treatment."""
    draw = random.Random(16)
    lines = ["user,arm,revenue,revenue_before,clicks,impressions,latency_ms,country,first_seen"]
    for user in range(1, 6001):
        treated = draw.random() < 0.5
        before = draw.gammavariate(2, 5)
        revenue = before + draw.gauss(0, 3) + (0.5 if treated else 0)
        impressions = draw.randint(5, 60)
        clicks = sum(draw.random() < 0.05 for _ in range(impressions))
        latency = draw.lognormvariate(3, 0.3)
        lines.append(f"u{user},{'treatment' if treated else 'control'},{revenue:.3f},{before:.3f},{clicks},{impressions},"
                     f"{latency:.2f},{draw.choice(['de', 'fr', 'nl'])},2026-12-{1 + user // 1000:02}")
    return "\n".join(lines) + "\n"


class Tests(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        (self.root / name).write_text(text)

    def assay(self, *words, code=0, given=""):
        done = subprocess.run([ASSAY, *words], cwd=self.root, text=True, capture_output=True, input=given, timeout=120)
        self.assertEqual(done.returncode, code, f"assay {words}\n{done.stdout}\n{done.stderr}")
        return done.stderr if code else done.stdout


class Docs(Tests):
    def test_the_examples_of_the_page_print_what_the_page_says(self):
        page = (SOURCE / "docs/ab-tests.md").read_text()
        self.write("tests.yaml", re.search(r"```yaml\n(experiments:.*?)```", page, re.S)[1])
        self.write("users.txt", "".join(f"u{user}\n" for user in range(1, 6)))
        self.write("shop.csv", shop_log())
        blocks = re.findall(r"^```(\w*)\n(.*?)^```$", page, re.M | re.S)
        examples = [place for place, (kind, _) in enumerate(blocks) if not kind]
        self.assertEqual(len(examples), 3)
        for place in examples:
            commands, (kind, printed) = blocks[place][1], blocks[place + 1]
            self.assertEqual(kind, "text", f"what this prints must stand below it: {commands}")
            self.assertEqual("".join(self.typed(line) for line in commands.splitlines()), printed, commands)

    def typed(self, line):
        environment = os.environ | {"PATH": f"{BUILD}/bin:{os.environ['PATH']}"}
        done = subprocess.run(line, shell=True, cwd=self.root, env=environment, text=True, capture_output=True, timeout=120)
        self.assertEqual(done.returncode, 0, f"{line}\n{done.stdout}\n{done.stderr}")
        return done.stdout


class Assign(Tests):
    SPEC = "experiments: {ranking: {seed: s, arms: {control: 0.5, treatment: 0.5}, coverage: COVERAGE}}\n"

    def arms(self, coverage, *options, units=2000):
        self.write("tests.yaml", self.SPEC.replace("COVERAGE", str(coverage)))
        given = "".join(f"user-{unit}\n" for unit in range(units))
        out = self.assay("assign", "tests.yaml", *options, given=given)
        return out, {row["unit"]: row["arm"] for row in csv.DictReader(io.StringIO(out))}

    def test_units_keep_the_arms_that_an_earlier_output_gave_them(self):
        out, full = self.arms(1.0)
        self.write("earlier.csv", out)
        _, kept = self.arms(0.0, "--keep", "earlier.csv")
        self.assertEqual(kept, full)
        _, none = self.arms(0.0)
        self.assertEqual(set(none.values()), {""})

    def test_a_pipe_of_json_lines_has_reasons(self):
        self.write("tests.yaml", self.SPEC.replace("COVERAGE", "0.5"))
        lines = [json.loads(line) for line in
                 self.assay("assign", "tests.yaml", "--format", "jsonl", given="a\nb,\"c\nü\n").splitlines()]
        self.assertEqual([line["unit"] for line in lines], ["a", 'b,"c', "ü"])
        for line in lines:
            self.assertEqual(line["arm"] is None, line["reason"] == "outside the coverage")

    def test_what_is_no_unit_is_an_error_with_its_line(self):
        self.write("tests.yaml", self.SPEC.replace("COVERAGE", "1"))
        self.assertIn("standard input:2: the line is empty", self.assay("assign", "tests.yaml", given="a\n\nb\n", code=2))
        self.write("tests.yaml", self.SPEC.replace("COVERAGE", "1, hash: planout"))
        self.assertIn("is not ASCII", self.assay("assign", "tests.yaml", given="ü\n", code=2))
        self.write("tests.yaml", self.SPEC.replace("0.5, treatment", "0.4, treatment").replace("COVERAGE", "1"))
        self.assertIn("sum to 0.9; the weights must sum to 1", self.assay("assign", "tests.yaml", code=2))
        self.write("tests.yaml", "")
        self.assertIn("tests.yaml: is empty; it must be a map", self.assay("assign", "tests.yaml", code=2))

    def test_arms_of_an_earlier_output_that_contradict_each_other_are_an_error(self):
        self.write("earlier.csv", "unit,experiment,arm\nu,ranking,control\nu,ranking,treatment\n")
        self.write("tests.yaml", self.SPEC.replace("COVERAGE", "1"))
        self.assertIn("earlier.csv:3: the unit u is in arm treatment here and in control above",
                      self.assay("assign", "tests.yaml", "--keep", "earlier.csv", code=2))


class Ab(Tests):
    def ab(self, *options, code=0):
        return self.assay("ab", "log.csv", "--unit", "user", "--arm", "arm", "--metric", "revenue", *options, code=code)

    def log(self, rows):
        self.write("log.csv", "user,arm,revenue\n" + "".join(f"{user},{arm},{revenue}\n" for user, arm, revenue in rows))

    def even(self, users=400):
        return [(f"u{user}", "control" if user % 2 else "treatment", user % 7) for user in range(users)]

    def even_numbers(self):
        return [(user, arm, revenue) for user, (_, arm, revenue) in enumerate(self.even())]

    def test_any_verdict_is_exit_code_0(self):
        self.log(self.even())
        self.assertIn("treatment is not shown to be better than control on revenue", self.ab())

    def test_units_in_two_arms_are_left_out_and_counted_up_to_a_share(self):
        self.log(self.even() + [("u1", "treatment", 5), ("u2", "control", 5)])
        out = json.loads(self.ab("--format", "json"))
        self.assertEqual(out["units_in_two_arms"], 2)
        self.assertEqual([arm["units"] for arm in out["arms"]], [199, 199])
        self.assertIn("2 of 400 units are in two arms (0.5 %), more than the 0.1 %",
                      self.ab("--mixed-share", "0.001", code=2))

    def test_bad_rows_are_errors_with_their_row(self):
        self.log(self.even() + [("u1", "control", 5)])
        self.assertIn("log.csv:402: this unit has a row above already, in the same arm", self.ab(code=2))
        self.log(self.even() + [("", "control", 5)])
        self.assertIn("log.csv:402: user is empty", self.ab(code=2))
        self.log(self.even() + [("x", "", 5)])
        self.assertIn("log.csv:402: arm is empty", self.ab(code=2))
        self.log(self.even() + [("x", "control", "much")])
        self.assertIn('log.csv:402: revenue is "much"; it must be a number, or empty', self.ab(code=2))

    def test_bad_designs_are_errors_that_name_what_there_is(self):
        self.log(self.even())
        self.assertIn("--control is a, an arm without units", self.ab("--control", "a", code=2))
        self.assertIn("--weights names treatmnt, an arm without units; did you mean \"treatment\"?",
                      self.ab("--weights", "control=1,treatmnt=1", code=2))
        self.assertIn("--before names revenu, which is no --metric; did you mean \"revenue\"?",
                      self.ab("--before", "revenu=x", code=2))
        self.assertIn("column", self.assay("ab", "log.csv", "--unit", "user", "--arm", "arm", "--metric", "revenu", code=2))
        self.assertIn("--alpha: is nan; it must be above 0 and at most 0.5", self.ab("--alpha", "nan", code=2))
        self.assertIn("--margin: is -1; it must be a number of at least 0", self.ab("--margin", "-1", code=2))
        self.assertIn("--sequential: is 0; it must be a number above 0", self.ab("--sequential", "0", code=2))
        self.log([(user, "control", 1) for user in "abc"])
        self.assertIn("a test has at least two arms", self.ab(code=2))

    def test_a_sample_ratio_mismatch_is_said_first_and_judges_nothing(self):
        self.log([(f"u{user}", "control" if user % 5 else "treatment", user % 7) for user in range(2000)])
        out = self.ab()
        self.assertIn("Sample ratio mismatch", out)
        self.assertIn("treatment is not judged against control", out)
        self.assertNotIn("Sample ratio mismatch", self.ab("--weights", "control=4,treatment=1"))

    def test_missing_values_are_counted(self):
        self.log(self.even() + [("x", "control", ""), ("y", "treatment", "")])
        self.assertIn("revenue of treatment: 2 units without a value left out", self.ab())

    def test_units_without_a_value_before_are_counted_apart(self):
        self.write("log.csv", "user,arm,revenue,may\nx,control,,1\ny,treatment,4,\n" + "".join(
            f"{user},{arm},{revenue},{revenue + user % 3}\n" for user, arm, revenue in self.even_numbers()))
        out = self.ab("--before", "revenue=may")
        self.assertIn("revenue of treatment: 1 unit without a value left out.\n"
                      "revenue of treatment: 1 unit without may left out.\n", out)

    def test_what_could_not_be_compared_says_why(self):
        self.log(self.even())
        self.assertIn("p99.9(revenue) of treatment: p99.9 needs at least 10001 values a side, there are 200.\n",
                      self.ab("p99.9(revenue)"))

    def test_what_is_detectable_of_several_treatments_is_at_the_level_of_one(self):
        rows = [(f"u{user}", "abc"[user % 3], user * 7 % 11) for user in range(900)]
        self.log(rows)
        one = json.loads(self.ab("--control", "a", "--alpha", "0.1", "--format", "json"))["effects"][0]
        self.log([row for row in rows if row[1] != "c"])
        other = json.loads(self.ab("--control", "a", "--alpha", "0.05", "--format", "json"))["effects"][0]
        self.assertEqual((one["arm"], one["detectable"]), ("b", other["detectable"]))


if __name__ == "__main__":
    unittest.main()
