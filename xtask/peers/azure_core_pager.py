"""Reads a collection with the pager of azure-core: page after page, one row per line."""

import json
import sys

from azure.core import PipelineClient
from azure.core.paging import ItemPaged
from azure.core.rest import HttpRequest

url, output = sys.argv[1:]
client = PipelineClient(base_url="")


def page_at(link):
    request = HttpRequest("GET", link or url, headers={"Authorization": "Bearer bench"})
    response = client.send_request(request)
    response.raise_for_status()
    return response.json()


def read(page):
    return page.get("@odata.nextLink"), page["value"]


with open(output, "w") as out:
    for item in ItemPaged(page_at, read):
        out.write(json.dumps(item) + "\n")
