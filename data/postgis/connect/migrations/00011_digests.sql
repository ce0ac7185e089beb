-- +goose Up
-- +goose StatementBegin

-- What the records were when the program wrote last: a sum of hashes of the records of each kind, modulo 2^128 (see
-- data/digest). Others do not keep it, which is how their edits and damage are noticed.
CREATE TABLE record_digests (
    kind    text COLLATE "C" PRIMARY KEY CHECK (kind IN ('areas', 'teams', 'households', 'visits', 'settings')),
    records bigint      NOT NULL,
    digest  numeric(39) NOT NULL CHECK (digest >= 0 AND digest < 340282366920938463463374607431768211456)
);
COMMENT ON TABLE record_digests IS 'What the program wrote last: how edits by others and damage are noticed';
COMMENT ON COLUMN record_digests.kind IS 'areas, teams, households, visits, or settings: meta and skills';
COMMENT ON COLUMN record_digests.records IS 'How many records of the kind the program wrote';
COMMENT ON COLUMN record_digests.digest IS 'The sum of the hashes of these records';

CREATE TABLE record_digest_key (
    id        smallint PRIMARY KEY CHECK (id = 1),
    key       bytea NOT NULL CHECK (length(key) = 16),
    edited_at timestamptz(0)
);
COMMENT ON TABLE record_digest_key IS 'One row, once the program has computed the digests';
COMMENT ON COLUMN record_digest_key.id IS 'Always 1';
COMMENT ON COLUMN record_digest_key.key IS 'The key of the hashes';
COMMENT ON COLUMN record_digest_key.edited_at IS 'When somebody else edited records; empty: nobody has, or tungnha check --accept took them';

-- Once a statement and before it: a writer locks the row of the store first, and so do those who edit by hand, or the
-- two would wait for each other.
CREATE OR REPLACE FUNCTION program_writes() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    writing CONSTANT text := coalesce(current_setting('tungnha.writing', true), '');
BEGIN
    IF writing = 'with digests' THEN
        RETURN NULL;
    END IF;
    IF writing = 'on' THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'the tables are of a newer version of tungnha than the program that writes',
            HINT = 'Restart it with the new version. By hand: SET tungnha.writing = ''by hand''.';
    END IF;
    IF TG_TABLE_NAME = 'visits' AND TG_OP IN ('INSERT', 'UPDATE') AND writing <> 'by hand' THEN
        RAISE object_not_in_prerequisite_state USING
            MESSAGE = 'visits are written by the program, which looks for their households and teams and tells the servers',
            HINT = 'Use tungnha import, or POST /api/v1/visits.';
    END IF;
    EXECUTE format('UPDATE %I.store SET revision = revision + 1, registers_revision = revision + 1', TG_TABLE_SCHEMA);
    EXECUTE format('UPDATE %I.record_digest_key SET edited_at = now()', TG_TABLE_SCHEMA);
    PERFORM pg_notify('tungnha', '');
    RETURN NULL;
END $$;
-- It writes to the store for whoever may edit records; nobody else is to make triggers of it.
REVOKE ALL ON FUNCTION program_writes() FROM PUBLIC;
COMMENT ON FUNCTION program_writes() IS 'Has the servers notice edits by others than the program, and refuses visits that are not written by it';
DROP TRIGGER program_writes ON visits;

DO $$
DECLARE
    it record;
BEGIN
    FOR it IN SELECT unnest(ARRAY['areas', 'teams', 'team_hamlets', 'households', 'visits', 'meta', 'skills']) AS name LOOP
        EXECUTE format('CREATE TRIGGER program_writes BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION program_writes()', it.name);
    END LOOP;
    -- Who may read or write visits may do the same here.
    FOR it IN
        SELECT DISTINCT privilege_type, CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END AS name
        FROM pg_class CROSS JOIN aclexplode(relacl)
        WHERE oid = 'visits'::regclass AND privilege_type IN ('SELECT', 'INSERT', 'UPDATE')
    LOOP
        EXECUTE format('GRANT %s ON record_digests, record_digest_key TO %s', it.privilege_type, it.name);
    END LOOP;
END $$;
-- +goose StatementEnd
