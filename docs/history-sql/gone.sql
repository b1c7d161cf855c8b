-- gone: devices that the last pull does not have, and when they were last there
SELECT id, max(device_name) AS device_name, max(pulled_at) AS last_seen
FROM states GROUP BY id HAVING max(pulled_at) < (SELECT max(pulled_at) FROM states)
ORDER BY last_seen DESC, id
