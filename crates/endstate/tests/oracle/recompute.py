"""Recomputes triage, differences, conditions and missing updates from random odd fleets.

Usage: recompute.py PROGRAM FIRST_SEED FLEETS

For each seed it serves two days of a fleet over HTTP, pulls them with the program in a random
format, and compares what the program says of the files with what this script computes from the
items that it served. It shares no code and no table with the program.
"""

import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse

NAMES = (
    "EdrSensorOff EdrNoSensorData EdrImpairedCommunications AntivirusNotReporting AntivirusOff "
    "SecurityUpdatesMissing SecurityUpdatesWindowsInsiderPreview ExploitGuardControlledFolderAccessOff "
    "AppGuardOff SmartScreenAppWebContentCheckingOff FirewallOff DomainProfileNotSecure "
    "PublicProfileNotSecure ThirdPartyFirewallActive WindowsHelloNotConfigured "
    "NonWindowsHelloAuthentication BitLockerUnencryptedDrives CredentialGuardOff "
    "QuantumShieldOff AntivirusQuantumOff"
).split()
CATEGORIES = [
    ("EDR", r"Edr"),
    ("Antivirus", r"Antivirus"),
    ("OS security updates", r"SecurityUpdates"),
    ("Exploit Guard", r"ExploitGuard"),
    ("Application Guard", r"AppGuard"),
    ("SmartScreen", r"SmartScreen"),
    ("Firewall", r"Firewall|DomainProfile|PrivateProfile|PublicProfile|ThirdPartyFirewall"),
    ("Windows Hello", r"(Non)?WindowsHello"),
    ("BitLocker", r"BitLocker"),
    ("Credential Guard", r"CredentialGuard"),
    ("Other", r""),
]
INFORMATIONAL = {"SecurityUpdatesWindowsInsiderPreview", "ThirdPartyFirewallActive"}
BUILDS = [14393, 17763, 19045, 22631, 30000]
NOT_KNOWN = object()


def category(name):
    return next(title for title, start in CATEGORIES if re.match(start, name))


# What is served: lists of (name, JSON text), because an odd item may say two things.


def number_text(chance, number):
    if chance.random() < 0.8:
        return [str(number)]
    return chance.choice(
        [["null"], [], [f'"{number}"'], [f"{number}.0"], [f"{number}e0"], ["-1"], ['"x"'], ["[]"], [str(number)] * 2,
         [str(number), str(number + 1)], ["4294967296"], ["1.5"]]
    )


def list_text(chance):
    names = [json.dumps(name) for name in chance.sample(NAMES, chance.choice([0, 0, 0, 1, 2, 4]))]
    written = "[" + ",".join(names) + "]"
    if chance.random() < 0.8:
        return [written]
    odd = "[" + ",".join([*names, chance.choice(["7", "null", '""', '{"a":1}', '["FirewallOff"]'])]) + "]"
    text = json.dumps(", ".join(json.loads(written)))
    return chance.choice([["null"], [], [odd], [odd], [text], ["7"], ["{}"], [written, written], [written, '["FirewallOff"]']])


def item(chance, identity, is_csv):
    members = [("id", json.dumps(identity))]
    members += [("build", text) for text in number_text(chance, chance.choice(BUILDS))]
    members += [("revision", text) for text in number_text(chance, chance.randrange(5))]
    # A cell of csv has no type: what is no text would be text in it.
    no_text = "null" if is_csv else chance.choice(["7", "[1]"])
    architecture = chance.choice(['"Amd64"', '"Arm64"', '"Mips"', '"Amd64"', "null", no_text])
    members += [("architecture", architecture)] if chance.random() < 0.9 else []
    version = chance.choice(['"10.0.19045.2"', '"10.0.9.1"', '""', "null", '"=1;+2"', no_text])
    members += [("osVersion", version)] if chance.random() < 0.9 else []
    members += [("propertiesRequireAttention", text) for text in list_text(chance)]
    if chance.random() < 0.3:
        chance.shuffle(members)
    return members


def written(members):
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in members) + "}"


def fleet(chance, identities, is_csv):
    rows = [item(chance, identity, is_csv) for identity in identities]
    rows += [item(chance, chance.choice(identities), is_csv) for _ in range(3)]
    rows += [[("id", "null"), ("noise", str(number))] for number in range(chance.randrange(3))]
    chance.shuffle(rows)
    return rows


# What an item means.


def values(members, name):
    return [text for other, text in members if other == name]


def agreed(texts, read):
    """The value of all texts, or None if it is missing, cannot be read, or they differ."""
    read = [read(text) for text in texts]
    return read[0] if read and all(value == read[0] for value in read) else None


