"""A researcher's first hour: `assay new`, a build outside this tree, `assay check`, and the experiment that comes along.

Every test runs the real programs, of the build tree and of an installation.
"""

import json
import os
import pathlib
import subprocess
import tempfile
import time
import unittest

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
TEMPLATES = (("recall", "plain"), ("recall", "trained"), ("rank", "plain"), ("rank", "features"), ("rerank", "plain"),
             ("metric", "plain"))


class FirstHour(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.environment = os.environ | {"ASSAY_CACHE": str(cls.root / "cache")}

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_in_folder(self, *words):
        return subprocess.run([str(word) for word in words], cwd=self.root, env=self.environment, text=True,
                              capture_output=True)

    def succeeds(self, *words):
        done = self.run_in_folder(*words)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    def assay(self, *words):
        return self.run_in_folder(BUILD / "bin/assay", *words)

    def build(self, name):
        self.succeeds("cmake", "-G", "Ninja", "-S", name, "-B", f"{name}/build")
        self.succeeds("cmake", "--build", f"{name}/build")
        return f"{name}/build/{name}.so"

    def test_what_new_makes_builds_holds_its_contract_and_comes_with_an_experiment(self):
        for kind, template in TEMPLATES:
            with self.subTest(kind=kind, template=template):
                name = f"my_{template}_{kind}"
                made = self.assay("new", kind, name, "--template", template)
                self.assertEqual(made.returncode, 0, made.stderr)
                self.assertIn(f"{name}/{name}.cpp", made.stdout)
                library = self.build(name)
                checked = self.assay("check", library)
                self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
                self.assertRegex(checked.stdout, rf"{name} 0\.1 \({kind}\)   built for this SDK")
                self.assertRegex(checked.stdout, r"contract     (\d+) of \1 hold")
                validated = self.assay("validate", f"{name}/try.yaml")
                self.assertEqual(validated.returncode, 0, validated.stdout + validated.stderr)

    def test_an_installed_assay_makes_plugins_for_itself(self):
        prefix = self.root / "prefix"
        self.succeeds("cmake", "--install", BUILD, "--prefix", prefix)
        self.succeeds(prefix / "bin/assay", "new", "recall", "outside")
        library = self.build("outside")
        cache = (self.root / "outside/build/CMakeCache.txt").read_text()
        self.assertIn(f"{prefix}/lib/cmake/assay", cache)
        self.assertIn(" hold ", self.succeeds(prefix / "bin/assay", "check", library))

    def test_check_says_what_is_no_plugin_and_fails_what_breaks_the_contract(self):
        refused = self.assay("check", BUILD / "test_plugins/bad_other_sdk.so")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("bad_other_sdk.so: is built for plugin SDK 1.0", refused.stderr)
        broken = self.assay("check", BUILD / "test_plugins/bad_contract.so", "--strategy", "forgets", "--format", "json")
        self.assertEqual(broken.returncode, 3, broken.stderr)
        report = json.loads(broken.stdout)[0]
        failed = {check["name"] for check in report["checks"] if check["result"] == "failed"}
        self.assertIn("a loaded strategy serves the same bits", failed)

    def test_check_takes_parameters(self):
        wrong = self.assay("check", BUILD / "plugins/recall/ease.so", "--param", "lamda=3")
        self.assertEqual(wrong.returncode, 2)
        self.assertIn('params.lamda is not a parameter of ease; did you mean "lambda"?', wrong.stderr)

    def experiment_with_classes(self, users):
        """An experiment file whose items have the feature `class`, which the built-in data lack."""
        log = ["user,item,time"]
        log += [f"{user},{(user * 7 + step * step) % 50},{1_600_000_000 + 60 * (step * users + user)}"
                for step in range(12) for user in range(users)]
        (self.root / "log.csv").write_text("\n".join(log) + "\n")
        (self.root / "items.csv").write_text("item,class\n" + "".join(f"{item},c{item % 5}\n" for item in range(50)))
        (self.root / "mine.yaml").write_text("""
name: mine
data:
  source:
    path: log.csv
    format: csv
    columns: {user: user, item: item, time: time}
    features: [{of: item, path: items.csv, format: csv, id: item, columns: {class: category}}]
  split: {method: leave_last_out, test: 1, validation: 0, rank: 0}
serve: {size: 5}
metrics: {cutoffs: [5], primary: ndcg@5}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
""")

    def test_check_runs_on_the_data_of_an_experiment(self):
        quota = ("check", BUILD / "plugins/rerank/category_quota.so", "--param", "feature=class")
        refused = self.assay(*quota)
        self.assertEqual(refused.returncode, 3)
        self.assertIn('the data have no feature "class"', refused.stdout)
        self.experiment_with_classes(users=80)
        held = self.assay(*quota, "--data", "mine.yaml")
        self.assertEqual(held.returncode, 0, held.stdout + held.stderr)
        self.assertRegex(held.stdout, r"contract     (\d+) of \1 hold")
        self.experiment_with_classes(users=30)
        small = self.assay(*quota, "--data", "mine.yaml")
        self.assertEqual(small.returncode, 2)
        self.assertIn("holds 30 users and 50 items; --data takes a sample of 60 and 40", small.stderr)

    def test_new_refuses_in_one_line(self):
        (self.root / "mine").mkdir()
        for words, text in ((("recall", "mine"), "exists already; choose another name"),
                            (("recall", "ease"), "ease is a recall plugin already"),
                            (("recal", "other"), 'did you mean "recall"?'),
                            (("recall", "My-Idea"), 'did you mean "my_idea"?')):
            with self.subTest(words):
                refused = self.assay("new", *words)
                self.assertEqual(refused.returncode, 2)
                self.assertEqual(len(refused.stderr.strip().splitlines()), 1)
                self.assertIn(text, refused.stderr)

    def test_a_plugin_that_hangs_while_it_is_loaded_costs_its_time_limit_and_is_named(self):
        start = time.monotonic()
        done = self.run_in_folder(BUILD / "bin/assay-worker", "--probe", "--limit-ms", "3000",
                                  BUILD / "test_plugins/bad_static_hang.so", BUILD / "plugins/recall/ease.so")
        self.assertLess(time.monotonic() - start, 60)
        verdicts = json.loads(done.stdout)
        self.assertEqual([verdict["code"] for verdict in verdicts], ["timed_out", "ok"])


if __name__ == "__main__":
    unittest.main()
