#!/usr/bin/env python3
"""A fit whose process is killed goes on from its last checkpoint, and ends as one that was never interrupted."""

import glob
import json
import os
import signal
import struct
import time
import unittest

from cli_test import EXPERIMENT, Cli

SASREC = """
variants:
  order: {recall: [{plugin: sasrec, k: 20, params: {factors: 16, hidden: 32, layers: 1, heads: 1, length: 20, epochs: EPOCHS,
                                                    dropout: 0.1, batch_size: 32}}]}
"""
TOWERS = """
variants:
  towers: {recall: [{plugin: two_tower, k: 20, params: {factors: 16, layers: 2, hidden: 32, epochs: EPOCHS, batch_size: 64, negatives: 16}}]}
"""


def tensors(path):
    """The bytes of each tensor of a safetensors file."""
    with open(path, "rb") as file:
        data = file.read()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    found = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            found[name] = data[8 + size + begin:8 + size + end]
    return found


class KilledFit(Cli):
    def checkpoints(self):
        return glob.glob(self.path("cache/artifacts/*.checkpoint.safetensors"))

    def epoch(self):
        """Of the checkpoint; 0 where there is none."""
        try:
            return struct.unpack("<q", tensors(self.checkpoints()[0])["loop.numbers"][:8])[0]
        except (IndexError, FileNotFoundError):
            return 0

    def model(self):
        paths = [path for path in glob.glob(self.path("cache/artifacts/*.safetensors")) if "checkpoint" not in path]
        self.assertEqual(len(paths), 1, paths)
        return tensors(paths[0])

    def start_run(self, database):
        process = self.start("run", "x.yaml", "-o", database, "-q", "--no-smoke")
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def end_workers(self):
        """Waits for the workers of a killed run, which end with it."""
        deadline = time.time() + 30
        last = self.epoch()
        while time.time() < deadline:
            time.sleep(0.5)
            now = self.epoch()
            if now == last:
                return last
            last = now
        return last

    def killed_and_resumed(self, variants, epochs):
        self.write("x.yaml", EXPERIMENT + variants.replace("EPOCHS", str(epochs)))
        process = self.start_run("killed.sqlite")
        deadline = time.time() + 60
        while self.epoch() < 3 and time.time() < deadline:
            self.assertIsNone(process.poll(), "it has to be at work still")
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        reached = self.end_workers()
        self.assertTrue(3 <= reached < epochs, reached)

        process, seen = self.start_run("killed.sqlite"), []
        while process.poll() is None:
            epoch = self.epoch()
            if epoch:
                seen.append(epoch)
            time.sleep(0.02)
        self.assertEqual(process.returncode, 0, process.communicate()[1])
        self.assertGreaterEqual(min(seen), reached, "it began anew")
        self.assertEqual(self.checkpoints(), [])
        resumed = self.model()

        self.environment["ASSAY_CACHE"] = self.path("other")
        os.rename(self.path("cache"), self.path("resumed"))
        self.assay("run", "x.yaml", "-o", "straight.sqlite", "-q", "--no-smoke")
        os.rename(self.path("other"), self.path("cache"))
        self.assertEqual(resumed, self.model())

    def test_a_model_of_the_next_item(self):
        self.killed_and_resumed(SASREC, 400)

    def test_two_towers(self):
        self.killed_and_resumed(TOWERS, 600)


if __name__ == "__main__":
    unittest.main()
