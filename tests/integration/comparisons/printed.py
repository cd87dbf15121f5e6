"""What other frameworks print for the same model on the same data, and which definition of ours that is.

RecBole 1.2.1, WarpRec 2.2.8, LensKit 2025.8.1, Cornac 3.0.1, RecTools 0.19.0 and implicit 0.7.3 on MovieLens-100K,
leave-last-out (99,057 events of training, 943 of test, all 1,682 items ranked, those of training masked), @10.
"""

SAME = "the same definition"
TIES = "other order of equal scores; ours is by ascending item id"
DROPPED = "leaves out 3 users whose only test item is not in training"
PADDING = "its catalogue counts the padding item (1,683)"
CATALOGUE = "over the 1,679 items of training, and times N / (N - 1)"
DISCOUNT = "the gain at rank r is divided by max(1, log2 r)"
IDEAL = "divided by the ideal list of k hits, not of min(R, k)"
PER_SOURCE = "keeps the neighbours of each history item, not of each candidate"
SELF = "the item itself counts as one of its 100 neighbours"
BUG_COUNT = "a bug: an item is counted once per batch"
BUG_TRANSPOSED = "a bug: the item-item matrix is used transposed"
FULL_LIST = "over the whole list, without a cutoff"
RATING = "a rating predictor: the weighted mean of ones is the same for all items"
WEIGHTED = "ranks are discounted; ours have equal weights"

# Model, framework, (data set, variant) of ours, {metric of ours: printed}, cause, and whether the printed value is the
# definition's up to its last digit ("exact"), differs for the cause ("near"), or comes from something that no definition
# should name ("bug").
PRINTED = [
    ("popularity", "RecBole", "all pop", {"recall": ".06257", "ndcg": ".02839", "mrr": ".01822",
                                          "item_coverage": ".0511", "gini": ".98614"}, BUG_COUNT, "bug"),
    ("popularity", "WarpRec", "warm pop", {"recall": ".08617", "items_shown": "91"}, DROPPED, "exact"),
    ("popularity", "WarpRec", "warm pop", {"ndcg": ".04478", "mrr": ".03233"}, f"{DROPPED}; {TIES}", "near"),
    ("popularity", "WarpRec", "warm pop", {"gini": ".98616"}, CATALOGUE, "near"),
    ("popularity", "Cornac", "all pop", {"recall": ".0859"}, SAME, "exact"),
    ("popularity", "Cornac", "all pop", {"ndcg": ".04452"}, TIES, "near"),
    ("popularity", "Cornac", "all pop", {"mrr@1682": ".0408"}, f"{FULL_LIST}; {TIES}", "near"),
    ("popularity", "RecTools", "all pop", {"recall": ".0859"}, SAME, "exact"),
    ("popularity", "RecTools", "all pop", {"ndcg": ".04393", "mrr": ".03126", "item_coverage": ".05479"}, TIES, "near"),
    ("popularity", "RecTools, its default NDCG", "all pop", {"ndcg{ideal=k}": ".00967"}, f"{IDEAL}; {TIES}", "near"),
    ("popularity", "LensKit", "all pop", {"recall": ".0859"}, SAME, "exact"),
    ("popularity", "LensKit", "all pop", {"mrr": ".03126"}, TIES, "near"),
    ("popularity", "LensKit", "all pop", {"ndcg{discount=max(1,log2(r))}": ".05108"}, f"{DISCOUNT}; {TIES}", "near"),
    ("popularity", "LensKit", "all pop", {"gini": ".98840"}, WEIGHTED, "near"),
    ("item-KNN, 100", "RecBole", "all knn_target", {"recall": ".11771", "ndcg": ".06427", "mrr": ".04828"}, SAME,
     "exact"),
    ("item-KNN, 100", "RecBole", "all knn_target", {"item_coverage": ".27213", "gini": ".90191"}, PADDING, "near"),
    ("item-KNN, 100", "WarpRec", "warm knn_source_self",
     {"recall": ".10532", "ndcg": ".05579", "mrr": ".04106", "items_shown": "211"},
     f"{PER_SOURCE}; {SELF}; {DROPPED}", "exact"),
    ("item-KNN, 100", "WarpRec", "warm knn_source_self", {"gini": ".95306"}, CATALOGUE, "near"),
    ("item-KNN, 100", "implicit, RecTools", "all knn_source_self",
     {"recall": ".10498", "ndcg": ".05561", "mrr": ".04093", "item_coverage": ".12663"}, f"{PER_SOURCE}; {SELF}", "exact"),
    ("item-KNN, 100", "implicit, RecTools", "all knn_source_self", {"gini": ".95247"}, TIES, "near"),
    ("item-KNN, 100", "LensKit", "all knn_source", {"recall": ".10604"}, PER_SOURCE, "exact"),
    ("item-KNN, 100", "LensKit", "all knn_source", {"ndcg": ".05582", "mrr": ".04089"}, PER_SOURCE, "near"),
    ("item-KNN, 100", "LensKit", "all knn_source", {"gini": ".95881"}, f"{PER_SOURCE}; {WEIGHTED}", "near"),
    ("item-KNN, 100", "LensKit", "all knn_source", {"ndcg{discount=max(1,log2(r))}": ".06180"},
     f"{PER_SOURCE}; {DISCOUNT}", "near"),
    ("item-KNN, 100", "Cornac", "all knn_target", {"recall": ".02863", "ndcg": ".01184", "mrr": ".0133"}, RATING, "bug"),
    ("EASE, 250", "RecBole", "all ease", {"recall": ".13998", "ndcg": ".07276", "mrr": ".05260"}, SAME, "exact"),
    ("EASE, 250", "RecBole", "all ease", {"item_coverage": ".29293", "gini": ".89912"}, PADDING, "near"),
    ("EASE, 250", "WarpRec", "warm ease", {"recall": ".14043", "ndcg": ".07299", "mrr": ".05277", "items_shown": "490"},
     DROPPED, "exact"),
    ("EASE, 250", "WarpRec", "warm ease", {"gini": ".89969"}, CATALOGUE, "near"),
    ("EASE, 250", "LensKit", "all ease", {"recall": ".13998", "mrr": ".05260"}, SAME, "exact"),
    ("EASE, 250", "LensKit", "all ease", {"ndcg{discount=max(1,log2(r))}": ".08426"}, DISCOUNT, "exact"),
    ("EASE, 250", "LensKit", "all ease", {"gini": ".91050"}, WEIGHTED, "near"),
    ("EASE, 250", "RecTools", "all ease",
     {"recall": ".13998", "ndcg": ".07251", "mrr": ".05217", "item_coverage": ".30256"}, BUG_TRANSPOSED, "bug"),
]
