#!/usr/bin/env bash
# install_packages.sh PACKAGE…: as root, installs Debian packages without their recommendations and without starting a
# service of theirs: the tests start Samba and PostgreSQL themselves, on loopback. Called by setup.sh.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive

fail() {
  printf './dev setup: %s\n' "$*" >&2
  exit 1
}

apt-get update -q -o Acquire::Retries=2 || fail "apt-get update failed: is this machine online, and are its package sources right?"

# The documented way to keep services from starting during an installation; a machine that has its own rule keeps it.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
fi

# No fsync for each of Boost's many files, but one sync at the end: a third of the time.
apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io "$@" ||
  fail "apt-get install failed; its own words stand above"
sync

# Nor at the next boot.
[ -d /run/systemd/system ] || exit 0
for package in "$@"; do
  case $package in
    samba) units="smbd nmbd" ;;
    samba-ad-dc | winbind | davmail-server) units=$package ;;
    postgresql-15) units=postgresql ;;
    *) continue ;;
  esac
  # shellcheck disable=SC2086  # several units
  systemctl disable $units || printf 'note: could not disable %s; they will start at the next boot\n' "$units"
done
