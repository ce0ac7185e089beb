-- Cuts the two large tables into one part a province, by the codes of its communes; what
-- lies in none (no hamlet, or a commune that came later) goes into the part named _rest.
-- Run it as the owner of the tables, with the servers stopped, in the schema of the tables:
--   psql "$TUNGNHA_DB" -v ON_ERROR_STOP=1 -c 'SET search_path = tungnha, public' -f partition.sql
-- Codes of a new province later: make a part for them the same way, and move their rows.
BEGIN;
ALTER TABLE households RENAME TO households_whole;
ALTER TABLE visits RENAME TO visits_whole;
DROP INDEX households_id, households_geom, visits_id, visits_revision;
ALTER INDEX households_pkey RENAME TO households_whole_pkey;
ALTER INDEX visits_pkey RENAME TO visits_whole_pkey;
DROP VIEW visits_in_words;

CREATE TABLE households (LIKE households_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS) PARTITION BY LIST (commune_code);
CREATE TABLE visits (LIKE visits_whole INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMMENTS) PARTITION BY LIST (commune_code);
COMMENT ON TABLE households IS 'Dwellings that teams should visit, a part for each province';
COMMENT ON TABLE visits IS 'Reports of calls at households, a part for each province';

DO $$
DECLARE
    province record;
BEGIN
    -- A commune is of the province that its way up leads to, by whichever version of it.
    FOR province IN
        WITH RECURSIVE way (commune, code) AS (
            SELECT code, parent FROM areas WHERE level = 'commune' AND parent IS NOT NULL
            UNION
            SELECT w.commune, a.parent FROM way w JOIN areas a ON a.code = w.code AND a.level = 'district' AND a.parent IS NOT NULL
        ), home AS (
            SELECT DISTINCT ON (w.commune) w.commune, w.code FROM way w
            JOIN areas p ON p.code = w.code AND p.level = 'province'
            ORDER BY w.commune, p.valid_to DESC NULLS FIRST, w.code
        )
        SELECT code, string_agg(quote_literal(commune), ', ' ORDER BY commune) AS communes FROM home GROUP BY code
    LOOP
        EXECUTE format('CREATE TABLE %I PARTITION OF households FOR VALUES IN (%s)', 'households_' || province.code, province.communes);
        EXECUTE format('CREATE TABLE %I PARTITION OF visits FOR VALUES IN (%s)', 'visits_' || province.code, province.communes);
    END LOOP;
END $$;
CREATE TABLE households_rest PARTITION OF households DEFAULT;
CREATE TABLE visits_rest PARTITION OF visits DEFAULT;

INSERT INTO households SELECT * FROM households_whole;
INSERT INTO visits SELECT * FROM visits_whole;
DROP TABLE visits_whole, households_whole;

-- The keys are those of the whole tables; the ids alone can no longer be unique.
ALTER TABLE households ADD PRIMARY KEY (commune_code, household_id);
CREATE INDEX households_id ON households (household_id);
CREATE INDEX households_geom ON households USING gist (geom);
ALTER TABLE visits ADD PRIMARY KEY (commune_code, household_id, visited_at, visit_id);
CREATE INDEX visits_id ON visits (visit_id);
CREATE INDEX visits_revision ON visits USING brin (revision) WITH (pages_per_range = 32);
CREATE TRIGGER keep_visited AFTER DELETE ON households REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION keep_visited();
CREATE TRIGGER program_writes BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON households FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE TRIGGER program_writes BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON visits FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
CREATE VIEW visits_in_words WITH (security_invoker = true) AS
    SELECT visit_id, household_id, team_id, visited_at, outcome,
           skill_keys(assessed) AS assessed, skill_keys(shown) AS shown
    FROM visits;
COMMENT ON VIEW visits_in_words IS 'Visits as files have them';
ANALYZE households, visits;
COMMIT;
