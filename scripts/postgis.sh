#!/usr/bin/env bash
# A throw-away PostGIS for tests and measurements, on loopback, with a port of its own.
#   postgis.sh up      starts it and prints its URL; prints TUNGNHA_TEST_POSTGRES if that is set
#   postgis.sh restart kills it as a power cut would, and starts it again
#   postgis.sh down    stops it and removes its files
# TUNGNHA_POSTGIS_PORT names another port, and with it another PostGIS beside the first.
# TUNGNHA_POSTGIS_OWNER is the id of a process; when that has ended, however it did, so
# does the PostGIS that it brought up.
# Ends with status 3 where PostGIS is not installed and cannot be.
set -euo pipefail

port=${TUNGNHA_POSTGIS_PORT:-54329}
home=${TMPDIR:-/tmp}/tungnha-postgis-$(id -u)-$port
url="postgres://postgres@127.0.0.1:$port/postgres?sslmode=disable"

as_postgres() { # PostgreSQL refuses to run as root
  if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$*"; else bash -c "$*"; fi
}

majors() { # of PostgreSQL that have PostGIS, the newest last
  ls /usr/share/postgresql/*/extension/postgis.control 2>/dev/null | cut -d/ -f5 | sort -V
}

binaries() {
  local major; major=$(majors | tail -n 1)
  [ -z "$major" ] || ls -d "/usr/lib/postgresql/$major/bin"
}

packages() { # of the newest PostgreSQL that the distribution has PostGIS for, 15 or newer
  local major
  major=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' 2>/dev/null | cut -d- -f2 | sort -V | tail -n 1)
  echo "no-such-command=postgresql-${major:-15} no-such-command=postgresql-${major:-15}-postgis-3 no-such-command=postgresql-${major:-15}-postgis-3-scripts"
}

up() {
  if [ -n "${TUNGNHA_TEST_POSTGRES:-}" ]; then echo "$TUNGNHA_TEST_POSTGRES"; return; fi
  if [ -z "$(binaries)" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq >&2 || exit 3; fi
    # shellcheck disable=SC2046
    "$(dirname "$0")/need.sh" $(packages) >&2 || exit 3
  fi
  local bin; bin=$(binaries)
  if [ ! -d "$home/data" ]; then
    mkdir -p "$home"; [ "$(id -u)" != 0 ] || chown postgres "$home"
    as_postgres "$bin/initdb -D $home/data -A trust -U postgres --no-sync -E UTF8 --locale=C.UTF-8" >"$home/initdb.log" 2>&1 \
      || { cat "$home/initdb.log" >&2; exit 1; }
  fi
  if ! as_postgres "$bin/pg_ctl -D $home/data status" >/dev/null 2>&1; then
    as_postgres "$bin/pg_ctl -D $home/data -l $home/log -w -o '-p $port -k $home -c listen_addresses=127.0.0.1 \
      -c shared_buffers=2GB -c work_mem=256MB -c maintenance_work_mem=512MB -c jit=off -c random_page_cost=1.1 \
      -c max_wal_size=8GB -c fsync=on' start" >/dev/null 2>&1 || { cat "$home/log" >&2; exit 1; }
    if [ -n "${TUNGNHA_POSTGIS_OWNER:-}" ]; then setsid "$0" watch </dev/null >/dev/null 2>&1 & fi
  fi
  local said # also that the extension is there already, which nobody has to know
  said=$("$bin/psql" -q "$url" -c 'CREATE EXTENSION IF NOT EXISTS postgis' 2>&1) || { echo "$said" >&2; exit 1; }
  echo "$url"
}

restart() {
  [ -z "${TUNGNHA_TEST_POSTGRES:-}" ] || { echo "postgis.sh: TUNGNHA_TEST_POSTGRES is not mine to restart" >&2; exit 2; }
  as_postgres "$(binaries)/pg_ctl -D $home/data -m immediate -w -l $home/log restart" >/dev/null 2>&1 || { cat "$home/log" >&2; exit 1; }
}

down() {
  [ -d "$home/data" ] || return 0
  as_postgres "$(binaries)/pg_ctl -D $home/data -m immediate stop" >/dev/null 2>&1 || true
  rm -rf "$home"
}

watch() {
  while kill -0 "$TUNGNHA_POSTGIS_OWNER" 2>/dev/null && [ -d "$home/data" ]; do sleep 1; done
  down
}

case "${1:-}" in
  up|restart|down|watch) "$1" ;;
  *) echo "usage: postgis.sh up|restart|down" >&2; exit 2 ;;
esac
