-- +goose Up
-- +goose StatementBegin

-- The same answers, each from one pass over the households: what its visits say of each is
-- found by the key of visits, which has those of a household side by side, so that nothing is
-- sorted or kept as a whole, and who asks for one commune waits for that commune alone.

DROP FUNCTION household_key(text, integer, text, date), household_state(date, date), household_skills(date), day_visits(date),
  coverage_by_key(text, integer, text, date, date, date), home(date);

-- The same area above, found for all areas of a level together.
CREATE OR REPLACE VIEW area_life WITH (security_invoker = true) AS
  WITH province AS (
    SELECT fid, code, daterange(valid_from, valid_to, '[]') AS life FROM areas WHERE level = 'province'
  ), district AS (
    SELECT DISTINCT ON (a.fid) a.fid, a.code, life_under(a.valid_from, a.valid_to, above.life) AS life
    FROM areas a LEFT JOIN province above ON above.code = a.parent AND above.life && daterange(a.valid_from, a.valid_to, '[]')
    WHERE a.level = 'district'
    ORDER BY a.fid, lower(above.life) DESC NULLS LAST
  ), commune AS (
    SELECT DISTINCT ON (a.fid) a.fid, a.code, life_under(a.valid_from, a.valid_to, above.life) AS life
    FROM areas a LEFT JOIN (TABLE province UNION ALL TABLE district) above
      ON above.code = a.parent AND above.life && daterange(a.valid_from, a.valid_to, '[]')
    WHERE a.level = 'commune'
    ORDER BY a.fid, lower(above.life) DESC NULLS LAST
  ), hamlet AS (
    SELECT DISTINCT ON (a.fid) a.fid, a.code, life_under(a.valid_from, a.valid_to, above.life) AS life
    FROM areas a LEFT JOIN (TABLE province UNION ALL TABLE district UNION ALL TABLE commune) above
      ON above.code = a.parent AND above.life && daterange(a.valid_from, a.valid_to, '[]')
    WHERE a.level = 'hamlet'
    ORDER BY a.fid, lower(above.life) DESC NULLS LAST
  )
  SELECT fid, life FROM (TABLE province UNION ALL TABLE district UNION ALL TABLE commune UNION ALL TABLE hamlet) area;

CREATE FUNCTION located(boundaries date)
RETURNS TABLE (commune_code text, household_id text, fid bigint)
LANGUAGE sql STABLE ROWS 10000 SET search_path FROM CURRENT AS $$
  WITH place AS MATERIALIZED (SELECT fid, code, level FROM place(boundaries)),
  undeclared AS MATERIALIZED (
    SELECT h.commune_code, h.household_id, h.geom
    FROM households h LEFT JOIN place ON place.level = 'hamlet' AND place.code = h.hamlet_code
    WHERE place.fid IS NULL
  ), inside AS MATERIALIZED (
    SELECT DISTINCT ON (h.commune_code, h.household_id) h.commune_code, h.household_id, a.fid
    FROM undeclared h JOIN areas a ON ST_Covers(a.geom, h.geom)
    WHERE a.level = 'commune' AND a.fid IN (SELECT fid FROM place)
    ORDER BY h.commune_code, h.household_id, a.code
  ), outside AS MATERIALIZED (
    SELECT h.commune_code, h.household_id, h.geom FROM undeclared h LEFT JOIN inside USING (commune_code, household_id)
    WHERE inside.fid IS NULL
  ), beside AS MATERIALIZED (
    SELECT h.commune_code, h.household_id, a.fid, a.code, metres(a.geom, h.geom) AS metres
    FROM outside h JOIN areas a ON ST_DWithin(a.geom, h.geom, 0.002)
    WHERE a.level = 'commune' AND a.fid IN (SELECT fid FROM place)
  ), nearest AS (
    SELECT DISTINCT ON (commune_code, household_id) commune_code, household_id, fid FROM beside WHERE metres <= 100
    ORDER BY commune_code, household_id, metres, code
  )
  SELECT commune_code, household_id, fid FROM inside
  UNION ALL
  SELECT commune_code, household_id, nearest.fid FROM outside LEFT JOIN nearest USING (commune_code, household_id)
