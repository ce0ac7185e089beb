-- The flags with their default thresholds.

-- The 95 % Wilson score interval of a skill's uptake, at the effective size of a sample
-- without replacement. NULL where nobody was assessed.
CREATE FUNCTION uptake_interval(assessed int, shown int, households int, OUT low float8, OUT high float8)
LANGUAGE sql IMMUTABLE AS $$
  WITH sample AS (
    SELECT shown::float8 / nullif(assessed, 0) AS rate,
      nullif(assessed, 0)::float8 * (households - 1) / nullif(households - assessed, 0) AS n,
      1.959964::float8 AS z
  ), score AS (
    SELECT rate, (rate + z ^ 2 / (2 * n)) / (1 + z ^ 2 / n) AS centre,
      z / (1 + z ^ 2 / n) * sqrt(rate * (1 - rate) / n + z ^ 2 / (4 * n ^ 2)) AS half
    FROM sample
  )
  SELECT CASE WHEN assessed >= households THEN rate WHEN centre > half THEN centre - half WHEN assessed > 0 THEN 0 END,
    CASE WHEN assessed >= households THEN rate WHEN centre + half < 1 THEN centre + half WHEN assessed > 0 THEN 1 END
  FROM score
$$;

-- The flags that follow from the counts alone; none where there are no households.
CREATE FUNCTION rate_flags(c coverage_count) RETURNS text[]
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN c.households = 0 THEN '{}' ELSE
    array_remove(ARRAY[
      CASE WHEN c.attempted = 0 THEN 'unvisited' END,
      CASE WHEN c.attempted > 0 AND c.attempted <= 0.20 * c.households THEN 'barely_visited' END,
      CASE WHEN c.reached < 0.50 * c.households THEN 'low_coverage' END
    ], NULL) || ARRAY(
      SELECT CASE WHEN c.assessed[position] < 30 THEN 'too_few_data:' ELSE 'low_uptake:' END || skill
      FROM skill
      WHERE c.assessed[position] < 30
        OR (uptake_interval(c.assessed[position], c.shown[position], c.households)).high < 0.50
    )
  END
$$;

CREATE FUNCTION area_flags(c coverage_count, level text, declared_households int, served bool, window_to date) RETURNS text[]
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN level NOT IN ('commune', 'hamlet') THEN '{}' ELSE
    rate_flags(c) || array_remove(ARRAY[
      CASE WHEN c.households > 0 AND NOT served THEN 'no_team' END,
      CASE WHEN c.last_visit IS NULL OR window_to - c.last_visit > 90 THEN 'stale' END,
      CASE WHEN declared_households > 0
        AND (c.households < 0.80 * declared_households OR c.households > 1.05 * declared_households) THEN 'registry_gap' END
    ], NULL)
  END
$$;
