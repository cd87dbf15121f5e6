#!/usr/bin/env python3
"""Makes classics_ml100k.json: what simple strategies and merges serve on MovieLens 100K, by their formulas.

usage: make_classics_ml100k.py FOLDER > classics_ml100k.json      (needs numpy; FOLDER holds ml-100k.inter, .item, .user)

Split A of models_ml100k.json: rows sorted by (user, timestamp, file order), the last row of each user is test, every
rating is a positive. What a user has in train is never served to it. Ties go to the smaller item id; scores are float64.
markov     c_ij: how often j followed i as the same user's next; q_j: share of train rows that are with j;
           score = (c_ij + q_j) / (sum_j c_ij + 1), i the user's last train item
recent     the timestamp of the last train row with j; items without one come last
segment    users of the same occupation with j in train + 10 * (users with j in train) / 943
pop        users with j in train
Fusions and merges have two sources, the first 100 of pop (0) and the first 50 of markov (1):
comb_sum   sum over the sources with j of (score - least) / (most - least), over what the source brought
comb_mnz   that times the number of sources with j
weighted   comb_sum with the weights 1 and 3
rrf        sum over the sources of 1 / (60 + rank), ranks from 1
robin      sources take turns, pop first; each brings its first that is not there yet
quota      the same, at most 2 of pop and 20 of markov
Rerankers:
penalty    of the first 50 of markov, (score - least) / (most - least)
           - 0.5 * log(1 + users of j) / log(1 + users of the most popular)
genres     the first 100 of pop in their order, at most 2 of a genre; then those passed over, in theirs
"""

import json
import math
import sys

import numpy as np

USERS, ITEMS = 943, 1682


def split(folder):
    rows = np.loadtxt(f"{folder}/ml-100k.inter", skiprows=1, dtype=np.int64, usecols=(0, 1, 3))
    rows[:, :2] -= 1
    order = sorted(range(len(rows)), key=lambda r: (rows[r, 0], rows[r, 2], r))
    history, truth = [[] for _ in range(USERS)], {}
    for place, r in enumerate(order):
        user, item, time = rows[r]
        last = place + 1 == len(order) or rows[order[place + 1], 0] != user
        if last:
            truth[user] = item
        else:
            history[user].append((item, time))
    return history, truth


def table(path):
    with open(path, encoding="utf-8") as lines:
        return [line.rstrip("\n").split("\t") for line in lines][1:]


class World:
    def __init__(self, folder):
        self.history, self.truth = split(folder)
        self.seen = np.zeros((USERS, ITEMS), bool)
        self.follows, self.last = np.zeros((ITEMS, ITEMS)), np.full(ITEMS, -np.inf)
        self.rows = np.zeros(ITEMS)
        for user, events in enumerate(self.history):
            for item, time in events:
                self.seen[user, item] = True
                self.rows[item] += 1
                self.last[item] = max(self.last[item], time)
            for (before, _), (after, _) in zip(events, events[1:]):
                self.follows[before, after] += 1
        self.users_of = self.seen.sum(0).astype(float)
        jobs = {int(row[0]) - 1: row[3] for row in table(f"{folder}/ml-100k.user")}
        self.same_job = np.array([[jobs[u] == jobs[v] for v in range(USERS)] for u in range(USERS)], float)
        self.genres = {int(row[0]) - 1: row[3].split(" ") for row in table(f"{folder}/ml-100k.item")}

    def pop(self, _):
        return self.users_of

    def recent(self, _):
        return self.last

    def markov(self, user):
        after = self.follows[self.history[user][-1][0]]
        return (after + self.rows / self.rows.sum()) / (after.sum() + 1)

    def segment(self, user):
        return self.same_job[user] @ self.seen + 10 * self.users_of / USERS

    def first(self, scores, user, k):
        """[(item, score)], best first."""
        ranked = sorted((i for i in range(ITEMS) if not self.seen[user, i]), key=lambda i: (-scores[i], i))
        return [(i, scores[i]) for i in ranked[:k]]

    def sources(self, user):
        return [self.first(self.pop(user), user, 100), self.first(self.markov(user), user, 50)]


