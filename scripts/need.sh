#!/usr/bin/env bash
# Makes sure that commands are there: need.sh COMMAND=PACKAGE…
# Installs the Debian packages when run as root on a Debian; otherwise says what to install.
set -euo pipefail

missing=()
for pair in "$@"; do
  command -v "${pair%%=*}" >/dev/null 2>&1 || missing+=("${pair#*=}")
done
[ ${#missing[@]} -eq 0 ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  echo "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  exit 0
fi
echo "please install: ${missing[*]}  (on Debian: apt-get install ${missing[*]})" >&2
exit 1
