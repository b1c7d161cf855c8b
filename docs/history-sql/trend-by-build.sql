-- trend-by-build: devices of each pull by build of the operating system, and how many need attention
SELECT pulled_at, build, count(*) AS devices,
       count(*) FILTER (WHERE attention_count > 0) AS need_attention
FROM states GROUP BY pulled_at, build ORDER BY pulled_at, build
