CREATE VIEW team AS
  SELECT team_id, commune_code, string_to_array(hamlet_codes, ';') AS hamlet_codes, members, formed_on, dissolved_on FROM team_file;

-- The teams at work on the day.
CREATE FUNCTION working_team(window_to date) RETURNS SETOF team
LANGUAGE sql STABLE AS $$
  SELECT * FROM team
  WHERE (formed_on IS NULL OR formed_on <= window_to) AND (dissolved_on IS NULL OR dissolved_on > window_to)
$$;

-- Which hamlets the teams at work serve; a hamlet that two serve comes twice.
CREATE FUNCTION service(window_to date, boundaries date)
RETURNS TABLE (team_id text, province text, district text, commune text, hamlet text)
LANGUAGE sql STABLE AS $$
  SELECT DISTINCT t.team_id, p.province, p.district, p.commune, p.hamlet
  FROM working_team(window_to) t JOIN place(boundaries) p ON p.level = 'hamlet' AND p.code = ANY (t.hamlet_codes)
$$;

-- The counts of every team that works in the scope. Who serves a household's hamlet has it
-- among its own; to these, the team's own visits decide.
CREATE FUNCTION coverage_by_team(parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (c coverage_count, reached_by_any int, reached_elsewhere int, flags text[])
LANGUAGE sql STABLE AS $$
  WITH listed AS (
    SELECT t.* FROM working_team(window_to) t
    WHERE parent IS NULL OR EXISTS (
      SELECT FROM place(boundaries) p
      WHERE (p.code = t.commune_code OR p.level = 'hamlet' AND p.code = ANY (t.hamlet_codes))
        AND parent IN (p.province, p.district, p.commune, p.hamlet)
    )
  ), member AS MATERIALIZED (
    SELECT household_id, home.hamlet, s.eligible, s.reached
    FROM household_key('total', NULL, parent, boundaries) JOIN home(boundaries) USING (household_id)
    JOIN household_state(window_from, window_to) s USING (household_id)
  ), own AS MATERIALIZED (
    SELECT service.team_id, m.household_id, m.reached
    FROM member m JOIN service(window_to, boundaries) USING (hamlet)
    WHERE m.eligible
  ), call AS MATERIALIZED (
    SELECT team_id, household_id, max(day) AS last_visit,
      count(*) FILTER (WHERE within) AS visits,
      bool_or(within AND outcome IN ('completed', 'partial', 'refused')) AS contacted,
      bool_or(within AND outcome = 'completed') AS reached,
      (array_agg(outcome ORDER BY day DESC) FILTER (WHERE within))[1] AS outcome
    FROM (SELECT *, window_from IS NULL OR day >= window_from AS within FROM team_visit WHERE day <= window_to) v
    GROUP BY team_id, household_id
  ), work AS (
    SELECT call.team_id, sum(call.visits)::int AS visits, max(call.last_visit) AS last_visit,
      count(*) FILTER (WHERE m.eligible AND call.reached AND own.household_id IS NULL)::int AS reached_elsewhere
    FROM call JOIN member m USING (household_id) LEFT JOIN own ON own.team_id = call.team_id AND own.household_id = call.household_id
    GROUP BY call.team_id
  ), counted AS (
    SELECT own.team_id, count(*)::int AS households, count(*) FILTER (WHERE call.visits > 0)::int AS attempted,
      count(*) FILTER (WHERE call.contacted)::int AS contacted, count(*) FILTER (WHERE call.reached)::int AS reached,
      count(*) FILTER (WHERE NOT call.reached AND call.outcome IN ('absent', 'partial'))::int AS revisit_due,
      count(*) FILTER (WHERE own.reached)::int AS reached_by_any
    FROM own LEFT JOIN call ON call.team_id = own.team_id AND call.household_id = own.household_id
    GROUP BY own.team_id
  ), skilled AS (
    SELECT own.team_id, skill, count(*)::int AS assessed, count(*) FILTER (WHERE k.shown)::int AS shown
    FROM own JOIN household_skill(window_to) k USING (household_id)
    GROUP BY own.team_id, skill
  ), uptake AS (
    SELECT listed.team_id, array_agg(coalesce(k.assessed, 0) ORDER BY position) AS assessed, array_agg(coalesce(k.shown, 0) ORDER BY position) AS shown
    FROM listed CROSS JOIN skill LEFT JOIN skilled k ON k.team_id = listed.team_id AND k.skill = skill.skill
    GROUP BY listed.team_id
  )
  SELECT (listed.team_id, coalesce(n.households, 0), coalesce(n.attempted, 0), coalesce(n.contacted, 0), coalesce(n.reached, 0),
      coalesce(n.revisit_due, 0), coalesce(work.visits, 0), work.last_visit, uptake.assessed, uptake.shown)::coverage_count,
    coalesce(n.reached_by_any, 0), coalesce(work.reached_elsewhere, 0),
    array_remove(ARRAY[CASE WHEN listed.members < 7 THEN 'understaffed' END, CASE WHEN n.households > 450 THEN 'overloaded' END], NULL)
  FROM listed JOIN uptake USING (team_id) LEFT JOIN counted n USING (team_id) LEFT JOIN work USING (team_id)
$$;
