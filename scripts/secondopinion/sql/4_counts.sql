-- Every count of one key.
CREATE TYPE coverage_count AS (
  key         text,
  households  int,
  attempted   int,
  contacted   int,
  reached     int,
  revisit_due int,
  visits      int,
  last_visit  date,
  assessed    int[], -- by skill.position
  shown       int[]
);

CREATE FUNCTION zero_count(key text) RETURNS coverage_count
LANGUAGE sql STABLE AS $$
  SELECT (key, 0, 0, 0, 0, 0, 0, NULL, array_agg(0), array_agg(0))::coverage_count FROM skill
$$;

-- The counts of every key that a household in the scope has.
CREATE FUNCTION coverage_by_key(key_of text, resolution int, parent text, window_from date, window_to date, boundaries date)
RETURNS SETOF coverage_count
LANGUAGE sql STABLE AS $$
  WITH member AS MATERIALIZED (
    SELECT * FROM household_key(key_of, resolution, parent, boundaries) JOIN household_state(window_from, window_to) USING (household_id)
  ), counted AS (
    SELECT key, count(*) FILTER (WHERE eligible)::int AS households, count(*) FILTER (WHERE attempted)::int AS attempted,
      count(*) FILTER (WHERE contacted)::int AS contacted, count(*) FILTER (WHERE reached)::int AS reached,
      count(*) FILTER (WHERE revisit_due)::int AS revisit_due, sum(visits)::int AS visits, max(last_visit) AS last_visit
    FROM member GROUP BY key
  ), skilled AS (
    SELECT key, skill, count(*)::int AS assessed, count(*) FILTER (WHERE shown)::int AS shown
    FROM member JOIN household_skill(window_to) USING (household_id)
    WHERE eligible
    GROUP BY key, skill
  ), uptake AS (
    SELECT key, array_agg(coalesce(assessed, 0) ORDER BY position) AS assessed, array_agg(coalesce(shown, 0) ORDER BY position) AS shown
    FROM counted CROSS JOIN skill LEFT JOIN skilled USING (key, skill)
    GROUP BY key
  )
  SELECT key, households, attempted, contacted, reached, revisit_due, visits, last_visit, assessed, shown
  FROM counted JOIN uptake USING (key)
$$;

-- One row, of zeros where nobody lives in the scope.
CREATE FUNCTION coverage_total(parent text, window_from date, window_to date, boundaries date)
RETURNS SETOF coverage_count
LANGUAGE sql STABLE AS $$
  SELECT * FROM coverage_by_key('total', NULL, parent, window_from, window_to, boundaries)
  UNION ALL
  SELECT * FROM zero_count('')
  WHERE NOT EXISTS (SELECT FROM household_key('total', NULL, parent, boundaries))
$$;

-- Weeks begin on Monday. Each period is the same query with the window cut to it.
CREATE FUNCTION coverage_by_period(period text, parent text, window_from date, window_to date, boundaries date)
RETURNS SETOF coverage_count
LANGUAGE sql STABLE AS $$
  WITH span AS (
    SELECT coalesce(window_from, (SELECT min(day) FROM visit)) AS first
  ), step AS (
    SELECT begins::date AS begins, (begins + ('1 ' || period)::interval)::date - 1 AS ends, first
    FROM span CROSS JOIN generate_series(date_trunc(period, first::timestamp), window_to::timestamp, ('1 ' || period)::interval) AS begins
    WHERE first <= window_to
  )
  SELECT begins::text, c.households, c.attempted, c.contacted, c.reached, c.revisit_due, c.visits, c.last_visit, c.assessed, c.shown
  FROM step CROSS JOIN LATERAL coverage_total(parent, greatest(begins, first), least(ends, window_to), boundaries) c
$$;
