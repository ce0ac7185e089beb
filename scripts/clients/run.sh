#!/usr/bin/env bash
# Opens what Từng Nhà writes in the programs people have: QGIS and GDAL read the database and
# the exports and must count the same; LibreOffice turns the workbook into CSV and the CSV into a
# workbook; DuckDB reads the Parquet. TUNGNHA_OGRINFO is the ogrinfo that reads from the server, where
# that is not to be the one installed: a command and its arguments, as "chroot /srv/trixie ogrinfo".
#   run.sh BINARY
set -euo pipefail
bin=$1
here=$(dirname "$0")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

"$bin" sample --out "$dir" --households 120000 --seed 7 >/dev/null
rows() { echo $(($(wc -l <"$dir/$1") - 1)); }
areas=$(($(grep -c '"Feature"' "$dir/areas.geojson") + $(rows hamlets.csv)))
"$bin" import --db "$dir/store.gpkg" "$dir"/*.csv "$dir/areas.geojson" >/dev/null

qgis() { /usr/bin/python3 "$here/open_in_qgis.py" "$@" 2>/dev/null; }
qgis "$dir/store.gpkg" areas="$areas" households="$(rows households.csv)" teams="$(rows teams.csv)" visits="$(rows visits.csv)"

for layer in areas cells; do
  for format in geojson geojsonl csv xlsx; do
    "$bin" export $layer --level hamlet --db "$dir/store.gpkg" --format $format -o "$dir/$layer.$format"
  done
  want=$(($(wc -l <"$dir/$layer.csv") - 1))
  qgis "$dir/$layer.geojson" $layer=$want
  for format in geojson csv xlsx; do
    got=$(ogrinfo -ro -so -al "$dir/$layer.$format" | awk '/^Feature Count/ {print $3; exit}')
    [ "$got" = "$want" ] || { echo "FAIL ogrinfo of $layer.$format: $got features, want $want"; exit 1; }
    echo "ok   ogrinfo $layer.$format: $got features"
  done
  "$bin" export $layer --level hamlet --db "$dir/store.gpkg" -o "$dir/out.gpkg"
  qgis "$dir/out.gpkg" $layer=$want
  "$bin" export $layer --level hamlet --db "$dir/store.gpkg" -o "$dir/$layer.parquet"
  if ogrinfo --formats | grep -q Parquet; then
    qgis "$dir/$layer.parquet" $layer=$want
  else
    echo "none QGIS $layer.parquet: its GDAL, $(ogrinfo --version | cut -d, -f1), has no Parquet driver"
  fi
  for format in geojson geojsonl csv xlsx parquet; do
    "$bin" verify "$dir/$layer.$format" --db "$dir/store.gpkg" | tail -1 | sed "s/^/ok   $layer.$format: /"
  done
  (cd "$dir" && mkdir -p calc && soffice --headless --convert-to csv --outdir calc $layer.xlsx >/dev/null 2>&1)
  got=$(($(wc -l <"$dir/calc/$layer.csv") - 1))
  [ "$got" = "$want" ] || { echo "FAIL LibreOffice of $layer.xlsx: $got rows, want $want"; exit 1; }
  echo "ok   LibreOffice $layer.xlsx: $got rows"
  (cd "$dir" && mkdir -p sheet && soffice --headless --convert-to xlsx --outdir sheet $layer.csv >/dev/null 2>&1)
  got=$(ogrinfo -ro -so -al "$dir/sheet/$layer.xlsx" | awk '/^Feature Count/ {print $3; exit}')
  [ "$got" = "$want" ] || { echo "FAIL LibreOffice of $layer.csv: $got rows, want $want"; exit 1; }
  echo "ok   LibreOffice $layer.csv: $got rows"
done

# Edits by GDAL, with which QGIS writes too, of layers that have a spatial index: each is noticed by the check, which takes
# neither the index nor its triggers for damage, and is accepted.
for layer in households areas; do
  cp "$dir/store.gpkg" "$dir/edited.gpkg"
  ogrinfo "$dir/edited.gpkg" -sql "SELECT CreateSpatialIndex('$layer', 'geom')" >/dev/null
  "$bin" check --db "$dir/edited.gpkg" >/dev/null || { echo "FAIL check of $layer with a spatial index"; exit 1; }
  edits="move change add delete sql" until=removed_on
  if [ $layer = areas ]; then edits="move change add sql" until=valid_to; fi
  for edit in $edits; do
    if [ $edit = sql ]; then
      ogrinfo "$dir/edited.gpkg" -sql "UPDATE $layer SET $until = '2026-01-31'" >/dev/null
    else
      /usr/bin/python3 "$here/edit_in_gdal.py" "$dir/edited.gpkg" $layer $edit
    fi
    found=$("$bin" check --db "$dir/edited.gpkg" --json 2>/dev/null) && { echo "FAIL check: $edit of $layer by GDAL is not noticed"; exit 1; }
    parts=$(grep -o '"part":"[a-z]*"' <<<"$found" | sort -u | tr '\n' ' ')
    [[ "$found" == *"$layer: "* && "$parts" == '"part":"records" ' ]] ||
      { echo "FAIL check after $edit of $layer by GDAL: $found"; exit 1; }
    "$bin" check --db "$dir/edited.gpkg" --accept >/dev/null || { echo "FAIL accept $edit of $layer by GDAL"; exit 1; }
    echo "ok   GDAL edits $layer ($edit): noticed, accepted"
  done
done

# A window of the map must not cost DuckDB the whole file, and its sums are those of the command line.
"$bin" export households --db "$dir/store.gpkg" -o "$dir/households.parquet"
"$bin" coverage --by area --level commune --db "$dir/store.gpkg" --format json >"$dir/total.json"
node "$here/../bench/duckdb/pruning.mjs" "$dir/households.parquet" "$dir/total.json"
# OGC API - Features, in QGIS's own provider and in GDAL's driver. What the server counts is
# what the exports hold.
"$bin" serve --db "$dir/store.gpkg" --addr 127.0.0.1:0 --households show >"$dir/serve.log" 2>&1 &
server=$!
trap 'kill $server 2>/dev/null || true; rm -rf "$dir"' EXIT
for _ in $(seq 120); do
  url=$(sed -n 's/^Từng Nhà: \(http[^ ]*\)\/$/\1/p' "$dir/serve.log")
  [ -n "$url" ] && break
  sleep 0.5
done
[ -n "$url" ] || { echo "FAIL the server did not start"; cat "$dir/serve.log"; exit 1; }
"$bin" export areas --db "$dir/store.gpkg" --format csv -o "$dir/communes.csv"
"$bin" export teams --db "$dir/store.gpkg" --format csv -o "$dir/teams-out.csv"
"$bin" coverage --by day --db "$dir/store.gpkg" --format csv >"$dir/days.csv"
"$bin" export flags --db "$dir/store.gpkg" --format geojsonl -o "$dir/flags.geojsonl"
"$bin" export households --db "$dir/store.gpkg" --format csv -o "$dir/households-out.csv"
wants="areas=$(rows communes.csv) hamlets=$(rows areas.csv) cells=$(rows cells.csv) flags=$(wc -l <"$dir/flags.geojsonl")
  teams=$(rows teams-out.csv) visits=$(rows days.csv) households=$(rows households-out.csv)"
/usr/bin/python3 "$here/ogc_in_qgis.py" "$url/ogc" $wants 2>/dev/null
for want in $wants; do
  got=$(${TUNGNHA_OGRINFO:-ogrinfo} -ro -so "OAPIF:$url/ogc" "${want%=*}" | awk '/^Feature Count/ {print $3; exit}')
  [ "$got" = "${want#*=}" ] || { echo "FAIL ogrinfo OAPIF: ${want%=*}: $got features, want ${want#*=}"; exit 1; }
  echo "ok   ogrinfo OAPIF: $want"
done
# The tiles of cells in QGIS: those of zoom 10 show resolution 7.
"$bin" coverage --by cell --resolution 7 --db "$dir/store.gpkg" --format csv >"$dir/cells7.csv"
/usr/bin/python3 "$here/tiles_in_qgis.py" "$url" 10 "$(rows cells7.csv)" 2>/dev/null
"$here/tiles_in_gdal.sh" "$url" "$dir/cells7.csv"

# The shared store: its tables and views are layers of QGIS's provider for PostgreSQL, and GDAL
# lists and counts them. What the views count is what the command line prints.
schema=clients_$$
export TUNGNHA_POSTGIS_OWNER=$$ TUNGNHA_POSTGIS_PORT
TUNGNHA_POSTGIS_PORT=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
database=$("$here/../postgis.sh" up)
"$bin" copy "$dir/store.gpkg" "$database&search_path=$schema" >/dev/null
"$bin" coverage --by area --level hamlet --db "$dir/store.gpkg" --format csv >"$dir/hamlet-rows.csv"
"$bin" coverage --by area --level commune --db "$dir/store.gpkg" --format csv >"$dir/commune-rows.csv"
"$bin" coverage --by cell --db "$dir/store.gpkg" --format csv >"$dir/cell-rows.csv"
"$bin" coverage --by team --db "$dir/store.gpkg" --format csv >"$dir/team-rows.csv"
wants="areas=$areas households=$(rows households.csv) teams=$(rows teams.csv) visits=$(rows visits.csv) visits_in_words=$(rows visits.csv)
  coverage_by_hamlet=$(rows hamlet-rows.csv) coverage_by_commune=$(rows commune-rows.csv)
  coverage_by_cell=$(rows cell-rows.csv) coverage_by_team=$(rows team-rows.csv)"
# shellcheck disable=SC2086
qgis "${database%%\?*}" $(printf "$schema.%s " $wants)
at=${database#*@} && at=${at%%\?*}
source="PG:host=${at%%:*} port=$(cut -d: -f2 <<<"${at%/*}") user=$(sed 's|.*//||; s|[:@].*||' <<<"$database") dbname=${at#*/} schemas=$schema"
for want in $wants; do
  got=$(ogrinfo -ro -so "$source" "${want%=*}" 2>/dev/null | awk '/^Feature Count/ {print $3; exit}')
  [ "$got" = "${want#*=}" ] || { echo "FAIL ogrinfo PG: ${want%=*}: $got features, want ${want#*=}"; exit 1; }
  echo "ok   ogrinfo PG: $want"
done
if [ -n "${TUNGNHA_TEST_POSTGRES:-}" ]; then
  psql -q "$database" -c "SET client_min_messages = warning" -c "DROP SCHEMA $schema CASCADE"
else
  "$here/../postgis.sh" down
fi
