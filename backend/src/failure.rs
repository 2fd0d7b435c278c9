//! How a command fails, and what its exit code says of it.

use std::{error::Error, fmt::Display, iter, process::ExitCode};

use infra_sync::zooid_client;

use crate::{relay_check::FieldProblem, relay_file::FileProblems, settings::SettingsError, store::StoreError};

/// Why a command failed. Each kind has an exit code of its own.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The environment is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A file or a value given on the command line is wrong.
    #[error("{0}")]
    Input(String),
    /// Fields of a relay are wrong.
    #[error("{}", FieldProblem::list(.0).join("; "))]
    Fields(Vec<FieldProblem>),
    /// A file of relays is wrong.
    #[error(transparent)]
    File(#[from] FileProblems),
    /// The store could not do it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No relay has this id; these ids are like it.
    #[error("there is no relay {relay}{}", suggestion(near))]
    NoSuchRelay {
        /// The id.
        relay: String,
        /// The likeliest first.
        near: Vec<String>,
    },
    /// The store is in use.
    #[error("{0}")]
    Busy(String),
    /// zooid refused or could not be reached.
    #[error(transparent)]
    Zooid(#[from] zooid_client::Error),
    /// The client of zooid could not be made.
    #[error(transparent)]
    Client(#[from] zooid_client::BuildError),
    /// Something is not as it must be, and was said where it was looked at.
    #[error("{wrong} {} wrong", if *wrong == 1 { "check is" } else { "checks are" })]
    Checks {
        /// How much.
        wrong: usize,
        /// The environment is among it, so that zooid is not to blame.
        environment: bool,
    },
    /// What zooid serves is not what the rows say.
    #[error("zooid differs from {differ} of {relays} rows; {unseen} could not be seen")]
    Differs {
        /// How many rows were looked at.
        relays: usize,
        /// From how many it differs.
        differ: usize,
        /// How many could not be compared.
        unseen: usize,
    },
    /// Something of the operating system.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
}

impl Failure {
    /// 2 is a wrong command line, which clap says itself.
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Settings(_) | Failure::Client(_) | Failure::Checks { environment: true, .. } => 3,
            Failure::Input(_) | Failure::Fields(_) | Failure::File(_) => 4,
            Failure::Store(
                StoreError::Taken { .. }
                | StoreError::UsedSchema { .. }
                | StoreError::Deleted(_)
                | StoreError::Schema { .. }
                | StoreError::Host { .. },
            ) => 4,
            Failure::Store(StoreError::NoSuchRelay(_)) | Failure::NoSuchRelay { .. } => 5,
            Failure::Zooid(_) | Failure::Checks { .. } | Failure::Differs { differ: 0, .. } => 6,
            Failure::Differs { .. } => 8,
            Failure::Io { .. } | Failure::Busy(_) => 1,
            Failure::Store(_) => 7,
        })
    }

    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Failure::Io { what, source }
    }

    /// The message and its causes, as a terminal shows them, a line each. A line may have line ends that are not this
    /// program's.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = match self {
            Failure::Settings(error) => with_details(SettingsError::HEADLINE, error.problems()),
            Failure::File(error) => with_details(FileProblems::HEADLINE, error.problems()),
            Failure::Fields(problems) => below_each_other(FieldProblem::list(problems)),
            other => vec![other.to_string()],
        };
        let mut source = self.source();
        while let Some(cause) = source {
            lines.push(format!("  because: {cause}"));
            source = cause.source();
        }
        lines
    }
}

fn suggestion(near: &[String]) -> String {
    match near {
        [] => String::new(),
        near => format!("; did you mean {}?", near.join(" or ")),
    }
}

fn with_details<D: Display>(headline: &str, details: &[D]) -> Vec<String> {
    let details = details.iter().map(|detail| format!("  {detail}"));
    iter::once(headline.to_owned()).chain(details).collect()
}

/// Indents all lines but the first, which follows `error: `.
fn below_each_other(mut lines: Vec<String>) -> Vec<String> {
    for line in lines.iter_mut().skip(1) {
        line.insert_str(0, "       ");
    }
    lines
}

/// An error and its causes on one line.
pub(crate) fn on_one_line(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
