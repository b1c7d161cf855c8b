"""Counts the devices of each property in an NDJSON file with DuckDB."""

import sys

import duckdb

COLUMNS = "{id: 'VARCHAR', build: 'INTEGER', revision: 'INTEGER', propertiesRequireAttention: 'VARCHAR[]'}"
rows = f"read_json(?, format = 'newline_delimited', columns = {COLUMNS})"
counts = duckdb.execute(
    f"""
    with states as (select * from {rows})
    select property, count(*)
    from (select unnest(propertiesRequireAttention) as property from states)
    group by property order by 2 desc
    """,
    [sys.argv[1]],
)
for name, devices in counts.fetchall():
    print(name, devices)
