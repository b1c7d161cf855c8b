-- trend-by-group: devices of each pull by device group, and how many need attention
SELECT pulled_at, machine_group, count(*) AS devices,
       count(*) FILTER (WHERE attention_count > 0) AS need_attention
FROM states GROUP BY pulled_at, machine_group ORDER BY pulled_at, machine_group
