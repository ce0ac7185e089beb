// Measures DuckDB: coverage.mjs FOLDER HOMES.csv, windows as JSON on standard input.
// Prints a line of JSON for every run of every plan.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const [folder, homes] = process.argv.slice(2);
const windows = JSON.parse(readFileSync(0, "utf8"));
const instance = await DuckDBInstance.create(":memory:", { threads: "2" });
const db = await instance.connect();

const file = (name) => `'${join(folder, name).replaceAll("'", "''")}'`;
await db.run(`CREATE TABLE household AS
  SELECT household::INTEGER AS household, commune::SMALLINT AS commune, hamlet::SMALLINT AS hamlet, cell::BIGINT AS cell,
    coalesce(registered_on - DATE '1899-12-31', 0)::INTEGER AS registered, coalesce(removed_on - DATE '1899-12-31', 65536)::INTEGER AS removed
  FROM read_csv(${file("households.csv")}, all_varchar = false, types = {'household_id': 'VARCHAR', 'hamlet_code': 'VARCHAR', 'registered_on': 'DATE', 'removed_on': 'DATE'})
  JOIN read_csv(${file(homes)}, types = {'household_id': 'VARCHAR'}) USING (household_id)
  ORDER BY household`);
// The day is the first ten letters of the time, which is written as clocks in Viet Nam show it.
await db.run(`CREATE TABLE visit AS
  SELECT household::INTEGER AS household, (visited_at[:10]::DATE - DATE '1899-12-31')::USMALLINT AS day,
    list_position(['ineligible', 'moved', 'inaccessible', 'absent', 'refused', 'partial', 'completed'], outcome)::TINYINT AS outcome
  FROM read_csv(${file("visits.csv")}, all_varchar = true)
  JOIN read_csv(${file(homes)}, types = {'household_id': 'VARCHAR'}) USING (household_id)`);
await db.run(`CREATE TABLE visit_by_day AS SELECT * FROM visit ORDER BY outcome, day, household`);
await db.run(`CREATE TABLE visit_by_household AS SELECT * FROM visit ORDER BY household, day`);

const sums = (fine) => `WITH fine AS (${fine})
  SELECT sum(households) FILTER (WHERE commune IS NOT NULL)::BIGINT, sum(reached) FILTER (WHERE commune IS NOT NULL)::BIGINT
  FROM (SELECT commune, hamlet, cell, sum(households) AS households, sum(reached) AS reached
    FROM fine GROUP BY GROUPING SETS ((commune), (hamlet), (cell)))`;
const live = "registered <= $to AND removed > $to";
const inWindow = "outcome = 7 AND day BETWEEN $from AND $to";
const plans = {};
for (const table of ["visit_by_day", "visit_by_household"]) {
  plans[`${table}: distinct, then join`] = sums(`
    SELECT commune, hamlet, cell, count(*) AS households, count(hit.household) AS reached
    FROM household LEFT JOIN (SELECT DISTINCT household FROM ${table} WHERE ${inWindow}) hit USING (household)
    WHERE ${live} GROUP BY commune, hamlet, cell`);
  plans[`${table}: grouping sets at once`] = `
    SELECT sum(households) FILTER (WHERE commune IS NOT NULL)::BIGINT, sum(reached) FILTER (WHERE commune IS NOT NULL)::BIGINT
    FROM (SELECT commune, hamlet, cell, count(*) AS households, count(hit.household) AS reached
      FROM household LEFT JOIN (SELECT DISTINCT household FROM ${table} WHERE ${inWindow}) hit USING (household)
      WHERE ${live} GROUP BY GROUPING SETS ((commune), (hamlet), (cell)))`;
  plans[`${table}: semi-join`] = sums(`
    SELECT commune, hamlet, cell, count(*) AS households, 0 AS reached FROM household WHERE ${live} GROUP BY commune, hamlet, cell
    UNION ALL
    SELECT commune, hamlet, cell, 0, count(*) FROM household
    WHERE ${live} AND household IN (SELECT household FROM ${table} WHERE ${inWindow}) GROUP BY commune, hamlet, cell`);
  plans[`${table}: three groupings apart`] = `
    WITH h AS MATERIALIZED (SELECT commune, hamlet, cell, hit.household IS NOT NULL AS hit
      FROM household LEFT JOIN (SELECT DISTINCT household FROM ${table} WHERE ${inWindow}) hit USING (household) WHERE ${live}),
    c AS (SELECT commune, count(*) AS households, count(*) FILTER (WHERE hit) AS reached FROM h GROUP BY commune),
    v AS (SELECT hamlet, count(*) AS households, count(*) FILTER (WHERE hit) AS reached FROM h GROUP BY hamlet),
    x AS (SELECT cell, count(*) AS households, count(*) FILTER (WHERE hit) AS reached FROM h GROUP BY cell)
    SELECT sum(households)::BIGINT, sum(reached)::BIGINT FROM c
    UNION ALL SELECT sum(households)::BIGINT, sum(reached)::BIGINT FROM v
    UNION ALL SELECT sum(households)::BIGINT, sum(reached)::BIGINT FROM x`;
}
plans["all counts but skills"] = `
  WITH seen AS (SELECT household, day, max(outcome) AS outcome FROM visit_by_household WHERE day <= $to GROUP BY household, day),
  state AS (SELECT household, arg_max(outcome, day) AS latest, max(day) AS last_visit, count(*) FILTER (WHERE day >= $from) AS visits,
      bool_or(day >= $from AND outcome >= 5) AS contacted, bool_or(day >= $from AND outcome = 7) AS reached
    FROM seen GROUP BY household),
  fine AS (
    SELECT commune, hamlet, cell, count(*) FILTER (WHERE eligible) AS households, count(*) FILTER (WHERE eligible AND visits > 0) AS attempted,
      count(*) FILTER (WHERE eligible AND contacted) AS contacted, count(*) FILTER (WHERE eligible AND reached) AS reached,
      count(*) FILTER (WHERE eligible AND visits > 0 AND NOT reached AND latest IN (4, 6)) AS revisit_due,
      sum(visits) AS visits, max(last_visit) AS last_visit
    FROM (SELECT *, ${live} AND coalesce(latest, 7) > 2 AS eligible FROM household LEFT JOIN state USING (household))
    GROUP BY commune, hamlet, cell)
  SELECT sum(households) FILTER (WHERE commune IS NOT NULL)::BIGINT, sum(reached) FILTER (WHERE commune IS NOT NULL)::BIGINT
  FROM (SELECT commune, hamlet, cell, sum(households) AS households, sum(attempted) AS attempted, sum(contacted) AS contacted,
      sum(reached) AS reached, sum(revisit_due) AS revisit_due, sum(visits) AS visits, max(last_visit) AS last_visit
    FROM fine GROUP BY GROUPING SETS ((commune), (hamlet), (cell)))`;

for (const [plan, sql] of Object.entries(plans)) {
  const statement = await db.prepare(sql);
  for (const span of [...new Set(windows.map((w) => w.span))]) {
    const own = windows.filter((w) => w.span === span);
    for (const i of [own.length - 1, ...own.keys()].slice(0, own.length)) { // the last one warms
      statement.bind({ from: own[i].From, to: own[i].To });
      const started = performance.now();
      const result = await statement.run();
      const ms = performance.now() - started;
      const [row] = await result.getRows();
      console.log(JSON.stringify({ Span: span, Window: i, Plan: plan, Ms: ms, Households: Number(row[0]), Reached: Number(row[1]) }));
    }
  }
}
db.closeSync();
