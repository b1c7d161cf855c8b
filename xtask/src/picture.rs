//! The picture of the report in the README, made of the demo.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct PictureArgs {
    /// The browser that shows the report
    #[arg(long, value_name = "FILE", default_value = "/usr/bin/chromium")]
    browser: PathBuf,
}

/// The largest size of a picture in the documentation, in bytes.
const MAX_BYTES: u64 = 200_000;

/// Writes `docs/report.png`.
pub(crate) fn run(args: &PictureArgs) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = tempfile::tempdir()?;
    let (page, picture) = (folder.path().join("report.html"), root.join("docs/report.png"));
    let report = ["run", "--quiet", "--package", "endstate", "--", "report", "--demo", "--source", "hunting", "-o"];
    run_to_end(Command::new(env!("CARGO")).args(report).arg(&page))?;

    let check = root.join("crates/endstate/tests/report-page/check.mjs");
    run_to_end(Command::new("node").arg(check).arg(&args.browser).arg("picture").arg(page).arg(&picture))?;
    let bytes = picture.metadata()?.len();
    ensure!(bytes < MAX_BYTES, "docs/report.png has {bytes} bytes; at most {MAX_BYTES} are right for a README");
    println!("docs/report.png: {bytes} bytes");
    Ok(())
}

fn run_to_end(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(status.success(), "{command:?} failed");
    Ok(())
}
