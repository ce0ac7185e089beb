-- +goose Up
-- +goose StatementBegin

-- The limits at which flags are raised. The program writes its configuration here, so that the
-- views raise the same flags as the program.
CREATE TABLE thresholds (
    province_code   text COLLATE "C" NOT NULL,
    valid_from      date NOT NULL CHECK (valid_from BETWEEN '1900-01-01' AND '2079-06-05'),
    barely_visited  double precision NOT NULL,
    low_coverage    double precision NOT NULL,
    low_uptake      double precision NOT NULL,
    min_assessed    integer NOT NULL,
    stale_days      integer NOT NULL,
    registry_low    double precision NOT NULL,
    registry_high   double precision NOT NULL,
    team_members    integer NOT NULL,
    team_households integer NOT NULL,
    PRIMARY KEY (province_code, valid_from)
);
INSERT INTO thresholds VALUES ('', '1900-01-01', 0.20, 0.50, 0.50, 30, 90, 0.80, 1.05, 7, 450);
COMMENT ON TABLE thresholds IS 'The limits at which flags are raised, written by the program from its configuration';
COMMENT ON COLUMN thresholds.province_code IS 'Code of the province; empty: every province that has no thresholds of its own';
COMMENT ON COLUMN thresholds.valid_from IS 'First last day of a window for which they are used, until the next row of the province';
COMMENT ON COLUMN thresholds.barely_visited IS 'barely_visited: attempt rate at or below';
COMMENT ON COLUMN thresholds.low_coverage IS 'low_coverage: coverage below';
COMMENT ON COLUMN thresholds.low_uptake IS 'low_uptake: upper bound of the interval of uptake below';
COMMENT ON COLUMN thresholds.min_assessed IS 'too_few_data: fewer households assessed';
COMMENT ON COLUMN thresholds.stale_days IS 'stale: more days since the last visit';
COMMENT ON COLUMN thresholds.registry_low IS 'registry_gap: registry completeness below';
COMMENT ON COLUMN thresholds.registry_high IS 'registry_gap: registry completeness above';
COMMENT ON COLUMN thresholds.team_members IS 'understaffed: fewer members';
COMMENT ON COLUMN thresholds.team_households IS 'overloaded: more households';

-- Who may read or write the list of skills may do the same here.
DO $$
DECLARE
  it record;
BEGIN
  FOR it IN
    SELECT format('GRANT %s ON thresholds TO %s', privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END) AS again
    FROM pg_class CROSS JOIN aclexplode(relacl)
    WHERE oid = 'skills'::regclass AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
  LOOP
    EXECUTE it.again;
  END LOOP;
END $$;

CREATE FUNCTION thresholds_on(province text, day date) RETURNS thresholds
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT t FROM thresholds t WHERE t.province_code IN (province, '') AND t.valid_from <= day
  ORDER BY t.province_code = '', t.valid_from DESC LIMIT 1
$$;
COMMENT ON FUNCTION thresholds_on(text, date) IS 'The thresholds of a province on a day: its own, or else those of every province';

DROP FUNCTION judge(coverage_count), judge_area(coverage_count, text, integer, boolean, date),
  coverage_by_key(text[], integer, text, date, date, date);

-- Rates and limits are compared as double precision, as the program does.
CREATE FUNCTION judge(c coverage_count, limits thresholds DEFAULT NULL)
RETURNS TABLE (uptake jsonb, flags text[])
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT jsonb_object_agg(skill, jsonb_build_object('assessed', assessed, 'shown', shown, 'rate', rate(shown, assessed), 'low', low, 'high', high)),
    CASE WHEN c.households = 0 THEN '{}' ELSE
      array_remove(ARRAY[
        CASE WHEN c.attempted = 0 THEN 'unvisited' END,
        CASE WHEN c.attempted > 0 AND rate(c.attempted, c.households) <= limits.barely_visited THEN 'barely_visited' END,
        CASE WHEN rate(c.reached, c.households) < limits.low_coverage THEN 'low_coverage' END
      ], NULL) || array_remove(array_agg(
        CASE WHEN assessed < limits.min_assessed THEN 'too_few_data:' || skill
          WHEN high < limits.low_uptake THEN 'low_uptake:' || skill END ORDER BY position), NULL)
    END
  FROM (SELECT key AS skill, position, c.assessed[position + 1] AS assessed, c.shown[position + 1] AS shown FROM skills) n
  CROSS JOIN LATERAL uptake_interval(assessed, shown, c.households)
