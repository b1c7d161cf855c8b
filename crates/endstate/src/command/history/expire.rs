//! `endstate history expire`: removes old pulls from a history.

use endstate_history::{Retention, TenantName};
use endstate_model::UtcTime;
use jiff::Timestamp;

use crate::cli::HistoryExpireArgs;
use crate::exit::Exit;
use crate::store::lake;
use crate::terminal::number::counted;
use crate::terminal::output;

pub(crate) fn expire(args: &HistoryExpireArgs) -> anyhow::Result<Exit> {
    let mut retention = Retention::new();
    retention = args.keep.map_or(retention, |age| retention.all(age));
    retention = args.daily.map_or(retention, |age| retention.daily(age));
    retention = args.weekly.map_or(retention, |age| retention.weekly(age));
    retention = args.monthly.map_or(retention, |age| retention.monthly(age));

    let lake = lake::open(&args.lake)?;
    let now = UtcTime::from_second(Timestamp::now().as_second());
    let expiry = if args.dry_run { lake.preview_expiry(&retention, now)? } else { lake.expire(&retention, now)? };
    for pull in expiry.pulls.iter().rev() {
        let tenant = pull.tenant.as_ref().map_or("", TenantName::as_str);
        let devices = counted(pull.devices, "device");
        output::detail(format_args!("{} {tenant} ({devices})", pull.started_at));
    }
    let (pulls, files) = (counted(expiry.pulls.len() as u64, "pull"), counted(expiry.files, "old file"));
    let megabytes = expiry.bytes / 1_000_000;
    let (removes, deletes) = if args.dry_run { ("Would remove", "would delete") } else { ("Removed", "deleted") };
    output::say(format_args!("{removes} {pulls}, and {deletes} {files} ({megabytes} MB)"));
    Ok(Exit::Done)
}
