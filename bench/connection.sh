#!/usr/bin/env bash
# ./dev bench connection: what a connection test and an idle service cost, beside a peer in the same run. Loopback.
#   - mailward serve: time from start until it answers, resident memory when idle
#   - the test of a healthy connection: milliseconds of the run itself and of the whole command; TLS handshakes in it
#   - the peers: curl --ntlm and python's exchangelib (where it is installed) read one folder by the same account
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh

rounds=${1:-10}
bin=build/release/bin
here=$(mktemp -d "${TMPDIR:-/tmp}/mailward-bench.XXXXXX")
exchange='' mailward=''
# shellcheck disable=SC2317  # called by the trap
stop() {
  for pid in $mailward $exchange; do
    kill -TERM "$pid" 2>/dev/null || continue
    wait "$pid" || true
  done
  rm -rf "$here"
}
trap stop EXIT

until_holds() {
  local pid=$1 limit=$((SECONDS + 20))
  shift
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null && [ "$SECONDS" -lt "$limit" ] || return 1
    sleep 0.01
  done
}
member() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }

mkdir -p "$here/exchange"
# Extended Protection is required in the sample; the peers' NTLM sends no channel binding, so it is switched off for all.
"$bin/exchange-sim" --sample --state "$here/exchange" >"$here/exchange.log" 2>&1 &
exchange=$!
until_holds $exchange test -s "$here/exchange/ready.json" || die "the sample Exchange did not start"
url=$(member url <"$here/exchange/ready.json")
control=$(member control <"$here/exchange/ready.json")
ca=$(member ca <"$here/exchange/ready.json")
port=$(sed -E 's#^https://[^/]*:([0-9]+)/.*#\1#' <<<"$url")
cat >"$here/mailward.toml" <<TOML
[network]
allowed_destinations = ["127.0.0.0/8"]
allowed_ports = [443, $port]
[network.hosts]
"mail.example.test" = ["127.0.0.1"]
TOML
export MAILWARD_SOCKET=$here/state/run/mailward.sock
start=$(clock)
"$bin/mailward" serve --listen none --config "$here/mailward.toml" --state-dir "$here/state" >"$here/mailward.log" 2>&1 &
mailward=$!
until_holds $mailward "$bin/mailward" status || { cat "$here/mailward.log" >&2; die "Mailward did not start"; }
say "serve: answers after $(since "$start") s (new database); idle RSS $(awk '/^VmRSS/ { printf "%.1f MiB", $2 / 1024 }' /proc/$mailward/status)"

id=$("$bin/mailward" connection add --json --description bench --ews-url "https://mail.example.test:$port/EWS/Exchange.asmx" \
  --trust-file "$ca" --master-mailbox svc-mailward@example.test --mailbox-check usera@example.test \
  --refused-mailbox board@example.test --password-fd 3 3<<<'Sample-Passw0rd!' | member id)

python3 - "$bin/mailward" "$id" "$control" "$port" "$ca" "$rounds" "$mailward" <<'PY'
import json, statistics, subprocess, sys, time, urllib.request

mailward, connection, control, port, ca, rounds, pid = sys.argv[1:8]
rounds = int(rounds)


def call(method, path, body=None):
    request = urllib.request.Request(control.rstrip("/") + path, method=method,
                                     data=None if body is None else json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def told(what, values, more=""):
    print(f"{what}: median {statistics.median(values):.0f} ms, worst {max(values):.0f} ms of {len(values)}{more}", flush=True)


def moment(text):
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000


own, whole, connections = [], [], []
for _ in range(rounds):
    call("DELETE", "/control/requests")
    start = time.monotonic()
    done = subprocess.run([mailward, "connection", "test", connection, "--json"], capture_output=True, text=True, check=True)
    whole.append((time.monotonic() - start) * 1000)
    run = json.loads(done.stdout)
    own.append(moment(run["ended"]) - moment(run["started"]))
    connections.append(len({(one["front_end"], one["connection"]) for one in call("GET", "/control/requests")["requests"]}))
told("connection test, the run itself", own, f"; TLS handshakes a test: {max(connections)}")
told("connection test, the whole command", whole)
with open(f"/proc/{pid}/status", encoding="ascii") as status:
    rss = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
print(f"serve: RSS after {rounds} tests {rss / 1024:.1f} MiB")

call("PATCH", "/control/directory", {"extended_protection": "none"})
soap = ('<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types" '
        'xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"><s:Header>'
        '<t:RequestServerVersion Version="Exchange2016"/></s:Header><s:Body><m:GetFolder><m:FolderShape>'
        '<t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:DistinguishedFolderId Id="inbox"/>'
        '</m:FolderIds></m:GetFolder></s:Body></s:Envelope>')
url = f"https://mail.example.test:{port}/EWS/Exchange.asmx"
times = []
for _ in range(rounds):
    start = time.monotonic()
    done = subprocess.run(["curl", "-sS", "--ntlm", "-K", "-", "--cacert", ca, "--resolve", f"mail.example.test:{port}:127.0.0.1",
                           "-H", "Content-Type: text/xml; charset=utf-8", "--data-binary", soap, url],
                          input='user = "EXAMPLE\\\\usera:Sample-Usera-1!"\n', capture_output=True, text=True, check=True)
    times.append((time.monotonic() - start) * 1000)
    assert "NoError" in done.stdout, done.stdout
told("peer: curl --ntlm, sign in and one GetFolder, the whole command", times)

peer = f'''
import time, requests.adapters
from exchangelib import Account, Configuration, Credentials, DELEGATE, NTLM, Build, Version
from exchangelib.protocol import BaseProtocol
class Trust(requests.adapters.HTTPAdapter):
    def cert_verify(self, conn, url, verify, cert):
        super().cert_verify(conn, url, {ca!r}, cert)
BaseProtocol.HTTP_ADAPTER_CLS = Trust
start = time.monotonic()
config = Configuration(service_endpoint="https://127.0.0.1:{port}/EWS/Exchange.asmx", auth_type=NTLM,
                       credentials=Credentials("EXAMPLE\\\\usera", "Sample-Usera-1!"), version=Version(Build(15, 2, 1748, 10)))
account = Account("usera@example.test", config=config, autodiscover=False, access_type=DELEGATE)
account.inbox.total_count
print((time.monotonic() - start) * 1000)
'''
times = []
for _ in range(min(rounds, 5)):
    done = subprocess.run(["/usr/bin/python3", "-c", peer], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print("peer: exchangelib: not measured: " + (done.stderr.strip().splitlines() or ["no word"])[-1])
        break
    times.append(float(done.stdout.split()[-1]))
if times:
    told("peer: python3-exchangelib, sign in and one GetFolder, without starting Python", times)
PY
