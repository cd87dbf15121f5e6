"""The databases of tests/golden/upgrades, each on a copy in a folder of its own, and what they hold by the names that
people gave it: what a trial is called (its key) may change with a version, its values may not."""

import array
import contextlib
import lzma
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
UPGRADES = SOURCE / "tests/golden/upgrades"
MADE_IN = "/tmp/assay-fixture"  # what the stored paths begin with
VIEWS = ("leaderboard", "comparisons", "stage_loss", "latency_summary", "load_counts", "resources", "failures")

# One row for each array of a run: who (variant, dataset, fold, seed), what, the BLOB.
TRIALS = "run_trial AS t JOIN variant AS v USING (variant_id)"
NAMED = "v.name, t.dataset, t.fold, ifnull(t.seed, -1)"
VALUES = f"""SELECT {NAMED}, x.stage || ' ' || m.name || '@' || x.cutoff, x.data
  FROM {TRIALS} JOIN request_value AS x USING (trial_key) JOIN metric AS m USING (definition) WHERE t.run_id = ?"""
ITEMS = f"SELECT {NAMED}, 'items from ' || first_request, items FROM {TRIALS} JOIN slate USING (trial_key) WHERE t.run_id = ?"
SCORES = ITEMS.replace("items", "scores")
CATALOGUE_VALUES = f"""SELECT {NAMED}, x.stage || ' ' || m.name || '@' || x.cutoff, x.value
  FROM {TRIALS} JOIN value AS x USING (trial_key) JOIN metric AS m USING (definition) WHERE t.run_id = ?"""

UNKNOWN = f"SELECT {NAMED}, u.requests FROM {TRIALS} JOIN unknown_request AS u USING (trial_key) WHERE t.run_id = ?"


def ints(blob):
    values = array.array("i")
    values.frombytes(blob)
    return values


class Stored:
    """A copy of one of them with its experiment and its data, gone when `close` is called."""

    def __init__(self, name):
        self.name = name
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        for part in ("data", name):
            shutil.copytree(UPGRADES / part, self.root / part)
        self.database = self.root / name / f"{name}.sqlite"
        self.database.write_bytes(lzma.decompress((self.root / name / f"{name}.sqlite.xz").read_bytes()))
        if (cache := self.root / name / "cache.tar.xz").exists():  # what an earlier version left there
            with tarfile.open(cache) as archive:
                archive.extractall(self.root / "cache")
        # Who moves data says so in the experiment; `verify` and `rescore` read the one that the run recorded.
        self.sql("UPDATE run SET config = replace(config, ?, ?)", MADE_IN, str(self.root))

    def close(self):
        self.folder.cleanup()

    def assay(self, *words):
        environment = os.environ | {"ASSAY_CACHE": str(self.root / "cache"), "ASSAY_DATA": str(self.root / "data")}
        return subprocess.run([BUILD / "bin/assay", *words], cwd=self.root / self.name, env=environment, text=True,
                              capture_output=True, timeout=300)

    def sql(self, statement, *parameters):
        with contextlib.closing(sqlite3.connect(self.database)) as database, database:
            return database.execute(statement, parameters).fetchall()

    def last_run(self):
        return self.sql("SELECT max(run_id) FROM run")[0][0]

    def arrays(self, statement, run):
        """{(variant, dataset, fold, seed, what): BLOB} of one run."""
        return {tuple(row[:-1]): row[-1] for row in self.sql(statement, run)}

    def unknown(self, run):
        """{(variant, dataset, fold, seed): requests of which a recall source knew nothing}. Since numerics version 2 their
        lists are empty; before, they held the items whose numbers are smallest."""
        found = {}
        for *names, requests in self.sql(UNKNOWN, run):
            found.setdefault(tuple(names), set()).update(ints(requests))
        return found

    def view(self, name, columns=None):
        """Its columns, and all its rows in an order that does not depend on how they lie in the file."""
        shown = ", ".join(f'"{column}"' for column in columns) if columns else "*"
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            cursor = database.execute(f"SELECT {shown} FROM {name}")
            return [column[0] for column in cursor.description], sorted(cursor.fetchall(), key=repr)

    def machines(self, run):
        """Processors and LibTorch behind the numbers of a run."""
        return set(self.sql("SELECT cpu_model, torch FROM environment JOIN part USING (part_id) WHERE run_id = ?", run))
