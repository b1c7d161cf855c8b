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
)
