#!/usr/bin/env python3
"""Sequences a second of sasrec against a plain PyTorch loop of the same model on Amazon Beauty.

usage: sasrec_against_torch.py BENCH_SASREC [ROUNDS]

BENCH_SASREC is build/release/bench/bench_sasrec; ASSAY_DATA names the folder of amazon-beauty/Beauty.txt. Makes an
environment of its own with torch==2.13.0 in a temporary folder, unless this Python has torch. The model: two layers of
pre-normalised causal self-attention over the latest 50 items, 2 heads, width 64, feed-forward 256, dropout 0.5, softmax over
all items at the places that hold one, 256 sequences a step. The peer pads sequences to 50, calls
scaled_dot_product_attention, and learns with one fused AdamW over table and layers. Both on OMP_NUM_THREADS threads
(default: all cores), in turns; medians over ROUNDS (default 3). Exit code 1: ours has less than twice the sequences a
second, or its loss differs between rounds.
"""

import json
import os
import random
import sys
import time

import torch_peer

ITEMS, FACTORS, LENGTH, LAYERS, HEADS, HIDDEN, DROPOUT, BATCH = 12102, 64, 50, 2, 2, 256, 0.5, 256
STEPS, WARM = 12, 2
SCRIPT = os.path.abspath(__file__)


def theirs():
    """Prints sequences a second of a plain loop; runs where torch is."""
    import torch
    import torch.nn.functional as F
    from torch import nn

    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
    torch.manual_seed(1)

    class Block(nn.Module):
        def __init__(self):
            super().__init__()
            self.attention_norm, self.forward_norm = nn.LayerNorm(FACTORS), nn.LayerNorm(FACTORS)
            self.into, self.out = nn.Linear(FACTORS, 3 * FACTORS), nn.Linear(FACTORS, FACTORS)
            self.up, self.down = nn.Linear(FACTORS, HIDDEN), nn.Linear(HIDDEN, FACTORS)
            self.dropout = nn.Dropout(DROPOUT)

        def forward(self, x):
            batch, length, _ = x.shape
            query, key, value = self.into(self.attention_norm(x)).view(batch, length, 3, HEADS, -1).permute(2, 0, 3, 1, 4)
            mixed = F.scaled_dot_product_attention(query, key, value, is_causal=True)
            x = x + self.dropout(self.out(mixed.transpose(1, 2).reshape(batch, length, FACTORS)))
            return x + self.dropout(self.down(F.gelu(self.up(self.forward_norm(x)))))

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.item, self.place = nn.Embedding(ITEMS + 1, FACTORS, padding_idx=0), nn.Embedding(LENGTH, FACTORS)
            self.blocks, self.norm, self.dropout = nn.ModuleList(Block() for _ in range(LAYERS)), nn.LayerNorm(FACTORS), nn.Dropout(DROPOUT)

        def forward(self, seen):
            x = self.dropout(self.item(seen) + self.place.weight)
            for block in self.blocks:
                x = block(x)
            return self.norm(x)

    rows = [[int(word) for word in line.split()[1:]][:-2] for line in torch_peer.data_file("amazon-beauty/Beauty.txt").open()]
    rows = [row[-LENGTH - 1:] for row in rows if len(row) > 1]
    random.Random(1).shuffle(rows)
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0, fused=True)

    def step(number):
        some = rows[number * BATCH:(number + 1) * BATCH]
        seen, following = torch.zeros(BATCH, LENGTH, dtype=torch.long), torch.zeros(BATCH, LENGTH, dtype=torch.long)
        for n, row in enumerate(some):  # behind their end, so that causal attention sees no padding
            seen[n, :len(row) - 1], following[n, :len(row) - 1] = torch.tensor(row[:-1]), torch.tensor(row[1:])
        held = following > 0
        loss = F.cross_entropy(model(seen)[held] @ model.item.weight.T, following[held])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    for number in range(WARM):
        step(number)
    start = time.perf_counter()
    for number in range(WARM, WARM + STEPS):
        step(number)
    print(json.dumps(STEPS * BATCH / (time.perf_counter() - start)))


def main():
    if sys.argv[1] == "--theirs":
        return theirs()
    bench, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 3
    mine, others, losses = torch_peer.in_turns(SCRIPT, bench, "sasrec_beauty/", ["plain"], rounds)
    same = len(set(losses)) == 1
    print(f"ours {mine:.0f} sequences/s, plain loop {others['plain']:.0f} (ratio {mine / others['plain']:.2f}); "
          f"ours {'the same' if same else 'NOT the same'} in every round")
    sys.exit(0 if mine >= 2 * others["plain"] and same else 1)


if __name__ == "__main__":
    main()
