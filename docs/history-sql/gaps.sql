-- gaps: times between pulls that are longer than 36 hours, in which nothing is known
SELECT previous AS after_pull, pulled_at AS before_pull, epoch(pulled_at) - epoch(previous) AS seconds
FROM (
    SELECT pulled_at, lag(pulled_at) OVER (ORDER BY pulled_at) AS previous
    FROM (SELECT DISTINCT pulled_at FROM states) AS moments
) AS pulls
WHERE epoch(pulled_at) - epoch(previous) > 129600 ORDER BY pulled_at
