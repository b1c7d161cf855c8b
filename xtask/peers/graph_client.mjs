// Microsoft's own client for Graph, with its page iterator.
import { createWriteStream } from "node:fs";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";

const [url, output] = process.argv.slice(2);
const client = Client.init({
  authProvider: (done) => done(null, "bench"),
  customHosts: new Set(["127.0.0.1"]),
});
const out = createWriteStream(output);
const first = await client.api(url).get();
const pages = new PageIterator(client, first, (item) => {
  out.write(JSON.stringify(item) + "\n");
  return true;
});
await pages.iterate();
out.end();
