-- resolved: how many were resolved of each property, and in how many seconds half of them
{spans}, times AS (
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
