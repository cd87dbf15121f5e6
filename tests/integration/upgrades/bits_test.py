#!/usr/bin/env python3
"""Without repeats nothing changes: every strategy that runs on a CPU, every merge, requests of users and of events on
MovieLens-100K give, bit for bit, the lists, scores, explanations and values that tests/golden/bits/values.json names by
their hashes; tests/golden/bits/README.md says what is compared where.

ASSAY_WRITE_GOLDEN=1 writes the file with the programs at hand, which is for a change of meaning that is meant.
Exit code 77: skipped, the data set is not here.
"""

import contextlib
import hashlib
import json
import math
import os
import pathlib
import sqlite3
import struct
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
GOLDEN = SOURCE / "tests/golden/bits"
EXPERIMENTS = ("per_user", "per_event")
CLOSE = 0.01  # of means where bits may be others

SLATES = "SELECT items, scores, propensity FROM slate WHERE trial_key = ? ORDER BY first_request"
VALUES = """SELECT stage || ' ' || name || '@' || cutoff, data, mean FROM request_value JOIN metric USING (definition)
  WHERE trial_key = ? ORDER BY 1"""
CATALOGUE = """SELECT stage || ' ' || name || '@' || cutoff, value FROM value JOIN metric USING (definition)
  WHERE trial_key = ? ORDER BY 1"""
STAGES = """SELECT stage, lengths, items, scores, found_items, found_ranks FROM stage_list AS x JOIN shard AS s USING (shard_id)
  WHERE x.trial_key = ? ORDER BY s.first_request, stage"""
WHY = """SELECT place, rests, slots, kinds, ids, weights FROM explanation AS x JOIN shard AS s USING (shard_id)
  WHERE x.trial_key = ? ORDER BY s.first_request, place"""


def short_hash(blobs):
    return hashlib.sha256(b"".join(blobs)).hexdigest()[:12]


def hash_of_rows(rows):
    return short_hash(part.encode() if isinstance(part, str) else part for row in rows for part in row)


def what_a_trial_gave(database, key):
    """{what: hash}, and {metric: mean}."""
    items, scores, propensities = zip(*database.execute(SLATES, [key]))
    hashes = {"lists": short_hash(items), "scores": short_hash(scores)}
    if propensities[0] is not None:
        hashes["propensities"] = short_hash(propensities)
    hashes["stages"] = hash_of_rows(database.execute(STAGES, [key]))
    if why := database.execute(WHY, [key]).fetchall():
        hashes["explanations"] = hash_of_rows(why)
    means = {}
    for what, data, mean in database.execute(VALUES, [key]):
        hashes[what], means[what] = short_hash([data]), mean
    for what, value in database.execute(CATALOGUE, [key]):
        hashes[what], means[what] = short_hash([struct.pack("<d", math.nan if value is None else value)]), value
    return hashes, {what: mean if mean is None else float(f"{mean:.7g}") for what, mean in means.items()}


def measured(name, folder):
    """What an experiment gave, by variant and seed; and on which machine."""
    path = f"{folder}/{name}.sqlite"
    done = subprocess.run([BUILD / "bin/assay", "run", GOLDEN / f"{name}.yaml", "-o", path, "-q"], capture_output=True,
                          text=True)
    if "is not here (looked for" in done.stderr and not os.environ.get("ASSAY_REQUIRE_DATA"):
        print(done.stderr)
        sys.exit(77)
    if done.returncode != 0:
        sys.exit(f"{name}.yaml ends with {done.returncode}\n{done.stdout}\n{done.stderr}")
    with contextlib.closing(sqlite3.connect(path)) as database:
        trials = database.execute("SELECT name, seed, trial_key FROM run_trial JOIN variant USING (variant_id) ORDER BY 1, 2")
        gave = {variant if seed is None else f"{variant}, seed {seed}": what_a_trial_gave(database, key)
                for variant, seed, key in trials.fetchall()}
        machine = database.execute("SELECT DISTINCT cpu_model, torch FROM environment").fetchall()
    return {"hashes": {trial: hashes for trial, (hashes, _) in gave.items()},
            "means": {trial: means for trial, (_, means) in gave.items()}}, machine


def wrong_hashes(golden, gave, skipped):
    """What is not bit by bit what it was, trial by trial."""
    for trial, hashes in golden["hashes"].items():
        found = gave["hashes"].get(trial)
        if found is None:
            yield f"{trial} is not there"
        elif trial.split(",")[0] not in skipped:
            different = [what for what, known in hashes.items() if found.get(what) != known]
            if different:
                yield f"{trial}: {', '.join(different)}"


def wrong_means(golden, gave):
    """Means that are not close."""
    for trial, means in golden["means"].items():
        for what, mean in means.items():
            found = gave["means"].get(trial, {}).get(what)
            if found != mean and (None in (found, mean) or not math.isclose(found, mean, rel_tol=CLOSE, abs_tol=CLOSE)):
                yield f"{trial}: {what} is {found}, was {mean}"


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("ASSAY_CACHE", f"{folder}/cache")
        gave, machines = {}, []
        for name in EXPERIMENTS:
            gave[name], machine = measured(name, folder)
            machines += machine
    (cpu, torch), = set(machines)
    path = GOLDEN / "values.json"
    golden = json.loads(path.read_text())
    if os.environ.get("ASSAY_WRITE_GOLDEN"):
        path.write_text(json.dumps(golden | {"cpu": cpu, "torch": torch, **gave}, indent=0, separators=(",", ":")) + "\n")
        return
    skipped = [] if cpu == golden["cpu"] else golden["depends_on_processor"]
    wrong = []
    for name in EXPERIMENTS:
        hashes = wrong_hashes(golden[name], gave[name], skipped) if torch == golden["torch"] else []
        wrong += [f"{name}, {finding}" for finding in [*hashes, *wrong_means(golden[name], gave[name])]]
    if wrong:
        sys.exit("not what it was:\n" + "\n".join(wrong))
    compared = "means" if torch != golden["torch"] else "bit by bit" + (f" but for {', '.join(skipped)}" if skipped else "")
    print(f"{cpu}, torch {torch}: {compared}")


if __name__ == "__main__":
    main()
