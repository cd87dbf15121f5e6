#!/usr/bin/env python3
"""Times `assay ope` against the Open Bandit Pipeline on a log of its own and prints the ratio.

    python3 -m venv /tmp/obp
    /tmp/obp/bin/pip install --no-deps --ignore-requires-python obp==0.5.7
    /tmp/obp/bin/pip install numpy==1.26.4 'pandas<2.3' 'scikit-learn<1.6' 'scipy<1.12' tqdm pyarrow==18.1.0 pyyaml
    /tmp/obp/bin/python tests/bench/ope_against_obp.py build/release/bin/assay

The log is SyntheticBanditDataset's: 100,000 rounds, 10 actions, the judged policy a softmax of the true rewards, the reward
model their truth with noise. Both sides are whole processes that read the log from a file (obp arrays of numpy, assay
Parquet), make six estimates with intervals and print them: direct method, IPS, self-normalised IPS, doubly robust, its
self-normalised form and Switch-DR with threshold 5. obp resamples the rounds 100 times
(its default is 10,000, which takes it a hundred times as long); assay gives normal intervals, as it does for more than
20,000 independent rounds. The values must agree. Seconds of one core each (user and system together); the best of `--repeats`.
Exits with 1 where assay is less than 20 times as fast.
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

AT_LEAST = 20.0
ROUNDS, ACTIONS, RESAMPLES = 100_000, 10, 100
NAMES = {"dm": "dm", "ipw": "ips", "snipw": "snips", "dr": "dr", "sndr": "sndr", "switch-dr": "switch_dr"}

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

# Only these modules, and for torch, which they name in a type, an empty one: obp is timed without what it would load beside.
BARE_IMPORT = """
import importlib, importlib.metadata, pathlib, sys, types
sys.modules["torch"] = types.ModuleType("torch")
sys.modules["torch"].Tensor = sys.modules["torch"].tensor = object
root = pathlib.Path(importlib.metadata.distribution("obp").locate_file("obp"))
for name in ("obp", "obp.dataset", "obp.ope", "obp.policy"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [str(root.joinpath(*name.split(".")[1:]))]
"""

EVALUATE = BARE_IMPORT + """
import json
import numpy as np
ope = importlib.import_module("obp.ope.estimators")
log = np.load(sys.argv[1])
shared = dict(reward=log["reward"], action=log["action"], pscore=log["pscore"], action_dist=log["action_dist"],
              estimated_rewards_by_reg_model=log["model"], position=np.zeros(len(log["reward"]), int))
out = {}
for estimator in (ope.DirectMethod(), ope.InverseProbabilityWeighting(), ope.SelfNormalizedInverseProbabilityWeighting(),
                  ope.DoublyRobust(), ope.SelfNormalizedDoublyRobust(), ope.SwitchDoublyRobust(lambda_=5.0)):
    interval = estimator.estimate_interval(**shared, n_bootstrap_samples=int(sys.argv[2]), random_state=1)
    out[estimator.estimator_name] = [estimator.estimate_policy_value(**shared), interval]
print(json.dumps(out))
"""


def make_log(folder):
    """The log as both read it, in one folder."""
    exec(BARE_IMPORT, {})  # noqa: S102: as the other process does
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    importlib.import_module("obp.utils")
    synthetic = importlib.import_module("obp.dataset.synthetic")
    data = synthetic.SyntheticBanditDataset(n_actions=ACTIONS, dim_context=5, reward_function=synthetic.logistic_reward_function,
                                            beta=1.0, random_state=1)
    log = data.obtain_batch_bandit_feedback(n_rounds=ROUNDS)
    expected = log["expected_reward"]
    policy = np.exp(5 * expected)
    policy /= policy.sum(axis=1, keepdims=True)
    model = np.clip(expected + np.random.default_rng(1).normal(0, 0.1, expected.shape), 0, 1)
    row = np.arange(ROUNDS)
    np.savez(folder / "log.npz", reward=log["reward"], action=log["action"], pscore=log["pscore"],
             action_dist=policy[:, :, None], model=model[:, :, None])
    columns = {"reward": log["reward"].astype(float), "propensity": log["pscore"], "policy": policy[row, log["action"]],
               "q": model[row, log["action"]], "value": (policy * model).sum(axis=1)}
    pq.write_table(pa.table(columns), folder / "log.parquet")


def timed(command):
    """Seconds of a core, and what the process printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def best_of(repeats, command):
    runs = [timed(command) for _ in range(repeats)]
    return min(runs)[0], runs[0][1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assay")
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        make_log(folder)
        (folder / "evaluate.py").write_text(EVALUATE)
        theirs, told = best_of(arguments.repeats, [sys.executable, folder / "evaluate.py", folder / "log.npz", str(RESAMPLES)])
        ours, answer = best_of(arguments.repeats, [
            arguments.assay, "ope", folder / "log.parquet", "--reward", "reward", "--propensity", "propensity", "--policy",
            "policy", "--q", "q", "--value", "value", "--format", "json", "--estimator", "dm", "ips", "snips", "dr", "sndr",
            "switch_dr=5"])
    values = {row["estimator"]: row for row in json.loads(answer)["estimates"]}
    for theirs_name, (value, interval) in json.loads(told).items():
        own = values[next(ours_name for key, ours_name in NAMES.items() if theirs_name.startswith(key) and
                          len(key) == max(len(other) for other in NAMES if theirs_name.startswith(other)))]
        low, high = interval["95.0% CI (lower)"], interval["95.0% CI (upper)"]
        own_low, own_high = own["normal"]
        print(f"{own['estimator']:10} assay {own['value']:.6f} [{own_low:.6f}, {own_high:.6f}], "
              f"obp {value:.6f} [{low:.6f}, {high:.6f}]")
        if abs(own["value"] - value) > 1e-9:
            sys.exit(f"{own['estimator']} differs from obp")
    print(f"n = {ROUNDS:,} rounds, {ACTIONS} actions: assay {ours:.3f} s, obp {importlib.metadata.version('obp')} {theirs:.3f} s, "
          f"best of {arguments.repeats}: {theirs / ours:.1f} times as fast")
    sys.exit(0 if theirs >= AT_LEAST * ours else 1)


if __name__ == "__main__":
    main()
