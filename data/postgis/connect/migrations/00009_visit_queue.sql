-- +goose Up
-- +goose StatementBegin

-- Visits that were posted while an import had the lock of the store (see store): as durable as others, and written into
-- visits by whoever writes visits next.
CREATE TABLE visit_queue (
    seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    visit_id text COLLATE "C" NOT NULL CHECK (visit_id <> ''),
    visit    text NOT NULL,
    refused  text
);
CREATE UNIQUE INDEX visit_queue_id ON visit_queue (visit_id) WHERE refused IS NULL;
COMMENT ON TABLE visit_queue IS 'Visits that were posted while an import was under way, until they are written into visits';
COMMENT ON COLUMN visit_queue.seq IS 'The order in which they came';
COMMENT ON COLUMN visit_queue.visit_id IS 'Id of the report';
COMMENT ON COLUMN visit_queue.visit IS 'The report as JSON, for the program alone';
COMMENT ON COLUMN visit_queue.refused IS 'Why it could not be written after the import; it is kept here. Empty: it waits';

-- Who writes visits writes these.
DO $$
DECLARE
    it record;
BEGIN
    FOR it IN
        SELECT DISTINCT CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS name
        FROM pg_class c, aclexplode(c.relacl) acl
        WHERE c.oid = 'visits'::regclass AND acl.privilege_type = 'INSERT' AND acl.grantee <> c.relowner
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON visit_queue TO %s', it.name);
    END LOOP;
END $$;
-- +goose StatementEnd
