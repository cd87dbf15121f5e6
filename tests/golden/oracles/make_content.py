#!/usr/bin/env python3
"""Makes content.json: cosines of users with items by features of the items, with scikit-learn.

usage: make_content.py > content.json      (needs numpy, scipy and scikit-learn)

Categories, sets and texts become TfidfVectorizer(sublinear_tf=True, smooth_idf=True, norm="l2", min_df=min_items) over all items: a
category is one word, a set its members, a text what the vectorizer's own token_pattern and lowercase find. Given vectors are
brought to length 1; one that is missing is 0. Each feature times its weight, all side by side, each item brought to length 1. The
profile of a user is the sum of the items of its history, each once, times 2 ** (-(days before the last of them) / half_life_days);
the score is its cosine with each item.
"""

import json

import numpy as np
import scipy.sparse
import sklearn
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.preprocessing import normalize

ITEMS, USERS, WIDTH, SEED = 30, 8, 5, 3
DAY_US = 86_400_000_000
TAGS = ["red", "green", "blue", "old", "new", "rare", "common"]
WORDS = ["The", "river", "RIVER", "Über", "ÜBER", "été", "Москва", "москва", "Ωmega", "ωmega", "a", "x", "café", "naïve", "co-op", "o'clock",
         "data_set", "42", "7", "e-mail", "Žižka", "žižka", "İstanbul"[1:], "§12", "½cup", "µm", "“quoted”", "dash—dash", "long…"]


def catalogue():
    draw = np.random.default_rng(SEED)
    items = []
    for number in range(ITEMS):
        words = draw.choice(WORDS, size=int(draw.integers(0, 12)))
        vector = draw.normal(size=WIDTH).astype(np.float32)
        items.append({
            "category": int(draw.integers(0, 4)) if number % 7 != 3 else -1,
            "set": sorted(int(tag) for tag in draw.choice(len(TAGS), size=int(draw.integers(0, 5)), replace=False)),
            "text": draw.choice([" ", ", ", "\t"]).join(words) if number % 11 != 5 else "",
            "vector": [float(value) for value in vector] if number % 9 != 4 else None})
    # An item of which nothing is known, and two that are the same.
    items[12] = {"category": -1, "set": [], "text": "", "vector": None}
    items[20] = dict(items[19])
    return items


def histories():
    draw = np.random.default_rng(SEED + 1)
    rows = []
    for user in range(USERS):
        seen = draw.choice(ITEMS, size=[1, 2, 3, 5, 8, 1, 4, 6][user], replace=False)
        days = np.sort(draw.uniform(0, 40, size=len(seen)))
        rows.append([[int(item), int(day * DAY_US)] for item, day in zip(seen, days)])
    rows[5] = [[12, 0]]  # nothing is known of it
    return rows


def column(items, feature, min_items):
    if feature == "vector":
        rows = [item["vector"] or [0.0] * WIDTH for item in items]
        return scipy.sparse.csr_matrix(normalize(np.array(rows, dtype=np.float64)))
    settings = {"sublinear_tf": True, "smooth_idf": True, "norm": "l2", "min_df": min_items}
    if feature == "text":
        return TfidfVectorizer(**settings).fit_transform([item["text"] for item in items])
    documents = [[item["category"]] if item["category"] >= 0 else [] for item in items]
    if feature == "set":
        documents = [item["set"] for item in items]
    return TfidfVectorizer(analyzer=lambda members: [str(member) for member in members], **settings).fit_transform(documents)


def scores(items, rows, case):
    weights = case["weights"] or [1.0] * len(case["features"])
    columns = [weight * column(items, feature, case["min_items"]) for feature, weight in zip(case["features"], weights)]
    vectors = normalize(scipy.sparse.hstack(columns).tocsr())
    result = []
    for row in rows:
        last = max(time for _, time in row)
        half = case["half_life_days"]
        shares = [2.0 ** (-(last - time) / DAY_US / half) if half else 1.0 for _, time in row]
        profile = sum(share * vectors[item].toarray() for share, (item, _) in zip(shares, row))
        result.append([float(value) for value in cosine_similarity(profile, vectors)[0]])
    return result


def main():
    items, rows = catalogue(), histories()
    cases = [{"features": [name], "weights": [], "min_items": 1, "half_life_days": 0} for name in ("category", "set", "text", "vector")]
    cases += [{"features": ["text"], "weights": [], "min_items": 3, "half_life_days": 0},
              {"features": ["category", "set", "text", "vector"], "weights": [], "min_items": 1, "half_life_days": 0},
              {"features": ["text", "vector", "set"], "weights": [2.0, 0.5, 1.0], "min_items": 2, "half_life_days": 0},
              {"features": ["set", "text"], "weights": [1.0, 0.0], "min_items": 1, "half_life_days": 0},
              {"features": ["category", "set", "text", "vector"], "weights": [1.0, 2.0, 3.0, 4.0], "min_items": 1,
               "half_life_days": 9.5}]
    for case in cases:
        case["scores"] = scores(items, rows, case)
    print(json.dumps({"what": "Cosines of users with items by features of the items",
                      "source": f"scikit-learn {sklearn.__version__}, tests/golden/oracles/make_content.py",
                      "protocol": __doc__.split("\n\n", 2)[2].strip(), "categories": 4, "tags": TAGS, "width": WIDTH, "items": items,
                      "histories": rows, "cases": cases}, ensure_ascii=False, indent=None, separators=(",", ":"))
          .replace('"items":[', '\n"items":[\n').replace('},{"', '},\n{"').replace('"histories"', '\n"histories"')
          .replace('"cases"', '\n"cases"').replace("]],", "]],\n").replace("],[", "],\n["))


if __name__ == "__main__":
    main()
