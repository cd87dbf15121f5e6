#!/usr/bin/env python3
"""Writes list_agreement.json: how alike two ranked lists are, by other hands than ours.

rbo_ext: the package rbo (equation 32 of Webber, Moffat and Zobel 2010). kendall: scipy.stats.kendalltau
over the ids that both lists hold. fagin: Kendall's distance of top-k lists with penalty p, by the closed
form of Fagin, Kumar and Sivakumar 2003 (lists of one length only) and asserted equal to their four cases
pair by pair.  pip install rbo==0.1.3 scipy==1.17.1
"""
import itertools
import json
import random

import rbo
from scipy.stats import kendalltau


def fagin_closed(a, b, p):
    k, common = len(a), [i for i in a if i in b]
    z = len(common)
    turned = sum((a.index(i) < a.index(j)) != (b.index(i) < b.index(j))
                 for i, j in itertools.combinations(common, 2))
    only_a = sum(a.index(i) + 1 for i in a if i not in b)
    only_b = sum(b.index(i) + 1 for i in b if i not in a)
    return (k - z) * ((2 + p) * k - p * z + 1 - p) + turned - only_a - only_b


def fagin_cases(a, b, p):
    def place(ids, i):
        return ids.index(i) if i in ids else None

    distance = 0.0
    for i, j in itertools.combinations(sorted(set(a) | set(b)), 2):
        ai, aj, bi, bj = place(a, i), place(a, j), place(b, i), place(b, j)
        in_a, in_b = (ai is not None) + (aj is not None), (bi is not None) + (bj is not None)
        if in_a == 2 and in_b == 2:  # case 1
            distance += (ai < aj) != (bi < bj)
        elif in_a == 2 and in_b == 1:  # case 2
            distance += (ai < aj) != (bi is not None)
        elif in_a == 1 and in_b == 2:
            distance += (bi < bj) != (ai is not None)
        elif in_a == 1 and in_b == 1:  # case 3: one in each
            distance += 1
        else:  # case 4: both in one, none in the other
            distance += p
    return distance


def case(a, b):
    common = [i for i in a if i in b]
    out = {"a": a, "b": b, "overlap": len(common) / max(len(a), len(b)),
           "rbo_ext": {str(p): rbo.RankingSimilarity(a, b).rbo_ext(p) for p in (0.8, 0.9, 0.95)},
           "kendall": None, "fagin": {}}
    if len(common) > 1:
        out["kendall"] = float(kendalltau(range(len(common)), [b.index(i) for i in common])[0])
    for p in (0.0, 0.5):
        value = fagin_cases(a, b, p)
        if len(a) == len(b):
            assert abs(value - fagin_closed(a, b, p)) < 1e-9
        most = len(a) * len(b) + p * sum(n * (n - 1) / 2 for n in (len(a), len(b)))
        out["fagin"][str(p)] = value / most
    return out


random.seed(3)
cases = []
for _ in range(60):
    n = random.randint(1, 12)
    m = n if random.random() < 0.5 else random.randint(1, 12)
    ids = list(range(16))
    cases.append(case(random.sample(ids, n), random.sample(ids, m)))
cases += [case([1, 2, 3, 4], [1, 2, 3, 4]), case([1, 2, 3, 4], [4, 3, 2, 1]), case([1, 2], [3, 4])]
print(json.dumps({"what": "agreement of two ranked lists", "source": "rbo 0.1.3, scipy 1.17.1, Fagin et al. 2003",
                  "protocol": __doc__, "tolerance": 1e-9, "cases": cases}, indent=None))
