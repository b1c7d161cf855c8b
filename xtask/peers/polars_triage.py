"""Counts the devices of each property in an NDJSON file with polars."""

import sys

import polars

SCHEMA = {
    "id": polars.String,
    "build": polars.Int32,
    "revision": polars.Int32,
    "propertiesRequireAttention": polars.List(polars.String),
}
properties = polars.scan_ndjson(sys.argv[1], schema=SCHEMA).select("propertiesRequireAttention")
counts = properties.explode("propertiesRequireAttention").group_by("propertiesRequireAttention").len()
for name, devices in counts.collect().rows():
    print(name, devices)
