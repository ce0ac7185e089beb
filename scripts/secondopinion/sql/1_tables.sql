-- The files as they come, a table each; areas.geojson and hamlets.csv share one.

-- From the worst to the best, as reports of one day outrank each other: max() is the best.
CREATE TYPE outcome AS ENUM ('ineligible', 'moved', 'inaccessible', 'absent', 'refused', 'partial', 'completed');

CREATE TABLE skill (position int PRIMARY KEY, skill text NOT NULL UNIQUE);

CREATE TABLE area (
  area_id             int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code                text COLLATE "C" NOT NULL,
  level               text NOT NULL,
  parent              text COLLATE "C",
  valid_from          date,
  valid_to            date,
  declared_households int,
  geom                geometry(MultiPolygon, 4326)
);

CREATE TABLE hamlet_file (code text, name text, kind text, parent text, declared_households int);

CREATE TABLE household (
  household_id  text COLLATE "C" PRIMARY KEY,
  lon           float8 NOT NULL,
  lat           float8 NOT NULL,
  hamlet_code   text COLLATE "C",
  registered_on date,
  removed_on    date
);

-- The H3 cell at resolution 11 of each household's point, which only an H3 library can tell.
CREATE TABLE household_cell (household_id text COLLATE "C" PRIMARY KEY, cell bigint NOT NULL);

CREATE TABLE team_file (
  team_id      text COLLATE "C" PRIMARY KEY,
  name         text,
  commune_code text COLLATE "C",
  hamlet_codes text,
  members      int,
  formed_on    date,
  dissolved_on date
);

CREATE TABLE visit_file (
  visit_id     text COLLATE "C" PRIMARY KEY,
  household_id text COLLATE "C" NOT NULL,
  team_id      text COLLATE "C" NOT NULL,
  visited_at   timestamptz NOT NULL,
  outcome      outcome NOT NULL,
  assessed     text,
  shown        text
);
