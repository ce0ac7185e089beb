-- +goose Up
-- +goose StatementBegin

-- The counts of docs/indicators.md, computed in the database.

CREATE FUNCTION day_of(moment timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT (moment AT TIME ZONE interval '7 hours')::date $$;
COMMENT ON FUNCTION day_of(timestamptz) IS 'The day of a moment in Việt Nam';

CREATE FUNCTION outcome_rank(outcome outcome) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE outcome WHEN 'ineligible' THEN 1 WHEN 'moved' THEN 2 WHEN 'inaccessible' THEN 3 WHEN 'absent' THEN 4
    WHEN 'refused' THEN 5 WHEN 'partial' THEN 6 WHEN 'completed' THEN 7 END
$$;
COMMENT ON FUNCTION outcome_rank(outcome) IS 'Its place from the worst to the best, 1 to 7';

CREATE FUNCTION day_visits(window_to date)
RETURNS TABLE (commune_code text, household_id text, day date, outcome outcome)
LANGUAGE sql STABLE ROWS 1000000 SET search_path FROM CURRENT AS $$
  SELECT commune_code, household_id, day_of(visited_at), max(outcome)
  FROM visits WHERE visited_at < (window_to + 1)::timestamp AT TIME ZONE interval '7 hours'
  GROUP BY commune_code, household_id, day_of(visited_at)
$$;
COMMENT ON FUNCTION day_visits(date) IS 'Visits up to a day: all reports of a household on one day are one, with the best outcome';

CREATE FUNCTION household_state(window_from date, window_to date)
RETURNS TABLE (commune_code text, household_id text, eligible boolean, attempted boolean, contacted boolean, reached boolean,
  revisit_due boolean, visits integer, last_visit date)
LANGUAGE sql STABLE ROWS 1000000 SET search_path FROM CURRENT AS $$
  WITH visited AS (
    SELECT commune_code, household_id, max(day) AS last_visit,
      max((day - date '1900-01-01') * 8 + outcome_rank(outcome)) % 8 AS latest,
      count(*) FILTER (WHERE window_from IS NULL OR day >= window_from)::integer AS visits,
      coalesce(bool_or(outcome IN ('completed', 'partial', 'refused')) FILTER (WHERE window_from IS NULL OR day >= window_from), false) AS contacted,
      coalesce(bool_or(outcome = 'completed') FILTER (WHERE window_from IS NULL OR day >= window_from), false) AS reached
    FROM day_visits(window_to)
    GROUP BY commune_code, household_id
  ), counted AS (
    SELECT commune_code, household_id, last_visit, latest, coalesce(visits, 0) AS visits, coalesce(contacted, false) AS contacted,
      coalesce(reached, false) AS reached,
      (registered_on IS NULL OR registered_on <= window_to)
        AND (removed_on IS NULL OR removed_on > window_to)
        AND (latest IS NULL OR latest NOT IN (outcome_rank('moved'), outcome_rank('ineligible'))) AS eligible
    FROM households LEFT JOIN visited USING (commune_code, household_id)
  )
  -- The latest visit up to the last day of the window is the latest of the window, if it has any.
  SELECT commune_code, household_id, eligible, eligible AND visits > 0, eligible AND contacted, eligible AND reached,
    eligible AND visits > 0 AND NOT reached AND latest IN (outcome_rank('absent'), outcome_rank('partial')), visits, last_visit
  FROM counted
$$;
COMMENT ON FUNCTION household_state(date, date) IS 'What a window says of each household. Only those that count on its last day are attempted, contacted, reached or due; visits are those to any';

CREATE FUNCTION household_skills(window_to date)
RETURNS TABLE (commune_code text, household_id text, assessed integer, shown integer)
LANGUAGE sql STABLE ROWS 1000000 SET search_path FROM CURRENT AS $$
  SELECT commune_code, household_id, bit_or(assessed), bit_or(shown & ~coalesce(later, 0))
  FROM (
    SELECT commune_code, household_id, assessed, shown, bit_or(assessed) OVER (
        PARTITION BY commune_code, household_id ORDER BY visited_at DESC, visit_id DESC
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS later
    FROM visits
    WHERE visited_at < (window_to + 1)::timestamp AT TIME ZONE interval '7 hours' AND assessed <> 0
  ) report
  GROUP BY commune_code, household_id
$$;
COMMENT ON FUNCTION household_skills(date) IS 'The skills in which each household was ever assessed up to the day, and those that it showed in the latest report that looked, as bits';

CREATE TYPE coverage_count AS (
  key         text,
  households  integer,
  attempted   integer,
  contacted   integer,
  reached     integer,
  revisit_due integer,
  visits      integer,
  last_visit  date,
  assessed    integer[], -- by skills.position
  shown       integer[]
);
COMMENT ON TYPE coverage_count IS 'Every count of one key';

CREATE FUNCTION zero_count(key text) RETURNS coverage_count
LANGUAGE sql STABLE AS $$
  SELECT (zero_count.key, 0, 0, 0, 0, 0, 0, NULL, array_agg(0), array_agg(0))::coverage_count FROM skills
$$;
COMMENT ON FUNCTION zero_count(text) IS 'The counts of a key without households';

CREATE FUNCTION coverage_by_key(key_of text, resolution integer, parent text, window_from date, window_to date, boundaries date)
RETURNS SETOF coverage_count
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH member AS MATERIALIZED (
    SELECT * FROM household_key(key_of, resolution, parent, boundaries)
    JOIN household_state(window_from, window_to) USING (commune_code, household_id)
  ), counted AS (
    SELECT key, count(*) FILTER (WHERE eligible)::integer AS households, count(*) FILTER (WHERE attempted)::integer AS attempted,
      count(*) FILTER (WHERE contacted)::integer AS contacted, count(*) FILTER (WHERE reached)::integer AS reached,
      count(*) FILTER (WHERE revisit_due)::integer AS revisit_due, sum(visits)::integer AS visits, max(last_visit) AS last_visit
    FROM member GROUP BY key
  ), skill AS (
    SELECT bit, position FROM skills
  ), skilled AS (
    SELECT key, bit, sum(assessed >> bit & 1)::integer AS assessed, sum(shown >> bit & 1)::integer AS shown
    FROM member JOIN household_skills(window_to) USING (commune_code, household_id) CROSS JOIN skill
    WHERE eligible
    GROUP BY key, bit
  ), uptake AS (
    SELECT key, array_agg(coalesce(assessed, 0) ORDER BY position) AS assessed, array_agg(coalesce(shown, 0) ORDER BY position) AS shown
    FROM counted CROSS JOIN skill LEFT JOIN skilled USING (key, bit)
    GROUP BY key
  )
  SELECT key, households, attempted, contacted, reached, revisit_due, visits, last_visit, assessed, shown
  FROM counted JOIN uptake USING (key)
$$;
COMMENT ON FUNCTION coverage_by_key(text, integer, text, date, date, date) IS 'The counts of every key that a household in the scope has';

-- One row, of zeros where nobody lives in the scope.
CREATE FUNCTION count_total(parent text, window_from date, window_to date, boundaries date)
RETURNS coverage_count
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT coalesce((SELECT n FROM coverage_by_key('total', NULL, parent, window_from, window_to, boundaries) n), zero_count(''))
$$;
COMMENT ON FUNCTION count_total(text, date, date, date) IS 'The counts of the whole scope';

CREATE FUNCTION rate(part integer, whole integer) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT part::double precision / nullif(whole, 0) $$;
COMMENT ON FUNCTION rate(integer, integer) IS 'part of whole, NULL over nothing';

-- The 95 % Wilson score interval at the effective size of a sample without replacement.
CREATE FUNCTION uptake_interval(assessed integer, shown integer, households integer)
RETURNS TABLE (low double precision, high double precision)
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 1 AS $$
  SELECT CASE WHEN assessed >= households THEN rate WHEN centre > half THEN centre - half WHEN assessed > 0 THEN 0 END,
    CASE WHEN assessed >= households THEN rate WHEN centre + half < 1 THEN centre + half WHEN assessed > 0 THEN 1 END
  FROM (
    SELECT rate, (rate + z ^ 2 / (2 * n)) / (1 + z ^ 2 / n) AS centre,
      z / (1 + z ^ 2 / n) * sqrt(rate * (1 - rate) / n + z ^ 2 / (4 * n ^ 2)) AS half
    FROM (
      SELECT shown::float8 / nullif(assessed, 0) AS rate,
        nullif(assessed, 0)::float8 * (households - 1) / nullif(households - assessed, 0) AS n,
        1.959964::float8 AS z
    ) sample
  ) score
$$;
COMMENT ON FUNCTION uptake_interval(integer, integer, integer) IS 'The 95 % interval of a skill''s uptake; NULL where nobody was assessed';

-- What follows from counts: uptake by skill, and flags by the common thresholds, none where
-- there are no households.
CREATE FUNCTION judge(c coverage_count)
RETURNS TABLE (uptake jsonb, flags text[])
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT jsonb_object_agg(skill, jsonb_build_object('assessed', assessed, 'shown', shown, 'rate', rate(shown, assessed), 'low', low, 'high', high)),
    CASE WHEN c.households = 0 THEN '{}' ELSE
      array_remove(ARRAY[
        CASE WHEN c.attempted = 0 THEN 'unvisited' END,
        CASE WHEN c.attempted > 0 AND c.attempted <= 0.20 * c.households THEN 'barely_visited' END,
        CASE WHEN c.reached < 0.50 * c.households THEN 'low_coverage' END
      ], NULL) || array_remove(array_agg(
        CASE WHEN assessed < 30 THEN 'too_few_data:' || skill WHEN high < 0.50 THEN 'low_uptake:' || skill END ORDER BY position), NULL)
    END
  FROM (SELECT key AS skill, position, c.assessed[position + 1] AS assessed, c.shown[position + 1] AS shown FROM skills) n
  CROSS JOIN LATERAL uptake_interval(assessed, shown, c.households)
$$;
COMMENT ON FUNCTION judge(coverage_count) IS 'Uptake by skill, and the flags that follow from counts alone';

CREATE FUNCTION judge_area(c coverage_count, level text, declared_households integer, served boolean, window_to date)
RETURNS TABLE (uptake jsonb, flags text[])
LANGUAGE sql STABLE ROWS 1 AS $$
  SELECT uptake, CASE WHEN level IN ('commune', 'hamlet') THEN
    array_remove(ARRAY[CASE WHEN c.households > 0 AND NOT served THEN 'no_team' END], NULL) || flags || array_remove(ARRAY[
      CASE WHEN c.last_visit IS NULL OR window_to - c.last_visit > 90 THEN 'stale' END,
      CASE WHEN declared_households > 0
        AND (c.households < 0.80 * declared_households OR c.households > 1.05 * declared_households) THEN 'registry_gap' END
    ], NULL) ELSE '{}' END
  FROM judge(c)
$$;
COMMENT ON FUNCTION judge_area(coverage_count, text, integer, boolean, date) IS 'Uptake by skill, and the flags of an area of a level; none of the households in no area';
-- +goose StatementEnd
