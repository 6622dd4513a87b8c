#!/usr/bin/env bash
# ./dev demo, once everything is built: a sample Exchange, and Mailward on it, both in ./var/demo, until Ctrl-C; and where this
# machine can run one, a real Active Directory with an Exchange in it, in which passwords are renewed (demo_directory.sh).
# With --mail DIR: the sample organisation holds the messages of DIR, a folder of .eml files or an mbox, besides its own.
# With --once: the main job without a person (demo_once.py), in ./var/demo-once, made anew each time; the exit code is its.
#
#   MAILWARD_DEMO_DIR        in place of ./var/demo
#   MAILWARD_DEMO_DIRECTORY  no: without the Active Directory
set -euo pipefail
# shellcheck source=tools/environment.sh
source tools/environment.sh

once=no here=${MAILWARD_DEMO_DIR:-var/demo} mail=
while [ $# -gt 0 ]; do
  case $1 in
    --once) once=yes here=var/demo-once ;;
    --mail)
      mail=${2:-}
      [ -e "$mail" ] || die "--mail wants a folder of .eml files or an mbox; there is nothing at '$mail'"
      shift
      ;;
    *) die "the demo does not know '$1': --once, --mail DIR" ;;
  esac
  shift
done
[ $once = no ] || rm -rf "$here"
bin=build/release/bin
socket=$here/state/run/mailward.sock
mkdir -p "$here/exchange"
chmod 700 "$here"

exchange='' mailward='' interrupted=''
# shellcheck source=tools/demo_directory.sh
source tools/demo_directory.sh
# Mailward first, so that it does not see its Exchange vanish.
# shellcheck disable=SC2317  # called by the trap
stop() {
  local code=$? pid
  trap - EXIT INT TERM
  for pid in $mailward $exchange $ad_exchange $directory; do
    kill -TERM "$pid" 2>/dev/null || continue
    wait "$pid" || code=$((code == 0 ? 1 : code))
  done
  [ -z "$interrupted" ] || say "stopped"
  exit "$code"
}
trap stop EXIT
trap 'interrupted=yes; exit 0' INT TERM

# Waits until a command succeeds, at most SECONDS, and only while process PID lives.
until_holds() {
  local pid=$1 limit=$((SECONDS + $2))
  shift 2
  until "$@" >/dev/null 2>&1; do
    kill -0 "$pid" 2>/dev/null || return 1
    [ "$SECONDS" -lt "$limit" ] || return 1
    sleep 0.05
  done
}

