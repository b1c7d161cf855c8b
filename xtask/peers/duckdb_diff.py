"""Counts what changed between two NDJSON files with DuckDB."""

import sys

import duckdb

COLUMNS = "{id: 'VARCHAR', build: 'INTEGER', revision: 'INTEGER', propertiesRequireAttention: 'VARCHAR[]'}"
rows = f"read_json(?, format = 'newline_delimited', columns = {COLUMNS})"
counts = duckdb.execute(
    f"""
    with older as (select * from {rows}), newer as (select * from {rows})
    select
        count(*) filter (older.id is null) as added,
        count(*) filter (newer.id is null) as removed,
        count(*) filter (older.propertiesRequireAttention <> newer.propertiesRequireAttention
            or older.build <> newer.build or older.revision <> newer.revision) as changed
    from older full join newer on older.id = newer.id
    """,
    sys.argv[1:],
)
print(counts.fetchall())
