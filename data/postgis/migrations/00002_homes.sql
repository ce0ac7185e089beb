-- +goose Up
-- +goose StatementBegin

-- Where every household belongs, by docs/indicators.md, computed in the database. The program
-- reads nothing of it. Every query is asked with the rights of who asks. Functions of many rows
-- find all names in the schema that their migration ran in, and are planned by themselves: put
-- into one another's place, they had the planner guess one row where there are a million. Those
-- of one row have no search_path of their own and are put in their place.

-- Only an H3 library can tell the cell of a point, so the program writes it with the point.
ALTER TABLE households ADD COLUMN cell bigint;
COMMENT ON COLUMN households.cell IS 'H3 cell of the point at resolution 11, for coverage_by_cell; the program itself never reads it. Whoever changes geom by hand empties it';

ALTER VIEW visits_in_words SET (security_invoker = true);

-- What is not given of an area's days is that of the area above, of several that bore the code
-- the latest whose days meet its own.
CREATE FUNCTION life_under(valid_from date, valid_to date, life daterange) RETURNS daterange
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN life IS NULL THEN daterange(valid_from, valid_to, '[]')
    ELSE daterange(coalesce(valid_from, lower(life)), coalesce(valid_to, upper(life) - 1), '[]') END
$$;
COMMENT ON FUNCTION life_under(date, date, daterange) IS 'The days of an area under one that has these days';

CREATE VIEW area_life WITH (security_invoker = true) AS
  WITH province AS MATERIALIZED (
    SELECT fid, code, daterange(valid_from, valid_to, '[]') AS life FROM areas WHERE level = 'province'
  ), district AS MATERIALIZED (
    SELECT fid, code, life_under(valid_from, valid_to, (
      SELECT above.life FROM province above
      WHERE above.code = areas.parent AND above.life && daterange(valid_from, valid_to, '[]')
      ORDER BY lower(above.life) DESC NULLS LAST LIMIT 1)) AS life
    FROM areas WHERE level = 'district'
  ), commune AS MATERIALIZED (
    SELECT fid, code, life_under(valid_from, valid_to, (
      SELECT above.life FROM (TABLE province UNION ALL TABLE district) above
      WHERE above.code = areas.parent AND above.life && daterange(valid_from, valid_to, '[]')
      ORDER BY lower(above.life) DESC NULLS LAST LIMIT 1)) AS life
    FROM areas WHERE level = 'commune'
  ), hamlet AS MATERIALIZED (
    SELECT fid, code, life_under(valid_from, valid_to, (
      SELECT above.life FROM (TABLE province UNION ALL TABLE district UNION ALL TABLE commune) above
      WHERE above.code = areas.parent AND above.life && daterange(valid_from, valid_to, '[]')
      ORDER BY lower(above.life) DESC NULLS LAST LIMIT 1)) AS life
    FROM areas WHERE level = 'hamlet'
  )
  SELECT fid, life FROM (TABLE province UNION ALL TABLE district UNION ALL TABLE commune UNION ALL TABLE hamlet) area;
COMMENT ON VIEW area_life IS 'The days on which each area exists, what is not given being that of the area above';
COMMENT ON COLUMN area_life.fid IS 'areas.fid';
COMMENT ON COLUMN area_life.life IS 'Its days; without a bound: always was, still is';

CREATE FUNCTION place(boundaries date)
RETURNS TABLE (fid bigint, code text, level text, declared_households integer, province text, district text, commune text, hamlet text)
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  WITH RECURSIVE tree AS (
    SELECT a.fid, a.code, a.level, a.parent, a.declared_households
    FROM areas a JOIN area_life USING (fid) WHERE life @> boundaries
  ), above AS (
    SELECT fid AS leaf, code, level, parent FROM tree
    UNION ALL
    SELECT above.leaf, tree.code, tree.level, tree.parent FROM above JOIN tree ON tree.code = above.parent
  )
  SELECT tree.fid, tree.code, tree.level, tree.declared_households,
    max(above.code) FILTER (WHERE above.level = 'province'), max(above.code) FILTER (WHERE above.level = 'district'),
    max(above.code) FILTER (WHERE above.level = 'commune'), max(above.code) FILTER (WHERE above.level = 'hamlet')
  FROM tree JOIN above ON above.leaf = tree.fid
  GROUP BY tree.fid, tree.code, tree.level, tree.declared_households
