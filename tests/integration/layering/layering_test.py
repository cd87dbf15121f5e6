"""Holds core/README.md against the build: a folder uses what its line names, and nothing else."""

import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import layering

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
RULES = layering.read_table((SOURCE / "core/README.md").read_text())


def output(*command):
    return subprocess.run([str(word) for word in command], text=True, capture_output=True, check=True).stdout


class Layering(unittest.TestCase):
    def test_every_folder_has_a_line_in_the_table(self):
        folders = {path.parent.name for path in (SOURCE / "core").glob("*/CMakeLists.txt")}
        self.assertEqual(folders - set(RULES), set())

    def test_every_folder_of_the_table_is_there_or_planned(self):
        self.assertEqual(layering.missing_folders(SOURCE, RULES), [])

    def test_a_header_declares_in_the_namespace_of_its_folder(self):
        self.assertEqual(layering.broken_namespaces(SOURCE), [])

    def test_no_type_is_defined_in_two_files(self):
        self.assertEqual(layering.types_defined_twice(SOURCE), [])

    def test_the_table_has_no_circle(self):
        for folder in RULES:
            self.assertNotIn(folder, layering.reached(folder, RULES))

    def test_cmake_links_only_what_the_table_allows(self):
        links = (BUILD / "links.txt").read_text()
        self.assertGreater(len(links.splitlines()), 5)
        self.assertEqual(layering.broken_links(links, RULES), [])

    def test_sources_include_only_what_the_table_allows(self):
        self.assertEqual(layering.broken_includes(SOURCE, RULES), [])

    def test_the_coordinator_links_no_torch(self):
        needed = output("ldd", BUILD / "bin/assay")
        self.assertIn("libarrow", needed)
        self.assertNotRegex(needed, r"torch|libc10|assay_kernels")
        self.assertNotRegex(output("readelf", "-d", "-W", BUILD / "bin/assay"), r"torch|libc10|assay_kernels")

    def test_the_coordinator_cannot_load_a_library(self):
        symbols = output("nm", "-D", "--undefined-only", BUILD / "bin/assay")
        self.assertRegex(symbols, r"\bmemcpy\b")
        self.assertNotRegex(symbols, r"\bdlopen\b")

    def test_the_worker_holds_what_plugins_need(self):
        needed = output("readelf", "-d", "-W", BUILD / "bin/assay-worker")
        for library in ("libtorch_cpu.so", "libc10.so", "libassay_kernels.so"):
            self.assertIn(library, needed)


class Checker(unittest.TestCase):
    """The checker itself: it sees what it must see."""

    TABLE = """
| folder | its job | uses | outside libraries |
|---|---|---|---|
| error | messages | | |
| hash | hashes | error | nlohmann-json |
| task | structs | hash | |
| stats | samples | error | Boost.Math |
"""

    def setUp(self):
        self.rules = layering.read_table(self.TABLE)

    def includes(self, folder, *headers):
        with tempfile.TemporaryDirectory() as root:
            path = pathlib.Path(root, "core", folder, "file.cpp")
            path.parent.mkdir(parents=True)
            path.write_text("\n".join(f"#include {header}" for header in headers))
            return [re.sub(r".*, which is of ", "", problem)
                    for problem in layering.broken_includes(root, self.rules)]

    def test_a_link_to_a_folder_that_the_line_does_not_name_is_reported(self):
        links = "assay_stats stats assay::error assay::hash fmt::fmt"
        self.assertEqual(layering.broken_links(links, self.rules),
                         ["stats links assay::hash (target assay_stats)"])

    def test_a_link_to_an_outside_library_away_from_home_is_reported(self):
        links = "assay_task task assay::hash $<LINK_ONLY:nlohmann_json::nlohmann_json>"
        self.assertEqual(len(layering.broken_links(links, self.rules)), 1)

    def test_an_include_is_allowed_by_the_line_alone_not_by_what_others_use(self):
        self.assertEqual(self.includes("task", '"hash/hash.h"', '"task/task.h"', "<vector>"), [])
        self.assertEqual(self.includes("task", '"error/error.h"'), ["error"])

    def test_an_outside_header_stays_in_its_home(self):
        self.assertEqual(self.includes("stats", "<boost/math/distributions/normal.hpp>"), [])
        self.assertEqual(self.includes("error", "<boost/math/distributions/normal.hpp>"), ["Boost.Math"])
        self.assertEqual(self.includes("stats", "<ATen/core/Tensor.h>"), ["LibTorch"])
        self.assertEqual(len(self.includes("stats", "<unheard/of.h>")), 1)

    def test_json_is_for_all_that_reach_hash(self):
        self.assertEqual(self.includes("task", "<nlohmann/json.hpp>"), [])
        self.assertEqual(self.includes("stats", "<nlohmann/json.hpp>"), ["nlohmann-json"])

    def tree(self, files):
        root = tempfile.TemporaryDirectory()
        self.addCleanup(root.cleanup)
        for name, text in files.items():
            path = pathlib.Path(root.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return root.name

    def test_a_header_outside_its_folders_namespace_is_reported(self):
        files = {"core/stats/mean.h": "namespace assay::stats {\n}\n", "core/stats/sum.h": "namespace assay {\n}\n",
                 "core/sdk/assay/batch.h": "namespace assay {\n}\n", "core/task/json.h": "namespace nlohmann {\n}\n"}
        self.assertEqual(layering.broken_namespaces(self.tree(files)),
                         ["core/stats/sum.h: opens namespace assay, not assay::stats"])

    def test_a_type_that_two_files_define_is_reported(self):
        files = {"core/stats/a.h": "namespace assay::stats {\nstruct Rows : Base<int> {\n  int n;\n};\n}\n",
                 "core/stats/b.cpp": "namespace assay::stats {\nclass Rows {};\n}\n"}
        self.assertEqual(layering.types_defined_twice(self.tree(files)),
                         ["assay::stats::Rows: core/stats/a.h, core/stats/b.cpp"])

    def test_equal_names_that_cannot_clash_are_not_reported(self):
        files = {"core/stats/a.h": "namespace assay::stats {\nstruct Rows {\n  struct Inner {};\n};\nclass Later;\n}\n",
                 "core/task/a.h": "namespace assay::task {\nstruct Rows {\n  struct Inner {};\n};\n}\n",
                 "core/stats/b.cpp": "namespace assay::stats {\nnamespace {\nstruct Rows {};\n}\nstruct Later {};\n}\n",
                 "core/stats/c.cpp": "namespace assay::stats {\nvoid run() {\n  struct Later {};\n}\n}\n"}
        self.assertEqual(layering.types_defined_twice(self.tree(files)), [])

    def test_a_folder_without_code_must_be_planned(self):
        root = self.tree({"core/error/a.h": "", "core/hash/a.h": "", "core/task/a.h": ""})
        planned = self.TABLE.replace("| hash |", "| hash (planned) |")
        self.assertEqual(layering.missing_folders(root, layering.read_table(planned)),
                         ["hash is marked planned and is there", "stats is not there"])


if __name__ == "__main__":
    unittest.main()
