//! All that commands write. Texts of tenants and of zooid are part of it, so each line is escaped here and only here.

#![allow(clippy::disallowed_methods, reason = "what is written is escaped")]

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    time::{Duration, UNIX_EPOCH},
};

use comfy_table::{Table, presets::NOTHING};
use serde::Serialize;

use super::escape::escape;
use crate::{
    failure::Failure,
    store::{ActivityRecord, RelayView},
};

/// Writes one line to standard output. A line end within it is escaped too, since it may be a tenant's.
pub(super) fn line(text: impl Display) -> Result<(), Failure> {
    // `println!` would panic where the reader is gone.
    writeln!(io::stdout(), "{}", escape(&text.to_string())).map_err(Failure::io("cannot write to standard output"))
}

/// Writes an empty line.
pub(super) fn blank() -> Result<(), Failure> {
    line("")
}

/// Writes a text as it is. It must be this program's own.
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

/// Says on standard error why a command failed.
pub(super) fn failure(failure: &Failure) {
    let lines = failure.lines().into_iter().map(|line| escape(&line) + "\n");
    // Nothing is left to tell it to.
    let _ = write!(io::stderr(), "error: {}", lines.collect::<String>());
}

/// Whether somebody can be asked.
pub(super) fn can_ask() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// Asks on standard error; answers what was typed.
pub(super) fn ask(question: impl Display) -> Result<String, Failure> {
    let mut answer = String::new();
    write!(io::stderr(), "{} ", escape(&question.to_string()))
        .and_then(|()| io::stdin().read_line(&mut answer))
        .map_err(Failure::io("cannot ask"))?;
    Ok(answer)
}

/// Whether somebody watches both standard output and standard error.
pub(super) fn is_watched() -> bool {
    io::stdout().is_terminal() && io::stderr().is_terminal()
}

pub(super) fn standings(standings: &[RelayView]) -> Result<(), Failure> {
    let mut table = Table::new();
    table
        .load_preset(NOTHING)
        .set_header(["ID", "HOST", "STATUS", "SYNC", "FAILURES", "LAST ERROR"]);
    for standing in standings {
        let cells = [
            &standing.relay.id,
            &standing.relay.host(),
            standing.relay.status.as_str(),
            standing.state.words(),
            &standing.sync_failures.to_string(),
            &standing.relay.sync_error,
        ];
        // A line end would be laid out as another line of the table.
        table.add_row(cells.map(escape));
    }
    table.trim_fmt().lines().try_for_each(line)
}

pub(super) fn activity(recorded: &ActivityRecord) -> Result<(), Failure> {
    let activity = &recorded.activity;
    line(format_args!(
        "{:>6}  {}  {:<20} {}",
        recorded.seq,
        humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(activity.created_at.unsigned_abs())),
        activity.activity_type.as_str(),
        activity.resource_id
    ))
}
