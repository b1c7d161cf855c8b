-- trend-by-property: devices of each pull by property
SELECT pulled_at, property, count(*) AS devices
FROM (SELECT pulled_at, unnest(properties_require_attention) AS property FROM states) AS required
GROUP BY pulled_at, property ORDER BY pulled_at, property
