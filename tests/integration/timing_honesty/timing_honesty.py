#!/usr/bin/env python3
"""timing_honesty.py BUILD_FOLDER [--pairs 200] [--planted 50] [--quiet-only | --busy-only]

Whether a busy machine can fake a verdict on times, and whether a quiet one finds a real difference.

- busy: loops on every core start and stop at random while a strategy is timed against itself. At most
  5 % of the pairs may get a verdict (faster, slower, guardrail broken). Every second pair has 10 % more
  work planted on one side, and none of these may be called faster.
- quiet: 10 % more work is planted; at least 80 % of the pairs have to be called slower.

Prints a line a pair, then the counts; fails where a bound is missed. A pair takes at most some 5 s.
"""
import argparse
import multiprocessing
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile
import time

LOOPS = 250_000
EXPERIMENT = """
name: pair
seed: {seed}
device: cpu
plugins: [{plugin}]
data:
  source: {{path: {log}, format: csv, columns: {{user: user, item: item, time: time}}}}
  split: {{method: leave_last_out, test: 1, rank: 0, validation: 0}}
serve: {{size: 5}}
metrics: {{groups: [], names: [ndcg], cutoffs: [5], primary: ndcg@5}}
latency: {{rounds: 3, warmup_requests: 20, repeat_s: {repeat_s}, scenarios: [{{kind: single_stream, requests: 300}}]}}
variants:
  first: {{recall: [{{plugin: busy_work, k: 10, params: {{loops: {loops}, name: 1}}}}]}}
  second: {{recall: [{{plugin: busy_work, k: 10, params: {{loops: {other_loops}, name: 2}}}}]}}
compare:
  baseline: first
  resamples: 1000
  guardrails: [{{metric: latency_ms, quantile: 0.5, scenario: single_stream, max_increase: 25%}}]
"""


def loop_now_and_then(core, seed):
    """Busy for a while, idle for a while, for ever."""
    os.sched_setaffinity(0, {core})
    draw = random.Random(seed)
    while True:
        until = time.monotonic() + draw.uniform(0.05, 2)
        while time.monotonic() < until:
            pass
        time.sleep(draw.uniform(0.05, 2))


class Disturbers:
    """A loop on every core while the block runs."""

    def __init__(self, seed):
        cores = sorted(os.sched_getaffinity(0))
        self.processes = [multiprocessing.Process(target=loop_now_and_then, args=(core, seed + core), daemon=True)
                          for core in cores]

    def __enter__(self):
        for process in self.processes:
            process.start()

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.join()


def write_log(path):
    rows = [f"u{user},i{(user * 7 + place * 3) % 40},{1000 * user + place}"
            for user in range(300) for place in range(6)]
    path.write_text("user,item,time\n" + "\n".join(rows) + "\n")


def judge(build, folder, seed, other_loops, repeat_s):
    """One pass over two variants: the verdict on p50 and its reason."""
    experiment = folder / "pair.yaml"
    database = folder / f"pair{seed}.sqlite"
    experiment.write_text(EXPERIMENT.format(
        seed=seed, plugin=build / "test_plugins/busy_work.so", log=folder / "log.csv", loops=LOOPS,
        other_loops=other_loops, repeat_s=repeat_s))
    run = subprocess.run([build / "bin/assay", "run", experiment, "-q", "--no-smoke", "-o", database],
                         env=os.environ | {"ASSAY_CACHE": str(folder / "cache")}, capture_output=True, text=True)
    if run.returncode != 0:
        sys.exit(f"assay run ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    with sqlite3.connect(database) as reader:
        row = reader.execute("SELECT verdict, relative, reason FROM comparison WHERE definition = 'latency_ms' "
                             "AND quantile = 0.5 AND family <> 'noise floor'").fetchone()
    database.unlink()
    return row


SPEED_VERDICTS = {"faster": -1, "slower within guardrail": 1, "guardrail broken": 1}


def series(name, build, folder, seeds, loops_of, repeat_s):
    counts = {}
    for seed in seeds:
        began = time.monotonic()
        verdict, relative, reason = judge(build, folder, seed, loops_of(seed), repeat_s)
        counts.setdefault(loops_of(seed), []).append(verdict)
        print(f"{name} {seed:4} {verdict:24} {100 * (relative or 0):+6.1f} %  {time.monotonic() - began:4.1f} s  {reason or ''}",
              flush=True)
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--planted", type=int, default=50)
    only = parser.add_mutually_exclusive_group()
    only.add_argument("--quiet-only", action="store_true")
    only.add_argument("--busy-only", action="store_true")
    options = parser.parse_args()
    build = options.build.resolve()
    more = LOOPS * 11 // 10
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        write_log(folder / "log.csv")
        if not options.quiet_only:
            with Disturbers(seed=7):
                counts = series("busy", build, folder, range(1, options.pairs + 1),
                                lambda seed: LOOPS if seed % 2 else more, repeat_s=1)
            same = counts.get(LOOPS, [])
            judged = [verdict for verdict in same if verdict in SPEED_VERDICTS]
            wrong = [verdict for verdict in counts.get(more, []) if SPEED_VERDICTS.get(verdict, 0) < 0]
            print(f"busy: {len(judged)} of {len(same)} pairs with the same work got a verdict on speed; "
                  f"{len(wrong)} of {len(counts.get(more, []))} with 10 % more work were called faster")
            if len(judged) > 0.05 * len(same) or wrong:
                failures.append("busy")
        if not options.busy_only:
            counts = series("quiet", build, folder, range(1001, 1001 + options.planted), lambda _: more, repeat_s=5)
            slower = [verdict for verdict in counts[more] if SPEED_VERDICTS.get(verdict, 0) > 0]
            print(f"quiet: {len(slower)} of {len(counts[more])} pairs with 10 % more work were called slower")
            if len(slower) < 0.8 * len(counts[more]):
                failures.append("quiet")
    sys.exit(f"missed: {', '.join(failures)}" if failures else 0)


if __name__ == "__main__":
    main()
