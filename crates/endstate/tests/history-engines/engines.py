"""Reads a history with engines that are not ours.

    engines.py read TABLE PAGE      the answers to the queries of PAGE, as JSON, by engine
    engines.py compact TABLE        merges the files of each day, as OPTIMIZE does
    engines.py spread TABLE         writes each day again, in several files and with other types
"""

import json
import re
import sys

import deltalake
import duckdb
import polars
import pyarrow.dataset


def queries(page):
    """The SQL of the page, by the word in the comment at its beginning."""
    blocks = re.findall(r"```sql\n-- (\w+).*?\n(.*?)```", open(page, encoding="utf-8").read(), re.DOTALL)
    return {name: sql for name, sql in blocks if name in ("trend", "since")}


def tables(path):
    """The states, as each engine reads them."""
    pattern = f"{path}/tenant=*/pulled_on=*/*.parquet"
    parquet = duckdb.connect()
    parquet.sql(f"CREATE VIEW states AS SELECT * FROM read_parquet('{pattern}', hive_partitioning = true)")
    yield "duckdb", parquet
    others = {
        "deltalake": lambda: deltalake.DeltaTable(path).to_pyarrow_table(),
        "polars": lambda: polars.scan_delta(path).collect().to_arrow(),
        "pyarrow": lambda: pyarrow.dataset.dataset(path, partitioning="hive").to_table(),
    }
    for name, read in others.items():
        connection = duckdb.connect()
        connection.register("states", read())
        yield name, connection


def main():
    mode, path = sys.argv[1:3]
    if mode == "compact":
        deltalake.DeltaTable(path).optimize.compact()
        return
    if mode == "spread":
        states = polars.scan_delta(path).collect().sort("id").to_arrow(compat_level=polars.CompatLevel.newest())
        partition = ["tenant", "pulled_on"]
        half = states.num_rows // 2
        for mode, rows in (("overwrite", states[:half]), ("append", states[half:])):
            deltalake.write_deltalake(path, rows, mode=mode, partition_by=partition)
        return
    answers = {}
    for name, connection in tables(path):
        # Moments are in UTC, as endstate writes them.
        connection.sql("SET TimeZone = 'UTC'")
        answers[name] = {query: [list(map(str, row)) for row in connection.sql(sql).fetchall()] for query, sql in queries(sys.argv[3]).items()}
    print(json.dumps(answers))


main()