$$;
COMMENT ON FUNCTION judge(coverage_count, thresholds) IS 'Uptake by skill, and the flags that follow from counts alone by the thresholds; who wants uptake alone gives none';

CREATE FUNCTION judge_area(c coverage_count, level text, declared_households integer, served boolean, window_to date, limits thresholds)
RETURNS TABLE (uptake jsonb, flags text[])
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT uptake, CASE WHEN level IN ('commune', 'hamlet') THEN
    array_remove(ARRAY[CASE WHEN c.households > 0 AND NOT served THEN 'no_team' END], NULL) || flags || array_remove(ARRAY[
      CASE WHEN c.last_visit IS NULL OR window_to - c.last_visit > limits.stale_days THEN 'stale' END,
      CASE WHEN declared_households > 0 AND (rate(c.households, declared_households) < limits.registry_low
        OR rate(c.households, declared_households) > limits.registry_high) THEN 'registry_gap' END
    ], NULL) ELSE '{}' END
  FROM judge(c, limits)
$$;
COMMENT ON FUNCTION judge_area(coverage_count, text, integer, boolean, date, thresholds) IS 'Uptake by skill, and the flags of an area of a level by the thresholds; none of the households in no area';

CREATE FUNCTION coverage_by_key(kinds text[], resolution integer, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (kind text, n coverage_count, served boolean, province text)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH member AS MATERIALIZED (
    SELECT kind,
      CASE kind
        WHEN 'province' THEN coalesce(p.province, '')
        WHEN 'district' THEN coalesce(p.district, '')
        WHEN 'commune' THEN coalesce(p.commune, '')
        WHEN 'hamlet' THEN coalesce(p.hamlet, '')
        WHEN 'cell' THEN coalesce(to_hex(h.cell), '')
        ELSE ''
      END AS key,
      h.*, coalesce(p.province, '') AS province, h.households > 0 AND p.hamlet IN (SELECT hamlet FROM service(window_to, boundaries)) AS served
    FROM count_by_home(resolution, parent, window_from, window_to, boundaries) h LEFT JOIN place(boundaries) p USING (fid) CROSS JOIN unnest(kinds) kind
  ), counted AS (
    SELECT kind, key, sum(households)::integer AS households, sum(attempted)::integer AS attempted, sum(contacted)::integer AS contacted,
      sum(reached)::integer AS reached, sum(revisit_due)::integer AS revisit_due, sum(visits)::integer AS visits, max(last_visit) AS last_visit,
      coalesce(bool_or(served), false) AS served
    FROM member GROUP BY kind, key
  ), most AS (
    -- The province of most of the households that count; of two with as many the first by code.
    SELECT DISTINCT ON (kind, key) kind, key, province
    FROM (SELECT kind, key, province, sum(households) AS households FROM member GROUP BY kind, key, province) part
    ORDER BY kind, key, households DESC, province COLLATE "C"
  ), skill AS (
    SELECT bit, position FROM skills LIMIT 16 -- says how few there can be: the planner makes room for hundreds
  ), skilled AS (
    SELECT kind, key, position, sum(households * (assessed >> bit & 1))::integer AS assessed, sum(households * (shown >> bit & 1))::integer AS shown
    FROM member CROSS JOIN skill GROUP BY kind, key, position
  ), uptake AS (
    SELECT kind, key, array_agg(assessed ORDER BY position) AS assessed, array_agg(shown ORDER BY position) AS shown
    FROM skilled GROUP BY kind, key
  )
  SELECT kind, (key, households, attempted, contacted, reached, revisit_due, visits, last_visit, assessed, shown)::coverage_count, served, province
  FROM counted JOIN uptake USING (kind, key) JOIN most USING (kind, key)
$$;
COMMENT ON FUNCTION coverage_by_key(text[], integer, text, date, date, date) IS
  'The counts of every key that a household in the scope has, for each kind of key: a level of areas, cell, or total; and whether a team serves the hamlet of one that counts, and the province of most of them';

CREATE OR REPLACE FUNCTION count_by_area(level_of text, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (fid bigint, c coverage_count, uptake jsonb, flags text[], hamlets_flagged jsonb)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH place AS MATERIALIZED (SELECT * FROM place(boundaries)),
  service AS MATERIALIZED (SELECT * FROM service(window_to, boundaries)),
  served AS MATERIALIZED (
    SELECT province AS code FROM service UNION SELECT district FROM service UNION SELECT commune FROM service UNION SELECT hamlet FROM service
  ), scope AS MATERIALIZED (
    SELECT place.*, served.code IS NOT NULL AS served
    FROM place LEFT JOIN served USING (code)
    WHERE parent IS NULL OR parent IN (province, district, commune, hamlet)
  ), limit_of AS MATERIALIZED (
    SELECT province, thresholds_on(province, window_to) AS limits FROM (SELECT DISTINCT coalesce(province, '') AS province FROM scope) p
  ), counted AS MATERIALIZED (
    SELECT kind, (n).key, n
    FROM coverage_by_key(CASE level_of WHEN 'hamlet' THEN '{hamlet}' ELSE ARRAY[level_of, 'hamlet'] END, NULL, parent, window_from, window_to, boundaries)
  ), hamlet_flag AS MATERIALIZED (
    SELECT scope.province, district, commune, flag, count(*) AS hamlets
    FROM scope JOIN limit_of ON limit_of.province = coalesce(scope.province, '')
    LEFT JOIN counted ON kind = 'hamlet' AND key = scope.code
    CROSS JOIN LATERAL judge_area(CASE WHEN key IS NULL THEN zero_count(code) ELSE n END, level, declared_households, served, window_to, limits) j
    CROSS JOIN unnest(j.flags) flag
    WHERE level = 'hamlet' AND level_of <> 'hamlet'
    GROUP BY scope.province, district, commune, flag
  ), flagged AS (
    SELECT code, jsonb_object_agg(flag, hamlets) AS hamlets_flagged
    FROM (
      SELECT scope.code, flag, sum(hamlets) AS hamlets
      FROM scope JOIN hamlet_flag f ON scope.code IN (f.province, f.district, f.commune)
      WHERE scope.level = level_of
      GROUP BY scope.code, flag
    ) f GROUP BY code
  ), listed AS (
    SELECT key, n FROM counted WHERE kind = level_of
    UNION ALL
    SELECT code, zero_count(code) FROM scope WHERE level = level_of AND code NOT IN (SELECT key FROM counted WHERE kind = level_of)
  )
  SELECT scope.fid, listed.n, j.uptake, j.flags, coalesce(flagged.hamlets_flagged, '{}')
  FROM listed LEFT JOIN scope ON scope.code = key AND scope.level = level_of LEFT JOIN flagged ON flagged.code = key
  LEFT JOIN limit_of ON limit_of.province = coalesce(scope.province, '')
  CROSS JOIN LATERAL judge_area(listed.n, level, declared_households, served, window_to, limits) j
$$;

CREATE OR REPLACE FUNCTION count_by_cell(resolution integer, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (c coverage_count, uptake jsonb, flags text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH counted AS MATERIALIZED (
    SELECT n, served, province FROM coverage_by_key('{cell}', resolution, parent, window_from, window_to, boundaries)
  ), limit_of AS MATERIALIZED (
    SELECT province, thresholds_on(province, window_to) AS limits FROM (SELECT DISTINCT province FROM counted) p
  )
  SELECT n, j.uptake, array_remove(ARRAY[CASE WHEN (n).households > 0 AND NOT served THEN 'no_team' END], NULL) || j.flags
  FROM counted JOIN limit_of USING (province)
  CROSS JOIN LATERAL judge(n, limits) j
$$;

CREATE OR REPLACE FUNCTION count_by_team(parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (c coverage_count, reached_by_any integer, reached_elsewhere integer, flags text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH place AS MATERIALIZED (SELECT * FROM place(boundaries)),
  service AS MATERIALIZED (SELECT * FROM service(window_to, boundaries)),
  listed AS MATERIALIZED (
    SELECT t.* FROM working_teams(window_to) t
    WHERE parent IS NULL
      OR EXISTS (SELECT FROM place p WHERE p.code = t.commune_code AND parent IN (p.province, p.district, p.commune, p.hamlet))
      OR EXISTS (SELECT FROM service s WHERE s.team_id = t.team_id AND parent IN (s.province, s.district, s.commune, s.hamlet))
  ), province_of AS MATERIALIZED (
    SELECT listed.team_id, coalesce(max(p.province), '') AS province
    FROM listed LEFT JOIN place p ON p.code = listed.commune_code GROUP BY listed.team_id
  ), limit_of AS MATERIALIZED (
    SELECT province, thresholds_on(province, window_to) AS limits FROM (SELECT DISTINCT province FROM province_of) p
  ), member AS MATERIALIZED (
    SELECT s.commune_code, s.household_id, p.hamlet, s.eligible, s.reached, s.assessed, s.shown
    FROM household_state(parent, window_from, window_to, boundaries) s LEFT JOIN place p USING (fid)
  ), own AS MATERIALIZED (
    SELECT service.team_id, m.commune_code, m.household_id, m.reached, m.assessed, m.shown
    FROM member m JOIN service USING (hamlet)
    WHERE m.eligible
  ), call AS MATERIALIZED (
    SELECT commune_code, household_id, team_id, max(day) AS last_visit,
      count(DISTINCT day) FILTER (WHERE within)::integer AS visits,
      bool_or(within AND outcome IN ('completed', 'partial', 'refused')) AS contacted,
      bool_or(within AND outcome = 'completed') AS reached,
      max((day - date '1900-01-01') * 8 + outcome_rank(outcome)) % 8 AS latest
    FROM (
      SELECT commune_code, household_id, team_id, day_of(visited_at) AS day, window_from IS NULL OR day_of(visited_at) >= window_from AS within, outcome
      FROM visits
      WHERE visited_at < (window_to + 1)::timestamp AT TIME ZONE interval '7 hours'
        AND (parent IS NULL OR (commune_code, household_id) IN (SELECT commune_code, household_id FROM member))
    ) report
    GROUP BY commune_code, household_id, team_id
  ), work AS (
    SELECT call.team_id, sum(call.visits)::integer AS visits, max(call.last_visit) AS last_visit,
      count(*) FILTER (WHERE m.eligible AND call.reached AND own.household_id IS NULL)::integer AS reached_elsewhere
    FROM call JOIN member m USING (commune_code, household_id) LEFT JOIN own USING (team_id, commune_code, household_id)
    GROUP BY call.team_id
  ), counted AS (
    SELECT own.team_id, count(*)::integer AS households, count(*) FILTER (WHERE call.visits > 0)::integer AS attempted,
      count(*) FILTER (WHERE call.contacted)::integer AS contacted, count(*) FILTER (WHERE call.reached)::integer AS reached,
      count(*) FILTER (WHERE call.visits > 0 AND NOT call.reached AND call.latest IN (outcome_rank('absent'), outcome_rank('partial')))::integer AS revisit_due,
      count(*) FILTER (WHERE own.reached)::integer AS reached_by_any
    FROM own LEFT JOIN call USING (team_id, commune_code, household_id)
    GROUP BY own.team_id
  ), alike AS (
    SELECT team_id, assessed, shown, count(*) AS households FROM own WHERE assessed <> 0 GROUP BY team_id, assessed, shown
  ), skill AS (
    SELECT bit, position FROM skills LIMIT 16
  ), skilled AS (
    SELECT team_id, bit, sum(households * (assessed >> bit & 1))::integer AS assessed, sum(households * (shown >> bit & 1))::integer AS shown
    FROM alike CROSS JOIN skill GROUP BY team_id, bit
  ), uptake AS (
    SELECT listed.team_id, array_agg(coalesce(k.assessed, 0) ORDER BY position) AS assessed, array_agg(coalesce(k.shown, 0) ORDER BY position) AS shown
    FROM listed CROSS JOIN skill LEFT JOIN skilled k USING (team_id, bit)
    GROUP BY listed.team_id
  )
  SELECT (listed.team_id, coalesce(n.households, 0), coalesce(n.attempted, 0), coalesce(n.contacted, 0), coalesce(n.reached, 0),
      coalesce(n.revisit_due, 0), coalesce(work.visits, 0), work.last_visit, uptake.assessed, uptake.shown)::coverage_count,
    coalesce(n.reached_by_any, 0), coalesce(work.reached_elsewhere, 0),
    array_remove(ARRAY[CASE WHEN listed.members < (limits).team_members THEN 'understaffed' END, CASE WHEN n.households > (limits).team_households THEN 'overloaded' END], NULL)
  FROM listed JOIN uptake USING (team_id) JOIN province_of USING (team_id) JOIN limit_of USING (province) LEFT JOIN counted n USING (team_id) LEFT JOIN work USING (team_id)
$$;

DO $$
DECLARE
  view text;
BEGIN
  FOREACH view IN ARRAY ARRAY['coverage_by_hamlet', 'coverage_by_commune', 'coverage_by_cell', 'coverage_by_team'] LOOP
    EXECUTE format('COMMENT ON COLUMN %I.flags IS %L', view, 'What calls for attention, by the table thresholds: no_team, unvisited, barely_visited, low_coverage, low_uptake, too_few_data, stale, registry_gap, understaffed, overloaded');
  END LOOP;
END $$;
-- +goose StatementEnd
