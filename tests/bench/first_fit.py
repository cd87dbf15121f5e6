#!/usr/bin/env python3
"""How long `assay run` takes to its first fit where the data is in the cache, on Gowalla.

usage: first_fit.py ASSAY [ROUNDS]

ASSAY is build/release/bin/assay; ASSAY_DATA names the folder of gowalla/train.txt. Each round has a results file of its
own and no fitted artifact. Counted is the time from the start of the program to the task of the first fit, which comes
after the smoke test. Exit code 1: the median is a second or more.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

EXPERIMENT = """
name: first_fit
datasets: {gowalla: {source: gowalla, split: {method: given}}}
serve: {size: 20}
metrics: {groups: [accuracy], cutoffs: [20], primary: ndcg@20}
variants:
  popular: {recall: [{plugin: popularity, k: 100}]}
  neighbours: {recall: [{plugin: item_knn, k: 100}]}
compare: {baseline: popular}
"""


def seconds_to_first_fit(command, cache):
    shutil.rmtree(cache / "artifacts", ignore_errors=True)
    started = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    seconds = None
    while process.poll() is None and seconds is None:
        if any(cache.glob("work/*/fit-*.task.json")):
            seconds = time.monotonic() - started
        time.sleep(0.001)
    if process.wait() != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return seconds


def main():
    assay, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 9
    with tempfile.TemporaryDirectory() as folder:
        cache = pathlib.Path(folder, "cache")
        os.environ["ASSAY_CACHE"] = str(cache)
        experiment = pathlib.Path(folder, "first_fit.yaml")
        experiment.write_text(EXPERIMENT)
        seconds = [seconds_to_first_fit([assay, "run", str(experiment), "-o", f"{folder}/{i}.sqlite", "-q"], cache)
                   for i in range(rounds + 1)]
    again = seconds[1:]
    median = statistics.median(again)
    print(f"first run {seconds[0]:.3f} s, cached: median {median:.3f} s of {rounds}, "
          f"{min(again):.3f} to {max(again):.3f} s")
    return median >= 1


if __name__ == "__main__":
    sys.exit(main())
