#!/usr/bin/env python3
"""Runs the test programs of one build side by side and sums what they say.

usage: run_tests.py BIN_DIR OUT_DIR [--jobs N] [--timeout SECONDS] [--filter GTEST_FILTER] [--program NAME]…

Logs and results land in OUT_DIR (NAME.log, NAME.xml, summary.json). A test that a crash or the time limit kept from
running counts as failed. Exit 0 only if nothing failed.
"""
import argparse
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ElementTree

SHOWN_LINES = 80
# A program whose tests mostly wait for real servers runs as so many processes, each with its share of the tests.
SHARDS = {"product_tests": 4}
# So many of the slowest tests are named at the end, if they took so long.
SLOWEST, SLOW_S = 8, 10
# Tests write much and keep nothing: in memory, where there is as much as they may need.
MEMORY, MEMORY_NEEDED = "/dev/shm", 8 << 30


def place_for_temporary_files():
    """In memory, if neither the place's own limit nor the machine is short of it; else where the system puts them."""
    if "TMPDIR" in os.environ:
        return None
    try:
        room = os.statvfs(MEMORY)
        with open("/proc/meminfo", encoding="ascii") as told:
            available = next(int(line.split()[1]) * 1024 for line in told if line.startswith("MemAvailable:"))
    except (OSError, StopIteration):
        return None
    return MEMORY if min(room.f_bavail * room.f_frsize, available) >= MEMORY_NEEDED else None


