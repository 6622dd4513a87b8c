#!/usr/bin/env python3
"""The main job without a person, on a running Mailward and a running sample Exchange: test a form, save it, test it; what a
wrong password does; then the procedure after the account's password was reset. Every expectation is checked; the exit
code is 0 only if all of them held."""
import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request

ACCOUNT = "EXAMPLE\\svc-mailward"
MAILBOX = "usera@example.test"
ROTATED, IN_DIRECTORY = "svc-rotate@example.test", "Sample in Active Directory"
FIRST, SECOND, WRONG = "Sample-Passw0rd!", "Renewed-Passw0rd!2", "No-Such-Passw0rd!"


class Demo:
    def __init__(self, options):
        self.options = options
        self.failed = []
        self.held = 0

    def expect(self, what, holds, seen=""):
        print(f"  {'as expected' if holds else 'NOT AS EXPECTED'}: {what}" + ("" if holds else f" (seen: {seen})"), flush=True)
        if holds:
            self.held += 1
        else:
            self.failed.append(what)

    def mailward(self, *arguments, password=None, show=True):
        """Runs the command line; the password goes by a pipe. Returns exit code and output."""
        command = [self.options.mailward, *arguments, "--socket", self.options.socket]
        passed, read_end = (), None
        if password is not None:
            read_end, write_end = os.pipe()
            os.write(write_end, password.encode() + b"\n")
            os.close(write_end)
            command += ["--password-fd", str(read_end)]
            passed = (read_end,)
        if show:
            print("$ mailward " + " ".join(arguments) + (" --password-fd N" if password is not None else ""), flush=True)
        done = subprocess.run(command, pass_fds=passed, capture_output=True, text=True, timeout=120, check=False)
        if read_end is not None:
            os.close(read_end)
        if show:
            print("".join(f"    {line}\n" for line in (done.stdout + done.stderr).splitlines()), end="", flush=True)
        return done.returncode, done.stdout

    def data(self, *arguments):
        code, output = self.mailward(*arguments, "--json", show=False)
        return json.loads(output) if code == 0 else {}

    def control(self, method, path, body=None):
        request = urllib.request.Request(
            self.options.control.rstrip("/") + path, method=method,
            data=None if body is None else json.dumps(body).encode(), headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.loads(answer.read())

    def wrong_passwords(self):
        for account in self.control("GET", "/control/accounts"):
            if account["name"].lower() == ACCOUNT.lower():
                return account["bad_passwords_seen"]
        raise SystemExit("the sample Exchange has lost its account")

    def sign_ins_tried(self):
        requests = self.control("GET", "/control/requests")["requests"]
        return sum(one["authorization"] in ("ntlm_authenticate", "basic") for one in requests)

    def last_verdict(self):
        """What the newest test ended with."""
        runs = self.data("run", "list", "--kind", "connection_test", "--limit", "1").get("runs", [])
        return runs[0]["result"].get("verdict") if runs else None


def say(text):
    print(f"\n{text}", flush=True)


def save(demo, form):
    say("1. A form is tested before it is saved")
    code, _ = demo.mailward("connection", "test", "--unsaved", *form, password=FIRST)
    demo.expect("the test says healthy (exit code 0)", code == 0, code)
    say("2. It is saved, and tested as saved")
    code, output = demo.mailward("connection", "add", "--description", "Sample Exchange", *form, password=FIRST)
    demo.expect("it is saved", code == 0, code)
    found = [c for c in demo.data("connection", "list").get("connections", []) if c["description"] == "Sample Exchange"]
    demo.expect("there is one connection", len(found) == 1, len(found))
    if not found:
        return None
    connection = found[0]["id"]
    code, _ = demo.mailward("connection", "test", connection, "--mailbox-check", MAILBOX)
    demo.expect("the test says healthy (exit code 0)", code == 0, code)
    stored = demo.data("connection", "show", connection)
    demo.expect("the connection is healthy", stored.get("state") == "healthy", stored.get("state"))
    demo.expect("its password has been promoted", stored.get("password") == "active", stored.get("password"))
    return connection


def try_wrong(demo, connection):
    say("3. A wrong password costs one failed attempt, and none when it is tried again")
    before = demo.wrong_passwords()
    code, _ = demo.mailward("connection", "test", connection, "--unsaved", password=WRONG)
    first = demo.wrong_passwords()
    verdict = demo.last_verdict()
    demo.expect("the test says not healthy (exit code 3)", code == 3, code)
    # Without a directory to ask, a refusal cannot be told from an overloaded server: the verdict says so.
    demo.expect("the verdict names the refused password", verdict in ("bad_password", "refused_or_overloaded"), verdict)
    demo.expect("it cost one attempt", first - before == 1, first - before)
    code, _ = demo.mailward("connection", "test", connection, "--unsaved", password=WRONG)
    again = demo.wrong_passwords()
    demo.expect("the second test is not healthy either (exit code 3)", code == 3, code)
    demo.expect("it is remembered as refused", demo.last_verdict() == "refused_before", demo.last_verdict())
    demo.expect("it cost no attempt", again == first, again - first)
    stored = demo.data("connection", "show", connection)
    demo.expect("the stored password is still the active one", stored.get("password") == "active", stored.get("password"))


def renew(demo, connection):
    say("4. The account's password is reset in the directory: the connection is refused")
    demo.control("POST", "/control/accounts/" + urllib.request.quote(ACCOUNT, safe="") + "/password", {"password": SECOND})
    before = demo.sign_ins_tried()
    code, _ = demo.mailward("connection", "test", connection, "--mailbox-check", MAILBOX)
    demo.expect("the test says not healthy (exit code 3)", code == 3, code)
    # A directory does not count the password before as a wrong one, so the sign-ins are counted.
    demo.expect("one sign-in was tried", demo.sign_ins_tried() - before == 1, demo.sign_ins_tried() - before)
    state = demo.data("connection", "show", connection).get("state")
    demo.expect("the connection needs a credential", state == "needs_credential", state)
    say("5. The procedure: edit, new password, mailbox check, test, save")
    code, _ = demo.mailward("connection", "test", connection, "--unsaved", "--mailbox-check", MAILBOX, password=SECOND)
    demo.expect("the new password tests healthy before it is saved (exit code 0)", code == 0, code)
    code, _ = demo.mailward("connection", "edit", connection, "--mailbox-check", MAILBOX, password=SECOND)
    demo.expect("it is saved", code == 0, code)
    code, _ = demo.mailward("connection", "test", connection, "--mailbox-check", MAILBOX)
    demo.expect("the test says healthy (exit code 0)", code == 0, code)
    stored = demo.data("connection", "show", connection)
    demo.expect("the connection is healthy", stored.get("state") == "healthy", stored.get("state"))
    demo.expect("the new password is the active one", stored.get("password") == "active", stored.get("password"))


def look(demo):
    say("6. What the service says of itself")
    code, output = demo.mailward("status")
    demo.expect("nothing needs a person", code == 0 and "NEEDS A PERSON" not in output, output)
    # What follows a typed password goes on for a moment after the command that saved it.
    runs, deadline = [], time.monotonic() + 60
    while time.monotonic() < deadline:
        runs = demo.data("run", "list").get("runs", [])
        if all(run["ended"] for run in runs):
            break
        time.sleep(0.2)
    demo.expect("no run is left open", runs and all(run["state"] == "succeeded" for run in runs), runs)


def bad_passwords(demo):
    """What the controllers count for the account in the directory, as a connection test has just read it."""
    runs = demo.data("run", "list", "--kind", "connection_test", "--limit", "1").get("runs", [])
    steps = demo.data("run", "show", runs[0]["id"]).get("steps", []) if runs else []
    return next((step["evidence"].get("bad_password_counts") for step in steps if step["name"] == "account"), None)


def rotate(demo):
    say("7. A password is renewed in a real Active Directory, and no call fails meanwhile")
    code, _ = demo.mailward("account", "rotate", ROTATED, "--dry-run")
    demo.expect("the dry run says that it would go well (exit code 0)", code == 0, code)
    demo.expect("nothing was changed by it", not demo.data("rotation", "list", "--account", ROTATED).get("rotations"),
                "a rotation")
    code, _ = demo.mailward("account", "rotate", ROTATED)
    demo.expect("the password is renewed, and all is as it should be (exit code 0)", code == 0, code)
    rotations = demo.data("rotation", "list", "--account", ROTATED).get("rotations", [])
    demo.expect("there is one rotation", len(rotations) == 1, len(rotations))
    if not rotations:
        return
    one = rotations[0]
    demo.expect("it is finished", one["state"] == "finished", one["state"])
    demo.expect("calls were made meanwhile, and none failed",
                sum(load["calls"] for load in one["loads"]) > 0 and sum(load["failed"] for load in one["loads"]) == 0, one["loads"])
    demo.expect("the sign-in door was closed for less than five seconds", 0 <= one["door_closed_ms"] < 5000, one["door_closed_ms"])
    demo.mailward("rotation", "show", one["id"])
    account = demo.data("account", "show", ROTATED)
    active = [version for version in account.get("credentials", []) if version["state"] == "active"]
    demo.expect("the active password was made by Mailward", bool(active) and active[0]["origin"] == "generated", active)
    code, _ = demo.mailward("connection", "test", IN_DIRECTORY)
    demo.expect("the connection tests healthy with it (exit code 0)", code == 0, code)
    demo.expect("no controller counted a bad password", (bad_passwords(demo) or "").endswith(": 0"), bad_passwords(demo))
    code, _ = demo.mailward("connection", "test", IN_DIRECTORY, "--unsaved", password=FIRST)
    demo.expect("the old password is refused (exit code 3)", code == 3, code)
    demo.expect("the KDC says so", demo.last_verdict() == "bad_password", demo.last_verdict())


def renew_everything(demo, has_directory):
    say("8. After a suspected breach everything is renewed by one plan, in order")
    code, _ = demo.mailward("secrets", "list")
    demo.expect("every secret is listed (exit code 0)", code == 0, code)
    code, _ = demo.mailward("secrets", "renew", "--dry-run")
    demo.expect("the plan is shown, and nothing is changed (exit code 0)", code == 0, code)
    key = demo.data("secrets", "list").get("secrets", [])
    demo.mailward("secrets", "renew", "--yes", show=True)
    plans = demo.data("secrets", "renewals").get("renewals", [])
    demo.expect("there is one plan", len(plans) == 1, len(plans))
    if not plans:
        return
    # The local socket takes what only root may: the private half of the new recovery pair.
    subprocess.run([demo.options.mailward, "key", "recovery", "--socket", demo.options.socket], capture_output=True, timeout=30, check=False)
    plan = demo.data("secrets", "renewal", "show", plans[0]["id"])
    states = {}
    for item in plan.get("items", []):
        states.setdefault(item["kind"], []).append(item["state"])
    demo.expect("nothing failed", not [kind for kind, all_of in states.items() if "failed" in all_of], states)
    demo.expect("the master key is another", states.get("master_key") == ["done"], states.get("master_key"))
    new = [one for one in demo.data("secrets", "list").get("secrets", []) if one["kind"] == "master_key"]
    old = [one for one in key if one["kind"] == "master_key"]
    demo.expect("the inventory says so", new and old and new[0]["created"] > old[0]["created"], (old, new))
    if has_directory:
        twice = [item for item in plan["items"] if item["kind"] == "service_account" and item["times"] == 2]
        demo.expect("the account in the directory was rotated twice", any(item["done_times"] == 2 for item in twice), twice)
        code, _ = demo.mailward("connection", "test", IN_DIRECTORY)
        demo.expect("its connection tests healthy (exit code 0)", code == 0, code)
    page = os.path.join(demo.options.work, "renewal.html")
    code, _ = demo.mailward("secrets", "renewal", "report", plans[0]["id"], page)
    with open(page, encoding="utf-8") as file:
        report = file.read()
    demo.expect("the report is a page", code == 0 and "what stays to be done" in report, code)
    for secret in (FIRST, SECOND, WRONG):
        demo.expect("no password stands in the report", secret not in report)
    code, _ = demo.mailward("secrets", "renewal", "close", plans[0]["id"])
    demo.expect("the plan is ended; the report says what stayed open (exit code 0)", code == 0, code)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("mailward", "socket", "url", "ca", "control", "work"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("--front-end", action="append", default=[])
    parser.add_argument("--active-directory", required=True, help="yes, or why there is none")
    demo = Demo(parser.parse_args())
    form = ["--ews-url", demo.options.url, "--master-mailbox", "svc-mailward@example.test", "--trust-file", demo.options.ca,
            "--mailbox-check", MAILBOX, "--refused-mailbox", "board@example.test"]
    for address in demo.options.front_end:
        form += ["--front-end", address]
    connection = save(demo, form)
    if connection:
        try_wrong(demo, connection)
        renew(demo, connection)
        look(demo)
    if demo.options.active_directory == "yes":
        rotate(demo)
    else:
        say(f"7. No password is renewed here: {demo.options.active_directory}")
    renew_everything(demo, demo.options.active_directory == "yes")
    for secret in (FIRST, SECOND, WRONG):
        with open(os.path.join(demo.options.work, "mailward.log"), encoding="utf-8", errors="replace") as log:
            demo.expect("no password stands in the log", secret not in log.read())
    say(f"{demo.held} of {demo.held + len(demo.failed)} as expected")
    for what in demo.failed:
        print(f"  not: {what}")
    return 1 if demo.failed else 0


if __name__ == "__main__":
    sys.exit(main())
