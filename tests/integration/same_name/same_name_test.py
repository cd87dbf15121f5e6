"""One name in two kinds: the build, the experiment file, `describe` and the cache of fits keep the strategies apart."""

import json
import os
import pathlib
import sqlite3
import subprocess
import tempfile
import unittest

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
PLUGINS = BUILD / "test_plugins"
TWINS = [PLUGINS / "twins/recall/twin.so", PLUGINS / "twins/rank/twin.so"]
BOTH = [PLUGINS / "fake_both_kinds.so"]

EXPERIMENT = """
name: twins
device: cpu
plugins: [{plugins}]
datasets:
  log:
    source: {{path: log.csv, format: csv, columns: {{user: user, item: item, time: time}}}}
    split: {{method: global_time, rank: 0, validation: 0, test: 0.3}}
serve: {{size: 5}}
metrics: {{groups: [accuracy], cutoffs: [5], primary: ndcg@5}}
variants:
  one:
    recall: [{{plugin: {name}, k: 20{recall}}}]
    rank: [{{plugin: {name}{rank}}}]
"""


class SameName(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        lines = [f"{event * 7 % 90},{event * 13 % 40},{1_600_000_000 + event * 60}" for event in range(1500)]
        (self.root / "log.csv").write_text("\n".join(["user,item,time", *lines]) + "\n")

    def assay(self, *words, code=0, **environment):
        done = subprocess.run([str(word) for word in (BUILD / "bin/assay", *words)], cwd=self.root, text=True,
                              capture_output=True,
                              env=os.environ | {"ASSAY_CACHE": str(self.root / "cache")} | environment)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def experiment(self, plugins, name, recall="", rank=""):
        text = EXPERIMENT.format(plugins=", ".join(map(str, plugins)), name=name, recall=recall, rank=rank)
        (self.root / "twins.yaml").write_text(text)
        return "twins.yaml"

    def artifacts(self):
        """How many fits of each stage a run recorded."""
        with sqlite3.connect(next(self.root.glob("results/*.sqlite"))) as database:
            return database.execute("SELECT count(DISTINCT artifact_key) FROM artifact").fetchone()[0]

    def test_two_libraries_of_one_name_run_in_one_variant(self):
        file = self.experiment(TWINS, "twin", ", params: {skipped: 2}", ", params: {weight: 0.5}")
        self.assay("run", file)
        self.assertEqual(self.artifacts(), 2)

    def test_each_kind_has_the_parameters_of_its_own_strategy(self):
        said = self.assay("validate", self.experiment(TWINS, "twin", ", params: {weight: 0.5}"), code=2)
        self.assertIn("params.weight is not a parameter of twin", said)

    def test_describe_shows_both(self):
        said = self.assay("describe", "twin", "--format", "json", ASSAY_PLUGINS=":".join(str(twin.parent) for twin in TWINS))
        decoder, found, at = json.JSONDecoder(), [], 0
        while at < len(said.rstrip()):
            plugin, at = decoder.raw_decode(said, at)
            found.append((plugin["kind"], plugin["version"]))
            at += 1
        self.assertEqual(found, [("recall", "1.1"), ("rank", "2.2")])

    def test_one_library_with_one_name_in_two_kinds_keeps_two_states(self):
        self.assay("run", self.experiment(BOTH, "both"))
        self.assertEqual(self.artifacts(), 2)


if __name__ == "__main__":
    unittest.main()
