// A small client: the states of all devices, in pages.

import { setTimeout } from "node:timers/promises";

/** Yields the state of each device. */
export async function* devices(root, token) {
  let link = `${root}/machinesecuritystates`;
  while (link) {
    const page = await fetchPage(root, link, token);
    yield* page.value;
    link = page["@odata.nextLink"];
  }
}

/** Returns a page. Waits as long as the service says when it throttles. */
async function fetchPage(root, link, token) {
  if (new URL(link).origin !== new URL(root).origin) {
    throw new Error("a link leads to another host, which must not get the token");
  }
  for (;;) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(link, { headers, redirect: "error" });
    if (response.ok) return response.json();
    if (response.status !== 429) throw new Error(`the service answered ${response.status}`);
    await setTimeout(Number(response.headers.get("retry-after")) * 1000);
  }
}
