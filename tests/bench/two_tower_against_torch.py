#!/usr/bin/env python3
"""Examples a second of two_tower against plain PyTorch loops of the same model on Gowalla.

usage: two_tower_against_torch.py BENCH_TWO_TOWER [ROUNDS [BATCH]]

BENCH_TWO_TOWER is build/release/bench/bench_two_tower; ASSAY_DATA names the folder of gowalla/train.txt. Makes an
environment of its own with torch==2.13.0 in a temporary folder, unless this Python has torch. The model: vectors of users
and items of 64 dimensions, the mean of the latest 50 items of a history but the one that is learnt from, cosine, a softmax
over the items of a batch of 1024 (or BATCH: 256) with log-q correction. Peers: nn.Embedding and embedding_bag with
torch.optim.Adam, and with its fused version. All on OMP_NUM_THREADS threads (default: all cores), in turns; medians over
ROUNDS (default 3). Exit code 1: less than 3 times Adam's examples a second, less than 1.5 times fused Adam's, or losses of
ours that differ between rounds.
"""

import json
import os
import sys
import time

import torch_peer

ITEMS, FACTORS, HISTORY, TEMPERATURE = 40981, 64, 50, 0.1
SCRIPT = os.path.abspath(__file__)


def theirs(peer):
    """Prints examples a second of a plain loop; runs where torch is."""
    import numpy as np
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    torch.manual_seed(1)
    which, batch = peer.split(":")
    batch = int(batch)
    steps, warm = (20, 3) if which == "adam" else (60, 5)
    rows = [sorted(set(int(word) for word in line.split()[1:])) for line in torch_peer.data_file("gowalla/train.txt").open()]
    users = torch.from_numpy(np.concatenate([np.full(len(row), user) for user, row in enumerate(rows)]))
    items = torch.from_numpy(np.concatenate([np.array(row, dtype=np.int64) for row in rows]))
    latest = torch.full((len(rows), HISTORY), -1)
    for user, row in enumerate(rows):
        if row:
            latest[user, :len(row[-HISTORY:])] = torch.tensor(row[-HISTORY:])
    share = torch.bincount(items, minlength=ITEMS) / len(items)
    log_q = torch.log(-torch.expm1(batch * torch.log1p(-share)).clamp(max=-1e-12))
    of_user, of_item = torch.nn.Embedding(len(rows), FACTORS), torch.nn.Embedding(ITEMS, FACTORS)
    torch.nn.init.normal_(of_user.weight, 0, 0.1)
    torch.nn.init.normal_(of_item.weight, 0, 0.1)
    optimizer = torch.optim.Adam([of_user.weight, of_item.weight], lr=1e-3, fused=which == "fused")
    order = torch.randperm(len(users))
    same = torch.eye(batch, dtype=torch.bool)

    def step(number):
        some = order[number * batch:(number + 1) * batch]
        user, item = users[some], items[some]
        past = latest[user]
        kept = (past >= 0) & (past != item.unsqueeze(1))
        lengths = kept.sum(1)
        mean = F.embedding_bag(past[kept], of_item.weight, lengths.cumsum(0) - lengths, mode="mean")
        query = F.normalize(of_user(user) + mean, dim=1)
        scores = query @ F.normalize(of_item(item), dim=1).T / TEMPERATURE - log_q[item]
        scores = scores.masked_fill((item.unsqueeze(0) == item.unsqueeze(1)) & ~same, float("-inf"))
        loss = F.cross_entropy(scores, torch.arange(batch))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    for number in range(warm):
        step(number)
    start = time.perf_counter()
    for number in range(warm, warm + steps):
        step(number)
    print(json.dumps(steps * batch / (time.perf_counter() - start)))


def main():
    if sys.argv[1] == "--theirs":
        return theirs(sys.argv[2])
    bench, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    batch = sys.argv[3] if len(sys.argv) > 3 else "1024"
    mine, others, losses = torch_peer.in_turns(SCRIPT, bench, f"two_tower_gowalla/b:{batch}/",
                                               [f"adam:{batch}", f"fused:{batch}"], rounds)
    plain, fused = others[f"adam:{batch}"], others[f"fused:{batch}"]
    same = len(set(losses)) == 1
    print(f"batches of {batch}: ours {mine / 1e3:.1f} k examples/s; torch.optim.Adam {plain / 1e3:.1f} (ratio {mine / plain:.2f}), "
          f"fused {fused / 1e3:.1f} (ratio {mine / fused:.2f}); ours {'the same' if same else 'NOT the same'} in every round")
    sys.exit(0 if mine >= 3 * plain and mine >= 1.5 * fused and same else 1)


if __name__ == "__main__":
    main()
