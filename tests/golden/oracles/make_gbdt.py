#!/usr/bin/env python3
"""Writes what Python's xgboost 1.7 predicts for a small matrix, and a model of a later version.

usage: make_gbdt.py expected [FILE]   with xgboost 1.7 (Debian 12: python3-xgboost): gbdt.json
       make_gbdt.py later [FILE]      with xgboost 3 (PyPI: xgboost-cpu): a model that 1.7 must not read, gbdt_later_model.json

The tests hold plugins/rank/gbdt to the first within 1e-6, and to an error by name for the second.
"""

import json
import pathlib
import sys

import numpy
import xgboost

HERE = pathlib.Path(__file__).resolve().parent
REQUESTS, WIDTH, COLUMNS, TREES = 24, 10, 5, 25
# As gbdt sets them.
SHARED = {"nthread": 1, "tree_method": "hist", "eta": 0.2, "max_depth": 4, "min_child_weight": 1, "lambda": 1, "gamma": 0,
          "max_bin": 64}


def matrix():
    chance = numpy.random.default_rng(7)
    values = chance.normal(size=(REQUESTS * WIDTH, COLUMNS)).round(3).astype("float32")
    signal = values[:, 0] + values[:, 1] * values[:, 2] + chance.normal(size=len(values)) * 0.5
    values[chance.random(values.shape) < 0.1] = numpy.nan
    return values, (signal > 0.7).astype("float32")


def margins(values, labels, objective):
    known = xgboost.DMatrix(values, labels)
    if objective == "rank:ndcg":
        known.set_group([WIDTH] * REQUESTS)
    model = xgboost.train({**SHARED, "objective": objective}, known, TREES)
    return [float(margin) for margin in model.predict(xgboost.DMatrix(values), output_margin=True)]


def expected(path):
    assert xgboost.__version__.startswith("1.7."), f"this is xgboost {xgboost.__version__}, not 1.7"
    values, labels = matrix()
    rows = [[None if numpy.isnan(v) else float(str(v)) for v in row] for row in values]
    path.write_text(json.dumps({
        "xgboost": xgboost.__version__, "width": WIDTH, "trees": TREES, "values": rows, "labels": [int(y) for y in labels],
        "pointwise": margins(values, labels, "binary:logistic"), "lambdamart": margins(values, labels, "rank:ndcg")}) + "\n")


def later(path):
    assert int(xgboost.__version__.split(".")[0]) >= 3, f"this is xgboost {xgboost.__version__}, not 3 or later"
    values, labels = matrix()
    model = xgboost.train({**SHARED, "max_depth": 1, "objective": "binary:logistic"}, xgboost.DMatrix(values, labels), 1)
    model.save_model(path)


def main():
    names = {"expected": (expected, "gbdt.json"), "later": (later, "gbdt_later_model.json")}
    if len(sys.argv) < 2 or sys.argv[1] not in names:
        sys.exit(__doc__)
    write, name = names[sys.argv[1]]
    write(pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE / name)


if __name__ == "__main__":
    main()
