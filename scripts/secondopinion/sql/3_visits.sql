-- What teams reported, and what it says of every household in a window.

CREATE MATERIALIZED VIEW report AS
  SELECT visit_id, household_id, team_id, visited_at, (visited_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS day,
    outcome, string_to_array(assessed, ';') AS assessed, string_to_array(shown, ';') AS shown
  FROM visit_file;

-- All that a household reports on one day is one visit with the day's best outcome.
CREATE MATERIALIZED VIEW visit AS
  SELECT household_id, day, max(outcome) AS outcome FROM report GROUP BY household_id, day;
CREATE INDEX ON visit (household_id, day);

-- The same of what one team reported.
CREATE MATERIALIZED VIEW team_visit AS
  SELECT team_id, household_id, day, max(outcome) AS outcome FROM report GROUP BY team_id, household_id, day;

CREATE MATERIALIZED VIEW assessment AS
  SELECT household_id, skill, visited_at, visit_id, day, coalesce(skill = ANY (shown), false) AS shown
  FROM report CROSS JOIN unnest(assessed) AS skill;
CREATE INDEX ON assessment (household_id, skill, visited_at DESC, visit_id DESC);

-- What the window holds of every household. Only eligible ones are attempted, contacted,
-- reached or due; visits are those to any household.
CREATE FUNCTION household_state(window_from date, window_to date)
RETURNS TABLE (household_id text, eligible bool, attempted bool, contacted bool, reached bool, revisit_due bool, visits int, last_visit date)
LANGUAGE sql STABLE AS $$
  WITH latest AS (
    SELECT DISTINCT ON (household_id) household_id, day, outcome
    FROM visit WHERE day <= window_to
    ORDER BY household_id, day DESC
  ), within AS (
    SELECT household_id, count(*)::int AS visits,
      bool_or(outcome IN ('completed', 'partial', 'refused')) AS contacted,
      bool_or(outcome = 'completed') AS reached,
      (array_agg(outcome ORDER BY day DESC))[1] AS outcome
    FROM visit WHERE day <= window_to AND (window_from IS NULL OR day >= window_from)
    GROUP BY household_id
  ), counted AS (
    SELECT h.household_id,
      (registered_on IS NULL OR registered_on <= window_to)
        AND (removed_on IS NULL OR removed_on > window_to)
        AND (latest.outcome IS NULL OR latest.outcome NOT IN ('moved', 'ineligible')) AS eligible
    FROM household h LEFT JOIN latest USING (household_id)
  )
  SELECT household_id, eligible,
    eligible AND within.visits IS NOT NULL,
    eligible AND coalesce(within.contacted, false),
    eligible AND coalesce(within.reached, false),
    eligible AND coalesce(NOT within.reached AND within.outcome IN ('absent', 'partial'), false),
    coalesce(within.visits, 0), latest.day
  FROM counted LEFT JOIN within USING (household_id) LEFT JOIN latest USING (household_id)
$$;

-- Which skills every household was assessed in up to the day, and whether it showed them
-- in the latest report that looked.
CREATE FUNCTION household_skill(window_to date)
RETURNS TABLE (household_id text, skill text, shown bool)
LANGUAGE sql STABLE AS $$
  SELECT DISTINCT ON (household_id, skill) household_id, skill, shown
  FROM assessment WHERE day <= window_to
  ORDER BY household_id, skill, visited_at DESC, visit_id DESC
$$;
