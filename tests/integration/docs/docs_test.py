#!/usr/bin/env python3
"""What the docs promise: their commands run as they stand, generated pages are fresh, links lead somewhere."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
# Timing rounds as short as they may be: what is tested is that a command works, not what it measures.
QUICKER = {"requests: 300": "requests: 10", "batch_size: 512, requests: 1024": "batch_size: 64, requests: 64"}


def commands(page):
    """The lines of a page's unmarked code blocks."""
    blocks = re.findall(r"^```\n(.*?)^```$", (SOURCE / page).read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def run(command, folder):
    done = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Docs(unittest.TestCase):
    def test_the_page_of_plugins_is_fresh(self):
        code, out = run(f"{BUILD}/bin/assay describe --all --format markdown", SOURCE)
        self.assertEqual(code, 0, out)
        self.assertEqual(out, (SOURCE / "docs/plugins.md").read_text(),
                         "docs/plugins.md is stale: ./assay describe --all --format markdown > docs/plugins.md")

    def test_links_lead_somewhere(self):
        for page in [SOURCE / "README.md", SOURCE / "CONTRIBUTING.md", *SOURCE.glob("docs/*.md"), *SOURCE.glob("*/README.md")]:
            prose = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.M | re.S)  # C++ lambdas look like links
            for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", prose):
                self.assertTrue((page.parent / link).exists(), f"{page.relative_to(SOURCE)} links to {link}")

    def test_the_first_steps_work_as_they_are_typed(self):
        with tempfile.TemporaryDirectory() as folder:
            os.environ["ASSAY_CACHE"] = f"{folder}/cache"
            os.symlink(BUILD / "bin/assay", f"{folder}/assay")
            shutil.copytree(SOURCE / "experiments", f"{folder}/experiments")
            self.quicken(pathlib.Path(folder) / "experiments/quickstart.yaml")
            code, out = run("./assay data describe movielens-100k", folder)
            if code != 0 and not os.environ.get("ASSAY_REQUIRE_DATA"):
                self.skipTest(out)
            code, out = run("./assay run experiments/quickstart.yaml", folder)  # what make demo does
            self.assertEqual(code, 0, out)
            steps = [line for line in commands("docs/getting-started.md") if not line.startswith("make")]
            self.assertGreater(len(steps), 15)
            for step in steps:
                code, out = run(step, folder)
                self.assertEqual(code, 0, f"{step}\n{out}")

    def quicken(self, experiment):
        text = experiment.read_text()
        for slow, quick in QUICKER.items():
            self.assertIn(slow, text)
            text = text.replace(slow, quick)
        experiment.write_text(text)


if __name__ == "__main__":
    unittest.main()