$$;
COMMENT ON FUNCTION located(date) IS 'The households whose declared hamlet, if any, the boundaries of the day do not have, each with the commune that holds its point, the nearest one within 100 m where none does, or none';

-- The functions without a search_path of their own are put in the place of their call, in
-- functions that have one.
CREATE FUNCTION home(boundaries date)
RETURNS TABLE (commune_code text, household_id text, registered_on date, removed_on date, cell bigint, fid bigint)
LANGUAGE sql STABLE ROWS 1000000 AS $$
  SELECT h.commune_code, h.household_id, h.registered_on, h.removed_on, h.cell, a.fid
  FROM households h JOIN areas a ON a.level = 'hamlet' AND a.code = h.hamlet_code
  WHERE a.fid IN (SELECT place.fid FROM place(boundaries))
  UNION ALL
  SELECT h.commune_code, h.household_id, h.registered_on, h.removed_on, h.cell, located.fid
  FROM located(boundaries) JOIN households h USING (commune_code, household_id)
$$;
COMMENT ON FUNCTION home(date) IS 'The households, each with the area (areas.fid) that it belongs to: the hamlet that it declares, where the boundaries of the day have it, else what its point says';

CREATE FUNCTION after_report(so_far integer, assessed integer, shown integer) RETURNS integer
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$ BEGIN RETURN so_far & ~assessed | shown; END $$;
COMMENT ON FUNCTION after_report(integer, integer, integer) IS 'The skills that a household shows after one more report, which decides over those that it assessed';
CREATE AGGREGATE latest_shown(assessed integer, shown integer) (sfunc = after_report, stype = integer, initcond = 0);
COMMENT ON AGGREGATE latest_shown(integer, integer) IS 'The skills that were shown in the latest report that assessed each; the reports in their order';

-- All that a household reports on one day is one visit with the best outcome. As completed,
-- partial and refused are the three best, a day's best is one of them where any report's is.
CREATE FUNCTION visited(of_commune text, of_household text, window_from date, window_to date)
RETURNS TABLE (last_visit date, latest integer, visits integer, contacted boolean, reached boolean, assessed integer, shown integer)
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT max(day), max((day - date '1900-01-01') * 8 + outcome_rank(outcome)) % 8,
    count(DISTINCT day) FILTER (WHERE within)::integer,
    coalesce(bool_or(outcome IN ('completed', 'partial', 'refused')) FILTER (WHERE within), false),
    coalesce(bool_or(outcome = 'completed') FILTER (WHERE within), false),
    coalesce(bit_or(assessed), 0), latest_shown(assessed, shown ORDER BY visited_at, visit_id) FILTER (WHERE assessed <> 0)
  FROM (
    SELECT visited_at, visit_id, day_of(visited_at) AS day, window_from IS NULL OR day_of(visited_at) >= window_from AS within, outcome, assessed, shown
    FROM visits
    WHERE commune_code = of_commune AND household_id = of_household
      AND visited_at < (window_to + 1)::timestamp AT TIME ZONE interval '7 hours'
  ) report
$$;
COMMENT ON FUNCTION visited(text, text, date, date) IS 'What the visits to a household say: the latest day up to the window''s last, the rank of its outcome, the visits in the window, and the skills up to its last day, as bits';

