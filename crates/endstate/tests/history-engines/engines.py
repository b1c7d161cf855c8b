"""Reads a history with engines that are not ours.

    engines.py read ENDSTATE TABLE       the answers to `endstate history sql`, as JSON, by engine
    engines.py spark ENDSTATE TABLE      the same, with Spark and with Sail, which need more to install
    engines.py compact TABLE             merges the files of each day, as OPTIMIZE does
    engines.py vacuum TABLE              deletes the files that the newest version does not name
    engines.py spread TABLE              writes each day again, in several files and with other types
"""

import datetime
import json
import os
import subprocess
import sys

QUESTIONS = [
    "trend",
    "trend-by-property",
    "trend-by-group",
    "trend-by-build",
    "since",
    "resolved",
    "flapping",
    "gone",
    "missing-kbs",
    "gaps",
]


def queries(endstate, engine):
    """The SQL of each question, as the program prints it."""
    for question in QUESTIONS:
        command = [endstate, "history", "sql", question, "--engine", engine]
        yield question, subprocess.run(command, check=True, capture_output=True, text=True).stdout


def text(value):
    """A value as text. Moments are in UTC, as endstate writes them."""
    if isinstance(value, datetime.datetime):
        value = value.replace(tzinfo=value.tzinfo or datetime.timezone.utc).astimezone(datetime.timezone.utc)
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def tables(path):
    """The states, as each engine reads them."""
    import deltalake
    import duckdb
    import polars
    import pyarrow.dataset

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


def read(endstate, path):
    answers = {}
    for name, connection in tables(path):
        connection.sql("SET TimeZone = 'UTC'")
        answers[name] = {
            question: [list(map(text, row)) for row in connection.sql(sql).fetchall()]
            for question, sql in queries(endstate, "duckdb")
        }
    return answers


def spark_answers(session, endstate):
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return {
        question: [list(map(text, row)) for row in session.sql(sql).collect()]
        for question, sql in queries(endstate, "spark")
    }


def spark(endstate, path):
    os.environ["TZ"] = "UTC"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from pyspark.sql import SparkSession

    answers = {}
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.read.option("basePath", path).parquet(f"{path}/tenant=*/pulled_on=*/*.parquet").createOrReplaceTempView("states")
    answers["spark"] = spark_answers(session, endstate)
    session.stop()

    from pysail.spark import SparkConnectServer

    server = SparkConnectServer("127.0.0.1", 0)
    server.start(background=True)
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    session.read.format("delta").load(path).createOrReplaceTempView("states")
    answers["sail"] = spark_answers(session, endstate)
    session.stop()
    server.stop()
    return answers


def main():
    mode, *arguments = sys.argv[1:]
    if mode == "read":
        print(json.dumps(read(*arguments)))
    elif mode == "spark":
        print(json.dumps(spark(*arguments)))
    elif mode == "compact":
        import deltalake

        deltalake.DeltaTable(arguments[0]).optimize.compact()
    elif mode == "vacuum":
        import deltalake

        table = deltalake.DeltaTable(arguments[0])
        table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    elif mode == "spread":
        import deltalake
        import polars

        path = arguments[0]
        states = polars.scan_delta(path).collect().sort("id").to_arrow(compat_level=polars.CompatLevel.newest())
        half = states.num_rows // 2
        for how, rows in (("overwrite", states[:half]), ("append", states[half:])):
            deltalake.write_deltalake(path, rows, mode=how, partition_by=["tenant", "pulled_on"])


main()
