#!/usr/bin/env python3
"""Runs experiments/oracles/*.yaml and holds the results database against tests/golden/oracles/models_*.json.

usage: oracles_test.py EXPERIMENT...   (names without .yaml)
Exit code 77: skipped, the data set is not here.
"""

import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(os.environ["ASSAY_SOURCE_DIR"])
BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])

# Experiment -> oracle file, what its cases have in common.
PROTOCOLS = {
    "ml100k_leave_last_out": ("models_ml100k.json", {"protocol": "A"}),
    "ml100k_global_time": ("models_ml100k.json", {"protocol": "B"}),
    "ml100k_row_hash": ("models_ml100k.json", {"protocol": "C"}),
    "ml100k_classics": ("classics_ml100k.json", {"protocol": "A"}),
    "ml100k_closed_form": ("models_closed_form.json", {"data": "movielens-100k A"}),
    "amazon_beauty_closed_form": ("models_closed_form.json", {"data": "amazon-beauty"}),
    "gowalla_given": ("models_gowalla.json", {"protocol": "given split"}),
    "amazon_beauty_leave_one_out": ("models_amazon_beauty.json", {"fit": "train", "mask": "seen"}),
    "amazon_beauty_refit": ("models_amazon_beauty.json", {"fit": "train_plus_valid", "mask": "seen"}),
}
# Experiment -> data set that the catalogue does not know, its file in a folder of ASSAY_DATA.
FILES = {
    "amazon_beauty_leave_one_out": ("beauty", "amazon-beauty/Beauty.txt"),
    "amazon_beauty_refit": ("beauty", "amazon-beauty/Beauty.txt"),
    "amazon_beauty_closed_form": ("beauty", "amazon-beauty/Beauty.txt"),
}
# Oracle metric -> `metric` in the leaderboard.
METRICS = {
    "recall": "recall",
    "recall_capped": "recall{den=min(R,k)}",
    "precision": "precision",
    "hit_rate": "hit_rate",
    "mrr": "mrr",
    "ndcg": "ndcg",
    "map": "map",
    "map_R": "map{norm=R}",
    "coverage": "item_coverage",
    "gini": "gini",
    "entropy_bits": "shannon_entropy",
    "entropy_nats": "shannon_entropy{log=e}",
}
STORED = 1e-7  # float32 values a request
# Models of models_closed_form.json that no variant computes: als and ials begin with given factors, which a test of their equations
# does; ease on 12,101 items takes a minute.
LEFT_OUT = {"ml100k_closed_form": {"als", "ials", "ease_side_information"}, "amazon_beauty_closed_form": {"ease"}}

# What hangs on whom nothing is known of: the oracle serves a user whose items all score 0 those with the smallest numbers, swing
# nothing. Of accuracy that changes nothing here.
EMPTY_LISTS = {("amazon_beauty_closed_form", "swing"): {"gini", "entropy_bits", "entropy_nats"}}


def variant_of(oracle, case):
    """The variant of the experiment that a case is about, or None where the strategy is not part of it."""
    params = case["params"]
    if oracle == "models_closed_form.json":
        values = [str(value).lower() for name, value in params.items() if not name.startswith("sklearn_")]
        return "_".join([case["model"]] + [re.sub("[^a-z0-9]", "", value) for value in values])
    if oracle == "classics_ml100k.json":
        return case["model"]
    if case["model"] == "pop":
        return "pop"
    if case["model"] == "itemknn_cosine":
        return f"item_knn_{params['neighbours']}"
    if case["model"] == "userknn_cosine":
        return f"user_knn_{params['neighbours']}"
    if case["model"] == "ease" and params["lambda"] in (250, 500):
        return f"ease_{params['lambda']:.0f}"
    return None


def tolerance(oracle, model, metric):
    """As the files' tolerance_note says."""
    if model == "pop" or oracle == "classics_ml100k.json":
        return STORED
    if oracle in ("models_amazon_beauty.json", "models_closed_form.json") or model == "userknn_cosine":
        return 1e-6
    if oracle == "models_gowalla.json":
        return {"coverage": 1e-3, "gini": 1e-4, "entropy_bits": 1e-3, "entropy_nats": 1e-3}.get(metric, 5e-4)
    return {"coverage": 1.2e-3, "gini": 1e-4, "entropy_bits": 2e-3, "entropy_nats": 2e-3}.get(metric, 1e-6)


def without_data(why):
    print(why)
    sys.exit(1 if os.environ.get("ASSAY_REQUIRE_DATA") else 77)


def data_settings(experiment):
    if experiment not in FILES:
        return []
    dataset, file = FILES[experiment]
    for data in filter(None, os.environ.get("ASSAY_DATA", "").split(":")):
        if (pathlib.Path(data) / file).exists():
            return ["--set", f"datasets.{dataset}.source.path={pathlib.Path(data).resolve() / file}"]
    without_data(f"{file} is in no folder of ASSAY_DATA")


def run(experiment, folder):
    database = f"{folder}/{experiment}.sqlite"
    command = [BUILD / "bin/assay", "run", SOURCE / f"experiments/oracles/{experiment}.yaml", "-o", database, "-q"]
    done = subprocess.run(command + data_settings(experiment), capture_output=True, text=True)
    if done.returncode == 2 and " is not here " in done.stderr + done.stdout:
        without_data(done.stderr)
    if done.returncode:
        sys.exit(f"{experiment}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
    return sqlite3.connect(database)


def values(database):
    rows = database.execute(
        "select variant, metric, cutoff, mean, requests from leaderboard where stage = 'served' and slice = 'all'")
    return {(variant, metric, cutoff): (mean, requests) for variant, metric, cutoff, mean, requests in rows}


def check(experiment, folder):
    oracle, common = PROTOCOLS[experiment]
    cases = json.loads((SOURCE / "tests/golden/oracles" / oracle).read_text())["cases"]
    found = values(run(experiment, folder))
    held, wrong = 0, []
    for case in cases:
        variant = variant_of(oracle, case)
        if variant is None or any(case[key] != value for key, value in common.items()):
            continue
        if case["model"] in LEFT_OUT.get(experiment, ()):
            continue
        for metric, expected in case["expected"].items():
            if metric not in METRICS or metric in EMPTY_LISTS.get((experiment, case["model"]), ()):
                continue
            mean, requests = found.get((variant, METRICS[metric], case["k"]), (None, None))
            allowed = tolerance(oracle, case["model"], metric) * max(1, abs(expected))
            if mean is None or abs(mean - expected) > allowed:
                wrong.append(f"{variant} {metric}@{case['k']}: got {mean}, expected {expected} +- {allowed:g}")
            elif requests is not None and requests != case["expected"]["n_users"]:
                wrong.append(f"{variant}: {requests} requests, expected {case['expected']['n_users']}")
            else:
                held += 1
    if not held or wrong:
        sys.exit(f"{experiment}: {held} values hold, {len(wrong)} do not:\n" + "\n".join(wrong))
    print(f"{experiment}: {held} values hold")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("ASSAY_CACHE", f"{folder}/cache")
        for experiment in sys.argv[1:]:
            check(experiment, folder)


if __name__ == "__main__":
    main()
