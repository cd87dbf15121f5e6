#!/usr/bin/env python3
"""Samples a second of bpr against implicit 0.7.3 on Gowalla, at equal loss.

usage: bpr_against_implicit.py BENCH_BPR [ROUNDS]

BENCH_BPR is build/release/bench/bench_bpr; ASSAY_DATA names the folder of gowalla/train.txt. Makes an environment of
its own with implicit==0.7.3 in a temporary folder, unless this Python has it. Both learn 30 epochs with 64 factors and
a bias, the same learning rate and penalty, negatives by popularity, on OMP_NUM_THREADS threads (default: all cores);
they run in turns, and medians over ROUNDS (default 3) are compared. The loss is the mean of -ln sigma(s_ui - s_uj) over
all pairs and one other item each, the same for both. Exit code 1: ours is less than twice as fast, or its loss is
more than 0.005 above.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import venv

EPOCHS, FACTORS, RATE, LAMBDA, ITEMS = 30, 64, 0.05, 0.01, 40981
PACKAGES = ["implicit==0.7.3", "numpy", "scipy"]


def own_environment(folder):
    venv.create(folder, with_pip=True)
    subprocess.run([f"{folder}/bin/pip", "install", "-q", *PACKAGES], check=True)
    return f"{folder}/bin/python"


def train_file():
    for folder in os.environ.get("ASSAY_DATA", "").split(":"):
        path = pathlib.Path(folder) / "gowalla/train.txt"
        if path.exists():
            return path
    sys.exit("gowalla/train.txt is in no folder of ASSAY_DATA")


def theirs():
    """Samples a second and loss of implicit; runs where implicit is."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import numpy as np
    import scipy.sparse
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    lines = [[int(word) for word in line.split()] for line in train_file().open()]
    rows = [(line[0], sorted(set(line[1:]))) for line in lines]
    users = max(user for user, _ in rows) + 1
    row = np.concatenate([np.full(len(items), user) for user, items in rows])
    column = np.concatenate([np.array(items, dtype=np.int64) for _, items in rows])
    seen = scipy.sparse.csr_matrix((np.ones(len(row), np.float32), (row, column)), shape=(users, ITEMS))
    model = BayesianPersonalizedRanking(
        factors=FACTORS, learning_rate=RATE, regularization=LAMBDA, iterations=EPOCHS, random_state=1,
        num_threads=int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    ends = []
    start = time.perf_counter()
    model.fit(seen, show_progress=False, callback=lambda *_: ends.append(time.perf_counter()))
    if len(ends) < 2:  # no callback for each epoch
        per_epoch = (time.perf_counter() - start) / EPOCHS
    else:
        per_epoch = statistics.median(b - a for a, b in zip(ends, ends[1:]))
    number = np.arange(1, len(row) + 1, dtype=np.uint64)
    other = ((number * np.uint64(2654435761)) % np.uint64(ITEMS)).astype(np.int64)
    keep = np.asarray(seen[row, other]).ravel() == 0
    x, y = model.user_factors[row[keep]].astype(np.float64), model.item_factors.astype(np.float64)
    score = np.einsum("nd,nd->n", x, y[column[keep]] - y[other[keep]])
    print(json.dumps([len(row) / per_epoch, float(np.logaddexp(0, -score).mean())]))


def ours(bench):
    done = subprocess.run([bench, "--benchmark_filter=^bpr_gowalla/f:64/", "--benchmark_format=json"],
                          check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)["benchmarks"][0]
    return found["samples_per_s"], found["loss"]


def main():
    if sys.argv[1] == "--theirs":
        return theirs()
    bench, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    train_file()
    mine, other = [], []
    with tempfile.TemporaryDirectory() as folder:
        has_it = subprocess.run([sys.executable, "-c", "import implicit"], capture_output=True).returncode == 0
        python = sys.executable if has_it else own_environment(folder)
        for _ in range(rounds):
            mine.append(ours(bench))
            done = subprocess.run([python, __file__, "--theirs"], check=True, capture_output=True, text=True)
            other.append(json.loads(done.stdout))
    speed = [statistics.median(run[0] for run in runs) for runs in (mine, other)]
    loss = [statistics.median(run[1] for run in runs) for runs in (mine, other)]
    same = len({run[1] for run in mine}) == 1
    print(f"ours {speed[0] / 1e6:.2f} M samples/s, implicit {speed[1] / 1e6:.2f} (ratio {speed[0] / speed[1]:.2f}); "
          f"loss after {EPOCHS} epochs {loss[0]:.4f} and {loss[1]:.4f}; "
          f"ours {'the same in every round' if same else 'NOT the same in every round'}")
    sys.exit(0 if speed[0] >= 2 * speed[1] and loss[0] <= loss[1] + 0.005 and same else 1)


if __name__ == "__main__":
    main()
