-- missing-kbs: updates that devices of the last pull lack, by number of devices
SELECT kb, count(*) AS devices
FROM (
    SELECT unnest(missing_kbs) AS kb FROM states WHERE pulled_at = (SELECT max(pulled_at) FROM states)
) AS missing
GROUP BY kb ORDER BY devices DESC, kb
