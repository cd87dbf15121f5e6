#!/usr/bin/env python3
"""Writes hstu.json: hidden states of HSTU (Zhai et al., ICML 2024, equations 1 to 3) for two short sequences.

numpy in float64, place by place, from the paper and, for buckets of times, its authors' description: ln(seconds) / 0.301.
"""

import json
import pathlib

import numpy as np

LENGTH, WIDTH, HEADS, LAYERS, BUCKETS = 5, 4, 2, 2, 60
POSITION = [[1, 2, 3, 4], [3, 4, -1, -1]]  # the latest item stands at LENGTH - 1
TIME_S = [[0, 0.5, 100, 86500], [1e9, 1e9 + 3600, 0, 0]]
random = np.random.default_rng(11)


def drawn(*shape):
    return random.integers(-8, 9, shape) / 8  # exact in float32


def silu(x):
    return x / (1 + np.exp(-x))


def normalised(x):
    return (x - x.mean()) / np.sqrt(x.var() + 1e-5)


def bucket(seconds):
    return min(int(np.log(max(abs(seconds), 1)) / 0.301), BUCKETS - 1)


def hidden(rows, position, time, w, buckets):
    count = sum(place >= 0 for place in position)
    x = [rows[i] * np.sqrt(WIDTH) + w["positions"][position[i]] for i in range(count)]
    size = WIDTH // HEADS
    for layer in range(LAYERS):
        name = f"layer.{layer}."
        mixed = [silu(w[name + "in.weight"] @ normalised(row)) for row in x]
        u, v, q, k = ([row[part * WIDTH:(part + 1) * WIDTH] for row in mixed] for part in range(4))
        out = []
        for i in range(count):
            sums = np.zeros(WIDTH)
            for j in range(i + 1):
                bias = w[name + "distance"][i - j]
                if buckets:
                    bias = bias + w[name + "time"][bucket(time[i] - time[j])]
                for head in range(HEADS):
                    at = slice(head * size, (head + 1) * size)
                    sums[at] += silu(q[i][at] @ k[j][at] + bias) / LENGTH * v[j][at]
            out.append(x[i] + w[name + "out.weight"] @ (normalised(sums) * u[i]) + w[name + "out.bias"])
        x = out
    x = [normalised(row) * w["norm.weight"] + w["norm.bias"] for row in x]
    return np.array(x + [np.zeros(WIDTH)] * (len(position) - count))


def case(rows, buckets):
    w = {"positions": drawn(LENGTH, WIDTH), "norm.weight": drawn(WIDTH), "norm.bias": drawn(WIDTH)}
    for layer in range(LAYERS):
        name = f"layer.{layer}."
        w |= {name + "in.weight": drawn(4 * WIDTH, WIDTH), name + "distance": drawn(LENGTH), name + "out.weight": drawn(WIDTH, WIDTH),
              name + "out.bias": drawn(WIDTH)}
        if buckets:
            w[name + "time"] = drawn(BUCKETS)
    out = [hidden(rows[b], POSITION[b], TIME_S[b], w, buckets).round(12).tolist() for b in range(2)]
    return {"time_buckets": buckets, "parameters": {name: value.tolist() for name, value in w.items()}, "hidden": out}


rows = drawn(2, 4, WIDTH)
result = {"width": WIDTH, "length": LENGTH, "rows": rows.tolist(), "position": POSITION, "time_s": TIME_S,
          "cases": [case(rows, 0), case(rows, BUCKETS)]}
(pathlib.Path(__file__).parent / "hstu.json").write_text(json.dumps(result) + "\n")
