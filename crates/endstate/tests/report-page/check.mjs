// Opens a report in Chromium as people do, from a file, and checks what they see and use.
//
//   node check.mjs CHROMIUM CHECK FILE [ARGUMENT]
//
// Prints a line of JSON with what was seen. Fails if the page has an error in its console or requests
// anything.
import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const [executablePath, check, file, argument] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const url = pathToFileURL(file).href;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

const open = async (options = {}, fragment = "") => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const problems = [];
  page.on("console", (message) => problems.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(`error: ${error.message}`));
  page.on("request", (request) => request.url().split("#")[0] === url || problems.push(`request: ${request.url()}`));
  page.on("dialog", (dialog) => { problems.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(url + fragment);
  page.problems = problems;
  return page;
};
const rows = (page) => page.locator("#device-table tbody tr");
const status = (page) => page.locator("#shown").innerText();
const violations = async (page) => {
  await page.evaluate(axe);
  const found = await page.evaluate(() => window.axe.run());
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html).join(" ")}`);
};

const checks = {
  // Every number is the number of devices that its link shows.
  async links() {
    const page = await open();
    const links = await page.$$eval('a[href^="#"]', (all) => all.map((link) => [link.getAttribute("href"), link.textContent]));
    const wrong = [];
    for (const [href, text] of links) {
      await page.evaluate((href) => { location.hash = href; }, href);
      const wanted = Number(/[\d,]+/.exec(text)[0].replaceAll(",", ""));
      await page.waitForFunction((href) => location.hash === href, href);
      const shown = Number(/^[\d,]+/.exec(await status(page))[0].replaceAll(",", ""));
      if (shown !== wanted) wrong.push(`${href}: ${wanted}, but the list has ${shown}`);
    }
    assert.deepEqual(page.problems, []);
    return { links: links.length, wrong };
  },

  // Filters by a link, by text and by choice, and sorts.
  async use() {
    const page = await open();
    await page.click(argument);
    const filtered = { status: await status(page), rows: await rows(page).count() };
    const reasons = await page.$$eval("#device-table tbody tr", (all) => all.map((row) => row.lastChild.textContent));
    await page.click("#clear");
    await page.click("#device-table thead button >> nth=0");
    const first = await page.$$eval("#device-table tbody tr", (all) => all.map((row) => row.firstChild.textContent));
    const ascending = await page.getAttribute("#device-table thead th >> nth=0", "aria-sort");
    await page.click("#device-table thead button >> nth=0");
    const last = await page.$$eval("#device-table tbody tr", (all) => all.map((row) => row.firstChild.textContent));
    await page.fill("#search", first[0]);
    await page.waitForFunction(() => /^1 device/.test(document.getElementById("shown").textContent));
    assert.deepEqual(page.problems, []);
    return { filtered, reasons, first: first.slice(0, 50), ascending, last: last.slice(0, 50), found: await rows(page).count() };
  },

  // Light, dark, on a small screen and on paper; with a keyboard and a screen reader.
  async looks() {
    const seen = {};
    for (const colorScheme of ["light", "dark"]) {
      const page = await open({ colorScheme });
      seen[colorScheme] = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      seen[`${colorScheme} violations`] = await violations(page);
      assert.deepEqual(page.problems, []);
    }
    const small = await open({ viewport: { width: 400, height: 800 } });
    seen["small violations"] = await violations(small);
    const paper = await open({ colorScheme: "dark" });
    await paper.emulateMedia({ media: "print" });
    seen.paper = await paper.evaluate(() => getComputedStyle(document.body).backgroundColor);
    seen.pdf = (await paper.pdf({ preferCSSPageSize: true, path: argument })).subarray(0, 5).toString();
    return seen;
  },

  // Without scripts, the list is there, and links lead to it.
  async "without-scripts"() {
    const page = await open({ javaScriptEnabled: false });
    await page.click('a[href="#status=attention"]');
    const links = await page.$$eval('a[href^="#"]', (all) => all.map((link) => link.getAttribute("href").slice(1)));
    const targets = new Set(await page.$$eval("[id]", (all) => all.map((element) => element.id)));
    return { "without a target": links.filter((link) => !targets.has(link)), rows: await rows(page).count(), controls: await page.isVisible("#controls"), status: await status(page) };
  },

  // Names from outside stay text.
  async hostile() {
    const page = await open();
    await page.fill("#search", "<");
    await page.waitForTimeout(200);
    assert.deepEqual(page.problems, []);
    const strange = await page.$$eval("body img, body iframe, body b, body script:not([id]):not(:last-child), body object", (all) => all.length);
    const text = await page.locator("body").innerText();
    return { strange, text };
  },

  // How long it takes until the list can be used, in milliseconds.
  async large() {
    const begin = performance.now();
    const page = await open();
    const opened = performance.now() - begin;
    const all = await status(page);
    const found = performance.now();
    await page.fill("#search", argument);
    await page.waitForFunction((all) => document.getElementById("shown").textContent !== all, all);
    const searched = performance.now() - found;
    const sorting = performance.now();
    await page.fill("#search", "");
    await page.click("#device-table thead button >> nth=0");
    await page.waitForFunction((all) => document.getElementById("shown").textContent === all, all);
    return { opened, searched, sorted: performance.now() - sorting, status: await status(page), rows: await rows(page).count() };
  },

  // A picture of the page, for the documentation and for people who change it.
  async picture() {
    const page = await open({ colorScheme: process.argv[6] ?? "light" }, process.argv[7] ?? "");
    await page.screenshot({ path: argument, fullPage: process.argv[8] === "full" });
    return {};
  },
};

try {
  console.log(JSON.stringify(await checks[check]()));
} finally {
  await browser.close();
}
