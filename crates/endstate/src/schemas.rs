//! The schemas of all results for programs, in `docs/schemas`.

use std::fs;
use std::path::Path;

use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema};
use serde_json::Value;

use crate::command::clouds::CloudsOutput;
use crate::command::config::list::ProfileListOutput;
use crate::command::config::show::ProfilesOutput;
use crate::command::doctor::DoctorOutput;
use crate::report::current_updates::CurrentUpdatesOutput;
use crate::report::device_page::DevicesOutput;
use crate::report::device_timeline::DeviceTimeline;
use crate::report::difference::DifferenceOutput;
use crate::report::explanation::ExplanationsOutput;
use crate::report::history::HistoryOutput;
use crate::report::history_list::HistoryListOutput;
use crate::report::json_document::JsonDocument;
use crate::report::listing::ListOutput;
use crate::report::notice::NoticeOutput;
use crate::report::triage_output::TriageOutput;
use crate::report::updates::UpdatesOutput;
use crate::store::receipt::Receipt;

/// The schema of a result, as its file has it.
fn schema<T: JsonSchema>(title: &str) -> String {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(describe));
    let generator = settings.into_generator();
    let mut schema = generator.into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Value::from(title));
    serde_json::to_string_pretty(&schema).unwrap() + "\n"
}

/// Makes a plain text of a description, which rustdoc reads as Markdown.
fn describe(schema: &mut Schema) {
    let Some(Value::String(description)) = schema.get_mut("description") else { return };
    let mut parts = description.split('[');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once("](") {
            Some((text, after)) => plain.extend([text, after.split_once(')').map_or("", |(_, after)| after)]),
            None => plain.extend(["[", part]),
        }
    }
    *description = plain.replace('\n', " ");
}

/// Every result for programs, by the name of its file.
fn all() -> [(&'static str, String); 16] {
    [
        ("triage", schema::<JsonDocument<TriageOutput<'_>>>("endstate triage --format json")),
        ("list", schema::<JsonDocument<ListOutput<'_>>>("endstate list --format json")),
        ("show", schema::<JsonDocument<DevicesOutput<'_>>>("endstate show --format json")),
        (
            "updates",
            schema::<JsonDocument<UpdatesOutput<'_>>>("endstate updates --format json, of the documented collections"),
        ),
        (
            "updates-today",
            schema::<JsonDocument<CurrentUpdatesOutput<'_>>>("endstate updates --format json, of today's sources"),
        ),
        ("diff", schema::<JsonDocument<DifferenceOutput<'_>>>("endstate diff --format json")),
        (
            "history",
            schema::<JsonDocument<HistoryOutput<'_>>>(
                "endstate history trend, since, resolved and flapping --format json",
            ),
        ),
        ("history-device", schema::<JsonDocument<DeviceTimeline>>("endstate history device --format json")),
        ("history-list", schema::<JsonDocument<HistoryListOutput<'_>>>("endstate history list --format json")),
        ("explain", schema::<JsonDocument<ExplanationsOutput>>("endstate explain --json")),
        ("doctor", schema::<JsonDocument<DoctorOutput<'_>>>("endstate doctor --json")),
        ("config-show", schema::<JsonDocument<ProfilesOutput<'_>>>("endstate config show --json")),
        ("config-profiles", schema::<JsonDocument<ProfileListOutput>>("endstate config profiles --json")),
        ("clouds", schema::<JsonDocument<CloudsOutput>>("endstate clouds --json")),
        ("webhook", schema::<JsonDocument<NoticeOutput<'_>>>("what endstate posts to a webhook")),
        ("receipt", schema::<Receipt>("the receipt of endstate pull")),
    ]
}

/// `UPDATE_SCHEMAS=1 cargo test --package endstate schemas` writes them. A program that reads a
/// result relies on its schema: members are added, and none is taken away.
#[test]
fn every_result_has_the_schema_that_is_published() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas");
    for (name, schema) in all() {
        let path = folder.join(format!("{name}.schema.json"));
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            fs::write(&path, &schema).unwrap();
        }
        let published = fs::read_to_string(&path).unwrap_or_default();
        assert!(published == schema, "{} differs; see the test", path.display());
    }
}
