//! Tests of the export of assessments as files.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use endstate_emulator::{DefenderFault, Emulator};
use flate2::read::GzDecoder;
use reqwest::{Client, Response};
use serde_json::Value;

use super::machines::{json, now, send, text};
use super::service::get;

async fn export(emulator: &Emulator) -> (Vec<String>, Value) {
    let body =
        json(&format!("{}/machines/SecureConfigurationsAssessmentExport?sasValidHours=2", emulator.defender_root()))
            .await;
    let files = body["exportFiles"].as_array().unwrap().iter().map(|file| file.as_str().unwrap().to_owned()).collect();
    (files, body)
}

/// Downloads without a token.
async fn download(url: &str) -> Response {
    Client::builder().no_proxy().build().unwrap().get(url).send().await.unwrap()
}

async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let code = response.headers()["x-ms-error-code"].to_str().unwrap().to_owned();
    let body = response.text().await.unwrap();
    assert!(body.contains(&format!("<Error><Code>{code}</Code><Message>")), "{body}");
    (status, code)
}

/// Returns the rows of a file.
async fn rows(url: &str) -> Vec<Value> {
    let response = download(url).await;
    assert_eq!(response.status(), 200);
    let mut lines = String::new();
    GzDecoder::new(&*response.bytes().await.unwrap()).read_to_string(&mut lines).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn fault(text: &str) -> [DefenderFault; 1] {
    [text.parse().unwrap()]
}

#[tokio::test]
async fn the_files_have_the_rows_of_the_pages_with_other_names_and_a_context() {
    let emulator = Emulator::builder().devices(50).now(now()).start().await.unwrap();
    let (files, body) = export(&emulator).await;
    assert_eq!((files.len(), text(&body, "generatedTime")), (3, "2026-11-26T11:00:00Z"));
    let mut exported = Vec::new();
    for file in &files {
        assert!(file.contains("/tvm-export/2026-11-26/1100/ScaExport/json/OrgId="), "{file}");
        exported.extend(rows(file).await);
    }

    let url = format!("{}/machines/SecureConfigurationsAssessmentByMachine", emulator.defender_root());
    let pages = json(&url).await["value"].as_array().unwrap().clone();
    assert_eq!(exported.len(), pages.len());
    for (row, page) in exported.iter().zip(&pages) {
        assert_eq!(row.as_object().unwrap().len(), page.as_object().unwrap().len() + 1);
        for (name, value) in page.as_object().unwrap() {
            let name = name[..1].to_uppercase() + &name[1..];
            assert_eq!(&row[&name], value, "{name}");
        }
    }

    let health = json(&format!("{}/deviceavinfo", emulator.defender_root())).await;
    let health = health["value"].as_array().unwrap();
    for row in &exported {
        let row_of_health = health.iter().find(|health| health["machineId"] == row["DeviceId"]).unwrap();
        match text(row, "ConfigurationId") {
            "scid-2010" => assert_eq!(row["Context"][0][0], row_of_health["avMode"]),
            "scid-2011" => assert_eq!(row["Context"][0][0], row_of_health["avSignatureVersion"]),
            _ => assert_eq!(row["Context"], Value::Array(Vec::new())),
        }
    }
}

#[tokio::test]
async fn a_file_is_refused_with_a_token_or_with_another_signature() {
    let emulator = Emulator::builder().devices(5).now(now()).start().await.unwrap();
    let (files, _) = export(&emulator).await;
    let refused = refusal(get(&files[0]).send().await.unwrap()).await;
    assert_eq!(refused, (400, "InvalidAuthenticationInfo".to_owned()));
    let altered = [
        files[0].replace("se=2026", "se=2027"),
        files[0].replace("part-00000", "part-00001"),
        files[0].split_once("&sig=").unwrap().0.to_owned(),
    ];
    for url in altered {
        assert_eq!(refusal(download(&url).await).await, (403, "AuthenticationFailed".to_owned()), "{url}");
    }
    assert_eq!(download(&files[0]).await.status(), 200);
}

#[tokio::test]
async fn a_url_expires_when_its_hours_are_over() {
    let elapsed = Arc::new(AtomicU64::new(0));
    let clock = Arc::clone(&elapsed);
    let builder = Emulator::builder().devices(5).now(now());
    let emulator = builder.clock(move || Duration::from_secs(clock.load(Ordering::Relaxed))).start().await.unwrap();
    let (files, _) = export(&emulator).await;
    elapsed.store(2 * 3600, Ordering::Relaxed);
    assert_eq!(download(&files[0]).await.status(), 200);
    elapsed.store(2 * 3600 + 1, Ordering::Relaxed);
    assert_eq!(refusal(download(&files[0]).await).await, (403, "AuthenticationFailed".to_owned()));
    assert_eq!(download(&export(&emulator).await.0[0]).await.status(), 200);
}

#[tokio::test]
async fn urls_live_for_six_hours_at_most() {
    let emulator = Emulator::builder().devices(5).now(now()).start().await.unwrap();
    let url = format!("{}/machines/secureconfigurationsassessmentexport?SASVALIDHOURS=7", emulator.defender_root());
    assert_eq!(send(get(&url)).await.0, 400);
}

#[tokio::test]
async fn an_expired_url_is_refused_and_the_next_export_has_valid_ones() {
    let builder = Emulator::builder().devices(5).now(now()).defender_faults(fault("expired-url"));
    let emulator = builder.start().await.unwrap();
    let (expired, _) = export(&emulator).await;
    assert_eq!(refusal(download(&expired[0]).await).await, (403, "AuthenticationFailed".to_owned()));
    let (files, _) = export(&emulator).await;
    assert_eq!(download(&files[0]).await.status(), 200);
}

#[tokio::test]
async fn a_file_that_is_cut_off_cannot_be_decompressed_to_its_end() {
    let builder = Emulator::builder().devices(5).now(now()).defender_faults(fault("cut-gzip"));
    let emulator = builder.start().await.unwrap();
    let (files, _) = export(&emulator).await;
    let cut = download(&files[0]).await.bytes().await.unwrap();
    assert!(GzDecoder::new(&*cut).read_to_end(&mut Vec::new()).is_err());
    assert!(!rows(&files[0]).await.is_empty());
}

#[tokio::test]
async fn a_changed_generation_has_other_files_and_the_old_ones_are_gone() {
    let builder = Emulator::builder().devices(5).now(now()).defender_faults(fault("changed-generation*1"));
    let emulator = builder.start().await.unwrap();
    let (old, before) = export(&emulator).await;
    assert_eq!(download(&old[0]).await.status(), 200);
    let (files, after) = export(&emulator).await;
    assert_ne!(before["generatedTime"], after["generatedTime"]);
    assert_eq!(refusal(download(&old[0]).await).await, (404, "BlobNotFound".to_owned()));
    assert_eq!(download(&files[0]).await.status(), 200);
    assert_eq!(export(&emulator).await.0, files, "the fault came once");
}

#[tokio::test]
async fn downloads_are_no_calls_to_the_api() {
    let limits = endstate_emulator::CallLimits::NONE.per_minute(std::num::NonZeroU32::new(1));
    let emulator = Emulator::builder().devices(5).limits(limits).clock(|| Duration::ZERO).start().await.unwrap();
    let (files, _) = export(&emulator).await;
    for file in &files {
        assert_eq!(download(file).await.status(), 200);
    }
    assert_eq!(send(get(&format!("{}/machines", emulator.defender_root()))).await.0, 429);
}
