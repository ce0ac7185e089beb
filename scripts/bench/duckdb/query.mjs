// Runs statements in DuckDB: query.mjs FOLDER, an array of SQL texts as JSON on standard
// input. Prints for each a line of JSON: its rows.
import { readFileSync } from "node:fs";
import { DuckDBInstance } from "@duckdb/node-api";

const statements = JSON.parse(readFileSync(0, "utf8"));
const db = await (await DuckDBInstance.create(":memory:", { threads: "2" })).connect();
process.chdir(process.argv[2]);
for (const sql of statements) {
  const answer = await db.runAndReadAll(sql);
  console.log(JSON.stringify(answer.getRowObjectsJson()));
}
db.closeSync();
