# shellcheck shell=bash
# Sourced. setup GROUP installs the Debian packages of a group by name: tools/packages/*.txt, one package a line with
# the reason why. What is there already costs one dpkg-query (some milliseconds), so every command calls it.

# The lists that a group is made of.
package_lists() {
  case $1 in
    demo) echo demo console ;;
    console) echo console ;;
    test) echo demo console test lint ;;
    all) echo demo console test lint check ;;
    *) die "setup knows demo, console, test and all, not '$1'" ;;
  esac
}

listed_packages() {
  local list
  for list in $(package_lists "$1"); do
    sed 's/#.*//' "tools/packages/$list.txt"
  done | awk 'NF { print $1 }' | sort -u
}

missing_packages() {
  local wanted installed
  wanted=$(listed_packages "$1") || return
  # dpkg-query fails where it does not know one of them, and says the rest all the same.
  # shellcheck disable=SC2086  # one word a package
  installed=$({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null || true; } | awk '$1 == "installed" { print $2 }' | sort -u)
  # Debian's npm conflicts with a nodejs that brings one.
  command -v npm >/dev/null && wanted=$(grep -vx npm <<<"$wanted")
  comm -23 <(printf '%s\n' "$wanted") <(printf '%s\n' "$installed")
}

# Runs a command as root: directly, or by sudo, which may ask for the password.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    die "packages must be installed and there is no sudo here; as root, run: ./dev setup"
  fi
}

setup() {
  local group=$1 text missing
  command -v dpkg-query >/dev/null || die "setup installs Debian packages; this system has no dpkg. Debian 12 is what we build on."
  package_lists "$group" >/dev/null
  text=$(missing_packages "$group")
  [ -n "$text" ] || return 0
  mapfile -t missing <<<"$text"

  local system
  system=$(. /etc/os-release && echo "${ID:-}-${VERSION_ID:-}")
  [ "$system" = debian-12 ] || die "setup installs packages of Debian 12, this is $system. By hand: ${missing[*]}"

  headline "installing ${#missing[@]} Debian packages for '$group'"
  say "${missing[*]}"
  as_root tools/install_packages.sh "${missing[@]}" || die "the packages could not be installed (above)"
  text=$(missing_packages "$group")
  [ -z "$text" ] || die "still not installed: $text"
}
