-- Lets a role see the households and visits of one province alone, by row-level security:
--   psql "$URL" -v ON_ERROR_STOP=1 -c 'SET search_path = tungnha, public' \
--     -c "SET tungnha.scope_role = 'danang'" -c "SET tungnha.scope_province = '48'" -f scope.sql
-- The role must be there, and must not be a member of tungnha_reader or tungnha_writer, which
-- see everything. It can serve, count and export; all of its answers, the views' too, are of its
-- province. Run it after roles.sql, once for each province of a role, and again after
-- partition.sql. A household without a hamlet belongs to the province whose communes hold its point.
--
-- PostgreSQL has no COPY into tables with row-level security but for who bypasses that. So the
-- role of the writers, which see everything anyway, is given BYPASSRLS; a login does not inherit
-- it: who imports takes the role, by role=tungnha_writer in the URL. Where the administrator may
-- not give it away, the owner imports. Servers that post visits need neither.
BEGIN;
CREATE OR REPLACE FUNCTION communes_of(province text) RETURNS text[] LANGUAGE sql STABLE SET search_path FROM CURRENT AS $$
    WITH RECURSIVE below AS (
        SELECT code, level FROM areas WHERE code = province AND level = 'province'
        UNION
        SELECT a.code, a.level FROM areas a JOIN below ON a.parent = below.code WHERE a.level IN ('district', 'commune')
    )
    SELECT coalesce(array_agg(code), '{}') FROM below WHERE level = 'commune'
$$;
COMMENT ON FUNCTION communes_of(text) IS 'The codes of the communes that are or were of a province';

DO $$
DECLARE
    home     CONSTANT text := current_schema();
    role     CONSTANT text := current_setting('tungnha.scope_role');
    province CONSTANT text := current_setting('tungnha.scope_province');
    policy   CONSTANT text := role || ' sees ' || province;
    it       text;
BEGIN
    IF communes_of(province) = '{}' THEN
        RAISE EXCEPTION 'province % has no communes', province;
    END IF;
    EXECUTE format('ALTER FUNCTION communes_of(text) OWNER TO %I', home || '_owner');
    BEGIN
        EXECUTE format('ALTER ROLE %I BYPASSRLS', home || '_writer');
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE '% may not be given BYPASSRLS by %: imports are for the owner alone', home || '_writer', current_user;
    END;
    FOREACH it IN ARRAY ARRAY['households', 'visits'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', it);
        EXECUTE format('DROP POLICY IF EXISTS everything ON %I', it);
        EXECUTE format('CREATE POLICY everything ON %I TO %I, %I USING (true)', it, home || '_writer', home || '_reader');
        EXECUTE format('DROP POLICY IF EXISTS %I ON %I', policy, it);
    END LOOP;
    EXECUTE format($policy$CREATE POLICY %I ON households FOR SELECT TO %I USING (
        commune_code = ANY ((SELECT communes_of(%L))::text[])
        OR commune_code = '' AND EXISTS (SELECT FROM areas a WHERE a.level = 'commune'
            AND a.code = ANY ((SELECT communes_of(%L))::text[]) AND ST_Covers(a.geom, households.geom)))$policy$, policy, role, province, province);
    EXECUTE format($policy$CREATE POLICY %I ON visits FOR SELECT TO %I USING (
        commune_code = ANY ((SELECT communes_of(%L))::text[])
        OR commune_code = '' AND EXISTS (SELECT FROM households h
            WHERE h.commune_code = '' AND h.household_id = visits.household_id))$policy$, policy, role, province);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, role);
    EXECUTE format('GRANT SELECT ON batches, areas, teams, team_hamlets, households, visits, skills, thresholds, meta, store, record_digests, record_digest_key, goose_db_version, visits_in_words,
        area_life, coverage_by_hamlet, coverage_by_commune, coverage_by_cell, coverage_by_team TO %I', role);
END $$;
COMMIT;
