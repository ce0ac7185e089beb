-- The tables of the store. Those of geo/geopackage are made before them.

-- GDAL's own table. Where it is missing, QGIS guesses the size of a large layer from its row
-- ids, which a view does not have. A NULL count makes GDAL count; every write sets it back.
CREATE TABLE gpkg_ogr_contents (
    table_name    TEXT    NOT NULL PRIMARY KEY,
    feature_count INTEGER DEFAULT NULL
);
INSERT INTO gpkg_ogr_contents (table_name) VALUES ('areas'), ('households'), ('teams'), ('visits');

-- One row: what a reader compares to learn whether anything was written since.
CREATE TABLE store (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL
);
INSERT INTO store VALUES (1, 0);

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- The programme's skills. A bit, once given, keeps its meaning for as long as the file lives;
-- position is the order in which the programme lists them.
CREATE TABLE skills (
    bit      INTEGER PRIMARY KEY CHECK (bit BETWEEN 0 AND 15),
    position INTEGER NOT NULL,
    key      TEXT    NOT NULL UNIQUE,
    name_en  TEXT    NOT NULL,
    name_vi  TEXT    NOT NULL
);
-- The sets of skills that occur, written out for people: bits of skills, keys joined by ';'.
CREATE TABLE skill_sets (
    bits INTEGER PRIMARY KEY,
    keys TEXT    NOT NULL
);
INSERT INTO skill_sets VALUES (0, '');
CREATE TABLE outcomes (
    outcome INTEGER PRIMARY KEY,
    name    TEXT    NOT NULL UNIQUE
);
INSERT INTO outcomes VALUES
    (1, 'ineligible'), (2, 'moved'), (3, 'inaccessible'), (4, 'absent'), (5, 'refused'), (6, 'partial'), (7, 'completed');

-- Code and valid_from name an area; codes were used again when boundaries changed. A NULL
-- valid_from (always was) is one value like any other, so it takes an expression index.
CREATE TABLE areas (
    fid                 INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    geom                MULTIPOLYGON,
    code                TEXT NOT NULL,
    name                TEXT NOT NULL,
    name_en             TEXT,
    kind                TEXT,
    level               TEXT NOT NULL CHECK (level IN ('province', 'district', 'commune', 'hamlet')),
    parent              TEXT,
    valid_from          DATE,
    valid_to            DATE,
    declared_households INTEGER,
    population          INTEGER
);
CREATE UNIQUE INDEX areas_version ON areas (code, ifnull(valid_from, ''));

-- The codes that a household or a team may name, in whichever version: what their foreign
-- keys hold on to. They fill themselves, whoever adds an area.
CREATE TABLE hamlet_codes (code TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE commune_codes (code TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID;
CREATE TRIGGER areas_hamlet_insert AFTER INSERT ON areas WHEN NEW.level = 'hamlet'
BEGIN INSERT OR IGNORE INTO hamlet_codes VALUES (NEW.code); END;
CREATE TRIGGER areas_hamlet_update AFTER UPDATE OF code, level ON areas WHEN NEW.level = 'hamlet'
BEGIN INSERT OR IGNORE INTO hamlet_codes VALUES (NEW.code); END;
CREATE TRIGGER areas_commune_insert AFTER INSERT ON areas WHEN NEW.level = 'commune'
BEGIN INSERT OR IGNORE INTO commune_codes VALUES (NEW.code); END;
CREATE TRIGGER areas_commune_update AFTER UPDATE OF code, level ON areas WHEN NEW.level = 'commune'
BEGIN INSERT OR IGNORE INTO commune_codes VALUES (NEW.code); END;

CREATE TABLE households (
    fid           INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    geom          POINT NOT NULL,
    household_id  TEXT  NOT NULL UNIQUE,
    hamlet_code   TEXT  REFERENCES hamlet_codes (code),
    registered_on DATE,
    removed_on    DATE
);

-- hamlet_codes repeats for people what team_hamlets holds for the program.
CREATE TABLE teams (
    fid          INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    team_id      TEXT NOT NULL UNIQUE,
    name         TEXT NOT NULL,
    commune_code TEXT REFERENCES commune_codes (code),
    hamlet_codes TEXT,
    members      INTEGER,
    formed_on    DATE,
    dissolved_on DATE
);
-- Who serves a hamlet, and from when to when: a row with a NULL valid_to holds now.
CREATE TABLE team_hamlets (
    team        INTEGER NOT NULL REFERENCES teams (fid) ON DELETE CASCADE,
    hamlet_code TEXT    NOT NULL REFERENCES hamlet_codes (code),
    valid_from  DATE,
    valid_to    DATE
);
CREATE UNIQUE INDEX team_hamlets_version ON team_hamlets (team, hamlet_code, ifnull(valid_from, ''));
CREATE INDEX team_hamlets_by_hamlet ON team_hamlets (hamlet_code);

-- Visits are the many: small integers here, written out for people by the view below.
-- visited_at is seconds since 1970-01-01 UTC.
CREATE TABLE visit_rows (
    fid        INTEGER PRIMARY KEY,
    visit_id   TEXT    NOT NULL UNIQUE,
    household  INTEGER NOT NULL REFERENCES households (fid),
    team       INTEGER NOT NULL REFERENCES teams (fid),
    at         INTEGER NOT NULL,
    outcome    INTEGER NOT NULL CHECK (outcome BETWEEN 1 AND 7),
    assessed   INTEGER NOT NULL CHECK (assessed BETWEEN 0 AND 65535),
    shown      INTEGER NOT NULL CHECK (shown & ~assessed = 0),
    visited_at DATETIME GENERATED ALWAYS AS (strftime('%Y-%m-%dT%H:%M:%fZ', at, 'unixepoch')) VIRTUAL
);
-- Whole visits in the order in which they are read, so that reading never sorts or seeks.
CREATE INDEX visit_rows_by_household ON visit_rows (household, at, visit_id, team, outcome, assessed, shown);

-- LEFT JOINs on unique keys cost nothing where only rows are counted.
CREATE VIEW visits AS
SELECT v.fid AS fid, v.visit_id AS visit_id, h.household_id AS household_id, t.team_id AS team_id,
       v.visited_at AS visited_at, o.name AS outcome, a.keys AS assessed, s.keys AS shown
FROM visit_rows v
LEFT JOIN households h ON h.fid = v.household
LEFT JOIN teams t ON t.fid = v.team
LEFT JOIN outcomes o ON o.outcome = v.outcome
LEFT JOIN skill_sets a ON a.bits = v.assessed
LEFT JOIN skill_sets s ON s.bits = v.shown;

INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
    ('areas', 'features', 'areas', 'Administrative units, each for as long as its boundaries held', 4326),
    ('households', 'features', 'households', 'Dwellings that teams should visit', 4326),
    ('teams', 'attributes', 'teams', 'Community digital teams and the hamlets they serve', NULL),
    ('visits', 'attributes', 'visits', 'Reports of calls at households; times are UTC', NULL);
INSERT INTO gpkg_geometry_columns VALUES
    ('areas', 'geom', 'MULTIPOLYGON', 4326, 0, 0),
    ('households', 'geom', 'POINT', 4326, 0, 0);
