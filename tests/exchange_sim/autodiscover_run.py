"""exchangelib's own Autodiscover against the simulator, by SOAP and by plain old XML: found, sent on, unknown.

usage: autodiscover_run.py https://ADDRESS:PORT    (SIM_PASSWORD: the service account's)

Ends with the line "whole". Its steps are run from "is there an answer at this host" on: which hosts there are is DNS.
"""
import os
import sys

from exchangelib import Credentials
from exchangelib.autodiscover.discovery.pox import PoxAutodiscovery
from exchangelib.autodiscover.discovery.soap import SoapAutodiscovery
from exchangelib.errors import ErrorNonExistentMailbox

BASE = sys.argv[1]
HOST = BASE.removeprefix("https://")
PORT = HOST.rpartition(":")[2]
CREDENTIALS = Credentials("EXAMPLE\\svc-mailward", os.environ["SIM_PASSWORD"])


def ask(way, address):
    walk = way(email=address, credentials=CREDENTIALS)
    walk._ensure_valid_hostname = lambda url: None
    return walk, walk._step_1(hostname=HOST)


def unknown(way):
    try:
        ask(way, "nobody@example.test")
    except ErrorNonExistentMailbox:
        return
    raise AssertionError("an unknown address was found")


def main():
    for way in (SoapAutodiscovery, PoxAutodiscovery):
        walk, found = ask(way, "usera@example.test")
        answer, protocol = walk._build_response(ad_response=found)
        assert protocol.service_endpoint.endswith(f":{PORT}/EWS/Exchange.asmx"), protocol.service_endpoint
        assert answer.autodiscover_smtp_address == "usera@example.test", answer
        print("found", protocol.service_endpoint, flush=True)
        _, other = ask(way, "elsewhere@example.test")
        assert other.redirect_address == "userb@example.test", other
        print("sent on", other.redirect_address, flush=True)
        unknown(way)
        print("unknown", flush=True)
    print("whole", flush=True)


main()
