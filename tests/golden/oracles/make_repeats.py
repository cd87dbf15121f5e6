#!/usr/bin/env python3
"""What item_knn, ease, user_knn and popularity give on a log in which users come back to items, with numpy and dense matrices.

usage: make_repeats.py > repeats.json      (needs numpy)

x_ui is what a pair counts: with `once` 1, or the largest weight of its events; with `each` the number of its events, or the sum of
their weights. An event of weight 0 is of a type that the stage does not learn from: it counts nowhere, in learning and in histories.
Models learn X [users, items] and serve the rows of the same X, except that user_knn leaves the user itself out.
"""

import json

import numpy as np

USERS, ITEMS, EVENTS, SEED = 24, 15, 260, 11
LAMBDA, SHRINKAGE = 5.0, 2.0


def log():
    """[user, item, weight] in time order; few items a user, so that most pairs are repeated."""
    draw = np.random.default_rng(SEED)
    taste = draw.dirichlet(np.full(ITEMS, 0.3), USERS)
    users = draw.integers(0, USERS, EVENTS)
    items = [int(draw.choice(ITEMS, p=taste[user])) for user in users]
    weights = draw.choice([0.0, 0.25, 1.0, 3.0], EVENTS, p=[0.15, 0.35, 0.3, 0.2])
    return [[int(user), item, float(weight)] for user, item, weight in zip(users, items, weights)]


def matrix(events, repeats, weighted):
    x = np.zeros((USERS, ITEMS))
    for user, item, weight in events:
        weight = weight if weighted else 1.0
        x[user, item] = x[user, item] + weight if repeats == "each" else max(x[user, item], weight)
    return x


def item_knn(x):
    gram = x.T @ x
    norms = np.sqrt(np.outer(np.diag(gram), np.diag(gram)))
    similarity = gram / (norms + SHRINKAGE)
    np.fill_diagonal(similarity, 0)
    return x @ similarity


def ease(x):
    p = np.linalg.inv(x.T @ x + LAMBDA * np.eye(ITEMS))
    b = -p / np.diag(p)
    np.fill_diagonal(b, 0)
    return x @ b


def user_knn(x):
    gram = x @ x.T
    norms = np.sqrt(np.outer(np.diag(gram), np.diag(gram)))
    similarity = gram / (norms + SHRINKAGE)
    np.fill_diagonal(similarity, 0)
    return similarity @ x


def popularity(x):
    return np.tile(x.sum(0), (USERS, 1))


def main():
    events = log()
    cases = []
    for model in (item_knn, ease, user_knn, popularity):
        for weighted in (False, True):
            for repeats in ("once", "each"):
                scores = model(matrix(events, repeats, weighted))
                cases.append({"model": model.__name__, "repeats": repeats, "weighted": weighted,
                              "scores": np.round(scores, 12).tolist()})
    print(json.dumps({"source": f"numpy {np.__version__}, tests/golden/oracles/make_repeats.py", "users": USERS, "items": ITEMS,
                      "lambda": LAMBDA, "shrinkage": SHRINKAGE, "events": events, "cases": cases}))


if __name__ == "__main__":
    main()