def number(text):
    value = json.loads(text)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        return None
    return int(value) if 0 <= value < 2**32 else None


def text_of(text):
    value = json.loads(text)
    return value if isinstance(value, str) else None


def properties(texts):
    """The names that are known, and whether all are."""
    lists = []
    for text in texts:
        value = json.loads(text)
        if isinstance(value, str):
            value = [name.strip() for name in value.split(",")]
        is_known = isinstance(value, list) and all(name is None or isinstance(name, str) for name in value)
        names = {name for name in value if isinstance(name, str) and name} if isinstance(value, list) else set()
        lists.append((frozenset(names), is_known))
    names = frozenset().union(*(names for names, _ in lists))
    return names, bool(lists) and all(is_known for _, is_known in lists) and len(set(lists)) == 1


class Device:
    def __init__(self, members):
        self.id = agreed(values(members, "id"), text_of)
        self.build = agreed(values(members, "build"), number)
        self.revision = agreed(values(members, "revision"), number)
        self.architecture = agreed(values(members, "architecture"), text_of)
        self.version = agreed(values(members, "osVersion"), text_of) or None
        self.names, self.is_known = properties(values(members, "propertiesRequireAttention"))
        self.needs = bool(self.names - INFORMATIONAL)


def devices(rows):
    """The devices by id. Of several rows the first counts."""
    by_id = {}
    for members in rows:
        device = Device(members)
        if device.id:
            by_id.setdefault(device.id, device)
    return by_id


# Conditions. True, False, or None: what cannot be read of a list may have the element or not.


def listed(is_there, device):
    return True if is_there else False if device.is_known else None


def negated(value):
    return None if value is None else not value


def both(left, right):
    return False if False in (left, right) else None if None in (left, right) else True


def either(left, right):
    return negated(both(negated(left), negated(right)))


def version_key(text):
    return [(0, int(part), "") if part.isdigit() else (1, 0, part.lower()) for part in text.split(".")]


def compared(operator, left, right):
    return {"eq": left == right, "ne": left != right, "lt": left < right, "le": left <= right,
            "gt": left > right, "ge": left >= right}[operator]


def comparison(chance):
    kind = chance.randrange(5)
    if kind == 0:
        field = chance.choice(["build", "revision"])
        operator, value = chance.choice(["eq", "ne", "lt", "le", "gt", "ge"]), chance.choice([*BUILDS, 0, 1, 2])

        def holds(device):
            own = getattr(device, field)
            return operator == "ne" if own is None else compared(operator, own, value)

        return f"{field} {operator} {value}", holds
    if kind == 1:
        operator, value = chance.choice(["eq", "ne"]), chance.choice(["amd64", "Arm64", "X86"])

        def holds(device):
            return compared(operator, (device.architecture or "").lower(), value.lower())

        return f"architecture {operator} {value}", holds
    if kind == 2:
        value = chance.choice(NAMES)
        return f"property has {value}", lambda device: listed(value in device.names, device)
    if kind == 3:
        value = chance.choice([title for title, _ in CATEGORIES])
        categories = lambda device: {category(name) for name in device.names}
        return f"category has '{value}'", lambda device: listed(value in categories(device), device)
    field, attribute = chance.choice([("build", "build"), ("architecture", "architecture"), ("osVersion", "version")])
    operator = chance.choice(["eq", "ne"])
    return f"{field} {operator} null", lambda device: (getattr(device, attribute) is None) == (operator == "eq")


def condition(chance, depth):
    if depth == 0 or chance.random() < 0.3:
        return comparison(chance)
    left, holds_left = condition(chance, depth - 1)
    if chance.random() < 0.25:
        return f"not ({left})", lambda device: negated(holds_left(device))
    right, holds_right = condition(chance, depth - 1)
    if chance.random() < 0.5:
        return f"({left}) and ({right})", lambda device: both(holds_left(device), holds_right(device))
    return f"({left}) or ({right})", lambda device: either(holds_left(device), holds_right(device))


# Updates.


