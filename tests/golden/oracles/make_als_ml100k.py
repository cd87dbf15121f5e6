#!/usr/bin/env python3
"""Makes als_ml100k.json: the loss of implicit's ALS after each iteration, from known initial factors.

usage: make_als_ml100k.py RATINGS > als_ml100k.json      (needs implicit==0.7.3; RATINGS: ml-100k.inter)

Every rating row is one positive of confidence `confidence` (implicit's alpha; what Hu et al. call 1 + alpha).
Factor f of row r (users 0..942, then items 0..1681 as rows 943..2624) starts from
0.01 * ((r * factors + f + 1) * 2654435761 mod 2^32) / 2^32, as float32.
"""

import json
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import implicit
import numpy as np
import scipy.sparse
from implicit.cpu._als import calculate_loss

USERS, ITEMS, ITERATIONS, LAMBDA = 943, 1682, 15, 0.01


def initial(factors):
    n = np.arange(1, (USERS + ITEMS) * factors + 1, dtype=np.uint64)
    hashed = (n * np.uint64(2654435761)) % np.uint64(2**32)
    values = (0.01 * (hashed.astype(np.float64) / 2.0**32)).astype(np.float32)
    return values.reshape(USERS + ITEMS, factors)


def losses(seen, factors, confidence, conjugate_gradient):
    model = implicit.cpu.als.AlternatingLeastSquares(
        factors=factors, regularization=LAMBDA, alpha=confidence, iterations=ITERATIONS, use_cg=conjugate_gradient)
    start = initial(factors)
    model.user_factors, model.item_factors = start[:USERS].copy(), start[USERS:].copy()
    weights = (seen * confidence).astype(np.float32)
    found = []

    def measure(*_):
        found.append(float(calculate_loss(weights, model.user_factors, model.item_factors, LAMBDA)))

    model.fit(seen, show_progress=False, callback=measure)
    return found


def main():
    rows = np.loadtxt(sys.argv[1], skiprows=1, dtype=np.int64, usecols=(0, 1))
    seen = scipy.sparse.csr_matrix(
        (np.ones(len(rows), np.float32), (rows[:, 0] - 1, rows[:, 1] - 1)), shape=(USERS, ITEMS))
    cases = [{"factors": factors, "confidence": confidence, "solver": solver,
              "losses": losses(seen, factors, confidence, solver == "conjugate_gradient")}
             for factors, solver in ((16, "conjugate_gradient"), (16, "cholesky"), (50, "conjugate_gradient"))
             for confidence in (2.0, 41.0)]
    json.dump({"what": "Loss of ALS on implicit feedback after each iteration, MovieLens 100K, every rating a positive",
               "source": f"implicit {implicit.__version__}, tests/golden/oracles/make_als_ml100k.py",
               "protocol": __doc__.split("\n\n", 2)[2].strip(), "lambda": LAMBDA, "conjugate_gradient_steps": 3,
               "tolerance": 1e-3, "tolerance_note": "relative; float32 in another order of summation",
               "cases": cases}, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
