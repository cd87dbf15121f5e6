"""Plugins of a project outside this tree that need more than the SDK: torch::nn, threads, a shared library of their own."""

import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
PROJECT = pathlib.Path(__file__).parent / "outside"

EXPERIMENT = """
name: threads
plugins: [{folder}/build/with_threads.so, {folder}/build/without_threads.so, {folder}/build/with_modules.so]
data:
  source: {{path: log.csv, format: csv, columns: {{user: user, item: item, time: time}}}}
  split: {{method: leave_last_out, test: 1, validation: 0, rank: 0}}
serve: {{size: 5}}
metrics: {{primary: ndcg@5, cutoffs: [5]}}
numeric: {{threads: 2}}
variants:
  nothing: {{recall: [{{plugin: popularity, k: 20}}]}}
  with: {{recall: [{{plugin: with_threads, k: 20}}]}}
  without: {{recall: [{{plugin: without_threads, k: 20}}]}}
  modules: {{recall: [{{plugin: with_modules, k: 20}}]}}
compare: {{baseline: nothing}}
"""


def small_log():
    lines = ["user,item,time"]
    for user in range(40):
        lines += [f"{user},{(user * 7 + step * step) % 30},{1000 + step}" for step in range(8)]
    return "\n".join(lines) + "\n"


class OutsidePlugins(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.project = pathlib.Path(shutil.copytree(PROJECT, cls.root / "mine"))
        cls.must("cmake", "-G", "Ninja", "-S", cls.project, "-B", cls.project / "build", f"-Dassay_ROOT={BUILD}")
        cls.must("cmake", "--build", cls.project / "build")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def must(cls, *words):
        done = subprocess.run([str(word) for word in words], cwd=cls.root, text=True, capture_output=True,
                              env=os.environ | {"ASSAY_CACHE": str(cls.root / "cache")})
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def holds_its_contract(self, library):
        self.assertRegex(self.must(BUILD / "bin/assay", "check", library), r"contract     (\d+) of \1 hold")

    def search_path(self, library):
        found = re.search(r"R(?:UN)?PATH.*\[(.*)\]", self.must("readelf", "-d", "-W", library))
        return found.group(1) if found else None

    def test_modules_of_torch_learn_and_loops_are_parallel_where_a_plugin_says_threads(self):
        (self.root / "log.csv").write_text(small_log())
        (self.root / "threads.yaml").write_text(EXPERIMENT.format(folder=self.project))
        self.must(BUILD / "bin/assay", "run", "threads.yaml", "-o", "out.sqlite")
        with sqlite3.connect(self.root / "out.sqlite") as database:
            notes = database.execute(
                "select plugin, key, value from note join artifact using (artifact_key) "
                "where key in ('threads', 'learnt') order by 1").fetchall()
        self.assertEqual(notes, [("with_modules", "learnt", "yes"), ("with_threads", "threads", "2"),
                                 ("without_threads", "threads", "1")])

    def test_modules_that_are_seeded_hold_the_contract(self):
        self.holds_its_contract(self.project / "build/with_modules.so")

    def test_a_library_of_the_same_project_is_found_beside_the_plugin(self):
        library = self.project / "build/with_library.so"
        self.assertEqual(self.search_path(library), "$ORIGIN/prices")
        self.holds_its_contract(library)

    def test_a_library_that_is_not_found_is_named_with_the_places_and_the_fix(self):
        alone = self.root / "alone/with_library.so"
        alone.parent.mkdir()
        shutil.copy(self.project / "build/with_library.so", alone)
        environment = {name: value for name, value in os.environ.items() if name != "LD_LIBRARY_PATH"}
        done = subprocess.run([BUILD / "bin/assay", "check", alone], text=True, capture_output=True, env=environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"needs libprices.so, which was not found in {alone.parent}/prices, the system's folders; write "
                      "LIBS <its target, or <folder>/libprices.so> in assay_add_plugin", done.stderr)

    def test_a_library_that_is_named_by_its_file_is_found_where_it_lies(self):
        elsewhere = self.root / "opt/lib"
        elsewhere.mkdir(parents=True)
        shutil.copy(self.project / "build/prices/libprices.so", elsewhere)
        build = self.project / "build"
        self.must("cmake", build, f"-DPRICES_FILE={elsewhere}/libprices.so")
        self.must("cmake", "--build", build, "--target", "with_file")
        library = build / "with_file.so"
        self.assertEqual(self.search_path(library), str(elsewhere))
        self.holds_its_contract(library)

    def test_a_plugin_without_a_library_of_its_own_has_no_search_path(self):
        for name in ("with_modules", "with_threads"):
            with self.subTest(name):
                self.assertIsNone(self.search_path(self.project / f"build/{name}.so"))

    def test_a_debug_build_keeps_its_assertions_and_the_paths_of_its_sources(self):
        build = self.project / "debug"
        self.must("cmake", "-G", "Ninja", "-S", self.project, "-B", build, f"-Dassay_ROOT={BUILD}",
                  "-DCMAKE_BUILD_TYPE=Debug")
        self.must("cmake", "--build", build, "--target", "without_threads")
        self.assertTrue(os.fsencode(self.project) in (build / "without_threads.so").read_bytes())
        command = self.must("ninja", "-C", build, "-t", "commands", "without_threads")
        self.assertIn("-D_GLIBCXX_ASSERTIONS", command)
        self.assertNotIn("-DNDEBUG", command)



if __name__ == "__main__":
    unittest.main()
