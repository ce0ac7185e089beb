-- +goose Up
-- +goose StatementBegin

-- Households are kept under the commune of their hamlet. Those of a hamlet that had gone to
-- another commune had stayed behind; no statement changes the first column of a key.
CREATE TEMPORARY TABLE strayed ON COMMIT DROP AS
    SELECT h.household_id, h.commune_code AS stays, now.commune
    FROM households h
    JOIN (SELECT DISTINCT ON (code) code, coalesce(parent, '') AS commune FROM areas
          WHERE level = 'hamlet' ORDER BY code, valid_from DESC NULLS LAST) now ON now.code = h.hamlet_code
    WHERE h.commune_code <> now.commune;
CREATE TEMPORARY TABLE strayed_visits ON COMMIT DROP AS
    SELECT s.commune, v.household_id, v.visited_at, v.visit_id, v.team_id, v.outcome, v.assessed, v.shown, v.revision
    FROM strayed s JOIN visits v ON v.commune_code = s.stays AND v.household_id = s.household_id;
CREATE TEMPORARY TABLE strayed_households ON COMMIT DROP AS
    SELECT s.commune, h.household_id, h.hamlet_code, h.registered_on, h.removed_on, h.geom, h.cell, h.revision
    FROM strayed s JOIN households h ON h.commune_code = s.stays AND h.household_id = s.household_id;
DELETE FROM visits v USING strayed s WHERE v.commune_code = s.stays AND v.household_id = s.household_id;
DELETE FROM households h USING strayed s WHERE h.commune_code = s.stays AND h.household_id = s.household_id;
INSERT INTO households (commune_code, household_id, hamlet_code, registered_on, removed_on, geom, cell, revision) TABLE strayed_households;
INSERT INTO visits (commune_code, household_id, visited_at, visit_id, team_id, outcome, assessed, shown, revision) TABLE strayed_visits;

-- A visit whose household or team is not there would keep every server from starting, and one
-- that servers are not told of would not be counted. Foreign keys look up two rows for each
-- visit of a bulk load, which takes longer than the load; this asks once a statement.
CREATE FUNCTION program_writes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('tungnha.writing', true) IS DISTINCT FROM 'on' THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'visits are written by the program, which looks for their households and teams and tells the servers',
            HINT = 'Use tungnha import, or POST /api/v1/visits.';
    END IF;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION program_writes() IS 'Refuses visits that are not written by the program';
CREATE TRIGGER program_writes BEFORE INSERT OR UPDATE ON visits FOR EACH STATEMENT EXECUTE FUNCTION program_writes();
-- +goose StatementEnd
