#!/usr/bin/env python3
"""Slices of MovieLens-100K through the whole program: every line of every slice is computed again from the kept lists,
the kept truth and the files of the data set, and the sentence on the worst slice is held against the rows.

Exit code 77: skipped, the data set is not here.
"""

import array
import collections
import json
import math
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

BUILD = pathlib.Path(os.environ["ASSAY_BUILD_DIR"])
K = 10
EXPERIMENT = """
name: slices
device: cpu
datasets:
  ml100k:
    source: movielens-100k
    split: {method: row_hash, multiplier: 2654435761, modulus: 5, test: 0}
serve: {size: 10}
metrics:
  groups: []
  names: [recall, "recall{den=min(R,k)}", precision, hit_rate, mrr, ndcg, map]
  cutoffs: [10]
  primary: ndcg@10
  slices: [{users: activity}, {items: activity}, user.gender, item.class, {time: 4}]
variants:
  popular: {recall: [{plugin: popularity}]}
  similar: {recall: [{plugin: item_knn}]}
"""


def data_folder():
    for folder in os.environ.get("ASSAY_DATA", "").split(":"):
        path = pathlib.Path(folder) / "movielens-100k"
        if (path / "ml-100k.inter").exists():
            return path
    print("movielens-100k is not in ASSAY_DATA")
    sys.exit(1 if os.environ.get("ASSAY_REQUIRE_DATA") else 77)


def rows_of(path):
    return [line.split("\t") for line in path.read_text(encoding="latin-1").splitlines()[1:]]


class Log:
    """What the files say, by outside ids."""

    def __init__(self, folder):
        self.user_events, self.item_events = collections.Counter(), collections.Counter()
        for row, (user, item, *_) in enumerate(rows_of(folder / "ml-100k.inter")):
            if row * 2654435761 % 2**32 % 5:
                self.user_events[user] += 1
                self.item_events[item] += 1
        self.gender = {row[0]: row[2] for row in rows_of(folder / "ml-100k.user")}
        self.genres = {row[0]: row[3].split() for row in rows_of(folder / "ml-100k.item")}


def activity(events):
    """Cold: none; hot: as active as the last of the most active fifth."""
    active = sorted(events.values(), reverse=True)
    bound = active[math.ceil(len(active) / 5) - 1]
    return lambda key: "cold" if not events[key] else "hot" if events[key] >= bound else "warm"


def numbers(kind, blob):
    out = array.array(kind)
    out.frombytes(blob)
    return out.tolist()


class Kept:
    """What the database kept of one variant."""

    def __init__(self, database, variant):
        key, self.set = database.execute(
            "select trial_key, request_set from run_trial join variant using (variant_id) join trial using (trial_key)"
            " where name = ?", [variant]).fetchone()
        self.lists = []
        for size, items in database.execute(
                "select size, items from slate where trial_key = ? order by first_request", [key]):
            flat = numbers("i", items)
            self.lists += [flat[at:at + size] for at in range(0, len(flat), size)]
        times, offsets, items, prepared = database.execute(
            "select times, truth_offsets, truth_items, prepared_hash from request_set where request_set = ?",
            [self.set]).fetchone()
        ids = database.execute("select user_ids from request_user where request_set = ? order by first_request", [self.set])
        self.users, self.times = sum((json.loads(some) for some, in ids), []), numbers("q", times)
        at, flat = numbers("q", offsets), numbers("i", items)
        self.truth = [set(flat[a:b]) for a, b in zip(at, at[1:])]
        ids = database.execute("select item_ids from catalogue where prepared_hash = ?", [prepared]).fetchone()[0]
        self.items = json.loads(ids)


def accuracy(ranked, relevant):
    """Every metric of one list; None: nothing is relevant."""
    if not relevant:
        return None
    hits = [item in relevant for item in ranked[:K]]
    found, count, best = sum(hits), len(relevant), min(len(relevant), K)
    gains = [1 / math.log2(rank + 2) for rank in range(K)]
    return {
        "recall": found / count,
        "recall{den=min(R,k)}": found / best,
        "precision": found / K,
        "hit_rate": float(found > 0),
        "mrr": 1 / (hits.index(True) + 1) if found else 0.0,
        "ndcg": sum(g for g, hit in zip(gains, hits) if hit) / sum(gains[:best]),
        "map": sum(sum(hits[:r + 1]) / (r + 1) for r, hit in enumerate(hits) if hit) / best,
    }


