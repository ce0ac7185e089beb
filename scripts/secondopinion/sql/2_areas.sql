-- Which areas there are on a day, and where every household belongs.

-- The days of each area: what is not given is that of the area above, of several that bore
-- the code the latest whose days meet its own.
CREATE VIEW province_life AS
  SELECT area_id, code, daterange(valid_from, valid_to, '[]') AS life FROM area WHERE level = 'province';
CREATE FUNCTION life_under(child area, life daterange) RETURNS daterange LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN life IS NULL THEN daterange(child.valid_from, child.valid_to, '[]')
    ELSE daterange(coalesce(child.valid_from, lower(life)), coalesce(child.valid_to, upper(life) - 1), '[]') END
$$;
CREATE VIEW district_life AS
  SELECT area_id, code, life_under(area, (
    SELECT above.life FROM province_life above
    WHERE above.code = area.parent AND above.life && daterange(area.valid_from, area.valid_to, '[]')
    ORDER BY lower(above.life) DESC NULLS LAST LIMIT 1)) AS life
  FROM area WHERE level = 'district';
CREATE VIEW commune_life AS
  SELECT area_id, code, life_under(area, (
    SELECT above.life FROM (TABLE province_life UNION ALL TABLE district_life) above
    WHERE above.code = area.parent AND above.life && daterange(area.valid_from, area.valid_to, '[]')
    ORDER BY lower(above.life) DESC NULLS LAST LIMIT 1)) AS life
  FROM area WHERE level = 'commune';
CREATE VIEW area_life AS
  WITH commune AS MATERIALIZED (TABLE commune_life)
  SELECT area_id, life_under(area, (
    SELECT above.life FROM (TABLE province_life UNION ALL TABLE district_life UNION ALL TABLE commune) above
    WHERE above.code = area.parent AND above.life && daterange(area.valid_from, area.valid_to, '[]')
    ORDER BY lower(above.life) DESC NULLS LAST LIMIT 1)) AS life
  FROM area WHERE level = 'hamlet'
  UNION ALL SELECT area_id, life FROM province_life UNION ALL SELECT area_id, life FROM district_life UNION ALL SELECT area_id, life FROM commune;

-- The areas valid on the day, each with itself and all above it by level.
CREATE FUNCTION place(boundaries date)
RETURNS TABLE (area_id int, code text, level text, declared_households int, province text, district text, commune text, hamlet text)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE tree AS (
    SELECT area.* FROM area JOIN area_life USING (area_id) WHERE life @> boundaries
  ), above AS (
    SELECT area_id AS leaf, code, level, parent FROM tree
    UNION ALL
    SELECT above.leaf, tree.code, tree.level, tree.parent FROM above JOIN tree ON tree.code = above.parent
  )
  SELECT tree.area_id, tree.code, tree.level, tree.declared_households,
    max(above.code) FILTER (WHERE above.level = 'province'), max(above.code) FILTER (WHERE above.level = 'district'),
    max(above.code) FILTER (WHERE above.level = 'commune'), max(above.code) FILTER (WHERE above.level = 'hamlet')
  FROM tree JOIN above ON above.leaf = tree.area_id
  GROUP BY tree.area_id, tree.code, tree.level, tree.declared_households
$$;

-- Every commune that holds a household's point (0 metres), or lies within 100 metres of it.
-- A straight edge is straight in longitude and latitude, so its nearest point is sought on a
-- plane whose degrees are as long as they are there. Distances are told apart down to a
-- micrometre: two communes that share the nearest vertex are equally near.
CREATE MATERIALIZED VIEW near_commune AS
  SELECT * FROM (
    SELECT household_id, area_id, code,
      CASE WHEN ST_Covers(geom, point) THEN 0
        ELSE round(ST_Distance(point::geography,
          ST_Scale(ST_ClosestPoint(ST_Scale(geom, narrowing, 1), ST_Scale(point, narrowing, 1)), 1 / narrowing, 1)::geography)::numeric, 6)
      END AS metres
    FROM (SELECT household_id, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point, cos(radians(lat)) AS narrowing FROM household) h
    JOIN area ON level = 'commune' AND ST_DWithin(geom, point, 0.002)
  ) near
  WHERE metres <= 100;
CREATE INDEX ON near_commune (household_id);

-- The hamlet that a household declares, where the boundaries of the day have it; else the
-- commune that holds its point, the nearest one where none does; else nothing.
CREATE FUNCTION home(boundaries date)
RETURNS TABLE (household_id text, province text, district text, commune text, hamlet text)
LANGUAGE sql STABLE AS $$
  WITH place AS MATERIALIZED (SELECT * FROM place(boundaries)),
  located AS (
    SELECT DISTINCT ON (near.household_id) near.household_id, place.*
    FROM near_commune near JOIN place USING (area_id)
    ORDER BY near.household_id, near.metres, near.code
  )
  SELECT household.household_id,
    CASE WHEN declared.code IS NOT NULL THEN declared.province ELSE located.province END,
    CASE WHEN declared.code IS NOT NULL THEN declared.district ELSE located.district END,
    CASE WHEN declared.code IS NOT NULL THEN declared.commune ELSE located.commune END,
    declared.hamlet
  FROM household
  LEFT JOIN place declared ON declared.code = household.hamlet_code AND declared.level = 'hamlet'
  LEFT JOIN located ON located.household_id = household.household_id
$$;

-- An H3 index has its resolution in bits 52 to 55 and a digit of three bits for each
-- resolution below; a coarser parent has ones in place of the finer digits.
CREATE FUNCTION cell_parent(cell bigint, resolution int) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$
  SELECT cell & ~(15::bigint << 52) | (resolution::bigint << 52) | ((1::bigint << (3 * (15 - resolution))) - 1)
$$;

-- The key of every household in the scope: by total, a level, or cell.
CREATE FUNCTION household_key(key_of text, resolution int, parent text, boundaries date)
RETURNS TABLE (household_id text, key text)
LANGUAGE sql STABLE AS $$
  SELECT home.household_id,
    CASE key_of
      WHEN 'province' THEN coalesce(home.province, '')
      WHEN 'district' THEN coalesce(home.district, '')
      WHEN 'commune' THEN coalesce(home.commune, '')
      WHEN 'hamlet' THEN coalesce(home.hamlet, '')
      WHEN 'cell' THEN to_hex(cell_parent(household_cell.cell, resolution))
      ELSE ''
    END
  FROM home(boundaries) home JOIN household_cell USING (household_id)
  WHERE parent IS NULL OR parent IN (home.province, home.district, home.commune, home.hamlet)
$$;
