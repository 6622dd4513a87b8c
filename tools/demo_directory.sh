# shellcheck shell=bash
# Sourced by demo.sh: a real Active Directory and a second sample Exchange whose accounts live in it, made anew with each
# start, where this machine can run one. Sets directory_why where it cannot; else ad_* below.

directory='' ad_exchange='' directory_why='' ad_url='' ad_ca='' ad_address='' ad_hosts='' ad_ports='' ad_control=''
ad_front_end_options=()

# Begins to start it; some seconds. It dies with its pipe's end.
begin_directory() {
  if [ "${MAILWARD_DEMO_DIRECTORY:-yes}" = no ]; then
    directory_why="MAILWARD_DEMO_DIRECTORY=no says so"
    return
  fi
  rm -rf "$here/directory"
  mkdir -p "$here/directory"
  setsid "$bin/sample-directory" "$here/directory" >"$here/directory.log" 2>&1 &
  directory=$!
}

ready_member() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }

# Waits for it, and starts the Exchange in it.
finish_directory() {
  [ -n "$directory" ] || return 0
  if ! until_holds "$directory" 60 test -s "$here/directory/ready.json"; then
    directory_why=$(tail -1 "$here/directory.log")
    kill -TERM "$directory" 2>/dev/null || true
    wait "$directory" || true
    directory=''
    return 0
  fi
  local ready=$here/directory/ready.json environment
  ad_address=$(ready_member "$ready" address)
  ad_ca=$here/directory/ca.pem
  cp "$(ready_member "$ready" ca)" "$ad_ca"
  mkdir -p "$here/exchange-ad"
  cat >"$here/exchange-ad/exchange.toml" <<TOML
[exchange]
host = "mail-ad.example.test"
schemes = ["Negotiate", "NTLM", "Basic"]
extended_protection = "require"
[listen]
balancer = "$ad_address:443"
[[front_end]]
name = "EX11"
[[front_end]]
name = "EX12"
[[mailbox]]
smtp = "usera@example.test"
[[mailbox]]
smtp = "board@example.test"
[[impersonation]]
account = 'EXAMPLE\\svc-rotate'
mailboxes = ["usera@example.test"]
[[impersonation]]
account = 'EXAMPLE\\svc-rotate-b'
mailboxes = ["usera@example.test"]
[directory]
ldap = "ldaps://$ad_address"
ca = "$(realpath "$ad_ca")"
keytab = "$(ready_member "$ready" keytab)"
TOML
  rm -f "$here/exchange-ad/ready.json"
  mapfile -t environment < <(python3 -c 'import json, sys
for name, value in json.load(open(sys.argv[1]))["environment"].items(): print(f"{name}={value}")' "$ready")
  setsid env "${environment[@]}" "$bin/exchange-sim" --config "$here/exchange-ad/exchange.toml" --state "$here/exchange-ad" >"$here/exchange-ad.log" 2>&1 &
  ad_exchange=$!
  until_holds "$ad_exchange" 20 test -s "$here/exchange-ad/ready.json" || { cat "$here/exchange-ad.log" >&2; die "the Exchange in the directory did not start"; }
  ready=$here/exchange-ad/ready.json
  ad_control=$(ready_member "$ready" control)
  # The port that a service point means, at the directory's address, which is this demo's alone.
  ad_url=https://mail-ad.example.test/EWS/Exchange.asmx
  local address
  while read -r address; do
    ad_ports+=", ${address##*:}"
    ad_front_end_options+=(--front-end "$address")
  done < <(front_ends_of "$ready")
  ad_hosts="\"mail-ad.example.test\" = [\"$ad_address\"]
\"dc1.example.test\" = [\"$ad_address\"]"
}

# What an earlier demo has left of it belongs to a directory that is gone.
forget_directory() {
  local id
  for id in $("$bin/mailward" connection list --json | ids_of connections description "Sample in Active Directory"); do
    "$bin/mailward" connection disable "$id" >/dev/null && "$bin/mailward" connection delete "$id" --yes >/dev/null
  done
  for id in svc-rotate@example.test svc-rotate-b@example.test mailward-reset@example.test; do
    "$bin/mailward" account delete "$id" --yes >/dev/null 2>&1 || true
  done
  for id in $("$bin/mailward" directory list --json | ids_of directories name "Sample Active Directory"); do
    "$bin/mailward" directory delete "$id" --yes >/dev/null
  done
}
ids_of() { python3 -c 'import json, sys
for one in json.load(sys.stdin)[sys.argv[1]]:
    if one[sys.argv[2]] == sys.argv[3]: print(one["id"])' "$@"; }

# The directory with its reader, the connection of the account in it, and the account that may reset its password.
save_directory() {
  local id
  "$bin/mailward" directory add "Sample Active Directory" --realm EXAMPLE.TEST --domain EXAMPLE --controller dc1.example.test \
    --trust-file "$ad_ca" --reader directory-reader@example.test --password-fd 3 >/dev/null 3<<<'Sample-Reader-Passw0rd!'
  id=$("$bin/mailward" connection add --json --description "Sample in Active Directory" --ews-url "$ad_url" \
    --trust-file "$here/exchange-ad/ca.pem" --master-mailbox svc-rotate@example.test --directory "Sample Active Directory" \
    --mailbox-check usera@example.test --refused-mailbox board@example.test "${ad_front_end_options[@]}" --password-fd 3 3<<<'Sample-Passw0rd!' | member id)
  "$bin/mailward" account reset-account svc-rotate@example.test --name mailward-reset@example.test --password-fd 3 >/dev/null 2>&1 3<<<'Sample-Reset-Passw0rd!'
  "$bin/mailward" connection test "$id" >"$here/directory-test.log" 2>&1 || { cat "$here/directory-test.log" >&2; die "the connection in the directory does not work"; }
}
