-- flapping: properties that came back on a device, the most often first
{spans}
SELECT id, property, count(*) AS reopened FROM spans WHERE is_reopened
GROUP BY id, property ORDER BY reopened DESC, id, property