$$;
COMMENT ON FUNCTION place(date) IS 'The areas that exist on the day, each with the codes of itself and of all above it by level';

-- A straight edge is straight in longitude and latitude, so its nearest point is sought on a
-- plane whose degrees are as long as they are there. Distances are told apart down to a
-- micrometre: two communes that share the nearest vertex are equally near.
CREATE FUNCTION metres(area geometry, point geometry) RETURNS numeric
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT round(ST_Distance(point::geography,
    ST_Scale(ST_ClosestPoint(ST_Scale(area, narrowing, 1), ST_Scale(point, narrowing, 1)), 1 / narrowing, 1)::geography)::numeric, 6)
  FROM (SELECT cos(radians(ST_Y(point))) AS narrowing) of_the_parallel
$$;
COMMENT ON FUNCTION metres(geometry, geometry) IS 'How far a point outside an area is from its edge';

CREATE FUNCTION home(boundaries date)
RETURNS TABLE (commune_code text, household_id text, province text, district text, commune text, hamlet text)
LANGUAGE sql STABLE ROWS 1000000 SET search_path FROM CURRENT AS $$
  WITH place AS MATERIALIZED (SELECT * FROM place(boundaries)),
  hamlet AS MATERIALIZED (SELECT * FROM place WHERE level = 'hamlet'),
  undeclared AS MATERIALIZED (
    SELECT h.commune_code, h.household_id, h.geom FROM households h LEFT JOIN hamlet ON hamlet.code = h.hamlet_code
    WHERE hamlet.code IS NULL
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
  ), located AS (
    SELECT commune_code, household_id, fid FROM inside
    UNION ALL
    (SELECT DISTINCT ON (commune_code, household_id) commune_code, household_id, fid FROM beside WHERE metres <= 100
    ORDER BY commune_code, household_id, metres, code)
  )
  SELECT h.commune_code, h.household_id, hamlet.province, hamlet.district, hamlet.commune, hamlet.hamlet
  FROM households h JOIN hamlet ON hamlet.code = h.hamlet_code
  UNION ALL
  SELECT h.commune_code, h.household_id, p.province, p.district, p.commune, NULL
  FROM undeclared h LEFT JOIN located USING (commune_code, household_id) LEFT JOIN place p USING (fid)
$$;
COMMENT ON FUNCTION home(date) IS 'The areas of each household: those of the hamlet that it declares, where the boundaries of the day have it; else of the commune that holds its point, the nearest one within 100 m where none does';

-- An H3 index has its resolution in bits 52 to 55 and a digit of three bits for each
-- resolution below; a coarser parent has ones in place of the finer digits.
CREATE FUNCTION cell_parent(cell bigint, resolution integer) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT cell & ~(15::bigint << 52) | (resolution::bigint << 52) | ((1::bigint << (3 * (15 - resolution))) - 1)
$$;
COMMENT ON FUNCTION cell_parent(bigint, integer) IS 'The H3 cell of a coarser resolution that a cell belongs to';

CREATE FUNCTION household_key(key_of text, resolution integer, parent text, boundaries date)
RETURNS TABLE (commune_code text, household_id text, key text)
LANGUAGE sql STABLE ROWS 1000000 SET search_path FROM CURRENT AS $$
  SELECT home.commune_code, home.household_id,
    CASE key_of
      WHEN 'province' THEN coalesce(home.province, '')
      WHEN 'district' THEN coalesce(home.district, '')
      WHEN 'commune' THEN coalesce(home.commune, '')
      WHEN 'hamlet' THEN coalesce(home.hamlet, '')
      ELSE ''
    END
  FROM home(boundaries) home
  WHERE key_of <> 'cell' AND (parent IS NULL OR parent IN (home.province, home.district, home.commune, home.hamlet))
  UNION ALL
  SELECT h.commune_code, h.household_id, coalesce(to_hex(cell_parent(h.cell, resolution)), '')
  FROM households h
  WHERE key_of = 'cell' AND parent IS NULL
  UNION ALL
  SELECT h.commune_code, h.household_id, coalesce(to_hex(cell_parent(h.cell, resolution)), '')
  FROM home(boundaries) home JOIN households h USING (commune_code, household_id)
  WHERE key_of = 'cell' AND parent IN (home.province, home.district, home.commune, home.hamlet)
$$;
COMMENT ON FUNCTION household_key(text, integer, text, date) IS 'What each household in the scope counts under: a level of areas, cell, or total';
-- +goose StatementEnd