def scaled(brought):
    least, most = min(s for _, s in brought), max(s for _, s in brought)
    return {item: (score - least) / (most - least) for item, score in brought}


def by_score(scores):
    return sorted(scores, key=lambda item: (-scores[item], item))


def combined(sources, weights=(1, 1), mnz=False):
    total, times = {}, {}
    for source, weight in zip(sources, weights):
        for item, score in scaled(source).items():
            total[item] = total.get(item, 0) + weight * score
            times[item] = times.get(item, 0) + 1
    return by_score({i: s * times[i] if mnz else s for i, s in total.items()})


def reciprocal(sources):
    total = {}
    for source in sources:
        for place, (item, _) in enumerate(source):
            total[item] = total.get(item, 0) + 1 / (60 + place + 1)
    return by_score(total)


def in_turns(sources, quotas=(10**6, 10**6)):
    waiting, left, out = [[i for i, _ in source] for source in sources], list(quotas), []
    while any(left[s] and set(waiting[s]) - set(out) for s in range(len(sources))):
        for s, items in enumerate(waiting):
            fresh = [i for i in items if i not in out]
            if left[s] and fresh:
                out.append(fresh[0])
                left[s] -= 1
    return out


def penalised(world, user):
    known = np.log1p(world.users_of) / math.log1p(world.users_of.max())
    source = world.first(world.markov(user), user, 50)
    worth, brought = scaled(source), [i for i, _ in source]
    return sorted(brought, key=lambda i: (-(worth[i] - 0.5 * known[i]), brought.index(i)))


def of_genres(world, user):
    taken, kept, passed = {}, [], []
    for item, _ in world.first(world.pop(user), user, 100):
        if any(taken.get(genre, 0) == 2 for genre in world.genres[item]):
            passed.append(item)
            continue
        kept.append(item)
        for genre in world.genres[item]:
            taken[genre] = taken.get(genre, 0) + 1
    return kept + passed


def models(world):
    def recall(score):
        return lambda user: [i for i, _ in world.first(score(user), user, 20)]

    return {
        "pop": recall(world.pop), "markov": recall(world.markov), "recent": recall(world.recent),
        "segment": recall(world.segment),
        "comb_sum": lambda user: combined(world.sources(user)),
        "comb_mnz": lambda user: combined(world.sources(user), mnz=True),
        "weighted": lambda user: combined(world.sources(user), (1, 3)),
        "rrf": lambda user: reciprocal(world.sources(user)),
        "robin": lambda user: in_turns(world.sources(user)),
        "quota": lambda user: in_turns(world.sources(user), (2, 20)),
        "penalty": lambda user: penalised(world, user),
        "genres": lambda user: of_genres(world, user),
    }


def measured(world, lists, k):
    ranks = [lists[u][:k].index(world.truth[u]) + 1 if world.truth[u] in lists[u][:k] else 0 for u in range(USERS)]
    shown = np.bincount(np.concatenate([lists[u][:k] for u in range(USERS)]), minlength=ITEMS)
    share = np.sort(shown) / shown.sum()
    hits = [1 if r else 0 for r in ranks]
    return {"recall": float(np.mean(hits)), "mrr": float(np.mean([1 / r if r else 0 for r in ranks])),
            "ndcg": float(np.mean([1 / math.log2(r + 1) if r else 0 for r in ranks])), "n_users": USERS,
            "coverage": float(np.mean(shown > 0)),
            "gini": float(np.sum((2 * np.arange(1, ITEMS + 1) - ITEMS - 1) * share) / ITEMS)}


def main():
    world = World(sys.argv[1])
    cases = []
    for name, serve in models(world).items():
        lists = [serve(user)[:20] for user in range(USERS)]
        for k in (5, 10):
            cases.append({"model": name, "protocol": "A", "params": {}, "k": k,
                          "expected": measured(world, lists, k)})
    json.dump({"what": "Simple strategies, fusions, merges and rerankers on MovieLens 100K by their formulas",
               "source": f"numpy {np.__version__}, tests/golden/oracles/make_classics_ml100k.py",
               "protocol": __doc__.split("\n\n", 2)[2].strip(), "tolerance": 1e-7, "cases": cases},
              sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
