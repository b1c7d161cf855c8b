"""Answers a question of a history with DuckDB, from the files of its table of states."""

import sys

import duckdb

QUESTIONS = {
    "trend-by-property": """
        SELECT pulled_at, property, count(*) FROM (
            SELECT pulled_at, unnest(properties_require_attention) AS property FROM states
        ) GROUP BY ALL""",
    "first-seen": """
        SELECT count(*), max(since) FROM (
            SELECT id, property, min(pulled_at) AS since FROM (
                SELECT id, pulled_at, unnest(properties_require_attention) AS property FROM states
            ) GROUP BY ALL
        )""",
    # Each time that a property is there, and the pull after the last one that has it.
    "resolved": """
        WITH pulls AS (
            SELECT pulled_at, row_number() OVER (ORDER BY pulled_at) AS number
            FROM (SELECT DISTINCT pulled_at FROM states)
        ), required AS (
            SELECT id, unnest(properties_require_attention) AS property, number
            FROM states JOIN pulls USING (pulled_at)
        ), runs AS (
            SELECT id, property, min(number) AS first, max(number) AS last FROM (
                SELECT *, number - row_number() OVER (PARTITION BY id, property ORDER BY number) AS run FROM required
            ) GROUP BY id, property, run
        )
        SELECT property, count(*), avg(epoch(ended.pulled_at - began.pulled_at))
        FROM runs JOIN pulls AS began ON began.number = first JOIN pulls AS ended ON ended.number = last + 1
        GROUP BY property""",
}

files = f"{sys.argv[2]}/tenant=*/pulled_on=*/*.parquet"
duckdb.execute(f"CREATE VIEW states AS SELECT * FROM read_parquet('{files}', hive_partitioning = true)")
print(duckdb.execute(QUESTIONS[sys.argv[1]]).fetchall()[:3])
