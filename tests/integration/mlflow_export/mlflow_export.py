#!/usr/bin/env python3
"""mlflow_export.py BUILD_FOLDER [--environment FOLDER]

Whether MLflow 3.17 opens what `assay export --to mlflow` writes, by the command that the export prints: every variant
is a run there, with the means of the leaderboard to the last bit, its parameters and its tags.

MLflow is installed into a temporary virtual environment, or taken from the one that is named.
"""
import argparse
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile

MLFLOW = "mlflow==3.17.*"
EXPERIMENT = """
name: to mlflow
device: cpu
datasets:
  log:
    source: {path: log.csv, format: csv, columns: {user: user, item: item, time: time}}
    split: {method: leave_last_out, test: 1, rank: 0, validation: 0}
serve: {size: 5}
metrics: {groups: [accuracy], cutoffs: [5], primary: ndcg@5, slices: [{users: activity}]}
latency: {rounds: 0}
variants:
  popular: {recall: [{plugin: popularity, k: 20}]}
  similar: {recall: [{plugin: item_knn, k: 20, params: {neighbours: {grid: [5, 10]}}}]}
"""
# What MLflow knows of the experiment, as JSON.
READ = """
import json, mlflow
client = mlflow.MlflowClient("sqlite:///mlflow.db")
experiment, = [one for one in client.search_experiments() if one.name != "Default"]
runs = client.search_runs([experiment.experiment_id])
print(json.dumps({"name": experiment.name, "version": mlflow.__version__, "runs": {
    run.info.run_name: {"metrics": run.data.metrics, "params": run.data.params, "tags": run.data.tags,
                        "status": run.info.status} for run in runs}}))
"""


def log():
    events = [f"{user},{(user * 7 + event * event) % 60},{1_600_000_000 + 60 * (event * 200 + user)}"
              for event in range(8) for user in range(200)]
    return "\n".join(["user,item,time", *events]) + "\n"


def run(command, folder, **environment):
    done = subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{command}\n{done.stdout}\n{done.stderr}")
    return done.stdout


def install(folder):
    run([sys.executable, "-m", "venv", folder], None)
    run([f"{folder}/bin/pip", "install", "--quiet", MLFLOW], None)
    return folder


def check(build, environment, folder):
    assay = str(build / "bin/assay")
    pathlib.Path(folder, "log.csv").write_text(log())
    pathlib.Path(folder, "x.yaml").write_text(EXPERIMENT)
    run([assay, "run", "x.yaml", "-q", "-o", "x.sqlite"], folder, ASSAY_CACHE=f"{folder}/cache")
    said = run([assay, "export", "x.sqlite", "--to", "mlflow"], folder)
    line = re.search(r"^Open it:\s+(mlflow migrate-filestore .*)$", said, re.MULTILINE)
    if line is None:
        sys.exit(f"the export does not say how it is opened:\n{said}")
    path = f"{environment}/bin:{os.environ['PATH']}"
    run(line.group(1).split(), folder, PATH=path)
    known = json.loads(run([f"{environment}/bin/python", "-c", READ], folder))
    with sqlite3.connect(f"{folder}/x.sqlite") as database:
        means = database.execute("SELECT variant, mean FROM leaderboard WHERE metric = 'ndcg' AND cutoff = 5 AND "
                                 "stage = 'served' AND slice = 'all'").fetchall()
    wanted = {f"{variant} on log": mean for variant, mean in means}
    found = {name: one["metrics"]["served/ndcg_at_5"] for name, one in known["runs"].items()}
    assert known["name"] == "to mlflow", known["name"]
    assert found == wanted, f"means of ndcg@5: MLflow has {found}, the leaderboard {wanted}"
    similar = known["runs"]["similar[neighbours=5] on log"]
    assert similar["params"]["recall.0.neighbours"] == "5", similar["params"]
    assert similar["tags"]["assay.variant"] == "similar[neighbours=5]", similar["tags"]
    assert {one["status"] for one in known["runs"].values()} == {"FINISHED"}
    print(f"mlflow {known['version']}: {len(found)} runs of {known['name']}, the same means to the last bit; by: {line.group(1)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--environment", help="a virtual environment that has MLflow")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = arguments.environment or install(f"{folder}/environment")
        check(arguments.build.resolve(), os.path.abspath(environment), folder)


if __name__ == "__main__":
    main()
