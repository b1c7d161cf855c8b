"""A small client: the states of all devices, in pages."""

import json
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Python would send the token along a redirect, also to another host."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirects)


def devices(root, token):
    """Yields the state of each device."""
    link = f"{root}/machinesecuritystates"
    while link:
        page = fetch(root, link, token)
        yield from page["value"]
        link = page.get("@odata.nextLink")


def fetch(root, link, token):
    """Returns a page. Waits as long as the service says when it throttles."""
    if urlsplit(link)[:2] != urlsplit(root)[:2]:
        raise ValueError("a link leads to another host, which must not get the token")
    request = urllib.request.Request(link, headers={"Authorization": f"Bearer {token}"})
    while True:
        try:
            with OPENER.open(request, timeout=10) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code != 429:
                raise
            time.sleep(float(error.headers["Retry-After"]))
