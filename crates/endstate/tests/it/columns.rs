//! `--columns` and `--sort` of every command whose result is a table.

use super::program::Program;

/// The head of a csv result, and the cells of a column, in order.
fn csv(arguments: &[&str]) -> (String, Vec<String>) {
    let ran = Program::new().run(&[arguments, &["--format", "csv"]].concat());
    assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
    let mut rows = csv::ReaderBuilder::new().has_headers(false).from_reader(ran.stdout.as_bytes()).into_records();
    let head = rows.next().unwrap().unwrap().iter().collect::<Vec<_>>().join(",");
    (head, rows.map(|row| row.unwrap()[0].to_owned()).collect())
}

#[test]
fn every_table_has_the_named_columns_in_the_order_of_a_column() {
    for (command, columns, sort, is_number) in [
        ("list --demo", "name,version", "name", false),
        ("triage --demo", "devices,property", "devices", true),
        ("triage --demo --by release", "need_attention,release,servicing", "need_attention", true),
        ("triage --demo --behind", "behind,build", "behind", true),
        ("updates --demo", "devices,update", "devices", true),
        ("updates --demo --by cve", "devices,cve", "devices", true),
        ("updates --demo --by device --limit 500", "updates,name", "updates", true),
        ("updates --demo --source hunting --by device --limit 500", "updates,name,newest", "updates", true),
        ("updates --demo --by device --limit 500", "id,updates", "id", false),
        ("diff --demo", "name,change", "name", false),
        ("diff --demo", "id,change", "id", false),
        ("history trend --demo --last 4d", "need_attention,day", "need_attention", true),
        ("history trend --demo --last 4d --by property", "devices,property", "devices", true),
        ("history since --demo --last 4d", "reopened,id", "reopened", true),
        ("history resolved --demo --last 4d", "open,property", "open", true),
        ("history flapping --demo --last 12d", "reopened,id,property", "reopened", true),
        ("history device ws-0022.contoso.example --demo --last 4d", "open,started_at", "open", true),
    ] {
        let arguments: Vec<_> = command.split(' ').chain(["--columns", columns, "--sort", sort]).collect();
        let (head, cells) = csv(&arguments);
        assert_eq!(head, columns, "{command}");
        let cells: Vec<_> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        assert!(cells.len() > 1, "{command}");
        let mut sorted = cells.clone();
        if is_number {
            sorted.sort_by_key(|cell| cell.parse::<u64>().unwrap());
        } else {
            sorted.sort_by_key(|cell| cell.to_lowercase());
        }
        assert_eq!(cells, sorted, "{command}");
    }
}

