#!/usr/bin/env python3
"""Times core/stats against scipy and numpy on the same input and prints the ratios.

    python3 -m venv /tmp/scipy && /tmp/scipy/bin/pip install numpy scipy
    /tmp/scipy/bin/python tests/bench/stats_against_scipy.py build/release/bench/bench_stats

One core each: scipy and numpy are held to one thread, and it is seconds of that core that are
compared, so that other work on the machine disturbs little. Each is timed `--repeats` times and the
best is taken; scipy's permutation test, which takes most of a minute, once. scipy's bootstrap as it
comes holds all resamples at once (5 GB); in batches that stay in the cache it is twice as fast, so
both are shown. Exits with 1 where a ratio is below what docs/statistics.md promises.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402: after the number of threads
import scipy  # noqa: E402
from scipy import stats  # noqa: E402

BOOTSTRAP_AT_LEAST = 8.0  # times as fast as scipy.stats.bootstrap
SIGN_FLIPS_AT_LEAST = 1.5  # times as fast as numpy's matrix of signs


def best_of(repeats, body):
    times = []
    for _ in range(repeats):
        start = time.process_time()
        body()
        times.append(time.process_time() - start)
    return min(times)


def scipy_bootstrap(values, resamples, batch=None):
    stats.bootstrap((values,), np.mean, n_resamples=resamples, method="percentile", batch=batch,
                    vectorized=True, random_state=np.random.default_rng(1))


def scipy_permutation(values, resamples):
    stats.permutation_test((values, np.zeros_like(values)), lambda x, y, axis: np.mean(x - y, axis),
                           permutation_type="samples", n_resamples=resamples, batch=100,
                           vectorized=True, random_state=np.random.default_rng(1))


def numpy_signs(values, resamples):
    """A matrix of random signs times the differences, in slices of 100 rows."""
    random = np.random.default_rng(1)
    observed = abs(values.mean())
    extreme = 0
    n = len(values)
    for _ in range(resamples // 100):
        signs = random.integers(0, 2, size=(100, n), dtype=np.int8) * 2 - 1
        extreme += int(np.count_nonzero(np.abs(signs @ values / n) >= observed))
    return (1 + extreme) / (1 + resamples)


def ours(program, values, repeats):
    """Seconds of the benchmarks OfFile/..., by name."""
    with tempfile.NamedTemporaryFile(suffix=".f64") as file:
        values.astype("<f8").tofile(file)
        file.flush()
        answer = subprocess.run(
            [program, "--benchmark_filter=OfFile", "--benchmark_format=json",
             f"--benchmark_repetitions={repeats}"],
            env={**os.environ, "ASSAY_BENCH_VALUES": file.name}, check=True, capture_output=True)
    best = {}
    for run in json.loads(answer.stdout)["benchmarks"]:
        if run["run_type"] != "iteration":
            continue
        seconds = run["cpu_time"] * {"ms": 1e-3, "us": 1e-6, "ns": 1e-9}[run["time_unit"]]
        name = run["name"].split("/")[0]
        best[name] = min(seconds, best.get(name, seconds))
    return best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="bench_stats of a release build")
    parser.add_argument("-n", type=int, default=30_000)
    parser.add_argument("--resamples", type=int, default=10_000,
                        help="of scipy and numpy; ours always takes 10,000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--without-permutation", action="store_true",
                        help="leave scipy's slow permutation test out")
    arguments = parser.parse_args()
    values = np.random.default_rng(1).normal(0.001, 0.2, arguments.n)
    scale = 10_000 / arguments.resamples

    mine = ours(arguments.program, values, arguments.repeats)
    rows = [
        ("bootstrap", "scipy.stats.bootstrap", mine["BootstrapOfFile"],
         scale * best_of(arguments.repeats, lambda: scipy_bootstrap(values, arguments.resamples)),
         BOOTSTRAP_AT_LEAST),
        ("bootstrap", "the same, 100 resamples a batch", mine["BootstrapOfFile"],
         scale * best_of(arguments.repeats,
                         lambda: scipy_bootstrap(values, arguments.resamples, batch=100)), 1.0),
        ("sign flips", "numpy's matrix of signs", mine["SignFlipsOfFile"],
         scale * best_of(arguments.repeats, lambda: numpy_signs(values, arguments.resamples)),
         SIGN_FLIPS_AT_LEAST),
    ]
    if not arguments.without_permutation:
        rows.append(
            ("sign flips", "scipy.stats.permutation_test", mine["SignFlipsOfFile"],
             scale * best_of(1, lambda: scipy_permutation(values, arguments.resamples)), 1.0))
    print(f"n = {arguments.n:,}, 10,000 resamples, scipy {scipy.__version__}, "
          f"numpy {np.__version__}")
    missed = 0
    for what, other, own, theirs, least in rows:
        ratio = theirs / own
        missed += ratio < least
        print(f"{what:10}  assay {own:7.3f} s   {other:32} {theirs:8.3f} s   "
              f"{ratio:6.1f} times as fast (at least {least})")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
