#!/usr/bin/env python3
"""Rankers by fields beside RecBole's models of the same name: MovieLens 100K, rating >= 4 or not, five seeded 8:1:1 splits.

usage: ctr_against_recbole.py --assay BIN --data FOLDER --into FOLDER [--splits 5] [--epochs 3,5,8,12] [MODEL...]

Both learn from the same 80,000 rows of each split: FM, DeepFM, DCNV2 by default. RecBole validates after each epoch and keeps the
best of at most 100 (AUC, patience 5). assay has one request a row, of which no list has an AUC, so that the number of epochs is
chosen beforehand: on the validation rows of the first split, by the pooled AUC, from --epochs. Other settings are RecBole's own:
batches of 2,048, a learning rate of 0.001, its widths of vectors and dense layers, its dropout; its L2 penalty of DCNV2 is not.
Printed are the means of AUC and log loss over all test rows with their standard errors over the splits.

Needs Python 3.11 with recbole==1.2.1 numpy==1.26.4 pandas==2.1.4 scipy==1.10.1 "setuptools<81" and torch.
"""

import argparse
import json
import math
import pathlib
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

import numpy

MODELS = {
    "FM": ("factorization_machine", "factors: 10"),
    "DeepFM": ("deep_fm", "factors: 10, hidden: [128, 128, 128], dropout: 0.2"),
    "DCNV2": ("dcn_v2", "factors: 16, cross_layers: 3, structure: stacked, hidden: [768, 768], dropout: 0.2"),
    "WideDeep": ("wide_deep", "factors: 10, hidden: [32, 16, 8], dropout: 0.1"),
}
SHARES = {"test": "rank: 0.7999, validation: 0.1, test: 0.1", "choose": "rank: 0.8888, validation: 0, test: 0.11111"}


def write_split(number, data, into):
    """The log in a drawn order, which assay's windows and RecBole's files cut at the same places."""
    rows = [line.split("\t")[:3] for line in (data / "ml-100k.inter").read_text().splitlines()[1:]]
    order = numpy.random.default_rng(number).permutation(len(rows))
    ends = [0, int(0.8 * len(rows)), int(0.9 * len(rows)), len(rows)]
    lines = [f"{user}\t{item}\t{rating}\t{place}" for place, (user, item, rating) in enumerate((rows[n] for n in order), 1)]
    head = "user\titem\trating\tplace\n"
    (into / f"test{number}.tsv").write_text(head + "\n".join(lines) + "\n")
    (into / f"choose{number}.tsv").write_text(head + "\n".join(lines[:ends[2]]) + "\n")
    folder = into / f"recbole{number}" / "ml"
    folder.mkdir(parents=True, exist_ok=True)
    for name, first, last in zip(("train", "valid", "test"), ends, ends[1:]):
        (folder / f"ml.{name}.inter").write_text("user_id:token\titem_id:token\trating:float\n" + "".join(
            "\t".join(rows[n]) + "\n" for n in order[first:last]))
    for kind in ("user", "item"):
        shutil.copy(data / f"ml-100k.{kind}", folder / f"ml.{kind}")


def dataset(kind, number, data, into):
    return f"""  {kind}{number}:
    source:
      impressions:
        path: {into}/{kind}{number}.tsv
        format: tsv
        columns: {{user: user, item: item, time: place}}
        labels: {{like: {{column: rating, at_least: 4}}}}
      features:
        - {{of: user, path: {data}/ml-100k.user, format: tsv, id: "user_id:token",
           columns: {{"age:token": category, "gender:token": category, "occupation:token": category}}}}
        - {{of: item, path: {data}/ml-100k.item, format: tsv, id: "item_id:token",
           columns: {{"release_year:token": category, "class:token_seq": set}}, separator: " "}}
    split: {{method: global_time, {SHARES[kind]}}}
"""


def ours(args, kind, splits, variants):
    """{(split, variant): (pooled AUC, log loss)}"""
    text = f"""name: ctr_{kind}
seeds: [1]
traffic: {{requests: logged, candidates: logged}}
serve: {{size: 1}}
metrics: {{groups: [], names: [log_loss, pooled_auc], cutoffs: [1], primary: log_loss@1}}
datasets:
""" + "".join(dataset(kind, number, args.data, args.into) for number in splits) + "variants:\n"
    for name, (model, epochs) in variants.items():
        plugin, more = MODELS[model]
        params = f"statistics: false, batch_size: 2048, epochs: {epochs}, {more}"
        text += f"  {name}: {{rank: [{{plugin: {plugin}, params: {{{params}}}}}]}}\n"
    file, database = args.into / f"{kind}.yaml", args.into / f"{kind}.sqlite"
    file.write_text(text)
    subprocess.run([args.assay, "run", file, "-o", database, "--no-smoke"], check=True, stdout=subprocess.DEVNULL)
    rows = sqlite3.connect(database).execute(
        "SELECT dataset, variant, metric, mean FROM leaderboard WHERE stage = 'served' AND slice = 'all'").fetchall()
    found = {}
    for name, variant, metric, mean in rows:
        found.setdefault((int(name.removeprefix(kind)), variant), {})[metric.split("{")[0]] = mean
    return {key: (values["pooled_auc"], values["log_loss"]) for key, values in found.items()}


