#!/usr/bin/env python3
"""DavMail doing what bench/ews measures of our client, over IMAP: prints {"done", "bytes", "wall_ms", "client_ms"}.

usage: davmail_load.py URL CA ADDRESS       (SIM_PASSWORD in the environment: usera@example.test's)
"""
import imaplib
import json
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "..", "tests", "exchange_sim"))
import davmail  # noqa: E402

url, ca, address = sys.argv[1:4]


def cpu_ms(pid):
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


with tempfile.TemporaryDirectory() as folder:
    server = davmail.start(folder, url, ca, address)
    try:
        client = imaplib.IMAP4(address, davmail.IMAP, davmail.SECONDS)
        client.login("usera@example.test", os.environ["SIM_PASSWORD"])
        count = int(client.select("INBOX")[1][0])
        begun, used = time.monotonic(), cpu_ms(server.pid)
        size = done = 0
        for number in range(1, count + 1):
            kind, data = client.fetch(str(number), "(BODY.PEEK[])")
            assert kind == "OK", data
            done += 1
            size += len(data[0][1])
        print(json.dumps({"done": done, "bytes": size, "wall_ms": (time.monotonic() - begun) * 1000, "client_ms": cpu_ms(server.pid) - used}))
    finally:
        server.kill()
        server.wait()
