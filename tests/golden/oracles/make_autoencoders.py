#!/usr/bin/env python3
"""Writes autoencoders.json: what mult_vae (Liang et al., WWW 2018) and recvae (Shenbin et al., WSDM 2020) make of a few users.

numpy in float64, written from the papers. Gradients are by hand and checked against central differences here.
"""

import json
import pathlib

import numpy as np

ITEMS, HIDDEN, FACTORS = 7, 4, 3
USERS = [[(0, 1), (2, 1), (5, 1)], [(1, 2), (2, 0.5)], [(6, 1)]]  # items with their weights
random = np.random.default_rng(3)


def drawn(*shape):
    return random.integers(-8, 9, shape) / 8  # exact in float32


def dense():
    rows = np.zeros((len(USERS), ITEMS))
    for user, pairs in enumerate(USERS):
        for item, weight in pairs:
            rows[user, item] = weight
    return rows


def unit():
    return dense() / np.sqrt((dense() ** 2).sum(1, keepdims=True))


def log_softmax(scores):
    top = scores.max(1, keepdims=True)
    return scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True))


def likelihood(hidden, items):
    """Loss; gradients of hidden and items."""
    logs, x = log_softmax(hidden @ items.T), dense()
    pull = (np.exp(logs) * x.sum(1, keepdims=True) - x) / len(USERS)
    return -(logs * x).sum(1).mean(), pull @ items, pull.T @ hidden


def check_gradients(hidden, items):
    _, of_hidden, of_items = likelihood(hidden, items)
    for table, got in [(hidden, of_hidden), (items, of_items)]:
        for at in np.ndindex(table.shape):
            kept, values = table[at], []
            for step in (1e-6, -1e-6):
                table[at] = kept + step
                values.append(likelihood(hidden, items)[0])
            table[at] = kept
            assert abs((values[0] - values[1]) / 2e-6 - got[at]) < 1e-8, at


def with_one(rows):
    return np.concatenate([rows, np.ones((len(rows), 1))], 1)


def mult_vae():
    shapes = {"table": (ITEMS, HIDDEN), "items": (ITEMS, HIDDEN + 1), "input.bias": (HIDDEN,), "encoder.weight": (2 * FACTORS, HIDDEN),
              "encoder.bias": (2 * FACTORS,), "decoder.weight": (HIDDEN, FACTORS), "decoder.bias": (HIDDEN,)}
    w = {name: drawn(*shape) for name, shape in shapes.items()}
    noise, beta = drawn(len(USERS), FACTORS), 0.25
    both = np.tanh(unit() @ w["table"] + w["input.bias"]) @ w["encoder.weight"].T + w["encoder.bias"]
    mean, spread = both[:, :FACTORS], both[:, FACTORS:]

    def decoded(z):
        return with_one(np.tanh(z @ w["decoder.weight"].T + w["decoder.bias"]))

    hidden = decoded(mean + noise * np.exp(spread / 2))
    check_gradients(hidden, w["items"])
    loss, of_hidden, of_items = likelihood(hidden, w["items"])
    kl = (mean**2 + np.exp(spread) - spread - 1).sum(1) / 2
    return {"weights": {k: v.tolist() for k, v in w.items()}, "noise": noise.tolist(), "beta": beta, "likelihood": loss, "divergence": kl.tolist(),
            "elbo": -(loss + beta * kl.mean()), "hidden": hidden.tolist(), "of_hidden": of_hidden.tolist(), "of_items": of_items.tolist(),
            "scores": (decoded(mean) @ w["items"].T).tolist()}


def recvae_encoded(w):
    def normalised(rows, layer):
        rows = rows / (1 + np.exp(-rows))
        rows = (rows - rows.mean(1, keepdims=True)) / np.sqrt(rows.var(1, keepdims=True) + 0.1)
        return rows * w[f"norm.{layer}.weight"] + w[f"norm.{layer}.bias"]

    def linear(rows, name):
        return rows @ w[name + ".weight"].T + w[name + ".bias"]

    seen = [normalised(unit() @ w["table"] + w["input.bias"], 0)]
    for layer in range(1, 5):
        seen.append(normalised(linear(seen[-1], f"linear.{layer}") + sum(seen), layer))
    return linear(seen[-1], "mean"), linear(seen[-1], "log_variance")


def log_normal(z, mean, spread):
    return -(spread + np.log(2 * np.pi) + (z - mean) ** 2 / np.exp(spread)) / 2


def recvae():
    shapes = {"table": (ITEMS, HIDDEN), "items": (ITEMS, FACTORS + 1), "input.bias": (HIDDEN,)}
    for layer in range(5):
        if layer:
            shapes |= {f"linear.{layer}.weight": (HIDDEN, HIDDEN), f"linear.{layer}.bias": (HIDDEN,)}
        shapes |= {f"norm.{layer}.weight": (HIDDEN,), f"norm.{layer}.bias": (HIDDEN,)}
    for name in ("mean", "log_variance"):
        shapes |= {name + ".weight": (FACTORS, HIDDEN), name + ".bias": (FACTORS,)}
    w = {name: drawn(*shape) for name, shape in shapes.items()}
    old = {name: drawn(*shape) for name, shape in shapes.items()}
    noise, gamma, shares = drawn(len(USERS), FACTORS), 0.125, [0.25, 0.5, 0.25]
    mean, spread = recvae_encoded(w)
    z = mean + noise * np.exp(spread / 2)
    parts = [log_normal(z, 0 * z, 0 * z), log_normal(z, *recvae_encoded(old)), log_normal(z, 0 * z, 0 * z + 10)]
    prior = np.log(sum(share * np.exp(part) for share, part in zip(shares, parts)))
    kl = (log_normal(z, mean, spread) - prior).sum(1)
    loss = likelihood(with_one(z), w["items"])[0]
    return {"weights": {k: v.tolist() for k, v in w.items()}, "old": {k: v.tolist() for k, v in old.items()}, "noise": noise.tolist(),
            "gamma": gamma, "shares": shares, "mean": mean.tolist(), "log_variance": spread.tolist(), "log_prior": prior.tolist(),
            "likelihood": loss, "divergence": kl.tolist(), "elbo": -(loss + gamma * (dense().sum(1) * kl).mean()),
            "scores": (with_one(mean) @ w["items"].T).tolist()}


def rounded(value):
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [rounded(one) for one in value]
    return round(value, 12)


out = {"users": USERS, "items": ITEMS, "mult_vae": mult_vae(), "recvae": recvae()}
(pathlib.Path(__file__).parent / "autoencoders.json").write_text(json.dumps(rounded(out)) + "\n")
