#!/usr/bin/env python3
"""clang-tidy on files of ours, within a budget of time, never twice on what has not changed.

usage: lint.py BUILD_DIR [--all | FILE…] [--budget SECONDS] [--jobs N]

Without --all or files: what changed since the tree left origin/main (on main itself: in the last commits), newest
first; for a changed header, one source that reads it. What the budget left undone is named. A clean file is remembered
by the hash of all that it reads, in build/lint/.
"""
import argparse
import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
import threading
import time

LAST_COMMITS = 20
ONE_FILE_S = 300


def git(*arguments):
    done = subprocess.run(["git", *arguments], capture_output=True, text=True)
    return done.stdout.strip() if done.returncode == 0 else ""


def changed_files():
    """Newest first: what is not committed, then commit by commit back to where this branch left main."""
    head, base = git("rev-parse", "HEAD"), git("merge-base", "HEAD", "origin/main") or git("merge-base", "HEAD", "main")
    if base and base != head:
        commits = ["--name-only", "--format=", f"{base}..HEAD"]
    else:
        commits = ["--name-only", "--format=", f"-{LAST_COMMITS}"]
    names = git("diff", "--name-only", "HEAD").splitlines() + git("ls-files", "--others", "--exclude-standard").splitlines()
    names += git("log", *commits).splitlines()
    return list(dict.fromkeys(name for name in names if name and os.path.isfile(name)))


class Build:
    """What the build knows: the command of each source, and the files of ours that it reads."""

    def __init__(self, folder):
        self.folder, root = folder, os.getcwd() + "/"
        with open(os.path.join(folder, "compile_commands.json"), encoding="utf-8") as file:
            commands = json.load(file)
        relative = lambda path: path[len(root):] if path.startswith(root) else path
        self.commands = {relative(c["file"]): c["command"] for c in commands if not relative(c["file"]).startswith(("/", "build/"))}
        objects = {re.search(r"-o (\S+)", c["command"]).group(1): relative(c["file"]) for c in commands}
        self.reads = {}
        listing = subprocess.run(["ninja", "-C", folder, "-t", "deps"], capture_output=True, text=True).stdout
        source = None
        for line in listing.splitlines():
            if not line.startswith(" "):
                source = objects.get(line.split(":")[0])
            elif source:
                path = os.path.normpath(os.path.join(folder, line.strip()))
                path = relative(os.path.abspath(path))
                if not path.startswith("/"):
                    self.reads.setdefault(source, []).append(path)

    def sources_for(self, changed):
        """The sources to look at for the files that changed, in their order."""
        chosen = {}
        for name in changed:
            if name in self.commands:
                chosen[name] = True
            elif name.endswith((".h", ".inc")):
                own = os.path.splitext(name)[0] + ".cpp"
                reader = own if own in self.commands else next((s for s in sorted(self.reads) if name in self.reads[s]), None)
                if reader in self.commands:
                    chosen[reader] = True
        return list(chosen)

    def fingerprint(self, source):
        """None where the build has no record of what the source reads."""
        if source not in self.reads:
            return None
        digest = hashlib.sha256(self.commands[source].replace(os.getcwd(), "").encode())
        for name in [".clang-tidy", *sorted(set(self.reads[source]))]:
            digest.update(name.encode())
            if os.path.isfile(name):
                with open(name, "rb") as file:
                    digest.update(file.read())
        return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build")
    parser.add_argument("files", nargs="*")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("--budget", type=float, default=float("inf"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    options = parser.parse_intermixed_args()
    build = Build(options.build)
    sources = sorted(build.commands) if options.all else build.sources_for(options.files or changed_files())
    memory = "build/lint"
    os.makedirs(memory, exist_ok=True)
    started, lock = time.monotonic(), threading.Lock()
    clean, remembered, found, left = [], [], [], []

    def look(source):
        mark = build.fingerprint(source)
        if mark and os.path.exists(os.path.join(memory, mark)):
            remembered.append(source)
            return
        remaining = options.budget - (time.monotonic() - started)
        if remaining <= 0:
            left.append(source)
            return
        try:
            done = subprocess.run(["clang-tidy-19", "--quiet", "-p", options.build, source], capture_output=True, text=True,
                                  timeout=min(ONE_FILE_S, remaining))
            code, words = done.returncode, done.stdout or done.stderr
        except subprocess.TimeoutExpired:
            # Within a budget it has the machine to share: no finding of the file.
            if options.budget < float("inf"):
                left.append(source)
                return
            code, words = 1, f"{source}: clang-tidy did not end within {ONE_FILE_S} s\n"
        if code == 0:
            clean.append(source)
            if mark:
                open(os.path.join(memory, mark), "w").close()
            return
        found.append(source)
        with lock:
            print(words.replace(os.getcwd() + "/", ""), flush=True)

    with concurrent.futures.ThreadPoolExecutor(max_workers=max(1, options.jobs)) as pool:
        list(pool.map(look, sources))
    print(f"lint: {len(clean) + len(remembered)} files clean ({len(remembered)} of them unchanged since they were), "
          f"{len(found)} with findings, {len(left)} left, {time.monotonic() - started:.0f} s")
    if left:
        print("left for ./dev check (their time was used up): " + " ".join(left))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
