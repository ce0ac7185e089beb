// Checks that DuckDB skips row groups of a Parquet file of households by their bbox, and that
// its sums are those of an answer: pruning.mjs FILE.parquet ANSWER.json
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const [file, answer] = process.argv.slice(2);
const db = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();
const rows = async (sql) => (await db.runAndReadAll(sql)).getRowObjects();
const quoted = `'${file.replaceAll("'", "''")}'`;
const fail = (text) => {
  console.log(`FAIL DuckDB: ${text}`);
  process.exit(1);
};

const [sums] = await rows(`SELECT count(*)::INT AS households, count(*) FILTER (reached)::INT AS reached FROM ${quoted} WHERE eligible`);
const { total } = JSON.parse(readFileSync(answer, "utf8"));
for (const name of Object.keys(sums)) {
  if (sums[name] !== total[name]) fail(`${name}: ${sums[name]}, want ${total[name]}`);
}
console.log(`ok   DuckDB sums: ${JSON.stringify(sums)}`);

// A square of two hundredths of a degree around one household.
const [home] = await rows(`SELECT lon, lat FROM ${quoted} OFFSET 1000 LIMIT 1`);
const within = (x, y) => `${x} BETWEEN ${home.lon - 0.01} AND ${home.lon + 0.01} AND ${y} BETWEEN ${home.lat - 0.01} AND ${home.lat + 0.01}`;
const [{ groups }] = await rows(`SELECT count(DISTINCT row_group_id)::INT AS groups FROM parquet_metadata(${quoted})`);
// What a query reads of the file, and how many households it finds. Sums say nothing to the statistics.
await db.run("SET enable_external_file_cache = false");
await db.run("CALL enable_logging('FileSystem')");
const read = async (where) => {
  await db.run("CALL truncate_duckdb_logs()");
  const [{ found }] = await rows(`SELECT count(*)::INT AS found FROM ${quoted} WHERE ${where}`);
  const [{ bytes }] = await rows("SELECT sum(bytes)::BIGINT AS bytes FROM duckdb_logs_parsed('FileSystem') WHERE op = 'READ'");
  return { bytes, found };
};
const window = await read(within("bbox.xmin", "bbox.ymin"));
const whole = await read(within("bbox.xmin + 0", "bbox.ymin + 0"));
const kept = await rows(`SELECT row_group_id FROM parquet_metadata(${quoted}) WHERE path_in_schema IN ('bbox, xmin', 'bbox, ymin')
  GROUP BY row_group_id HAVING bool_and(CASE path_in_schema WHEN 'bbox, xmin'
    THEN stats_min_value::DOUBLE <= ${home.lon + 0.01} AND stats_max_value::DOUBLE >= ${home.lon - 0.01}
    ELSE stats_min_value::DOUBLE <= ${home.lat + 0.01} AND stats_max_value::DOUBLE >= ${home.lat - 0.01} END)`);
if (kept.length === 0 || kept.length * 2 > groups) fail(`${kept.length} of ${groups} row groups meet the window by their statistics`);
if (window.found === 0 || window.found !== whole.found) fail(`${window.found} households in the window, ${whole.found} without statistics`);
if (!(window.bytes * 2n < whole.bytes)) fail(`${window.bytes} bytes read for a window, ${whole.bytes} for all`);
console.log(`ok   DuckDB window: ${kept.length} of ${groups} row groups by their statistics, ${window.bytes} bytes read instead of ${whole.bytes}`);
db.closeSync();
