"use strict";
(() => {
  const find = (id) => document.getElementById(id);
  const data = JSON.parse(find("data").textContent);
  const { names, sets, updates, texts, columns, devices } = data;
  const table = find("device-table"), body = table.tBodies[0], status = find("shown");
  const search = find("search"), filter = find("filter"), more = find("more");
  const STEP = 200;

  // A digest is in base64, because its digits would be half of the page.
  const idOf = (id) => {
    if (id[0] !== "~") return id;
    if (id[1] === "~") return id.slice(1);
    const bytes = atob(id.slice(1).replace(/-/g, "+").replace(/_/g, "/"));
    return Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  };
  const [ID, NAME, DOMAIN, GROUP, OWNER, SEEN, VERSION, SET, UNKNOWN, KBS, STATUS, TENANT, CHANGE] = Array(13).keys();
  const textOf = (number) => texts[number] ?? "";
  const timeOf = (minutes) => minutes ? new Date(minutes * 60000).toISOString().slice(0, 16).replace("T", " ") : "";
  const shownOf = (name) => Object.hasOwn(data.shown, name) ? data.shown[name] : name;
  const listOf = (set) => (sets[set] ?? []).map((number) => names[number]);
  const needs = (name) => data.includesInformational || !data.informational.includes(name);
  const newest = (list) => list.reduce((last, kb) => parseInt(kb.slice(2), 10) > parseInt(last.slice(2), 10) ? kb : last, list[0] ?? "");

  const values = {
    device: (row) => row[NAME] + textOf(row[DOMAIN]) || idOf(row[ID]),
    id: (row) => idOf(row[ID]),
    tenant: (row) => textOf(row[TENANT]),
    group: (row) => textOf(row[GROUP]),
    owner: (row) => row[OWNER] || "",
    seen: (row) => timeOf(row[SEEN]),
    version: (row) => textOf(row[VERSION]),
    reasons: (row) => listOf(row[SET]).map(shownOf).join(", "),
  };
  const tests = {
    status: (row, value) => data.statuses[row[STATUS]] === value,
    property: (row, value) => listOf(row[SET]).includes(value),
    category: (row, value) => listOf(row[SET]).some((name) => Object.hasOwn(data.categories, name) && data.categories[name] === value && needs(name)),
    unknown: (row, value) => listOf(row[UNKNOWN]).includes(value),
    informational: (row) => listOf(row[SET]).some((name) => data.informational.includes(name)),
    group: (row, value) => row[GROUP] !== null && textOf(row[GROUP]) === value,
    "no-group": (row) => row[GROUP] === null,
    build: (row, value) => textOf(row[VERSION]).split(".")[0] === value,
    update: (row, value) => (updates[row[KBS]] ?? []).includes(value),
    newest: (row, value) => newest(updates[row[KBS]] ?? []) === value,
    tenant: (row, value) => textOf(row[TENANT]) === value,
    change: (row, value) => (row[CHANGE]?.[0] ?? "") === value,
    new: (row, value) => listOf(row[CHANGE]?.[1]).includes(value),
    "has-new": (row) => listOf(row[CHANGE]?.[1]).some(needs),
    resolved: (row, value) => listOf(row[CHANGE]?.[2]).includes(value),
    persisting: (row, value) => listOf(row[CHANGE]?.[3]).includes(value),
    was: (row, value) => (row[CHANGE]?.[4] ?? "") === value,
  };

  let sorted = null, descending = false, shown = STEP, found = [];
  // A filter is the fragment of the address, such as #property=FirewallOff&attention.
  const conditions = () => location.hash.slice(1).split("&").map((part) => {
    const place = part.indexOf("=");
    const [name, value] = place < 0 ? [part, ""] : [part.slice(0, place), part.slice(place + 1)];
    try { return [name, decodeURIComponent(value)]; } catch { return [name, value]; }
  }).filter(([name]) => Object.hasOwn(tests, name));

  const OF_PROPERTIES = ["property", "unknown", "new", "resolved", "persisting"];
  const valueOf = (name, value) => name === "status" ? data.shownStatuses[value] ?? value
    : OF_PROPERTIES.includes(name) ? shownOf(value) : value || "(empty name)";

  const conditionsShown = () =>
    conditions().map(([name, value]) => data.conditions[name].replace("*", () => valueOf(name, value)));

  const cell = (row, column, index) => {
    const td = document.createElement("td"), text = document.createElement("bdi");
    td.className = column;
    text.textContent = values[column](row);
    if (index === 0 && data.portal) {
      const link = document.createElement("a");
      link.href = data.portal + encodeURIComponent(idOf(row[ID]));
      link.append(text);
      td.append(link);
    } else td.append(text);
    return td;
  };
  const draw = () => {
    const rows = found.slice(0, shown).map((row) => {
      const tr = document.createElement("tr");
      tr.append(...columns.map((column, index) => cell(row, column, index)));
      return tr;
    });
    body.replaceChildren(...rows);
    more.hidden = found.length <= shown;
    const what = conditionsShown();
    const count = (number, noun) => number.toLocaleString("en-US") + " " + noun + (number === 1 ? "" : "s");
    status.textContent = count(found.length, "device") + (what.length ? ": " + what.join(", ") : "")
      + (search.value.trim() ? ", with '" + search.value.trim() + "'" : "")
      + (found.length > shown ? "; the first " + shown.toLocaleString("en-US") + " are shown" : "");
  };
  const update = () => {
    const wanted = conditions(), text = search.value.trim().toLowerCase();
    found = devices.filter((row) => wanted.every(([name, value]) => tests[name](row, value)));
    if (text) found = found.filter((row) => columns.some((column) => values[column](row).toLowerCase().includes(text)) || idOf(row[ID]).toLowerCase().includes(text));
    if (sorted) {
      const order = new Intl.Collator("en", { numeric: true }), keys = new Map(found.map((row) => [row, values[sorted](row)]));
      found.sort((one, other) => order.compare(keys.get(one), keys.get(other)));
      if (descending) found.reverse();
    }
    shown = STEP;
    draw();
    choose();
  };

  // A filter of a link that is not among those to choose is one as long as it is set.
  const choose = () => {
    const fragment = conditions().length ? location.hash.slice(1) : "";
    filter.querySelector("[data-of-link]")?.remove();
    if (![...filter.options].some((option) => option.value === fragment)) {
      const option = new Option(conditionsShown().join(", "), fragment);
      option.dataset.ofLink = "";
      filter.add(option);
    }
    filter.value = fragment;
  };

  for (const [index, th] of [...table.tHead.rows[0].cells].entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = th.textContent;
    th.replaceChildren(button);
    button.addEventListener("click", () => {
      descending = sorted === columns[index] && !descending;
      sorted = columns[index];
      for (const other of table.tHead.rows[0].cells) other.setAttribute("aria-sort", "none");
      th.setAttribute("aria-sort", descending ? "descending" : "ascending");
      update();
    });
  }
  for (const [value, name] of data.filters) filter.add(new Option(name, value));
  filter.addEventListener("change", () => { location.hash = filter.value || "devices"; });
  find("clear").addEventListener("click", () => {
    search.value = "";
    if (conditions().length) location.hash = "devices"; else update();
  });
  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(update, 120); });
  more.addEventListener("click", () => { shown += STEP; draw(); });
  const scroll = () => { if (conditions().length) find("devices").scrollIntoView(); };
  addEventListener("hashchange", () => { update(); scroll(); });
  // A link to a filter that is set already changes nothing, but leads to the list all the same.
  addEventListener("click", (event) => {
    const link = event.target.closest?.("a")?.getAttribute("href");
    if (!link?.startsWith("#")) return;
    // Its number counts devices whatever was searched before.
    if (search.value) { search.value = ""; update(); }
    if (link === location.hash) scroll();
  });
  // Paper has more rows than a screen needs, but not a thousand pages.
  let before = shown;
  addEventListener("beforeprint", () => { before = shown; shown = Math.max(shown, 1000); draw(); });
  addEventListener("afterprint", () => { shown = before; draw(); });
  find("controls").hidden = false;
  update();
})();
