-- resolved: how many were resolved of each property, and in how many seconds half of them
WITH pulls AS (
    SELECT pulled_at, lag(pulled_at) OVER (ORDER BY pulled_at) AS previous
    FROM (SELECT DISTINCT pulled_at FROM states) AS moments
), devices AS (
    SELECT id, min(pulled_at) AS first_seen, max(pulled_at) AS last_seen FROM states GROUP BY id
), ever AS (
    SELECT DISTINCT id, property
    FROM (SELECT id, unnest(properties_require_attention) AS property FROM states) AS required
), known AS (
    -- each pull that knows whether the property is required
    SELECT ever.id, ever.property, states.pulled_at,
           coalesce(list_contains(states.properties_require_attention, ever.property), false) AS is_required
    FROM ever JOIN states ON states.id = ever.id
    WHERE list_contains(states.properties_require_attention, ever.property)
       OR NOT list_contains(string_split(coalesce(states.not_known, ''), ';'), ever.property)
), steps AS (
    SELECT id, property, pulled_at, is_required,
           lag(is_required) OVER (PARTITION BY id, property ORDER BY pulled_at) AS was_required,
           lag(pulled_at) OVER (PARTITION BY id, property ORDER BY pulled_at) AS last_known,
           min(CASE WHEN NOT is_required THEN pulled_at END) OVER (
               PARTITION BY id, property ORDER BY pulled_at ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
           ) AS ended
    FROM known
), spans AS (
    -- from the pull in which it began to the one in which it was resolved
    SELECT steps.id, steps.property, steps.pulled_at AS began, steps.ended,
           devices.last_seen,
           row_number() OVER (PARTITION BY steps.id, steps.property ORDER BY steps.pulled_at) > 1 AS is_reopened,
           -- it may have begun before
           pulls.previous IS NULL
               OR (devices.first_seen < steps.pulled_at
                   AND (steps.last_known IS NULL OR steps.last_known < pulls.previous)) AS is_at_least
    FROM steps
    JOIN devices ON devices.id = steps.id
    JOIN pulls ON pulls.pulled_at = steps.pulled_at
    WHERE steps.is_required AND NOT coalesce(steps.was_required, false)
), times AS (
    -- what is open took at least as long as it was seen
    SELECT property, CASE WHEN ended IS NULL THEN epoch(last_seen) - epoch(began) ELSE epoch(ended) - epoch(began) END AS seconds,
           count(ended) AS resolved, count(*) AS all_spans
    FROM spans WHERE NOT is_at_least
    GROUP BY property, CASE WHEN ended IS NULL THEN epoch(last_seen) - epoch(began) ELSE epoch(ended) - epoch(began) END
), risks AS (
    SELECT property, seconds, resolved,
           sum(all_spans) OVER (PARTITION BY property ORDER BY seconds DESC) AS at_risk
    FROM times
), survival AS (
    -- the share that is not resolved after this time, by Kaplan and Meier
    SELECT property, seconds,
           exp(sum(ln(CASE WHEN resolved = at_risk THEN 1e-300 ELSE 1e0 - CAST(resolved AS DOUBLE) / at_risk END))
               OVER (PARTITION BY property ORDER BY seconds)) AS share
    FROM risks
), medians AS (
    SELECT property, min(seconds) AS median_seconds FROM survival WHERE share <= 0.5 + 1e-9 GROUP BY property
), counts AS (
    SELECT property, count(ended) AS resolved,
           count(*) FILTER (WHERE ended IS NULL AND last_seen = (SELECT max(pulled_at) FROM states)) AS still_open,
           count(*) FILTER (WHERE ended IS NULL AND last_seen < (SELECT max(pulled_at) FROM states)) AS gone,
           count(*) FILTER (WHERE is_reopened) AS reopened
    FROM spans GROUP BY property
)
SELECT counts.property, counts.resolved, counts.still_open, counts.gone, counts.reopened, medians.median_seconds
FROM counts LEFT JOIN medians ON medians.property = counts.property
ORDER BY counts.property
