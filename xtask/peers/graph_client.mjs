// Microsoft's client for Graph, with its page iterator. The client accepts only https links, so
// this script replaces the client's last handler with one that sends the requests over http to a
// server on loopback.
import { createWriteStream } from "node:fs";
import { Client, PageIterator } from "@microsoft/microsoft-graph-client";

const [url, output] = process.argv.slice(2);
const link = '"@odata.nextLink":"http';
const loopback = {
  async execute(context) {
    const target = String(context.request.url ?? context.request).replace("https://127.", "http://127.");
    const body = await (await fetch(target)).text();
    context.response = new Response(body.replace(`${link}:`, `${link}s:`), { headers: { "Content-Type": "application/json" } });
  },
};
const client = Client.initWithMiddleware({ middleware: loopback, customHosts: new Set(["127.0.0.1"]) });
const out = createWriteStream(output);
const first = await client.api(url.replace("http:", "https:")).get();
const pages = new PageIterator(client, first, (item) => {
  out.write(JSON.stringify(item) + "\n");
  return true;
});
await pages.iterate();
out.end();
