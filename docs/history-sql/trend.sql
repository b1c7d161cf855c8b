-- trend: devices of each pull, how many need attention, and of how many it is not known
SELECT pulled_at, count(*) AS devices,
       count(*) FILTER (WHERE attention_count > 0) AS need_attention,
       count(*) FILTER (WHERE NOT is_known AND coalesce(attention_count, 0) = 0) AS not_known
FROM states GROUP BY pulled_at ORDER BY pulled_at
