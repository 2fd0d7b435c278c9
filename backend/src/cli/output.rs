use std::{
    io::{self, Write},
    time::{Duration, UNIX_EPOCH},
};

use comfy_table::{Table, presets::NOTHING};
use infra_sync::RelayStatus;
use serde::Serialize;

use crate::{
    failure::Failure,
    store::{Recorded, Standing},
};

/// Writes a line to standard output; `println!` would panic where the reader is gone.
pub(super) fn line(text: impl std::fmt::Display) -> Result<(), Failure> {
    writeln!(io::stdout(), "{text}").map_err(Failure::io("cannot write to standard output"))
}

/// Writes a text that has its own line ends.
pub(super) fn whole(text: &[u8]) -> Result<(), Failure> {
    io::stdout()
        .write_all(text)
        .map_err(Failure::io("cannot write to standard output"))
}

pub(super) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(value).map_err(|e| Failure::Io {
        what: "cannot write JSON".to_owned(),
        source: e.into(),
    })?;
    line(text)
}

pub(super) fn standings(standings: &[Standing]) -> Result<(), Failure> {
    let mut table = Table::new();
    table
        .load_preset(NOTHING)
        .set_header(["ID", "HOST", "STATUS", "ZOOID", "FAILURES", "LAST ERROR"]);
    for standing in standings {
        table.add_row([
            standing.relay.id.clone(),
            standing.relay.host(),
            standing.relay.status.as_str().to_owned(),
            state(standing).to_owned(),
            standing.sync_failures.to_string(),
            standing.relay.sync_error.clone(),
        ]);
    }
    line(table.trim_fmt())
}

/// How a relay stands with zooid, in a word or two.
pub(super) fn state(standing: &Standing) -> &'static str {
    match (standing.up_to_date, &standing.relay.status) {
        (true, RelayStatus::Active) => "served",
        (true, _) => "not served",
        (false, _) if standing.given_up => "given up",
        (false, _) if !standing.relay.sync_error.is_empty() => "failing",
        (false, _) if standing.relay.is_synced() => "changing",
        (false, _) => "new",
    }
}

pub(super) fn activity(recorded: &Recorded) -> Result<(), Failure> {
    let activity = &recorded.activity;
    line(format_args!(
        "{:>6}  {}  {:<20} {}",
        recorded.seq,
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(activity.created_at.unsigned_abs())),
        activity.activity_type.as_str(),
        activity.resource_id
    ))
}