#[test]
fn people_name_columns_as_they_see_them() {
    let program = Program::new();
    let ran = program.run(&[
        "history",
        "since",
        "--demo",
        "--last",
        "2d",
        "--columns",
        "Device,AGE,is_at_least",
        "--sort",
        "age",
        "--limit",
        "2",
    ]);
    let shown: Vec<_> = ran.stdout.lines().filter(|line| !line.is_empty()).skip(2).collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    By age, 2 of 264
    DEVICE                   AGE        is_at_least
    ws-0022.contoso.example  0 seconds  false
    ws-0022.contoso.example  0 seconds  false
    ");

    // Both tables have a column of their own.
    let arguments =
        ["triage", "--demo", "--sort", "devices", "--reverse", "--columns", "property,devices,name,version"];
    let ran = program.run(&[&arguments[..], &["--limit", "2"]].concat());
    assert!(
        ran.stdout.contains("\nproperty                                   DEVICES\nSecurityUpdatesMissing"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\nDEVICE                   VERSION\nws-"), "{}", ran.stdout);
}

#[test]
fn the_first_rows_in_another_order_are_the_first_of_all() {
    let program = Program::new();
    for arguments in [
        "updates --demo --by device --sort name --columns name --limit",
        "diff --demo --sort id --columns id --limit",
        "list --demo --sort name --columns name --limit",
    ] {
        let run = |limit| {
            let ran = program.run(&arguments.split(' ').chain([limit]).collect::<Vec<_>>());
            ran.stdout
                .lines()
                .filter(|line| line.len() == 40 || line.contains(".contoso."))
                .map(ToOwned::to_owned)
                .collect::<Vec<_>>()
        };
        let (first, all) = (run("3"), run("1000"));
        assert_eq!(first.len(), 3, "{arguments}");
        assert_eq!(first, all[..3], "{arguments}");
    }
}

#[test]
fn a_column_that_is_unknown_or_has_no_place_is_refused_before_anything_is_read() {
    let program = Program::new();
    // No service is there: only an error before the pull has these texts.
    let service = ["--service-root", "http://127.0.0.1:9/api"];
    for (arguments, message) in [
        ("triage --columns categoryx", "unknown column 'categoryx'; did you mean 'category'?"),
        ("triage --sort devces", "unknown column 'devces'; did you mean 'devices'?"),
        (
            "triage --json --columns devices",
            "--columns is for the formats table, csv and markdown; json always has everything",
        ),
        (
            "triage --format junit --sort devices",
            "--sort is for the formats table, csv and markdown; junit always has everything",
        ),
        (
            "triage --sort name --reverse",
            "--reverse is for counts; name their column with --sort, such as --sort devices",
        ),
        ("updates --columns x", "unknown column 'x'; the columns are update, builds, published, devices, critical"),
        ("list --columns lastSeenn", "unknown column 'lastSeenn'; did you mean 'lastSeen'?"),
    ] {
        let ran = program.run(&arguments.split(' ').chain(service).collect::<Vec<_>>());
        assert_eq!(ran.code, Some(2), "{arguments}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{arguments}: {}", ran.stderr);
    }

    let ran = program.run(&["history", "trend", "--demo", "--format", "svg", "--sort", "day"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stderr);
}

#[test]
fn profiles_and_clouds_have_columns_too() {
    let program = Program::new();
    program.write("config.toml", "[profile.b]\ntenant = \"b.example\"\n[profile.a]\ntenant = \"a.example\"\n");
    let ran =
        program.run(&["config", "profiles", "--config", "config.toml", "--columns", "tenant", "--sort", "profile"]);
    assert_eq!(ran.stdout, "TENANT\na.example\nb.example\n", "{}", ran.stderr);
    let ran = program.run(&["clouds", "--columns", "region,cloud", "--sort", "region", "--reverse"]);
    assert!(ran.stdout.starts_with("REGION  CLOUD\n"), "{}", ran.stdout);
    let ran = program.run(&["clouds", "--json", "--sort", "region"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
}

#[test]
fn levels_and_releases_have_their_own_order_and_a_source_its_own_columns() {
    let first = |arguments: &str| {
        let (_, mut cells) = csv(&arguments.split(' ').collect::<Vec<_>>());
        cells.dedup();
        cells
    };
    assert_eq!(
        first("updates --demo --by cve --columns severity --sort severity --reverse"),
        ["Critical", "Important", "Moderate", "Low"]
    );
    let exposures = first("list --demo --source hunting --columns exposure --sort exposure");
    assert_eq!(exposures.iter().filter(|cell| !cell.is_empty()).collect::<Vec<_>>(), ["None", "Low", "Medium", "High"]);
    let releases = first("triage --demo --by release --columns release --sort release");
    let place = |text: &str| releases.iter().position(|release| release.contains(text)).unwrap();
    assert!(place("version 1909") < place("version 20H2"), "{releases:?}");

    let program = Program::new();
    let ran = program.run(&["updates", "--demo", "--source", "preview", "--sort", "share"]);
    assert_eq!(ran.code, Some(2), "{}", ran.stdout);
    let ran = program.run(&["triage", "--demo", "--sort", "architecture"]);
    assert_eq!(ran.code, Some(2), "devices have only the orders of --sort: {}", ran.stdout);
    let ran = program.run(&["triage", "--demo", "--behind", "--sort", "behind", "--columns", "build,behind"]);
    assert!(ran.stdout.contains("\nBUILD  BEHIND\n"), "{}{}", ran.stdout, ran.stderr);
    program.run(&["pull", "--demo", "-o", "a.ndjson"]);
    program.write("b.ndjson", &program.read("a.ndjson"));
    let tenants = ["list", "b.ndjson", "a.ndjson", "--columns", "tenant", "--sort", "tenant", "--limit", "1"];
    let ran = program.run(&[&tenants[..], &["--format", "csv"]].concat());
    assert_eq!(ran.stdout, "tenant\na\n", "{}", ran.stderr);
}

#[test]
fn help_lists_the_columns_and_reads_nothing() {
    let program = Program::new();
    let service = ["--service-root", "http://127.0.0.1:9/api", "--columns", "help"];
    let ran = program.run(&[&["triage", "--by", "release"][..], &service].concat());
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    insta::assert_snapshot!(ran.stdout, @"
    release
    build
    devices
    need_attention
    share
    support
    servicing
    end_of_servicing
    tenant
    name
    id
    version
    architecture
    requires_attention
    ");

    let ran = program.run(&["history", "flapping", "no-such-folder", "--columns", "help", "--format", "csv"]);
    insta::assert_snapshot!(ran.stdout, @"
    id
    name
    property
    reopened
    is_open
    ");
}
