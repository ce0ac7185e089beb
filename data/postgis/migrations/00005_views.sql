-- +goose Up
-- +goose StatementBegin

CREATE FUNCTION coverage_by_hamlet(window_from date DEFAULT NULL, window_to date DEFAULT NULL, parent text DEFAULT NULL, boundaries date DEFAULT NULL)
RETURNS TABLE (code text, name text, kind text, commune_code text, households integer, attempted integer, contacted integer, reached integer,
  revisit_due integer, visits integer, last_visit date, coverage double precision, attempt_rate double precision, success_rate double precision,
  declared_households integer, registry_completeness double precision, uptake jsonb, flags text[], geom geometry(MultiPolygon, 4326))
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT code, name, kind, parent_code, households, attempted, contacted, reached, revisit_due, visits, last_visit, coverage, attempt_rate, success_rate,
    declared_households, registry_completeness, uptake, flags, geom
  FROM coverage_by_area('hamlet', window_from, window_to, parent, boundaries)
$$;
COMMENT ON FUNCTION coverage_by_hamlet(date, date, text, date) IS 'coverage_by_area of hamlets';

CREATE FUNCTION coverage_by_commune(window_from date DEFAULT NULL, window_to date DEFAULT NULL, parent text DEFAULT NULL, boundaries date DEFAULT NULL)
RETURNS TABLE (code text, name text, kind text, parent_code text, households integer, attempted integer, contacted integer, reached integer,
  revisit_due integer, visits integer, last_visit date, coverage double precision, attempt_rate double precision, success_rate double precision,
  declared_households integer, registry_completeness double precision, uptake jsonb, flags text[], hamlets_flagged jsonb, geom geometry(MultiPolygon, 4326))
LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
  SELECT * FROM coverage_by_area('commune', window_from, window_to, parent, boundaries)
$$;
COMMENT ON FUNCTION coverage_by_commune(date, date, text, date) IS 'coverage_by_area of communes';

CREATE VIEW coverage_by_hamlet WITH (security_invoker = true) AS
  SELECT c.* FROM coverage_window() w CROSS JOIN LATERAL coverage_by_hamlet(w.window_from, w.window_to) c;
COMMENT ON VIEW coverage_by_hamlet IS
  'Coverage by hamlet, ever up to today or in the session''s tungnha.window_from and tungnha.window_to; exact counts, nothing is kept back. The row without a code has the households that have no hamlet';

CREATE VIEW coverage_by_commune WITH (security_invoker = true) AS
  SELECT c.* FROM coverage_window() w CROSS JOIN LATERAL coverage_by_commune(w.window_from, w.window_to) c;
COMMENT ON VIEW coverage_by_commune IS
  'Coverage by commune, ever up to today or in the session''s tungnha.window_from and tungnha.window_to; exact counts, nothing is kept back. The row without a code has the households outside every commune';

CREATE VIEW coverage_by_cell WITH (security_invoker = true) AS
  SELECT c.* FROM coverage_window() w
  CROSS JOIN LATERAL coverage_by_cell(w.window_from, w.window_to, coalesce(nullif(current_setting('tungnha.resolution', true), '')::integer, 8)) c;
COMMENT ON VIEW coverage_by_cell IS
  'Coverage by H3 cell of resolution 8, or the session''s tungnha.resolution, ever up to today or in its tungnha.window_from and tungnha.window_to; exact counts, nothing is kept back';

CREATE VIEW coverage_by_team WITH (security_invoker = true) AS
  SELECT c.* FROM coverage_window() w CROSS JOIN LATERAL coverage_by_team(w.window_from, w.window_to) c;
COMMENT ON VIEW coverage_by_team IS 'What each team at work did for the households of its hamlets, ever up to today or in the session''s tungnha.window_from and tungnha.window_to';

-- The same words for the same columns of all views.
DO $$
DECLARE
  meaning CONSTANT jsonb := jsonb_build_object(
    'code', 'Official code of the area; empty: households that lie in none',
    'name', 'Name',
    'kind', 'Phường, Xã, Đặc khu, Thôn, Tổ dân phố …',
    'commune_code', 'Code of its commune',
    'parent_code', 'Code of the area above',
    'cell', 'H3 index of the cell, hexadecimal',
    'team_id', 'Id of the team',
    'households', 'Households that count on the last day: registered, not removed, last found neither moved nor ineligible',
    'attempted', 'Of these, with a visit in the window',
    'contacted', 'Of these, with a completed, partial or refused visit in the window',
    'reached', 'Of these, with a completed visit in the window',
    'revisit_due', 'Of these, attempted but not reached, where the last visit ended absent or partial',
    'visits', 'Visits in the window to any household; the reports of one day are one',
    'last_visit', 'Latest day of a visit up to the last day of the window',
    'reached_by_any', 'Of the households, those that any team reached',
    'reached_elsewhere', 'Households of other hamlets that this team reached',
    'coverage', 'reached / households; empty where there are none',
    'attempt_rate', 'attempted / households',
    'success_rate', 'reached / contacted',
    'declared_households', 'Number of households by the authority''s word',
    'registry_completeness', 'households / declared_households',
    'uptake', 'By skill: assessed, shown, rate = shown / assessed, low and high of its 95 % interval',
    'flags', 'What calls for attention, by the common thresholds: no_team, unvisited, barely_visited, low_coverage, low_uptake, too_few_data, stale, registry_gap, understaffed, overloaded',
    'hamlets_flagged', 'How many of its hamlets have each flag',
    'geom', 'Boundary, WGS 84');
  here record;
BEGIN
  FOR here IN
    SELECT attrelid::regclass AS view, attname FROM pg_attribute
    WHERE attrelid IN ('coverage_by_hamlet'::regclass, 'coverage_by_commune'::regclass, 'coverage_by_cell'::regclass, 'coverage_by_team'::regclass)
      AND attnum > 0
  LOOP
    EXECUTE format('COMMENT ON COLUMN %s.%I IS %L', here.view, here.attname, meaning ->> here.attname);
  END LOOP;
END $$;
-- +goose StatementEnd
