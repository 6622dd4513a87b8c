#!/usr/bin/env python3
"""exchangelib doing what bench/ews measures of our client: prints {"done", "bytes", "wall_ms", "client_ms"}.

usage: exchangelib_load.py small|large|fetch URL SECONDS        (SIM_USER, SIM_PASSWORD, SIM_SCHEME in the environment)
"""
import json
import logging
import os
import resource
import sys
import threading
import time

from exchangelib import BASIC, DELEGATE, NTLM, Account, Configuration, Credentials
from exchangelib.protocol import BaseProtocol
from exchangelib.services import GetFolder

what, url, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
connections = int(os.environ.get("SIM_CONNECTIONS", "1"))
logging.disable(logging.CRITICAL)
BaseProtocol.SESSION_POOLSIZE = connections
config = Configuration(
    service_endpoint=url,
    auth_type={"basic": BASIC, "ntlm": NTLM}[os.environ["SIM_SCHEME"]],
    credentials=Credentials(os.environ["SIM_USER"], os.environ["SIM_PASSWORD"]),
    max_connections=connections,
)
account = Account("usera@example.test", config=config, autodiscover=False, access_type=DELEGATE)
inbox = account.inbox
ids = [(item.id, item.changekey) for item in inbox.all().only("id", "changekey")] if what != "small" else []


def post_once():
    if what == "small":
        list(GetFolder(account=account).call(folders=[inbox], additional_fields=[], shape="IdOnly"))
        return 0
    return sum(len(item.mime_content) for item in account.fetch(ids[:1], only_fields=["mime_content"]))


def cpu_ms():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


begun, used = time.monotonic(), cpu_ms()
done = size = 0
if what == "fetch":
    for item in account.fetch(ids, only_fields=["mime_content"], chunk_size=10):
        done += 1
        size += len(item.mime_content)
else:
    lock = threading.Lock()

    def post():
        global done, size
        mine = bytes_seen = 0
        while time.monotonic() - begun < seconds:
            bytes_seen += post_once()
            mine += 1
        with lock:
            done += mine
            size += bytes_seen

    threads = [threading.Thread(target=post) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
print(json.dumps({"done": done, "bytes": size, "wall_ms": (time.monotonic() - begun) * 1000, "client_ms": cpu_ms() - used}))
