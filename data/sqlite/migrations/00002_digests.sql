-- What the records were when the program wrote last: see data/digest. One row for each kind of record, and one for
-- the settings (meta, skills). Other programs do not update it, which is how their edits are noticed.
CREATE TABLE record_digests (
    kind    TEXT    NOT NULL PRIMARY KEY CHECK (kind IN ('areas', 'teams', 'households', 'visits', 'settings')),
    records INTEGER NOT NULL,
    digest  BLOB    NOT NULL CHECK (length(digest) = 16)
) WITHOUT ROWID;
-- One row: the key of the digests; when another program's edit was noticed that nobody has accepted yet.
CREATE TABLE record_digest_key (
    id        INTEGER PRIMARY KEY CHECK (id = 1),
    key       BLOB NOT NULL CHECK (length(key) = 16),
    edited_at TEXT
);
