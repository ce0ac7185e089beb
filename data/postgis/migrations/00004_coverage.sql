-- +goose Up
-- +goose StatementBegin

-- The answers of docs/indicators.md for who asks in SQL: functions of a window, and views of
-- them. Days that are not given are taken from the session: see coverage_window.

CREATE FUNCTION today() RETURNS date LANGUAGE sql STABLE AS $$ SELECT (now() AT TIME ZONE interval '7 hours')::date $$;
COMMENT ON FUNCTION today() IS 'The day in Việt Nam';

CREATE FUNCTION coverage_window(OUT window_from date, OUT window_to date) LANGUAGE sql STABLE AS $$
  SELECT nullif(current_setting('tungnha.window_from', true), '')::date,
    coalesce(nullif(current_setting('tungnha.window_to', true), '')::date, (now() AT TIME ZONE interval '7 hours')::date)
$$;
COMMENT ON FUNCTION coverage_window() IS 'The window of the views coverage_by_…: ever up to today, unless the session has SET tungnha.window_from or tungnha.window_to';

CREATE FUNCTION working_teams(window_to date) RETURNS SETOF teams
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT * FROM teams
  WHERE (formed_on IS NULL OR formed_on <= window_to) AND (dissolved_on IS NULL OR dissolved_on > window_to)
$$;
COMMENT ON FUNCTION working_teams(date) IS 'The teams at work on the day';

CREATE FUNCTION service(window_to date, boundaries date)
RETURNS TABLE (team_id text, province text, district text, commune text, hamlet text)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT t.team_id, p.province, p.district, p.commune, p.hamlet
  FROM working_teams(window_to) t JOIN team_hamlets s USING (team_id)
  JOIN place(boundaries) p ON p.level = 'hamlet' AND p.code = s.hamlet_code
  WHERE (s.valid_from IS NULL OR s.valid_from <= window_to) AND (s.valid_to IS NULL OR s.valid_to >= window_to)
$$;
COMMENT ON FUNCTION service(date, date) IS 'Which hamlets the teams at work serve on the day; a hamlet that two serve comes twice';

-- Areas of a level, also where nobody lives, and the key '' for the households in no such area.
CREATE FUNCTION count_by_area(level_of text, parent text, window_from date, window_to date, boundaries date)
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
  ), hamlet_flag AS MATERIALIZED (
    SELECT province, district, commune, flag, count(*) AS hamlets
    FROM scope LEFT JOIN coverage_by_key('hamlet', NULL, parent, window_from, window_to, boundaries) n ON n.key = scope.code
    CROSS JOIN LATERAL judge_area(CASE WHEN n.key IS NULL THEN zero_count(code) ELSE n END, level, declared_households, served, window_to) j
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
  ), counted AS MATERIALIZED (
    SELECT n.key, n FROM coverage_by_key(level_of, NULL, parent, window_from, window_to, boundaries) n
  ), listed AS (
    SELECT key, n FROM counted
    UNION ALL
    SELECT code, zero_count(code) FROM scope WHERE level = level_of AND code NOT IN (SELECT key FROM counted)
  )
  SELECT scope.fid, listed.n, j.uptake, j.flags, coalesce(flagged.hamlets_flagged, '{}')
  FROM listed LEFT JOIN scope ON scope.code = key AND scope.level = level_of LEFT JOIN flagged ON flagged.code = key
  CROSS JOIN LATERAL judge_area(listed.n, level, declared_households, served, window_to) j
$$;
COMMENT ON FUNCTION count_by_area(text, text, date, date, date) IS 'The counts of every area of a level in the scope, with flags, and how many hamlets bear each';

CREATE FUNCTION coverage_by_area(level text, window_from date DEFAULT NULL, window_to date DEFAULT NULL, parent text DEFAULT NULL, boundaries date DEFAULT NULL)
RETURNS TABLE (code text, name text, kind text, parent_code text, households integer, attempted integer, contacted integer, reached integer,
  revisit_due integer, visits integer, last_visit date, coverage double precision, attempt_rate double precision, success_rate double precision,
  declared_households integer, registry_completeness double precision, uptake jsonb, flags text[], hamlets_flagged jsonb, geom geometry(MultiPolygon, 4326))
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT (c).key, a.name, a.kind, a.parent, (c).households, (c).attempted, (c).contacted, (c).reached,
    (c).revisit_due, (c).visits, (c).last_visit, rate((c).reached, (c).households), rate((c).attempted, (c).households), rate((c).reached, (c).contacted),
    a.declared_households, rate((c).households, a.declared_households), n.uptake, n.flags, n.hamlets_flagged, a.geom
  FROM count_by_area(level, parent, window_from, coalesce(window_to, today()), coalesce(boundaries, window_to, today())) n
  LEFT JOIN areas a USING (fid)
  ORDER BY (c).key
