"""The order that trec_eval gives the lists of a run with ties, blank lines, further fields, comments and odd ranks.

Writes trec_ties.json beside this file. Needs pytrec_eval-terrier 0.5.11, which is trec_eval's own code; it is not told ranks or
comments, since trec_eval does not look at them. The place of an item in a list is found by making it the one that is relevant:
then recip_rank is 1 / place.
"""

import json
import pathlib
import random

import pytrec_eval

IDS = ["d9", "d10", "d100", "D10", "ä", "z", "Z", "_", "d", "10", "9", "é", "item-1", "item_1", "日本"]


def lines_of_query(query, draw):
    ids = draw.sample(IDS, draw.randint(3, len(IDS)))
    ranks = [draw.choice(["0", "1", "2", "7", "-1", "1.0", "x"]) for _ in ids] if query == "q5" else range(len(ids))
    for rank, item in zip(ranks, ids):
        score = draw.randint(-4, 4) / 4
        blank = draw.choice([" ", "\t", "  "])
        more = draw.choice(["", "", " further fields", "\t"])
        yield f"{draw.choice(['', '', ' '])}{blank.join([query, 'Q0', item, str(rank), str(score), 'tag'])}{more}"


def order_of(scores):
    places = {}
    for item in scores:
        evaluator = pytrec_eval.RelevanceEvaluator({"q": {item: 1}}, {"recip_rank"})
        places[item] = round(1 / evaluator.evaluate({"q": scores})["q"]["recip_rank"])
    return sorted(scores, key=places.get)


draw = random.Random(20)
lines = [line for q in range(8) for line in lines_of_query(f"q{q}", draw)]
draw.shuffle(lines)
lines.insert(0, "# made by a tool")
lines.insert(9, "")
lines.insert(12, " \t ")
lines.insert(15, "  # q0 Q0 d9 1 9.0 tag")
lines.insert(16, "#")

scores = {}
for line in lines:
    words = line.split()
    if words and not words[0].startswith("#"):
        scores.setdefault(words[0], {})[words[2]] = float(words[4])

oracle = {
    "what": "Order of the items of each list of a run with ties, as trec_eval has it",
    "source": "pytrec_eval-terrier 0.5.11 (trec_eval's C code), by make_trec_ties.py",
    "run": "\n".join(lines) + "\n",
    "order": {query: order_of(items) for query, items in sorted(scores.items())},
}
file = pathlib.Path(__file__).with_name("trec_ties.json")
file.write_text(json.dumps(oracle, indent=1, ensure_ascii=False) + "\n")