def catalog(chance):
    updates, vulnerabilities = [], []
    for knowledge_base in range(1, 9):
        build, revision = chance.choice(BUILDS[:4]), chance.randrange(6)
        for architecture in chance.choice([[None], ["Amd64"], ["Amd64", "Arm64"]]):
            updates.append((f"KB{knowledge_base}", build, revision, architecture))
        for cve in chance.sample(range(6), chance.randrange(4)):
            severity = chance.choice(["Critical", "Important", "Moderate", "Low"])
            vulnerabilities.append((f"CVE-{cve}", str(knowledge_base), severity, f"title {chance.randrange(3)}"))
    update = lambda at, row: {
        "id": f"{row[0]} {at}", "release": f"{row[0]} ({row[1]}.{row[2]})", "version": f"10.0.{row[1]}.{row[2]}",
        "architecture": row[3],
    }
    vulnerability = lambda row: {
        "cveKbId": f"{row[0]}-{row[1]}", "cveId": row[0], "kbId": row[1], "severity": row[2], "title": row[3],
    }
    return (
        updates, vulnerabilities,
        [json.dumps(update(at, row)) for at, row in enumerate(updates)], [json.dumps(vulnerability(row)) for row in vulnerabilities],
    )


def missing(device, updates):
    if device.build is None or device.revision is None:
        return set()
    is_missing = lambda build, revision, architecture: (
        build == device.build and revision > device.revision and device.architecture in (None, architecture)
        or build == device.build and revision > device.revision and architecture is None
    )
    return {name for name, *update in updates if is_missing(*update)}


# The program.


