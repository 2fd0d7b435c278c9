//! The command line.

#![warn(clippy::print_stdout, clippy::print_stderr)]

mod activity;
mod completions;
mod config;
mod delete;
#[cfg(feature = "dev")]
mod dev;
mod escape;
mod import;
mod listen;
mod log;
mod manual;
mod near;
mod output;
mod progress;
mod relay;
mod relay_fields;
mod resync;
mod run;
mod status;
mod store;
mod verify;
mod zooid;

use std::{io, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{failure::Failure, settings, store::Store};

/// Keeps a remote zooid equal to a store of relays.
#[derive(Debug, Parser)]
#[command(name = "infra", version, after_help = AFTER_HELP, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// How to write the log on stderr: for people, or as one JSON object per line
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        default_value_t,
        help_heading = "Global options"
    )]
    log: log::Format,
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
All settings come from the environment. ZOOID_API_URL and ZOOID_API_SECRET say which zooid to keep, and \
with which key; `infra config check` tells whether they are right. The store is the SQLite file infra.db, \
or what DATABASE_URL names: another file, or a PostgreSQL database (postgres://…). RUST_LOG says what is \
logged to stderr.

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 wrong environment, 4 wrong input, 5 no such relay, \
6 zooid refused or was not reached, 7 the store failed, 8 zooid differs from the store.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a demo on this machine: an emulated zooid, a temporary store, example relays, the status page
    #[cfg(feature = "dev")]
    Dev(dev::Dev),
    /// Keep zooid equal to the store until stopped: the service
    ///
    /// SIGTERM or Ctrl-C stops it once the requests under way have ended.
    Run(run::Run),
    /// Show all relays at a glance: how many are in which state, and which need attention
    Status(status::Status),
    /// Sync relays again, whatever zooid is believed to have
    ///
    /// For when something outside was mended or lost. The running service does it, or the next that runs.
    Resync(resync::Resync),
    /// Create, change and inspect relays
    #[command(subcommand)]
    Relay(relay::Relays),
    /// Check the configuration
    #[command(subcommand)]
    Config(config::Environment),
    /// Compare what zooid serves with the store
    ///
    /// Reads each relay's NIP-11 document from zooid and says what differs from the store: name, icon, description, owner
    /// (pubkey), the relay's own key (self), and whether it is served at all. The exit code is 0 when all are the same, 8
    /// when any differs, and otherwise 6 when any could not be read.
    Verify(verify::Verify),
    /// Move a store
    #[command(subcommand)]
    Store(store::Stores),
    /// Show what happened, the latest last
    Activity(activity::Activities),
    /// Ask zooid directly
    #[command(subcommand)]
    Zooid(zooid::Zooid),
    /// Print a shell's completion script
    ///
    /// For bash: infra completions bash > ~/.local/share/bash-completion/completions/infra
    Completions(completions::Completions),
    /// Print the manual page, or write the pages of all commands into a folder
    ///
    /// To read it: infra man | man -l -
    Man(manual::Manual),
}

/// Reads the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log::start(cli.log, cli.command.log_level());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(cli.command.execute()),
        Err(source) => Err(Failure::Io {
            what: "cannot start".to_owned(),
            source,
        }),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads has seen enough (`infra relay list | head`).
        Err(Failure::Io { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            output::failure(&failure);
            failure.exit_code()
        }
    }
}

impl Command {
    async fn execute(self) -> Result<(), Failure> {
        match self {
            #[cfg(feature = "dev")]
            Command::Dev(dev) => dev.execute().await,
            Command::Run(run) => run.execute().await,
            Command::Status(status) => status.execute().await,
            Command::Resync(resync) => resync.execute().await,
            Command::Relay(relays) => relays.execute().await,
            Command::Verify(verify) => verify.execute().await,
            Command::Store(stores) => stores.execute().await,
            Command::Config(environment) => environment.execute().await,
            Command::Activity(activities) => activities.execute().await,
            Command::Zooid(zooid) => zooid.execute().await,
            Command::Completions(completions) => completions.execute(),
            Command::Man(manual) => manual.execute(),
        }
    }

    /// The service tells what it does; a command has an output of its own.
    fn log_level(&self) -> &'static str {
        match self {
            Command::Run(_) => "info",
            // What is legal but doubtful, such as half a configuration, is only ever logged.
            Command::Config(_) => "warn",
            _ => "error",
        }
    }
}

async fn open_store() -> Result<Store, Failure> {
    Ok(Store::open(&settings::database()?).await?)
}
