-- When and whence visits came. A row without a batch was recorded before this was noted.
CREATE TABLE batches (
    batch       INTEGER PRIMARY KEY,
    received_at INTEGER NOT NULL, -- seconds since 1970-01-01 UTC
    channel     TEXT    NOT NULL CHECK (channel IN ('import', 'post', 'revert')),
    sender      TEXT
);
-- The batch of what was there before: the store is not one that has just begun.
INSERT INTO batches SELECT 1, 0, 'import', NULL WHERE EXISTS (SELECT 1 FROM visit_rows);
ALTER TABLE visit_rows ADD COLUMN batch INTEGER;
ALTER TABLE visit_rows ADD COLUMN received_at INTEGER;
DROP INDEX visit_rows_by_household;
CREATE INDEX visit_rows_by_household
    ON visit_rows (household, at, visit_id, team, outcome, assessed, shown, batch, received_at);

-- Visits that do not count: withdrawn ones, and those that came as they could not be recorded. Households and teams are
-- named, for they may be unknown. The batch set_aside_by withdrew the visit; one that was brought in has the batch that
-- did so in restored_by.
CREATE TABLE visits_aside (
    fid          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    reason       TEXT    NOT NULL CHECK (reason IN
        ('withdrawn', 'unknown_household', 'unknown_team', 'conflict', 'repeated')),
    visit_id     TEXT    NOT NULL,
    household_id TEXT    NOT NULL,
    team_id      TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    outcome      INTEGER NOT NULL CHECK (outcome BETWEEN 1 AND 7),
    assessed     INTEGER NOT NULL CHECK (assessed BETWEEN 0 AND 65535),
    shown        INTEGER NOT NULL CHECK (shown & ~assessed = 0),
    batch        INTEGER,
    received_at  INTEGER,
    set_aside_by INTEGER REFERENCES batches (batch) DEFERRABLE INITIALLY DEFERRED,
    restored_by  INTEGER REFERENCES batches (batch) DEFERRABLE INITIALLY DEFERRED,
    CHECK ((reason = 'withdrawn') = (set_aside_by IS NOT NULL))
);
CREATE INDEX visits_aside_by_visit
    ON visits_aside (visit_id, household_id, team_id, at, outcome, assessed, shown, batch);
