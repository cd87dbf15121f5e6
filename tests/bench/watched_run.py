"""Runs a program and says what it and the programs that it starts held in memory."""

import os
import resource
import subprocess
import time

MB = 1 << 20


class Peak:
    """Of one process, in MB: all that was resident, and what was its own (neither mapped files nor code)."""

    def __init__(self, name):
        self.name, self.resident, self.private = name, 0.0, 0.0


def status_of(pid):
    with open(f"/proc/{pid}/status") as file:
        return dict(line.rstrip("\n").split(":", 1) for line in file)


def children(root):
    parents = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                parents.setdefault(int(file.read().rsplit(")", 1)[1].split()[1]), []).append(int(entry))
        except OSError:
            pass  # it has ended
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def look(pid, peaks):
    try:
        status = status_of(pid)
    except OSError:
        return
    name = status["Name"].strip()
    peak = peaks.setdefault((pid, name), Peak(name))  # until it is replaced, a child has its parent's name
    value = lambda key: int(status.get(key, "0 kB").split()[0]) / 1024
    peak.resident = max(peak.resident, value("VmHWM"))
    peak.private = max(peak.private, value("RssAnon"))


def run(command, private_limit_mb=None, interval_s=0.01):
    """Returns seconds and the peaks by program name; raises where the program fails.

    private_limit_mb bounds what the first process may hold of its own (RLIMIT_DATA)."""

    def limit():
        if private_limit_mb:
            resource.setrlimit(resource.RLIMIT_DATA, (private_limit_mb * MB,) * 2)

    started = time.monotonic()
    process = subprocess.Popen(command, preexec_fn=limit, stdout=subprocess.DEVNULL)
    peaks = {}
    while process.poll() is None:
        for pid in children(process.pid):
            look(pid, peaks)
        time.sleep(interval_s)
    if process.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    by_name = {}
    for peak in peaks.values():
        most = by_name.setdefault(peak.name, Peak(peak.name))
        most.resident, most.private = max(most.resident, peak.resident), max(most.private, peak.private)
    return time.monotonic() - started, by_name
