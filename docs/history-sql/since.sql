-- since: what the last pull has open, and since when
WITH required AS (
    SELECT id, pulled_at, unnest(properties_require_attention) AS property FROM states
), present AS (
    SELECT id, property FROM required WHERE pulled_at = (SELECT max(pulled_at) FROM states)
), fine AS (
    -- the last pull that has the device, and knows that the property was not required
    SELECT present.id, present.property, max(states.pulled_at) AS pulled_at
    FROM present JOIN states ON states.id = present.id
    WHERE NOT list_contains(states.properties_require_attention, present.property)
      AND NOT list_contains(string_split(coalesce(states.not_known, ''), ';'), present.property)
    GROUP BY present.id, present.property
)
SELECT present.id, present.property, min(required.pulled_at) AS since
FROM present
JOIN required ON required.id = present.id AND required.property = present.property
LEFT JOIN fine ON fine.id = present.id AND fine.property = present.property
WHERE fine.pulled_at IS NULL OR required.pulled_at > fine.pulled_at
GROUP BY present.id, present.property ORDER BY since, present.id, present.property