CREATE FUNCTION household_state(parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (commune_code text, household_id text, cell bigint, fid bigint, eligible boolean, attempted boolean, contacted boolean, reached boolean,
  revisit_due boolean, visits integer, last_visit date, assessed integer, shown integer)
LANGUAGE sql STABLE ROWS 1000000 AS $$
  -- The latest visit up to the last day of the window is the latest of the window, if it has any.
  SELECT h.commune_code, h.household_id, h.cell, h.fid, eligible, eligible AND v.visits > 0, eligible AND v.contacted, eligible AND v.reached,
    eligible AND v.visits > 0 AND NOT v.reached AND v.latest IN (outcome_rank('absent'), outcome_rank('partial')),
    v.visits, v.last_visit, v.assessed, v.shown
  FROM home(boundaries) h
  CROSS JOIN LATERAL visited(h.commune_code, h.household_id, window_from, window_to) v
  CROSS JOIN LATERAL (SELECT (h.registered_on IS NULL OR h.registered_on <= window_to)
    AND (h.removed_on IS NULL OR h.removed_on > window_to)
    AND (v.latest IS NULL OR v.latest NOT IN (outcome_rank('moved'), outcome_rank('ineligible'))) AS eligible) counts
  WHERE parent IS NULL OR h.fid IN (SELECT p.fid FROM place(boundaries) p WHERE parent IN (p.province, p.district, p.commune, p.hamlet))
$$;
COMMENT ON FUNCTION household_state(text, date, date, date) IS 'What a window says of each household in the scope. Only those that count on its last day are attempted, contacted, reached or due; visits are those to any';

CREATE FUNCTION count_by_home(resolution integer, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (fid bigint, cell bigint, assessed integer, shown integer, households bigint, attempted bigint, contacted bigint, reached bigint,
  revisit_due bigint, visits bigint, last_visit date)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT fid, cell_parent(cell, resolution), assessed, shown, count(*) FILTER (WHERE eligible), count(*) FILTER (WHERE attempted),
    count(*) FILTER (WHERE contacted), count(*) FILTER (WHERE reached), count(*) FILTER (WHERE revisit_due), sum(visits), max(last_visit)
  FROM household_state(parent, window_from, window_to, boundaries)
  GROUP BY fid, cell_parent(cell, resolution), assessed, shown
$$;
COMMENT ON FUNCTION count_by_home(integer, text, date, date, date) IS 'The counts of the households that are alike in area, cell of the resolution if one is given, and skills';

CREATE FUNCTION coverage_by_key(kinds text[], resolution integer, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (kind text, n coverage_count, served boolean)
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
      h.*, h.households > 0 AND p.hamlet IN (SELECT hamlet FROM service(window_to, boundaries)) AS served
    FROM count_by_home(resolution, parent, window_from, window_to, boundaries) h LEFT JOIN place(boundaries) p USING (fid) CROSS JOIN unnest(kinds) kind
  ), counted AS (
    SELECT kind, key, sum(households)::integer AS households, sum(attempted)::integer AS attempted, sum(contacted)::integer AS contacted,
      sum(reached)::integer AS reached, sum(revisit_due)::integer AS revisit_due, sum(visits)::integer AS visits, max(last_visit) AS last_visit,
      coalesce(bool_or(served), false) AS served
    FROM member GROUP BY kind, key
  ), skill AS (
    SELECT bit, position FROM skills LIMIT 16 -- says how few there can be: the planner makes room for hundreds
  ), skilled AS (
    SELECT kind, key, position, sum(households * (assessed >> bit & 1))::integer AS assessed, sum(households * (shown >> bit & 1))::integer AS shown
    FROM member CROSS JOIN skill GROUP BY kind, key, position
  ), uptake AS (
    SELECT kind, key, array_agg(assessed ORDER BY position) AS assessed, array_agg(shown ORDER BY position) AS shown
    FROM skilled GROUP BY kind, key
  )
  SELECT kind, (key, households, attempted, contacted, reached, revisit_due, visits, last_visit, assessed, shown)::coverage_count, served
  FROM counted JOIN uptake USING (kind, key)
$$;
COMMENT ON FUNCTION coverage_by_key(text[], integer, text, date, date, date) IS
  'The counts of every key that a household in the scope has, for each kind of key: a level of areas, cell, or total; and whether a team serves the hamlet of one that counts';

CREATE OR REPLACE FUNCTION count_total(parent text, window_from date, window_to date, boundaries date)
RETURNS coverage_count
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce((SELECT n FROM coverage_by_key('{total}', NULL, parent, window_from, window_to, boundaries)), zero_count(''))
$$;

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
  ), counted AS MATERIALIZED (
    SELECT kind, (n).key, n
    FROM coverage_by_key(CASE level_of WHEN 'hamlet' THEN '{hamlet}' ELSE ARRAY[level_of, 'hamlet'] END, NULL, parent, window_from, window_to, boundaries)
  ), hamlet_flag AS MATERIALIZED (
    SELECT province, district, commune, flag, count(*) AS hamlets
    FROM scope LEFT JOIN counted ON kind = 'hamlet' AND key = scope.code
    CROSS JOIN LATERAL judge_area(CASE WHEN key IS NULL THEN zero_count(code) ELSE n END, level, declared_households, served, window_to) j
    CROSS JOIN unnest(j.flags) flag
    WHERE level = 'hamlet' AND level_of <> 'hamlet'
    GROUP BY province, district, commune, flag
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
  CROSS JOIN LATERAL judge_area(listed.n, level, declared_households, served, window_to) j
$$;

CREATE OR REPLACE FUNCTION count_by_cell(resolution integer, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (c coverage_count, uptake jsonb, flags text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT n, j.uptake, array_remove(ARRAY[CASE WHEN (n).households > 0 AND NOT served THEN 'no_team' END], NULL) || j.flags
  FROM coverage_by_key('{cell}', resolution, parent, window_from, window_to, boundaries)
  CROSS JOIN LATERAL judge(n) j
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
    array_remove(ARRAY[CASE WHEN listed.members < 7 THEN 'understaffed' END, CASE WHEN n.households > 450 THEN 'overloaded' END], NULL)
  FROM listed JOIN uptake USING (team_id) LEFT JOIN counted n USING (team_id) LEFT JOIN work USING (team_id)
$$;

-- A function's result has no kind of geometry, and without one QGIS does not take a layer whose
-- outlines are all missing. The views have it now; what was said of their columns, and who may
-- read them, is as before.
CREATE TEMPORARY TABLE said ON COMMIT DROP AS
  SELECT v.relname, format('COMMENT ON COLUMN %I.%I IS %L', v.relname, attname, col_description(v.oid, attnum)) AS again
  FROM pg_class v JOIN pg_attribute ON attrelid = v.oid AND attnum > 0
  WHERE v.oid IN ('coverage_by_hamlet'::regclass, 'coverage_by_commune'::regclass)
  UNION ALL
  SELECT v.relname, format('COMMENT ON VIEW %I IS %L', v.relname, obj_description(v.oid))
  FROM pg_class v WHERE v.oid IN ('coverage_by_hamlet'::regclass, 'coverage_by_commune'::regclass)
  UNION ALL
  SELECT v.relname, format('GRANT %s ON %I TO %s', privilege_type, v.relname, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END)
  FROM pg_class v CROSS JOIN aclexplode(v.relacl)
  WHERE v.oid IN ('coverage_by_hamlet'::regclass, 'coverage_by_commune'::regclass);
DROP VIEW coverage_by_hamlet, coverage_by_commune;
CREATE VIEW coverage_by_hamlet WITH (security_invoker = true) AS
  SELECT c.code, c.name, c.kind, c.commune_code, c.households, c.attempted, c.contacted, c.reached, c.revisit_due, c.visits, c.last_visit,
    c.coverage, c.attempt_rate, c.success_rate, c.declared_households, c.registry_completeness, c.uptake, c.flags,
    c.geom::geometry(MultiPolygon, 4326) AS geom
  FROM coverage_window() w CROSS JOIN LATERAL coverage_by_hamlet(w.window_from, w.window_to) c;
CREATE VIEW coverage_by_commune WITH (security_invoker = true) AS
  SELECT c.code, c.name, c.kind, c.parent_code, c.households, c.attempted, c.contacted, c.reached, c.revisit_due, c.visits, c.last_visit,
    c.coverage, c.attempt_rate, c.success_rate, c.declared_households, c.registry_completeness, c.uptake, c.flags, c.hamlets_flagged,
    c.geom::geometry(MultiPolygon, 4326) AS geom
  FROM coverage_window() w CROSS JOIN LATERAL coverage_by_commune(w.window_from, w.window_to) c;
DO $$
DECLARE
  it record;
BEGIN
  FOR it IN SELECT again FROM said LOOP
    EXECUTE it.again;
  END LOOP;
END $$;
-- +goose StatementEnd