def recbole(model, number, into):
    """(AUC, log loss, seconds of the fit), in this process."""
    import torch
    torch.set_num_threads(1)
    read = torch.load
    torch.load = lambda *words, **named: read(*words, **{**named, "weights_only": False})
    from recbole.config import Config
    from recbole.data import create_dataset, data_preparation
    from recbole.utils import get_model, get_trainer, init_seed
    settings = {
        "data_path": str(into / f"recbole{number}"), "benchmark_filename": ["train", "valid", "test"],
        "USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id", "RATING_FIELD": "rating", "LABEL_FIELD": "label",
        "threshold": {"rating": 4},
        "load_col": {"inter": ["user_id", "item_id", "rating"], "user": ["user_id", "age", "gender", "occupation"],
                     "item": ["item_id", "release_year", "class"]},
        "eval_args": {"order": "RO", "group_by": None, "mode": "labeled"}, "metrics": ["AUC", "LogLoss"], "valid_metric": "AUC",
        "metric_decimal_place": 6, "train_neg_sample_args": None, "epochs": 100, "stopping_step": 5, "train_batch_size": 2048,
        "eval_batch_size": 20000, "learning_rate": 0.001, "seed": number, "reproducibility": True, "use_gpu": False,
        "show_progress": False, "state": "ERROR", "checkpoint_dir": str(into / "saved")}
    sys.argv = sys.argv[:1]
    config = Config(model=model, dataset="ml", config_dict=settings)
    init_seed(config["seed"], True)
    train, valid, test = data_preparation(config, create_dataset(config))
    made = get_model(config["model"])(config, train.dataset)
    trainer = get_trainer(config["MODEL_TYPE"], config["model"])(config, made)
    started = time.monotonic()
    trainer.fit(train, valid, saved=True, show_progress=False)
    seconds = time.monotonic() - started
    found = trainer.evaluate(test, load_best_model=True, show_progress=False)
    return float(found["auc"]), float(found["logloss"]), seconds


def shown(values):
    error = statistics.stdev(values) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{statistics.mean(values):.4f} ± {error:.4f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", required=True)
    parser.add_argument("--data", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--into", required=True, type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--epochs", default="3,5,8,12")
    parser.add_argument("--peer", nargs=2, metavar=("MODEL", "SPLIT"), help="one fit of RecBole, as JSON")
    parser.add_argument("models", nargs="*", default=["FM", "DeepFM", "DCNV2"])
    args = parser.parse_args()
    if args.peer:
        print(json.dumps(recbole(args.peer[0], int(args.peer[1]), args.into)))
        return
    args.into.mkdir(parents=True, exist_ok=True)
    splits = range(1, args.splits + 1)
    for number in splits:
        write_split(number, args.data, args.into)
    tried = {f"{model}_{epochs}": (model, int(epochs)) for model in args.models for epochs in args.epochs.split(",")}
    choice = ours(args, "choose", [1], tried)
    best = {model: max((choice[1, name][0], epochs) for name, (of, epochs) in tried.items() if of == model)[1]
            for model in args.models}
    found = ours(args, "test", splits, {model: (model, best[model]) for model in args.models})
    for model in args.models:
        mine = [found[number, model] for number in splits]
        print(f"{model}: ours ({best[model]} epochs) AUC {shown([v[0] for v in mine])}, log loss {shown([v[1] for v in mine])}",
              flush=True)
        peers = []
        for number in splits:  # a process each: RecBole reads sys.argv and keeps a global state
            done = subprocess.run([sys.executable, __file__, "--assay", args.assay, "--data", args.data, "--into", args.into,
                                   "--peer", model, str(number)], capture_output=True, text=True, check=True)
            peers.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"{model}: RecBole AUC {shown([v[0] for v in peers])}, log loss {shown([v[1] for v in peers])}, "
              f"{statistics.mean(v[2] for v in peers):.0f} s a fit", flush=True)


if __name__ == "__main__":
    main()
