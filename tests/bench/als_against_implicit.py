#!/usr/bin/env python3
"""Time of an iteration of als against implicit 0.7.3 on Gowalla, from the same initial factors, at equal loss.

usage: als_against_implicit.py BENCH_PLUGINS [ROUNDS]      with both solvers, 64 and 128 factors

BENCH_PLUGINS is build/release/bench/bench_plugins; ASSAY_DATA names the folder of gowalla/train.txt. Makes an
environment of its own with implicit==0.7.3 in a temporary folder, unless this Python has it. Both take
OMP_NUM_THREADS threads (default: all cores); they run in turns, and the medians over ROUNDS (default 3) are compared.
Exit code 1: the losses after 15 iterations differ by more than 1e-3, or ours is slower.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import venv

ITERATIONS, CONFIDENCE, LAMBDA = 15, 41.0, 0.01
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


def theirs(solver, factors):
    """Median milliseconds of an iteration of implicit, and its loss; runs where implicit is."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import implicit.cpu.als
    import numpy as np
    import scipy.sparse
    from implicit.cpu._als import calculate_loss

    lines = [[int(word) for word in line.split()] for line in train_file().open()]
    rows = np.concatenate([np.full(len(line) - 1, line[0]) for line in lines])
    columns = np.concatenate([np.array(line[1:], dtype=np.int64) for line in lines])
    users, items = int(rows.max()) + 1, 40981
    seen = scipy.sparse.csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=(users, items))
    model = implicit.cpu.als.AlternatingLeastSquares(
        factors=factors, regularization=LAMBDA, alpha=CONFIDENCE, iterations=ITERATIONS,
        use_cg=solver == "conjugate_gradient", num_threads=int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    n = np.arange(1, (users + items) * factors + 1, dtype=np.uint64)
    start = (0.01 * (((n * np.uint64(2654435761)) % np.uint64(2**32)).astype(np.float64) / 2.0**32)).astype(np.float32)
    start = start.reshape(users + items, factors)
    model.user_factors, model.item_factors = start[:users].copy(), start[users:].copy()
    times = []
    model.fit(seen, show_progress=False, callback=lambda iteration, seconds, loss: times.append(seconds))
    loss = calculate_loss((seen * CONFIDENCE).astype(np.float32), model.user_factors, model.item_factors, LAMBDA)
    print(json.dumps([1000 * statistics.median(times), float(loss)]))


def ours(bench, solver, factors):
    done = subprocess.run(
        [bench, f"--benchmark_filter=^als_gowalla/{solver}/f:{factors}/", "--benchmark_format=json"],
        check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)["benchmarks"][0]
    return found["real_time"], found["loss"]


def compare(python, bench, solver, factors, rounds):
    mine, other = [], []
    for _ in range(rounds):
        mine.append(ours(bench, solver, factors))
        done = subprocess.run([python, __file__, "--theirs", solver, str(factors)],
                              check=True, capture_output=True, text=True)
        other.append(json.loads(done.stdout))
    ms = [statistics.median(time for time, _ in runs) for runs in (mine, other)]
    losses = mine[0][1], other[0][1]
    apart = abs(losses[0] / losses[1] - 1)
    print(f"{solver}, f={factors}: ours {ms[0]:.0f} ms, implicit {ms[1]:.0f} ms an iteration "
          f"(ratio {ms[1] / ms[0]:.2f}); loss after {ITERATIONS}: {losses[0]:.6g} and {losses[1]:.6g}, "
          f"{apart:.1e} apart", flush=True)
    return ms[0] <= ms[1] and apart <= 1e-3


def main():
    if sys.argv[1] == "--theirs":
        return theirs(sys.argv[2], int(sys.argv[3]))
    bench, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    train_file()
    with tempfile.TemporaryDirectory() as folder:
        has_it = subprocess.run([sys.executable, "-c", "import implicit"], capture_output=True).returncode == 0
        python = sys.executable if has_it else own_environment(folder)
        held = [compare(python, bench, solver, factors, rounds)
                for solver in ("conjugate_gradient", "cholesky") for factors in (64, 128)]
    sys.exit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
