#!/usr/bin/env python3
"""The calls of gdb in docs/writing-a-plugin.md, as they stand there, stop where a plugin crashes."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
LIBRARY = BUILD / "test_plugins/bad_in_run.so"

EXPERIMENT = f"""
name: crash
device: cpu
plugins: [{LIBRARY}]
data:
  source: {{path: log.csv, format: csv, columns: {{user: user, item: item, time: time}}}}
  split: {{method: leave_last_out, test: 1, validation: 0, rank: 0}}
serve: {{size: 5}}
metrics: {{primary: ndcg@5, cutoffs: [5]}}
variants:
  popular: {{recall: [{{plugin: popularity, k: 20}}]}}
  broken: {{recall: [{{plugin: bad_recall, k: 20, params: {{mode: fit_crashes}}}}]}}
"""


def commands():
    """The lines of the page's section on debugging, without their comments."""
    section = (SOURCE / "docs/writing-a-plugin.md").read_text().split("## Debugging\n")[1].split("\n## ")[0]
    block = re.search(r"^```\n(.*?)^```$", section, re.M | re.S)[1]
    return [line.split("  #")[0].strip() for line in block.splitlines()]


class Debugging(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        (self.root / "assay").symlink_to(BUILD / "bin/assay")
        (self.root / "build").mkdir()
        (self.root / "build/release").symlink_to(BUILD)
        self.environment = os.environ | {"ASSAY_CACHE": str(self.root / "cache"), "DEBUGINFOD_URLS": ""}
        self.run_line, self.task_line, self.check_line = commands()

    def says(self, line, code=None):
        done = subprocess.run(line, shell=True, cwd=self.root, env=self.environment, capture_output=True, text=True)
        self.assertIn(done.returncode, (code,) if code else (0, 1), line + "\n" + done.stdout + done.stderr)
        return done.stdout + done.stderr

    def stops_in_fit(self, line):
        if shutil.which("gdb") is None:
            self.skipTest("gdb is not installed")
        self.assertTrue(line.startswith("gdb --args "), line)
        out = self.says(line.replace("gdb --args", "gdb -nx -batch -ex run -ex backtrace --args"))
        self.assertIn("received signal SIGSEGV", out)
        self.assertIn("BadRecall::fit", out)

    def test_a_check_that_crashes(self):
        line = self.check_line.replace("my_idea.so", str(LIBRARY)).replace("my_idea", "bad_recall")
        self.stops_in_fit(line + " --param mode=fit_crashes")

    def test_a_task_that_crashes(self):
        rows = [f"{user},{(user * 7 + step * step) % 30},{1000 + step}" for user in range(40) for step in range(8)]
        (self.root / "log.csv").write_text("user,item,time\n" + "\n".join(rows) + "\n")
        (self.root / "try.yaml").write_text(EXPERIMENT)
        out = self.says(self.run_line, code=3)
        folder = pathlib.Path(re.search(r"^tasks: (.*)/\*\.task\.json$", out, re.M)[1])
        task, = [path for path in folder.glob("*.task.json") if "fit_crashes" in path.read_text()]
        self.stops_in_fit(self.task_line.replace("FOLDER/NAME.task.json", str(task)))

    def test_the_worker_names_the_call_itself(self):
        out = self.says("build/release/bin/assay-worker --help")
        self.assertIn("--in-process", out)


if __name__ == "__main__":
    unittest.main()
