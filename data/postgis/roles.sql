-- Makes three roles for the schema of the tables, named after it, and gives each what it needs:
--   tungnha_owner   owns the tables, brings them up to date, cuts them
--   tungnha_writer  imports, posts and reads; cannot change the tables or empty them at once
--   tungnha_reader  reads
-- People and servers log in with roles of their own that are members of one of them; who logs
-- in to own the tables adds role=tungnha_owner to the URL, so that what it makes is the owner's.
-- Run it as an administrator after the tables were made, and again after partition.sql:
--   psql "$URL" -v ON_ERROR_STOP=1 -c 'SET search_path = tungnha, public' -f roles.sql
BEGIN;
DO $$
DECLARE
    home   CONSTANT text := current_schema();
    owner  CONSTANT text := home || '_owner';
    writer CONSTANT text := home || '_writer';
    reader CONSTANT text := home || '_reader';
    it     record;
BEGIN
    FOR it IN SELECT unnest(ARRAY[owner, writer, reader]) AS role LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = it.role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', it.role);
        END IF;
    END LOOP;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I, %I, %I', current_database(), owner, writer, reader);
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO %I, %I', current_database(), owner, writer);

    EXECUTE format('ALTER SCHEMA %I OWNER TO %I', home, owner);
    FOR it IN
        SELECT CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END AS kind, oid::regclass::text AS name
        FROM pg_class WHERE relnamespace = home::regnamespace AND relkind IN ('r', 'p', 'v')
        UNION ALL SELECT 'FUNCTION', oid::regprocedure::text FROM pg_proc WHERE pronamespace = home::regnamespace
        UNION ALL SELECT 'TYPE', oid::regtype::text FROM pg_type t WHERE typnamespace = home::regnamespace
            AND (typtype = 'e' OR typtype = 'c' AND (SELECT relkind FROM pg_class WHERE oid = t.typrelid) = 'c')
    LOOP
        EXECUTE format('ALTER %s %s OWNER TO %I', it.kind, it.name, owner);
    END LOOP;

    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM PUBLIC, %I, %I', home, writer, reader);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I, %I', home, writer, reader);
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I, %I', home, writer, reader);
    EXECUTE format('GRANT INSERT, UPDATE, DELETE ON areas, teams, team_hamlets, households, visits, visit_queue, batches, visits_aside, skills, thresholds, meta, record_digests, record_digest_key TO %I', writer);
    EXECUTE format('GRANT UPDATE (revision, registers_revision) ON store TO %I', writer);
    -- What later versions of the program add can be read at once.
    EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON TABLES TO %I, %I', owner, home, writer, reader);
END $$;
COMMIT;