def expected(kept, log):
    """(slice, metric) -> mean and how many requests it is over."""
    parts = collections.defaultdict(list)
    of_user, of_item = activity(log.user_events), activity(log.item_events)
    order = sorted(range(len(kept.times)), key=lambda r: kept.times[r])
    quarter = {r: 1 + next(q for q in range(4) if place < (q + 1) * len(order) // 4)
               for place, r in enumerate(order)}
    labels = [[f"items: {of_item(item)}"] + [f"item.class: {genre}" for genre in log.genres[item]]
              for item in kept.items]
    for r, user in enumerate(kept.users):
        whole = accuracy(kept.lists[r], kept.truth[r])
        for name in (f"users: {of_user(user)}", f"user.gender: {log.gender[user]}", f"time: {quarter[r]} of 4"):
            parts[name].append(whole)
        by_label = collections.defaultdict(set)
        for item in kept.truth[r]:
            for label in labels[item]:
                by_label[label].add(item)
        for label, items in by_label.items():
            parts[label].append(accuracy(kept.lists[r], items))
    return {(name, metric): (sum(v[metric] for v in values) / len(values), len(values))
            for name, values in parts.items() for metric in values[0]}


def check_means(database, variant, log):
    want = expected(Kept(database, variant), log)
    wrong, held = [], set()
    for part, metric, mean, requests, excluded in database.execute(
            "select slice, metric, mean, requests, excluded_requests from leaderboard"
            " where variant = ? and stage = 'served' and slice <> 'all' and cutoff = 10", [variant]):
        if mean is None and (part, metric) not in want:
            continue  # a slice that nobody's truth is in
        held.add((part, metric))
        value, count = want.get((part, metric), (None, 0))
        if value is None or abs(mean - value) > 1e-6 or requests - excluded != count:
            wrong.append(f"{variant} {part} {metric}: {mean} of {requests - excluded}, expected {value} of {count}")
    wrong += [f"{variant} {part} {metric} is missing" for part, metric in want.keys() - held]
    if wrong:
        sys.exit("\n".join(wrong))
    return len(held)


def check_worst(database, text):
    worst, _ = min(database.execute(
        "select slice, difference from comparisons where metric = 'ndcg' and slice <> 'all' and n >= 30"
        " and family = 'exploratory'"), key=lambda row: row[1])
    line = f"Worst slice of similar: {worst}, "
    if line not in " ".join(text.split()):
        sys.exit(f"the comparison does not say {line!r}:\n{text}")


def check_refusal(folder):
    """A feature that the data set has not is refused before anything runs, with the near name."""
    experiment = pathlib.Path(folder, "wrong.yaml")
    experiment.write_text(EXPERIMENT.replace("user.gender", "user.gendre"))
    done = subprocess.run([BUILD / "bin/assay", "run", experiment, "-o", f"{folder}/wrong.sqlite"], capture_output=True,
                          text=True)
    said = " ".join(done.stderr.split())
    wanted = 'metrics.slices names user.gendre, but ml100k has no user feature gendre; did you mean "gender"?'
    if done.returncode != 2 or wanted not in said:
        sys.exit(f"exit code {done.returncode}, expected 2 and {wanted!r}:\n{done.stderr}")


def main():
    log = Log(data_folder())
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("ASSAY_CACHE", f"{folder}/cache")
        experiment, path = pathlib.Path(folder, "slices.yaml"), f"{folder}/slices.sqlite"
        experiment.write_text(EXPERIMENT)
        done = subprocess.run([BUILD / "bin/assay", "run", experiment, "-o", path], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"exit code {done.returncode}\n{done.stdout}{done.stderr}")
        database = sqlite3.connect(path)
        held = sum(check_means(database, variant, log) for variant in ("popular", "similar"))
        check_worst(database, subprocess.run([BUILD / "bin/assay", "compare", path], capture_output=True, text=True,
                                             check=True).stdout)
        check_refusal(folder)
        print(f"{held} means of slices hold")


if __name__ == "__main__":
    main()
