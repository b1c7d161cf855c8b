// Tests of the small client against an emulated tenant.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { devices } from "./client.js";
import { Emulator } from "./emulator.js";

/** Returns the states that the client reads from an emulator with these arguments. */
async function read(...args) {
  const emulator = await Emulator.start(...args);
  try {
    const states = [];
    for await (const state of devices(emulator.root, emulator.token)) states.push(state);
    return states;
  } finally {
    await emulator.stop();
  }
}

test("every device comes once", async () => {
  const states = await read("--devices", "23", "--page-size", "5");
  expect(states).toHaveLength(23);
  expect(new Set(states.map((state) => state.id)).size).toBe(23);
});

test("a throttled page is not lost", async () => {
  expect(await read("--devices", "23", "--page-size", "5", "--fault", "throttled@3*2=0.01")).toHaveLength(23);
});

test("the token goes to no other host", async () => {
  await expect(read("--fault", "look-alike-link")).rejects.toThrow("another host");
  await expect(read("--fault", "redirect")).rejects.toThrow("fetch failed");
});

test("states of your own are served", async () => {
  const folder = await mkdtemp(join(tmpdir(), "states-"));
  const file = join(folder, "states.ndjson");
  await writeFile(file, '{"id":"a","propertiesRequireAttention":["FirewallOff"]}\n');
  const [state] = await read("--states", file);
  expect(state.propertiesRequireAttention).toEqual(["FirewallOff"]);
  await rm(folder, { recursive: true });
});
