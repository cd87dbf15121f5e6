#!/usr/bin/env python3
"""What the coordinator holds of its own over a run, by number of requests.

usage: coordinator_memory.py ASSAY [REQUESTS...]      (default 10000 100000 300000)

ASSAY is build/release/bin/assay. Each log is a simulated one with five events a user, in the cache before the run that
counts; every user is a request. tests/unit/results and tests/unit/analysis hold the parts of it to not growing (memory_test.cpp).
"""

import os
import pathlib
import subprocess
import sys
import tempfile

import watched_run

EXPERIMENT = """
name: requests
datasets:
  log:
    source: {{path: {log}, format: parquet, columns: {{user: user, item: item, time: at}}}}
    split: {{method: leave_last_out}}
    allow_leak: [of many simulated events a few are drawn twice]
serve: {{size: 20}}
metrics: {{groups: [accuracy, coverage, novelty], cutoffs: [10, 20], primary: ndcg@10}}
variants:
  popular: {{recall: [{{plugin: popularity, k: 50}}]}}
  random: {{recall: [{{plugin: random, k: 50}}]}}
compare: {{baseline: popular}}
"""


def peak_of(assay, requests, folder):
    log, experiment = f"{folder}/{requests}.parquet", pathlib.Path(folder, f"{requests}.yaml")
    generator = pathlib.Path(__file__).with_name("simulated_log.py")
    subprocess.run([sys.executable, generator, log, "--events", str(5 * requests), "--users", str(requests),
                    "--items", "2000"], check=True)
    experiment.write_text(EXPERIMENT.format(log=log))
    for name in ("import", "counted"):
        seconds, peaks = watched_run.run([assay, "run", str(experiment), "-o", f"{folder}/{name}{requests}", "-q"])
    return seconds, peaks["assay"]


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSAY_CACHE"] = f"{folder}/cache"
        for requests in map(int, sys.argv[2:] or ["10000", "100000", "300000"]):
            seconds, peak = peak_of(sys.argv[1], requests, folder)
            print(f"{requests:9} requests {seconds:6.1f} s  {peak.private:6.1f} MB its own, "
                  f"{peak.resident:6.1f} MB resident", flush=True)


if __name__ == "__main__":
    main()
