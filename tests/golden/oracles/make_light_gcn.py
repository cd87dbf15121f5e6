#!/usr/bin/env python3
"""Writes light_gcn.json: propagation, loss and gradient of LightGCN (He et al., SIGIR 2020) on a small graph.

Dense matrices of numpy in float64. The gradient is derived by hand and checked against central differences here.
"""

import json
import pathlib

import numpy as np

USERS, ITEMS, WIDTH = 5, 6, 3
PAIRS = [(0, 0), (0, 1), (0, 4), (1, 1), (1, 2), (2, 0), (2, 2), (2, 3), (3, 4)]  # user 4 and item 5 have none
BATCH = [(0, 1, 2), (2, 3, 1), (0, 4, 5), (3, 4, 0), (0, 1, 3)]  # user, positive, negative
LAMBDA = 0.3


def adjacency():
    pairs = np.zeros((USERS, ITEMS))
    for user, item in PAIRS:
        pairs[user, item] = 1
    matrix = np.block([[np.zeros((USERS, USERS)), pairs], [pairs.T, np.zeros((ITEMS, ITEMS))]])
    degree = matrix.sum(1)
    scale = np.where(degree > 0, 1 / np.sqrt(np.maximum(degree, 1)), 0)
    return scale[:, None] * matrix * scale[None, :]


def propagated(table, layers):
    matrix, layer, total = adjacency(), table, table.copy()
    for _ in range(layers):
        layer = matrix @ layer
        total = total + layer
    return total / (layers + 1)


def scores(vectors):
    return np.array([vectors[u] @ (vectors[USERS + i] - vectors[USERS + j]) for u, i, j in BATCH])


def loss(table, layers):
    """Ranking part, penalty."""
    ranking = np.mean(np.log1p(np.exp(-scores(propagated(table, layers)))))
    penalty = sum(np.sum(table[node] ** 2) for u, i, j in BATCH for node in (u, USERS + i, USERS + j)) * LAMBDA / 2 / len(BATCH)
    return ranking, penalty


def gradient(table, layers):
    vectors = propagated(table, layers)
    by_vectors = np.zeros_like(table)
    for (u, i, j), score in zip(BATCH, scores(vectors)):
        pull = -1 / (1 + np.exp(score)) / len(BATCH)
        by_vectors[u] += pull * (vectors[USERS + i] - vectors[USERS + j])
        by_vectors[USERS + i] += pull * vectors[u]
        by_vectors[USERS + j] -= pull * vectors[u]
    power, mean = np.eye(USERS + ITEMS), np.eye(USERS + ITEMS)
    for _ in range(layers):
        power = adjacency() @ power
        mean = mean + power
    result = (mean / (layers + 1)).T @ by_vectors
    for u, i, j in BATCH:
        for node in (u, USERS + i, USERS + j):
            result[node] += LAMBDA / len(BATCH) * table[node]
    return result


def check(table, layers):
    got, step = gradient(table, layers), 1e-6
    for at in np.ndindex(table.shape):
        up, down = table.copy(), table.copy()
        up[at] += step
        down[at] -= step
        numeric = (sum(loss(up, layers)) - sum(loss(down, layers))) / (2 * step)
        assert abs(numeric - got[at]) < 1e-8, (at, numeric, got[at])


def main():
    table = np.random.default_rng(5).integers(-8, 9, (USERS + ITEMS, WIDTH)) / 8  # exact in float32
    cases = []
    for layers in (0, 1, 3):
        check(table, layers)
        cases.append({"layers": layers, "propagated": propagated(table, layers).tolist(), "loss": loss(table, layers)[0],
                      "gradient": gradient(table, layers).tolist()})
    out = {"what": "LightGCN on a small graph, numpy float64; gradient checked against central differences",
           "users": USERS, "items": ITEMS, "pairs": PAIRS, "batch": BATCH, "lambda": LAMBDA, "table": table.tolist(), "cases": cases}
    path = pathlib.Path(__file__).with_name("light_gcn.json")
    path.write_text(json.dumps(out) + "\n")


if __name__ == "__main__":
    main()
