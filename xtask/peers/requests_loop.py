"""The loop that people write with requests: page after page, one row per line."""

import json
import sys

import requests

url, output = sys.argv[1:]
session = requests.Session()
session.trust_env = False
session.headers["Authorization"] = "Bearer bench"
with open(output, "w") as out:
    while url:
        page = session.get(url).json()
        for item in page["value"]:
            out.write(json.dumps(item) + "\n")
        url = page.get("@odata.nextLink")