class Pages(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    collections = {}
    page_size = 7

    def log_message(self, *_):
        pass

    def do_GET(self):
        url = urlparse(self.path)
        rows = self.collections[url.path.split("/")[1]]
        start = int(parse_qs(url.query).get("from", ["0"])[0])
        page = {"value": None}
        if start + self.page_size < len(rows):
            host = f"http://127.0.0.1:{self.server.server_port}"
            page["@odata.nextLink"] = f"{host}{url.path}?from={start + self.page_size}"
        value = "[" + ",".join(rows[start : start + self.page_size]) + "]"
        body = json.dumps(page).replace("null", value, 1).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = path, folder

    def run(self, *arguments):
        environment = {"PATH": os.environ["PATH"], "ENDSTATE_TOKEN": "token-of-the-oracle"}
        ran = subprocess.run([self.path, *arguments], cwd=self.folder, env=environment, capture_output=True, text=True)
        assert ran.returncode == 0, (arguments, ran.returncode, ran.stderr)
        return ran.stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--format", "json"))


def compare(what, found, expected):
    assert found == expected, f"{what}:\nthe program: {found}\nexpected:    {expected}"


def tally(devices, key):
    rows = {}
    for device in devices:
        for value in key(device):
            count, needs = rows.get(value, (0, 0))
            rows[value] = (count + 1, needs + device.needs)
    return rows


def check_triage(program, file, fleet):
    all_devices = fleet.values()
    triage = program.json("triage", file)
    compare("devices", triage["devices"], len(fleet))
    compare("need attention", triage["need_attention"], sum(device.needs for device in all_devices))
    compare("not known", triage["not_known"], sum(not device.needs and not device.is_known for device in all_devices))
    compare("ok", triage["ok"], sum(not device.needs and device.is_known for device in all_devices))
    found = {row["key"]: row["devices"] for row in triage["by_property"]}
    compare("properties", found, {name: count for name, (count, _) in tally(all_devices, lambda device: device.names).items()})

    found = {row["key"]: row["devices"] for row in triage["by_category"]}
    categories = lambda device: {category(name) for name in device.names - INFORMATIONAL}
    compare("categories", found, {name: count for name, (count, _) in tally(all_devices, categories).items()})
    for by in ("build", "architecture"):
        found = {row["key"]: (row["devices"], row["need_attention"]) for row in triage[f"by_{by}"]}
        compare(by, found, tally(all_devices, lambda device: [getattr(device, by)]))


def has_unreadable(rows):
    """Whether an item has no id: it may be any device, so none is certainly new or removed."""
    return any(Device(members).id is None for members in rows)


def check_difference(program, old_file, new_file, old, new, is_old_whole, is_new_whole):
    difference = program.json("diff", old_file, new_file)
    both = [(old[identity], new[identity]) for identity in old.keys() & new.keys()]
    added = [device for identity, device in new.items() if identity not in old]
    compare("added", difference["new_devices"], len(added) if is_old_whole else 0)
    compare("not seen before", difference["not_seen_before"], 0 if is_old_whole else len(added))
    compare("missing", difference["not_seen"], sorted(old.keys() - new.keys()))
    compare("removed", difference["removed_unknown_because"] is None, is_old_whole and is_new_whole)
    is_ok = lambda device: not device.needs and device.is_known
    newly = sum(is_ok(before) and after.needs for before, after in both) 
    newly += sum(device.needs for device in added) if is_old_whole else 0
    compare("newly", difference["newly_need_attention"], newly)
    compare("resolved", difference["resolved"], sum(before.needs and is_ok(after) for before, after in both))
    compare("still", difference["still_need_attention"], sum(before.needs and after.needs for before, after in both))
    unknown = sum(not before.is_known or not after.is_known for before, after in both)
    compare("not known", difference["not_known"], unknown + sum(not device.is_known for device in added))

    rows = {}
    for before, after in both + [(None, device) for device in added]:
        then = before.names if before else frozenset()
        is_known_before = before.is_known if before else is_old_whole
        changes = (
            after.names - then if is_known_before else (),
            then - after.names if after.is_known else (),
            then & after.names,
        )
        for place, names in enumerate(changes):
            for name in names:
                rows.setdefault(name, [0, 0, 0])[place] += 1
    found = {row["property"]: [row["new"], row["resolved"], row["persisting"]] for row in difference["by_property"]}
    compare("changes of properties", found, rows)
    same_build = [(before.revision, after.revision) for before, after in both if before.build == after.build]
    known = [(before, after) for before, after in same_build if before is not None and after is not None]
    compare("updated", difference["updated"], sum(after > before for before, after in known))
    compare("downgraded", difference["downgraded"], sum(after < before for before, after in known))


def check_updates(program, file, fleet, updates, vulnerabilities):
    result = program.json("updates", file, "kbinfo.ndjson", "cvekbmap.ndjson")
    by_device = [missing(device, updates) for device in fleet.values()]
    compare("with missing updates", result["lacking"], sum(map(bool, by_device)))
    builds = {build for _, build, _, _ in updates}
    is_assessed = lambda device: device.build in builds and device.revision is not None
    compare("not assessed", result["not_assessed"], sum(not is_assessed(device) for device in fleet.values()))
    counts = {}
    for names in by_device:
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    compare("updates", {row["name"]: row["devices"] for row in result["by_update"]}, counts)

    open_cves = {}
    for names in by_device:
        for cve in {cve for cve, number, _, _ in vulnerabilities if f"KB{number}" in names}:
            open_cves[cve] = open_cves.get(cve, 0) + 1
    compare("vulnerabilities", {row["name"]: row["devices"] for row in result["by_cve"]}, open_cves)
    for row in result["by_cve"]:
        closing = [(severity, title) for cve, number, severity, title in vulnerabilities
                   if cve == row["name"] and counts.get(f"KB{number}")]
        worst = min(closing, key=lambda pair: ["Critical", "Important", "Moderate", "Low"].index(pair[0]))[0]
        compare("severity and title", (row["severity"], row["title"]), (worst, min(title for _, title in closing)))


def check(program, server, chance):
    identities = [f"{number:040x}" for number in range(60)] + ["x_1", "=formula", "a;b"]
    formats = [chance.choice(["ndjson", "json", "csv", "ndjson.gz"]) for _ in range(2)]
    old_rows, new_rows = [
        fleet(chance, some, ending == "csv")
        for some, ending in zip([identities[:50] + identities[60:], identities[10:]], formats)
    ]
    updates, vulnerabilities, kbinfo, cvekbmap = catalog(chance)
    Pages.collections = {"old": list(map(written, old_rows)), "new": list(map(written, new_rows)),
                         "kbinfo": kbinfo, "cvekbmap": cvekbmap}
    Pages.page_size = chance.randrange(3, 80)

    files = dict(zip(Pages.collections, [f"old.{formats[0]}", f"new.{formats[1]}", "kbinfo.ndjson", "cvekbmap.ndjson"]))
    for name in Pages.collections:
        collection = ["--collection", name] if name in ("kbinfo", "cvekbmap") else []
        root = f"http://127.0.0.1:{server.server_port}/{name}"
        program.run("pull", "--service-root", root, "--calls-per-minute", "0", "--calls-per-hour", "0", "-o", files[name], *collection)

    old, new = devices(old_rows), devices(new_rows)
    check_triage(program, files["new"], new)
    is_whole = [not has_unreadable(rows) for rows in (old_rows, new_rows)]
    check_difference(program, files["old"], files["new"], old, new, *is_whole)
    check_updates(program, files["new"], new, updates, vulnerabilities)
    for _ in range(8):
        text, holds = condition(chance, 3)
        decided = [holds(device) for device in new.values()]
        triage = program.json("triage", files["new"], "--where", text)
        compare(f"where {text}", triage["devices"], decided.count(True))
        compare(f"undecided where {text}", triage["undecided"], decided.count(None))


def main():
    path, first, fleets = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for seed in range(first, first + fleets):
        with tempfile.TemporaryDirectory() as folder:
            try:
                check(Program(path, folder), server, random.Random(seed))
            except AssertionError as error:
                sys.exit(f"seed {seed}: {error}")
    print(f"{fleets} fleets agree")


main()
