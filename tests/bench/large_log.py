#!/usr/bin/env python3
"""A simulated log from Parquet to popularity and item neighbours, and what the programs hold in memory meanwhile.

usage: large_log.py ASSAY [--events 100000000] [--users 1000000] [--items 100000] [--import-limit-mb 512]

ASSAY is build/release/bin/assay. The log (about 10 bytes an event) and the cache (about 46) go to a temporary folder,
TMPDIR. The import alone is run first, under RLIMIT_DATA: what it holds of its own is bounded whatever the log's size.
Arrow takes its memory from malloc then, since its other allocator asks for a GB ahead.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import watched_run

EXPERIMENT = """
name: large_log
datasets:
  log:
    source: {{path: {log}, format: parquet, columns: {{user: user, item: item, time: at}}}}
    split: {{method: global_time, rank: 0, validation: 0, test: {test}}}
    evaluate_on: {{users: warm}}
serve: {{size: 20}}
metrics: {{groups: [accuracy], cutoffs: [10, 20], primary: ndcg@10}}
variants:
  popular: {{recall: [{{plugin: popularity, k: 100}}]}}
  neighbours: {{recall: [{{plugin: item_knn, k: 100, params: {{neighbours: 50}}}}]}}
compare: {{baseline: popular}}
"""


def report(what, seconds, peaks):
    for peak in peaks.values():
        print(f"{what:10} {seconds:7.1f} s  {peak.name:14} {peak.resident:7.0f} MB resident, "
              f"{peak.private:7.0f} MB its own", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assay")
    parser.add_argument("--events", type=int, default=100_000_000)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--import-limit-mb", type=int, default=512)
    parser.add_argument("--test-events", type=int, default=20_000)
    args = parser.parse_args()
    generator = pathlib.Path(__file__).with_name("simulated_log.py")
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"ASSAY_CACHE": f"{folder}/cache", "ARROW_DEFAULT_MEMORY_POOL": "system"}
        log, experiment = f"{folder}/log.parquet", pathlib.Path(folder, "large.yaml")
        subprocess.run([sys.executable, generator, log, "--events", str(args.events), "--users", str(args.users),
                        "--items", str(args.items)], check=True)
        print(f"{args.events} events, {os.path.getsize(log) / watched_run.MB:.0f} MB of Parquet", flush=True)
        columns = [f"--column={role}={name}" for role, name in (("user", "user"), ("item", "item"), ("time", "at"))]
        report("import", *watched_run.run([args.assay, "data", "describe", log, *columns], args.import_limit_mb))
        experiment.write_text(EXPERIMENT.format(log=log, test=args.test_events / args.events))
        report("run", *watched_run.run([args.assay, "run", str(experiment), "-o", f"{folder}/r.sqlite", "-q", "-j1"]))


if __name__ == "__main__":
    main()
