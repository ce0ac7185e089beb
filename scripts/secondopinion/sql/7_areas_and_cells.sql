-- The counts of every area of a level in the scope, also where nobody lives, and of the key
-- '' for the households in no such area; with flags, and how many hamlets bear each.
CREATE FUNCTION coverage_by_area(level_of text, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (c coverage_count, flags text[], hamlets_flagged jsonb)
LANGUAGE sql STABLE AS $$
  WITH scope AS MATERIALIZED (
    SELECT *,
      EXISTS (SELECT FROM service(window_to, boundaries) s WHERE place.code IN (s.province, s.district, s.commune, s.hamlet)) AS served
    FROM place(boundaries)
    WHERE parent IS NULL OR parent IN (province, district, commune, hamlet)
  ), hamlet_flag AS (
    SELECT province, district, commune, flag, count(*) AS hamlets
    FROM scope LEFT JOIN coverage_by_key('hamlet', NULL, parent, window_from, window_to, boundaries) n ON n.key = scope.code
    CROSS JOIN unnest(area_flags(CASE WHEN n.key IS NULL THEN zero_count(code) ELSE n END, level, declared_households, served, window_to)) flag
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
  ), counted AS (
    SELECT n.key, n FROM coverage_by_key(level_of, NULL, parent, window_from, window_to, boundaries) n
    UNION ALL
    SELECT code, zero_count(code) FROM scope
    WHERE level = level_of
      AND code NOT IN (SELECT key FROM household_key(level_of, NULL, parent, boundaries))
  )
  SELECT counted.n,
    CASE WHEN key = '' THEN '{}' ELSE area_flags(counted.n, level, declared_households, served, window_to) END,
    coalesce(flagged.hamlets_flagged, '{}')
  FROM counted LEFT JOIN scope ON scope.code = key LEFT JOIN flagged ON flagged.code = key
$$;

-- The counts of every cell that a household in the scope lies in, with flags. Nobody serves
-- a cell where no household's hamlet has a team.
CREATE FUNCTION coverage_by_cell(resolution int, parent text, window_from date, window_to date, boundaries date)
RETURNS TABLE (c coverage_count, flags text[])
LANGUAGE sql STABLE AS $$
  WITH served AS (
    SELECT DISTINCT k.key
    FROM household_key('cell', resolution, parent, boundaries) k
    JOIN home(boundaries) USING (household_id)
    JOIN household_state(window_from, window_to) s USING (household_id)
    WHERE s.eligible AND home.hamlet IN (SELECT hamlet FROM service(window_to, boundaries))
  )
  SELECT n, rate_flags(n) || CASE WHEN n.households > 0 AND served.key IS NULL THEN ARRAY['no_team'] ELSE '{}' END
  FROM coverage_by_key('cell', resolution, parent, window_from, window_to, boundaries) n LEFT JOIN served ON served.key = n.key
$$;