$$;
COMMENT ON FUNCTION coverage_by_area(text, date, date, text, date) IS
  'Coverage of a window by area of a level (province, district, commune, hamlet). Without window_from: ever; without window_to: today; parent: only what lies in the area of this code; boundaries: the day whose areas count, else window_to. The row '''' has the households in no such area';

CREATE FUNCTION count_by_cell(resolution integer, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (c coverage_count, uptake jsonb, flags text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH served AS (
    SELECT DISTINCT k.key
    FROM household_key('cell', resolution, parent, boundaries) k
    JOIN home(boundaries) h USING (commune_code, household_id)
    JOIN household_state(window_from, window_to) s USING (commune_code, household_id)
    WHERE s.eligible AND h.hamlet IN (SELECT hamlet FROM service(window_to, boundaries))
  )
  SELECT n, j.uptake, array_remove(ARRAY[CASE WHEN n.households > 0 AND served.key IS NULL THEN 'no_team' END], NULL) || j.flags
  FROM coverage_by_key('cell', resolution, parent, window_from, window_to, boundaries) n LEFT JOIN served ON served.key = n.key
  CROSS JOIN LATERAL judge(n) j
$$;
COMMENT ON FUNCTION count_by_cell(integer, text, date, date, date) IS
  'The counts of every cell that a household in the scope lies in, with flags. Nobody serves a cell where no household''s hamlet has a team';

CREATE FUNCTION coverage_by_cell(window_from date DEFAULT NULL, window_to date DEFAULT NULL, resolution integer DEFAULT 8, parent text DEFAULT NULL, boundaries date DEFAULT NULL)
RETURNS TABLE (cell text, households integer, attempted integer, contacted integer, reached integer, revisit_due integer, visits integer, last_visit date,
  coverage double precision, attempt_rate double precision, success_rate double precision, uptake jsonb, flags text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT (c).key, (c).households, (c).attempted, (c).contacted, (c).reached, (c).revisit_due, (c).visits, (c).last_visit,
    rate((c).reached, (c).households), rate((c).attempted, (c).households), rate((c).reached, (c).contacted), n.uptake, n.flags
  FROM count_by_cell(resolution, parent, window_from, coalesce(window_to, today()), coalesce(boundaries, window_to, today())) n
  ORDER BY (c).key
$$;
COMMENT ON FUNCTION coverage_by_cell(date, date, integer, text, date) IS
  'Coverage of a window by H3 cell of a resolution (0 to 11). Without window_from: ever; without window_to: today; parent: only the households in the area of this code';

-- Who serves a household's hamlet has it among its own; to these, the team's own visits decide.
CREATE FUNCTION count_by_team(parent text, window_from date, window_to date, boundaries date)
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
    SELECT h.commune_code, h.household_id, h.hamlet, s.eligible, s.reached
    FROM home(boundaries) h JOIN household_state(window_from, window_to) s USING (commune_code, household_id)
    WHERE parent IS NULL OR parent IN (h.province, h.district, h.commune, h.hamlet)
  ), own AS MATERIALIZED (
    SELECT service.team_id, m.commune_code, m.household_id, m.reached
    FROM member m JOIN service USING (hamlet)
    WHERE m.eligible
  ), call AS MATERIALIZED (
    SELECT team_id, commune_code, household_id, max(day) AS last_visit,
      count(*) FILTER (WHERE within)::integer AS visits,
      bool_or(within AND outcome IN ('completed', 'partial', 'refused')) AS contacted,
      bool_or(within AND outcome = 'completed') AS reached,
      max((day - date '1900-01-01') * 8 + outcome_rank(outcome)) % 8 AS latest
    FROM (
      SELECT team_id, commune_code, household_id, day_of(visited_at) AS day, max(outcome) AS outcome,
        window_from IS NULL OR day_of(visited_at) >= window_from AS within
      FROM visits WHERE visited_at < (window_to + 1)::timestamp AT TIME ZONE interval '7 hours'
      GROUP BY team_id, commune_code, household_id, day_of(visited_at)
    ) day_visit
    GROUP BY team_id, commune_code, household_id
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
  ), skilled AS (
    SELECT own.team_id, bit, sum(assessed >> bit & 1)::integer AS assessed, sum(shown >> bit & 1)::integer AS shown
    FROM own JOIN household_skills(window_to) USING (commune_code, household_id) CROSS JOIN skills
    GROUP BY own.team_id, bit
  ), uptake AS (
    SELECT listed.team_id, array_agg(coalesce(k.assessed, 0) ORDER BY position) AS assessed, array_agg(coalesce(k.shown, 0) ORDER BY position) AS shown
    FROM listed CROSS JOIN skills LEFT JOIN skilled k USING (team_id, bit)
    GROUP BY listed.team_id
  )
  SELECT (listed.team_id, coalesce(n.households, 0), coalesce(n.attempted, 0), coalesce(n.contacted, 0), coalesce(n.reached, 0),
      coalesce(n.revisit_due, 0), coalesce(work.visits, 0), work.last_visit, uptake.assessed, uptake.shown)::coverage_count,
    coalesce(n.reached_by_any, 0), coalesce(work.reached_elsewhere, 0),
    array_remove(ARRAY[CASE WHEN listed.members < 7 THEN 'understaffed' END, CASE WHEN n.households > 450 THEN 'overloaded' END], NULL)
  FROM listed JOIN uptake USING (team_id) LEFT JOIN counted n USING (team_id) LEFT JOIN work USING (team_id)
$$;
COMMENT ON FUNCTION count_by_team(text, date, date, date) IS 'The counts of every team that works in the scope';

CREATE FUNCTION coverage_by_team(window_from date DEFAULT NULL, window_to date DEFAULT NULL, parent text DEFAULT NULL, boundaries date DEFAULT NULL)
RETURNS TABLE (team_id text, name text, commune_code text, households integer, attempted integer, contacted integer, reached integer, revisit_due integer,
  visits integer, last_visit date, reached_by_any integer, reached_elsewhere integer, coverage double precision, attempt_rate double precision,
  success_rate double precision, uptake jsonb, flags text[])
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT (c).key, t.name, t.commune_code, (c).households, (c).attempted, (c).contacted, (c).reached, (c).revisit_due, (c).visits, (c).last_visit,
    n.reached_by_any, n.reached_elsewhere, rate((c).reached, (c).households), rate((c).attempted, (c).households), rate((c).reached, (c).contacted),
    j.uptake, n.flags
  FROM count_by_team(parent, window_from, coalesce(window_to, today()), coalesce(boundaries, window_to, today())) n
  JOIN teams t ON t.team_id = (c).key
  CROSS JOIN LATERAL judge(c) j
  ORDER BY (c).key
$$;
COMMENT ON FUNCTION coverage_by_team(date, date, text, date) IS
  'What each team at work on the last day did in the window for the households of its hamlets; a hamlet with two teams counts under both';

-- Weeks begin on Monday. Each period is the same query with the window cut to it.
CREATE FUNCTION coverage_by_period(period text, window_from date DEFAULT NULL, window_to date DEFAULT NULL, parent text DEFAULT NULL, boundaries date DEFAULT NULL)
RETURNS TABLE (begins date, households integer, attempted integer, contacted integer, reached integer, revisit_due integer, visits integer, last_visit date,
  coverage double precision, attempt_rate double precision, success_rate double precision, uptake jsonb)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH span AS (
    SELECT coalesce(window_from, (SELECT day_of(min(visited_at)) FROM visits)) AS first, coalesce(window_to, today()) AS last
  ), step AS (
    SELECT begins::date AS begins, (begins + ('1 ' || period)::interval)::date - 1 AS ends, first, last
    FROM span CROSS JOIN generate_series(date_trunc(period, first::timestamp), last::timestamp, ('1 ' || period)::interval) AS begins
    WHERE first <= last
  )
  SELECT begins, c.households, c.attempted, c.contacted, c.reached, c.revisit_due, c.visits, c.last_visit,
    rate(c.reached, c.households), rate(c.attempted, c.households), rate(c.reached, c.contacted), j.uptake
  FROM step CROSS JOIN LATERAL count_total(parent, greatest(begins, first), least(ends, last), coalesce(boundaries, last)) c
  CROSS JOIN LATERAL judge(c) j
  ORDER BY begins
$$;
COMMENT ON FUNCTION coverage_by_period(text, date, date, text, date) IS 'Coverage of each day, week or month of a window';

CREATE FUNCTION coverage_total(window_from date DEFAULT NULL, window_to date DEFAULT NULL, parent text DEFAULT NULL, boundaries date DEFAULT NULL)
RETURNS TABLE (households integer, attempted integer, contacted integer, reached integer, revisit_due integer, visits integer, last_visit date,
  coverage double precision, attempt_rate double precision, success_rate double precision, uptake jsonb)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT c.households, c.attempted, c.contacted, c.reached, c.revisit_due, c.visits, c.last_visit,
    rate(c.reached, c.households), rate(c.attempted, c.households), rate(c.reached, c.contacted), j.uptake
  FROM count_total(parent, window_from, coalesce(window_to, today()), coalesce(boundaries, window_to, today())) c
  CROSS JOIN LATERAL judge(c) j
$$;
COMMENT ON FUNCTION coverage_total(date, date, text, date) IS 'Coverage of a window, all households or those in the area parent together, in one row';
-- +goose StatementEnd
