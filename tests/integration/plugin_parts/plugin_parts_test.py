"""plugins/README.md against the tree: who uses what is shared, and why it is shared where fewer than two do.

`plugin_parts_test.py --write` writes the table anew.
"""

import json
import os
import pathlib
import sys
import tempfile
import unittest

import parts

SOURCE = pathlib.Path(os.environ.get("ASSAY_SOURCE_DIR", pathlib.Path(__file__).parents[3]))
PLUGINS = SOURCE / "plugins"
README = PLUGINS / "README.md"


class SharedParts(unittest.TestCase):
    def test_the_readme_names_each_header_with_its_users(self):
        readme = README.read_text()
        self.assertEqual(readme.splitlines(), parts.with_table(readme, parts.table(PLUGINS)).splitlines(),
                         "run tests/integration/plugin_parts/plugin_parts_test.py --write")

    def test_a_header_with_fewer_than_two_users_has_its_reason(self):
        alone = {header for header, names in parts.users(PLUGINS).items() if len(names) < 2}
        self.assertEqual(set(parts.reasons(README.read_text())), alone,
                         "headers with fewer than two users, against the table of reasons in plugins/README.md")

    def test_each_header_says_that_nothing_is_promised(self):
        for header in parts.headers(PLUGINS):
            with self.subTest(header):
                path = PLUGINS / "common" / header
                apart = "APART" in path.with_name("CMakeLists.txt").read_text()
                self.assertIn(parts.APART if apart else parts.NOTICE, path.read_text().splitlines()[:3])

    def test_each_header_begins_with_what_it_is(self):
        for header in parts.headers(PLUGINS):
            with self.subTest(header):
                self.assertGreater(len(parts.first_sentence((PLUGINS / "common" / header).read_text())), 20)

    def test_every_header_that_is_included_is_there(self):
        known = set(parts.headers(PLUGINS))
        for name, files in parts.strategies(PLUGINS).items():
            with self.subTest(name):
                self.assertEqual(parts.reached(PLUGINS, files) - known, set())

    def test_the_add_on_names_every_topic(self):
        topics = {header.split("/")[0] for header in parts.headers(PLUGINS)}
        text = (PLUGINS / "common/README.md").read_text()
        self.assertEqual({topic for topic in topics if f"| `{topic}` |" not in text}, set())

    @unittest.skipUnless("ASSAY_BUILD_DIR" in os.environ, "no build tree")
    def test_only_those_that_ask_for_it_have_torch_nn_on_their_include_path(self):
        commands = json.loads(pathlib.Path(os.environ["ASSAY_BUILD_DIR"], "compile_commands.json").read_text())
        asking = {path.parent for path in PLUGINS.glob("*/*/CMakeLists.txt") if "TORCH_NN" in path.read_text()}
        ours = [command for command in commands if PLUGINS in pathlib.Path(command["file"]).parents]
        self.assertGreater(len(ours), 20)
        for command in ours:
            with self.subTest(command["file"]):
                has = "torch/csrc/api/include" in command["command"]
                self.assertEqual(has, pathlib.Path(command["file"]).parent in asking)


class Reader(unittest.TestCase):
    """The reader itself: it sees what it must see."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.plugins = pathlib.Path(folder.name)
        self.write("common/lists/pick.h", "/// Picks items. More of it.\n#include <assay/extra/threads/blocks.h>\n")
        self.write("common/threads/blocks.h", "/// Blocks:\n///\n///     code\n")
        self.write("common/threads/hidden.h", "/// Hidden.\n")
        self.write("common/threads/blocks.cpp", "#include <assay/extra/threads/hidden.h>\n")
        self.write("recall/one.cpp", "#include <assay/extra/threads/blocks.h>\n")
        self.write("rank/two/two.cpp", '#include "part.h"\n')
        self.write("rank/two/part.h", "#include <assay/extra/lists/pick.h>\n")
        self.write("rerank/one/one.cpp", "#include <assay/extra/lists/pick.h>\n")

    def write(self, path, text):
        (self.plugins / path).parent.mkdir(parents=True, exist_ok=True)
        (self.plugins / path).write_text(text)

    def test_users_are_found_through_private_parts_and_through_shared_ones(self):
        self.assertEqual(parts.users(self.plugins), {
            "lists/pick.h": ["rerank/one", "two"],
            "threads/blocks.h": ["one", "rerank/one", "two"],
            "threads/hidden.h": ["one", "rerank/one", "two"]})

    def test_the_table_holds_first_sentences(self):
        self.assertIn("| `lists/pick.h` | Picks items | rerank/one, two |", parts.table(self.plugins))
        self.assertIn("| `threads/blocks.h` | Blocks | one, rerank/one, two |", parts.table(self.plugins))

    def test_reasons_are_read_by_header(self):
        readme = "| `a/b.h` | text | one |\n<!-- reasons -->\n| header | why |\n|---|---|\n| `c/d.h` | soon |\n"
        self.assertEqual(parts.reasons(readme), {"c/d.h": "soon"})


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        README.write_text(parts.with_table(README.read_text(), parts.table(PLUGINS)))
    else:
        unittest.main()