# One text member of a JSON document on standard input.
member() { python3 -c 'import json, sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"; }
# The front ends' own addresses, one a line.
front_ends_of() { python3 -c 'import json, sys
for one in json.load(open(sys.argv[1]))["front_ends"]: print(one["address"])' "$1"; }

start=$(clock)
begin_directory
# The addresses are kept, so that the connection saved in an earlier demo still leads here.
port=$(cat "$here/port" 2>/dev/null || echo 0)
listen_options=(--listen "127.0.0.1:$port")
while read -r address; do listen_options+=(--front-end "$address"); done < <(cat "$here/front-ends" 2>/dev/null)
[ -z "$mail" ] || listen_options+=(--mail "$mail")
rm -f "$here/exchange/ready.json"
# A session of its own each: Ctrl-C reaches this script only, which stops them in order.
setsid "$bin/exchange-sim" --sample --state "$here/exchange" "${listen_options[@]}" >"$here/exchange.log" 2>&1 &
exchange=$!
until_holds $exchange 20 test -s "$here/exchange/ready.json" || { cat "$here/exchange.log" >&2; die "the sample Exchange did not start (is a port of $here/port or $here/front-ends taken? remove both)"; }
url=$(member url <"$here/exchange/ready.json")
control=$(member control <"$here/exchange/ready.json")
ca=$(member ca <"$here/exchange/ready.json")
port=$(sed -E 's#^https://[^/]*:([0-9]+)/.*#\1#' <<<"$url")
echo "$port" >"$here/port"
front_ends_of "$here/exchange/ready.json" >"$here/front-ends"
url=https://mail.example.test:$port/EWS/Exchange.asmx

# Each front end is tested at its own address too: behind the balancer a broken one is seen by luck only.
mapfile -t front_ends < <(front_ends_of "$here/exchange/ready.json")
ports=$port front_end_options=()
for address in "${front_ends[@]}"; do
  ports+=", ${address##*:}"
  front_end_options+=(--front-end "$address")
done

finish_directory

# 8443 where nobody has it, and the same again next time.
console_port=$(cat "$here/console-port" 2>/dev/null || python3 -c 'import socket
with socket.socket() as one:
    try: one.bind(("127.0.0.1", 8443)); print(8443)
    except OSError: print(0)')
cat >"$here/mailward.toml" <<TOML
# Written by ./dev demo at each start. docs/configuration.md lists every setting.
[server]
state_dir = "state"
listen = "127.0.0.1:$console_port"

[network]
allowed_destinations = ["127.0.0.0/8"]   # the sample Exchange lives on loopback, which is refused otherwise
allowed_ports = [443, $ports$ad_ports]

[network.hosts]
"mail.example.test" = ["127.0.0.1"]
$ad_hosts
TOML
export MAILWARD_SOCKET=$socket
start_mailward() {
  setsid "$bin/mailward" serve --config "$here/mailward.toml" >>"$here/mailward.log" 2>&1 &
  mailward=$!
  until_holds $mailward 20 "$bin/mailward" status || { cat "$here/mailward.log" >&2; die "Mailward did not start"; }
}
: >"$here/mailward.log"
start_mailward
console=$(sed -nE 's/.* console url=([^ ]+) .*/\1/p' "$here/mailward.log" | tail -1)
# The port that it found, for when it is started again.
echo "${console##*:}" >"$here/console-port"
sed -i -E "s/^listen = .*/listen = \"127.0.0.1:${console##*:}\"/" "$here/mailward.toml"
say "started in $(since "$start") s: exchange-sim (process $exchange), mailward (process $mailward)"
if [ -n "$mail" ]; then
  say "$(python3 -c 'import json, sys
mail = json.load(open(sys.argv[1]))["mail"]
print(mail["messages"], "messages of", sys.argv[2], "are in the mailboxes,", mail["left_out"], "were left out")' "$here/exchange/ready.json" "$mail")"
  sed -n 's/^  / left out: /p' "$here/exchange.log"
fi
if [ -n "$directory" ]; then
  forget_directory
  save_directory
  echo '{"active_directory": true, "control": "'"$ad_control"'"}' >"$here/active-directory.json"
else
  echo '{"active_directory": false}' >"$here/active-directory.json"
  say "no Active Directory behind it, so no password can be renewed in this demo: $directory_why"
fi

if [ $once = yes ]; then
  python3 tools/demo_once.py --mailward "$bin/mailward" --socket "$socket" --url "$url" --ca "$ca" --control "$control" --work "$here" \
    --active-directory "$([ -n "$directory" ] && echo yes || echo "$directory_why")" "${front_end_options[@]}"
  exit
fi

id=$("$bin/mailward" connection list --json | python3 -c 'import json, sys
print(next((c["id"] for c in json.load(sys.stdin)["connections"] if c["description"] == "Sample Exchange"), ""))')
if [ -z "$id" ]; then
  id=$("$bin/mailward" connection add --json --description "Sample Exchange" --ews-url "$url" --trust-file "$ca" \
    --master-mailbox svc-mailward@example.test --mailbox-check usera@example.test \
    --refused-mailbox board@example.test "${front_end_options[@]}" --password-fd 3 3<<<'Sample-Passw0rd!' | member id)
fi

"$bin/mailward" user show admin >/dev/null 2>&1 ||
  "$bin/mailward" user create admin --admin --display-name Administrator --password-fd 3 >/dev/null 3<<<'Sample-Passw0rd!'

say ""
say "A sample Exchange and Mailward are running, with a saved connection. Ctrl-C stops both."
say "  test it   $bin/mailward connection test $id --mailbox-check usera@example.test --socket $socket"
say "  console   $console (self-signed; SHA-256 in $here/mailward.log)"
say "  sign in   admin, password Sample-Passw0rd! (of this demo alone)"
if [ -n "$directory" ]; then
  say "  renew     $bin/mailward account rotate svc-rotate@example.test --socket $socket (in a real Active Directory, $ad_address; made anew each time)"
fi
say "  look      $bin/mailward status --socket $socket"
say "  Exchange  $url (authority: $here/exchange, control API: $control)"
say "  account   svc-mailward@example.test, password Sample-Passw0rd!"
say "  logs      $here/exchange.log, $here/mailward.log"
say "  kill it   kill -9 $mailward, in the midst of something: it is started again, and goes on"
killed=137
while true; do
  { wait -n -p ended $exchange $mailward $ad_exchange $directory; } 2>/dev/null && code=0 || code=$?
  [ "$ended" = "$mailward" ] && [ $code -eq $killed ] || break
  say "Mailward was killed (SIGKILL); it is started again, and what it had under way is finished or undone:"
  start_mailward
  say "  mailward  process $mailward, $console"
done
die "one of the two ended by itself (exit code $code); its log is in $here/"
