//! `endstate updates`, and pulls of the collections that it combines.

use super::program::{Program, Ran, steady};
use super::server::{FixedServer, ok};

fn updates(program: &Program, more: &[&str]) -> Ran {
    program.run(&[&["updates"], more].concat())
}

/// Pulls all three collections into files with this extension.
fn pull_all(program: &Program, extension: &str) -> [String; 3] {
    ["machinesecuritystates", "kbinfo", "cvekbmap"].map(|collection| {
        let name = format!("{collection}.{extension}");
        let ran = program.run(&["pull", "--demo", "--collection", collection, "-o", &name]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        name
    })
}

#[test]
fn the_demo_shows_missing_updates_and_the_vulnerabilities_they_fix() {
    let ran = updates(&Program::new(), &["--demo", "--limit", "4"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    super::program::steady().bind(|| insta::assert_snapshot!(ran.stdout, @"
    444 devices: 201 with missing updates, 243 up to date, 0 not assessed

    Missing updates, by number of devices, 4 of 33

    UPDATE     BUILDS       PUBLISHED   DEVICES  CRITICAL  IMPORTANT  MODERATE  LOW  OTHER
    KB9000035  19045        2022-11-10       57         3          3         1    1      0
    KB9000031  19044 19045  2022-04-10       41         2          3         2    1      0
    KB9000046  22621 22631  2024-09-10       33         3          3         1    1      0
    KB9000047  22631        2024-09-10       33         3          3         1    1      0

    complete: all 444 devices (5 pages; matches the service's count) from http://HOST/testwdatppreview/machinesecuritystates
    complete: all 130 updates (2 pages; matches the service's count) from http://HOST/testwdatppreview/kbinfo
    complete: all 400 vulnerabilities (4 pages; matches the service's count) from http://HOST/testwdatppreview/cvekbmap
    "));
}

#[test]
fn every_list_is_written_in_every_format() {
    let program = Program::new();
    let shown = |more: &[&str]| {
        let ran = updates(&program, &[&["--demo", "--limit", "2"], more].concat());
        assert_eq!(ran.code, Some(0));
        ran.stdout.split("\ncomplete").next().unwrap().split("\n**complete").next().unwrap().to_owned()
    };

    insta::assert_snapshot!(shown(&["--by", "cve"]), @"
    444 devices: 201 with missing updates, 243 up to date, 0 not assessed

    Vulnerabilities, most severe first, 2 of 220

    CVE              SEVERITY  DEVICES  FIXED BY   TITLE
    CVE-2022-901101  Critical       57  KB9000035  Remote Desktop Client Remote Code Execution Vulnerability
    CVE-2022-901105  Critical       57  KB9000035  Scripting Engine Memory Corruption Vulnerability
    ");

    insta::assert_snapshot!(shown(&["--by", "device", "--format", "markdown"]), @"
    ## Missing updates

    444 devices: 201 with missing updates, 243 up to date, 0 not assessed

    ### Devices, most exposed first, 2 of 201

    | DEVICE                  | ID                                       | VERSION    | ARCHITECTURE | UPDATES | CRITICAL | IMPORTANT | MODERATE | LOW | OTHER |
    |-------------------------|------------------------------------------|------------|--------------|---------|----------|-----------|----------|-----|-------|
    | ws-0000.contoso.example | 000050e1b4afeee3742489ede9ad7a3e16bbd9c4 | 14393.2485 | Amd64        |       4 |       12 |        12 |        4 |   4 |     0 |
    | ws-0043.contoso.example | 18dc6c1c3df927e921014306346c9d6e1574b334 | 19045.2006 | Amd64        |       4 |       10 |        12 |        6 |   4 |     0 |
    ");

    insta::assert_snapshot!(shown(&["--by", "cve", "--format", "csv"]).lines().take(3).collect::<Vec<_>>().join("\n"), @"
    cve,severity,devices,updates,title
    CVE-2022-901101,Critical,57,KB9000035,Remote Desktop Client Remote Code Execution Vulnerability
    CVE-2022-901105,Critical,57,KB9000035,Scripting Engine Memory Corruption Vulnerability
    ");

    let ran = updates(&program, &["--demo", "--format", "json", "--limit", "1"]);
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(json["devices"], 444);
    assert_eq!(json["lacking"].as_u64().unwrap() + json["up_to_date"].as_u64().unwrap(), 444);
    insta::assert_snapshot!(serde_json::to_string_pretty(&json["by_update"][0]).unwrap(), @r#"
    {
      "name": "KB9000035",
      "builds": [
        19045
      ],
      "published": "2022-11-10T18:00:00Z",
      "devices": 57,
      "closes": {
        "Critical": 3,
        "Important": 3,
        "Moderate": 1,
        "Low": 1
      }
    }
    "#);
    assert_eq!(json["states"]["outcome"], "complete");
    assert_eq!(json["most_exposed"].as_array().unwrap().len(), 1);
}

#[test]
fn files_of_every_format_give_what_the_live_source_gives() {
    let program = Program::new();
    let table = |ran: &Ran| ran.stdout.split("\n\ncomplete").next().unwrap().to_owned();
    let live = updates(&program, &["--demo"]);
    for extension in ["ndjson", "json", "csv"] {
        let files = pull_all(&program, extension);
        let ran = updates(&program, &files.each_ref().map(String::as_str));
        assert_eq!((ran.code, table(&ran)), (Some(0), table(&live)), "{extension}: {}", ran.stderr);
    }
    let some = updates(&program, &["--demo", "--where", "build = 19045"]);
    assert!(some.stdout.starts_with("140 devices: 57 with missing updates"), "{}", some.stdout);
}

#[test]
fn one_incomplete_collection_makes_the_whole_incomplete() {
    let _steady = steady().bind_to_scope();
    let program = Program::new();
    let [states, kbinfo, cvekbmap] = pull_all(&program, "ndjson");
    program.run(&["pull", "--demo", "--collection", "kbinfo", "-o", "some.ndjson", "--max-pages", "1"]);
    let ran = updates(&program, &[&states, "some.ndjson.partial", &cvekbmap, "--limit", "0"]);
    assert_eq!(ran.code, Some(4), "an update that is not in the list would count as installed");
    insta::assert_snapshot!(ran.stdout, @"
    444 devices: 119 with missing updates, 180 up to date, 145 not assessed

    complete: all 444 devices (5 pages; matches the service's count) from machinesecuritystates.ndjson
    pulled TIME, AGE ago
    incomplete (limit): 100 of 130 updates (1 page) from some.ndjson.partial
    pulled TIME, AGE ago
    complete: all 400 vulnerabilities (4 pages; matches the service's count) from cvekbmap.ndjson
    pulled TIME, AGE ago
    ");
    let ran = updates(&program, &[&states, &kbinfo]);
    assert_eq!(ran.code, Some(2), "all three files are required: {}", ran.stderr);
    let ran = updates(&program, &[&states, &cvekbmap, &kbinfo]);
    insta::assert_snapshot!(ran.stderr, @"error: cvekbmap.ndjson contains cvekbmap; expected updates (kbinfo)");
    assert_eq!(ran.code, Some(1));
    std::fs::copy(program.path(&states), program.path("alone.ndjson")).unwrap();
    let ran = updates(&program, &[&states, "alone.ndjson", &cvekbmap]);
    assert_eq!(ran.code, Some(1));
    insta::assert_snapshot!(ran.stderr.lines().last().unwrap(), @"error: alone.ndjson has no update with a version; expected a pull of kbinfo");
}

#[test]
fn a_source_without_updates_fails_before_the_devices_are_requested() {
    let (program, server) = (Program::new(), FixedServer::pages(&[testkit::SEED_PAGE]));
    let ran = updates(&program, &["--service-root", &server.root]);
    assert_eq!(ran.code, Some(1));
    super::program::steady().bind(|| insta::assert_snapshot!(ran.stderr, @"
    error: the service answered 404 Not Found to http://HOST/testwdatppreview/kbinfo
      correlation id: UUID
    hint: Either the path is wrong (check --service-root), or the service has no devices and answers 404. --empty-on-404 accepts it as an empty collection.
    "));
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn the_documents_siblings_are_pulled_in_every_format() {
    let program = Program::new();
    let server = FixedServer::start(|_| {
        let response = |name: &str, body: &str| (format!("/testwdatppreview/{name}"), ok(body));
        [
            response("machinegroups", testkit::MACHINE_GROUPS),
            response("kbinfo", testkit::KB_INFO),
            response("cvekbmap", testkit::CVE_KB_MAP),
        ]
        .into()
    });

    let pull = |collection: &str, format: &str| {
        let root = ["--service-root", &server.root, "--collection", collection, "--format", format];
        let ran = program.run(&[&["pull"], &root[..]].concat());
        assert_eq!(ran.code, Some(4), "the documents count more than they show");
        ran
    };

    insta::assert_snapshot!(pull("machinegroups", "csv").stdout, @"
    id,name,description,ungrouped
    86,UnassignedGroup,,true
    87,Servers,,
    ");

    insta::assert_snapshot!(pull("kbinfo", "ndjson").stdout, @r#"
    {"id":"KB3097617 (10240.16549) Amd64","release":"KB3097617 (10240.16549)","publishingDate":"2015-10-16T21:00:00Z","version":"10.0.10240.16549","architecture":"Amd64"}
    {"id":"RTM (10240.16384) X86","release":"RTM (10240.16384)","publishingDate":null,"version":"10.0.10240.16384","architecture":"X86"}
    "#);
    insta::assert_snapshot!(pull("kbinfo", "table").stdout, @"
    ID                                        RELEASE                   PUBLISHING DATE           VERSION                   ARCHITECTURE
    KB3097617 (10240.16549) Amd64             KB3097617 (10240.16549)   2015-10-16T21:00:00Z      10.0.10240.16549          Amd64
    RTM (10240.16384) X86                     RTM (10240.16384)                                   10.0.10240.16384          X86
    ");

    let ran = pull("cvekbmap", "csv");
    insta::assert_snapshot!(format!("{}--\n{}", ran.stdout, ran.stderr), @"
    cveKbId,cveId,kbId,title,severity
    CVE-2015-2482-3097617,CVE-2015-2482,3097617,Cumulative Security Update for Internet Explorer,Critical
    CVE-2015-0000-3097617,CVE-2015-0000,3097617,,Dreadful
    --
    incomplete (truncated): 2 of 4,168 vulnerabilities (1 page)
      the pages ended before all items had come
    ");
}

#[test]
fn both_styles_of_paging_give_the_same_rows() {
    let program = Program::new();
    let rows = |builder: endstate_emulator::EmulatorBuilder, collection: &str| {
        let server = super::server::RunningEmulator::start(builder.page_size(30));
        let ran = program.run(&["pull", "--service-root", &server.root(), "--collection", collection]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
        ran.stdout
    };
    let builder = endstate_emulator::Emulator::builder;
    for collection in ["machinesecuritystates", "kbinfo", "machinegroups"] {
        let by_skip = rows(builder().paging(endstate_emulator::Paging::Skip), collection);
        assert_eq!(by_skip, rows(builder().paging(endstate_emulator::Paging::SkipToken), collection), "{collection}");
    }
}
