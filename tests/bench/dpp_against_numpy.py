#!/usr/bin/env python3
"""Time of dpp against the published numpy algorithm, on the same requests, and whether both pick the same.

usage: dpp_against_numpy.py BENCH_RERANK [ROUNDS]

BENCH_RERANK is build/release/bench/bench_rerank. 1000 candidates with 64 dimensions, 50 places, 16 requests (or CASES).
Peer: algorithm 1 of Chen, Zhang & Zhou (NeurIPS 2018) in numpy, one matrix-vector product a pick, as its authors publish
it. Both once with the kernel made before the clock starts, and once from the vectors, as a request has them. In turns, on
one thread, in time of the processor (what else runs on the machine does not count), medians over ROUNDS (default 5). Exit
code 1: other picks, or more than half of numpy's time either way.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy as np  # noqa: E402 (threads are set before)

CASES, CANDIDATES, DIMENSIONS, PLACES = int(os.environ.get("CASES", 16)), 1000, 64, 50
AGAIN = 10  # as often in a row on both sides


def greedy(kernel, places, epsilon=1e-10):
    """Algorithm 1: rows of the Cholesky factor for all candidates, one a pick."""
    rows = np.zeros((places, len(kernel)))
    gain = np.diag(kernel).copy()
    picked = [int(np.argmax(gain))]
    while len(picked) < places:
        above, best = len(picked) - 1, picked[-1]
        row = (kernel[best] - rows[:above, best] @ rows[:above]) / np.sqrt(gain[best])
        rows[above] = row
        gain -= row * row
        gain[best] = -np.inf
        following = int(np.argmax(gain))
        if gain[following] < epsilon:
            break
        picked.append(following)
    return picked


def ours(bench, path):
    """{"from_kernel" or "from_vectors": (seconds a list, what was picked)}."""
    environment = dict(os.environ, ASSAY_DPP_CASES=path)
    out = subprocess.run([bench, "--benchmark_filter=dpp_cases", "--benchmark_format=json", "--benchmark_min_time=0.5"],
                         env=environment, check=True, capture_output=True, text=True).stdout
    found = {}
    for result in json.loads(out)["benchmarks"]:
        if result.get("error_occurred"):
            sys.exit(result["error_message"])
        found[result["name"].split("/")[1]] = (result["seconds_per_list"], [int(word) for word in result["label"].split()])
    return found


def report(what, numpy_times, our_times):
    theirs, mine = np.median(numpy_times) * 1e6, np.median(our_times) * 1e6
    print(f"{what}: numpy {np.__version__} {theirs:.0f} us a list, ours {mine:.0f} us, {theirs / mine:.1f} times as fast")
    return theirs / mine


def main():
    bench, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    random = np.random.default_rng(1)
    vectors = random.standard_normal((CASES, CANDIDATES, DIMENSIONS))
    quality = np.exp(0.01 * random.standard_normal((CASES, CANDIDATES)) + 0.2)
    with tempfile.NamedTemporaryFile(suffix=".f64") as file:
        np.array([CASES, CANDIDATES, DIMENSIONS], float).tofile(file)
        np.concatenate([2 * np.log(quality)[:, :, None], vectors], axis=2).tofile(file)
        file.flush()
        unit = vectors / np.linalg.norm(vectors, axis=2, keepdims=True)
        theirs, whole, from_kernel, from_vectors = [], [], [], []
        for number in range(rounds):
            picked, making, spent = [], 0.0, 0.0
            for of, scores in zip(unit, quality):
                start = time.process_time()
                kernel = scores[:, None] * (of @ of.T) * scores[None, :]
                begin = time.process_time()
                for _ in range(AGAIN):
                    places = greedy(kernel, PLACES)
                spent += (time.process_time() - begin) / AGAIN
                making += begin - start
                picked += places
            found = ours(bench, file.name)
            for way, (_, places) in found.items():
                if places != picked:
                    sys.exit(f"round {number}: {way} picks others than numpy")
            theirs.append(spent / CASES)
            whole.append((spent + making) / CASES)
            from_kernel.append(found["from_kernel"][0])
            from_vectors.append(found["from_vectors"][0])
    print(f"the same picks in {CASES} requests of {CANDIDATES} candidates and {PLACES} places")
    given, whole_ratio = report("the kernel given", theirs, from_kernel), report("from the vectors", whole, from_vectors)
    sys.exit(1 if given < 2 or whole_ratio < 2 else 0)


if __name__ == "__main__":
    main()