class Program:
    """One test program: its run, and what came of it."""

    def __init__(self, path, out, shard=0, shards=1):
        self.path, self.shard, self.shards = path, shard, shards
        self.name = os.path.basename(path) + (f"-{shard + 1}" if shards > 1 else "")
        self.log, self.xml = (os.path.join(out, self.name + ending) for ending in (".log", ".xml"))
        self.passed, self.failed, self.skipped = [], [], {}  # skipped: name -> reason
        self.times = {}  # name -> seconds
        self.seconds = 0.0
        self.note = ""

    def run(self, timeout, gtest_filter):
        for old in (self.log, self.xml):
            if os.path.exists(old):
                os.remove(old)
        command = [self.path, f"--gtest_output=xml:{self.xml}", "--gtest_color=no", f"--gtest_filter={gtest_filter}"]
        # Of its own, so that nothing stays behind of a program that was killed; servers of other users look into it.
        temporary = tempfile.mkdtemp(prefix="mw-", dir=place_for_temporary_files())
        os.chmod(temporary, 0o755)
        started = time.monotonic()
        with open(self.log, "wb") as log:
            # A group of its own, so that what it started goes with it.
            shares = {"GTEST_TOTAL_SHARDS": str(self.shards), "GTEST_SHARD_INDEX": str(self.shard)} if self.shards > 1 else {}
            process = subprocess.Popen(command, env={**os.environ, "TMPDIR": temporary, **shares}, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
            try:
                code = process.wait(timeout)
            except subprocess.TimeoutExpired:
                code = None
            if code is None:
                os.killpg(process.pid, signal.SIGABRT)
                try:
                    process.wait(5)
                except subprocess.TimeoutExpired:
                    pass
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        shutil.rmtree(temporary, ignore_errors=True)
        self.seconds = time.monotonic() - started
        if code is None:
            self.note = f"stopped after {timeout} s"
        elif code < 0:
            self.note = f"killed by {signal.Signals(-code).name}"
        elif code != 0:
            self.note = f"exit code {code}"
        if not self._read_xml():
            self._read_log(gtest_filter)
        if code != 0 and not self.failed:
            self.failed.append(f"{self.name} ({self.note})")

    def _read_xml(self):
        try:
            root = ElementTree.parse(self.xml).getroot()
        except (OSError, ElementTree.ParseError):
            return False
        for case in root.iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            self.times[name] = float(case.get("time", 0))
            if case.get("result") == "suppressed":
                if case.get("name").startswith("DISABLED_"):
                    self.skipped[name] = "disabled"
            elif case.find("failure") is not None:
                self.failed.append(name)
            elif case.find("skipped") is not None:
                message = case.find("skipped").get("message", "")
                self.skipped[name] = message.split("\n", 1)[-1].strip() or "no reason given"
            elif case.get("status") == "run":
                self.passed.append(name)
        return True

    def _read_log(self, gtest_filter):
        """After a crash there is no result file: what the log shows is counted, and all that never ran has failed."""
        with open(self.log, encoding="utf-8", errors="replace") as log:
            text = log.read()
        self.passed = re.findall(r"\[       OK \] (\S+) \(\d+ ms\)", text)
        self.failed = re.findall(r"\[  FAILED  \] (\S+?),?(?: .*)? \(\d+ ms\)", text)
        self.skipped = {name: "see its log" for name in re.findall(r"\[  SKIPPED \] (\S+) \(\d+ ms\)", text)}
        for name in re.findall(r"\[ RUN      \] (\S+)", text):
            if name not in self.passed and name not in self.failed and name not in self.skipped:
                self.failed.append(name)
        told = set(self.passed) | set(self.failed) | set(self.skipped)
        try:
            listing = subprocess.run([self.path, "--gtest_list_tests", f"--gtest_filter={gtest_filter}"], capture_output=True, text=True, timeout=60).stdout
        except (OSError, subprocess.TimeoutExpired):
            listing = ""
        suite, ordinal = "", 0
        for line in listing.splitlines():
            word = line.split("#")[0].strip()
            if line.startswith("  ") and "DISABLED_" not in suite + word:
                # GoogleTest deals its tests out one by one, in this order.
                if ordinal % self.shards == self.shard and suite + word not in told:
                    self.failed.append(suite + word)
                ordinal += 1
            elif not line.startswith(" ") and word.endswith("."):
                suite = word

    def show(self):
        note = f" ({self.note})" if self.note else ""
        print(f"{self.name}: {len(self.passed)} passed, {len(self.failed)} failed, {len(self.skipped)} skipped in {self.seconds:.1f} s{note}")
        if not self.failed:
            return
        with open(self.log, encoding="utf-8", errors="replace") as log:
            text = log.read()
        for name in self.failed[:10]:
            start = text.find(f"[ RUN      ] {name}\n")
            end = text.find("[ RUN      ]", start + 1) if start >= 0 else -1
            if start < 0:
                print(f"  never ran: {name}" if text else f"  {name}")
                continue
            part = text[start:end if end > 0 else len(text)].splitlines()
            if len(part) > SHOWN_LINES:
                part = part[:SHOWN_LINES // 2] + [f"… {len(part) - SHOWN_LINES} lines more in {self.log}"] + part[-SHOWN_LINES // 2:]
            print("\n".join("  | " + line for line in part))
        if len(self.failed) > 10:
            print(f"  and {len(self.failed) - 10} more: {' '.join(self.failed[10:40])}")
        if not any(f"[ RUN      ] {name}\n" in text for name in self.failed):
            print("\n".join("  | " + line for line in text.splitlines()[-SHOWN_LINES:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("bin_dir")
    parser.add_argument("out_dir")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--timeout", type=int, default=1800)
    parser.add_argument("--filter", default="*")
    parser.add_argument("--program", action="append")
    options = parser.parse_args()
    os.makedirs(options.out_dir, exist_ok=True)
    programs = []
    for path in sorted(glob.glob(os.path.join(options.bin_dir, "*_tests"))):
        name = os.path.basename(path)
        if not options.program or name in options.program:
            # The sharded ones take longest, and start first.
            first = 0 if name in SHARDS else len(programs)
            programs[first:first] = [Program(path, options.out_dir, shard, SHARDS.get(name, 1)) for shard in range(SHARDS.get(name, 1))]
    waiting, lock = list(programs), threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                program = waiting.pop(0)
            program.run(options.timeout, options.filter)
            with lock:
                program.show()
                sys.stdout.flush()

    started = time.monotonic()
    threads = [threading.Thread(target=work) for _ in range(max(1, options.jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    times = sorted(((seconds, name) for p in programs for name, seconds in p.times.items() if seconds >= SLOW_S), reverse=True)
    if times:
        print("slowest: " + ", ".join(f"{name} {seconds:.0f} s" for seconds, name in times[:SLOWEST]))
    reasons = {}
    for program in programs:
        for name, reason in program.skipped.items():
            reasons.setdefault(reason, []).append(name)
    for reason, names in sorted(reasons.items()):
        print(f"skipped, {reason}: {len(names)}: {' '.join(names[:6])}{' …' if len(names) > 6 else ''}")
    total = {
        "passed": sum(len(p.passed) for p in programs), "failed": sum(len(p.failed) for p in programs),
        "skipped": sum(len(p.skipped) for p in programs), "wall_s": round(time.monotonic() - started, 1),
    }
    with open(os.path.join(options.out_dir, "summary.json"), "w", encoding="utf-8") as file:
        json.dump(total, file)
    return 1 if total["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
