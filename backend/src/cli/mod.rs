//! The command line.

mod activity;
#[cfg(feature = "dev")]
mod dev;
mod import;
mod output;
mod relay;
mod relay_fields;
mod run;
mod zooid;

use std::{io, process::ExitCode};

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::{failure::Failure, settings, store::Store};

/// Keeps the relays of a remote zooid equal to a store of relays.
#[derive(Debug, Parser)]
#[command(name = "infra", version, after_help = AFTER_HELP, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
The store is the SQLite file infra.db, or what DATABASE_URL names: another file, or a PostgreSQL database
(postgres://…). RUST_LOG sets what is logged to stderr.

Exit codes: 0 done, 1 failed, 2 wrong command line, 3 wrong environment, 4 wrong input, 5 no such relay,
6 zooid refused or was not reached, 7 the store failed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Show the whole path on this machine: an emulated zooid, a throw-away store, example relays
    #[cfg(feature = "dev")]
    Dev(dev::Dev),
    /// Keep the zooid of the environment equal to the store, until stopped
    Run,
    /// Make, change and look at relays
    #[command(subcommand)]
    Relay(relay::Relays),
    /// Show what happened
    Activity(activity::Activities),
    /// Ask the zooid of the environment
    #[command(subcommand)]
    Zooid(zooid::Zooid),
}

/// Reads the command line, does what it says, and tells how it went.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    log(cli.command.log_level());
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
            eprintln!("error: {}", failure.explain());
            failure.exit_code()
        }
    }
}

impl Command {
    async fn execute(self) -> Result<(), Failure> {
        match self {
            #[cfg(feature = "dev")]
            Command::Dev(dev) => dev.execute().await,
            Command::Run => run::execute().await,
            Command::Relay(relays) => relays.execute().await,
            Command::Activity(activities) => activities.execute().await,
            Command::Zooid(zooid) => zooid.execute().await,
        }
    }

    /// The service tells what it does; a command has an output of its own.
    fn log_level(&self) -> &'static str {
        match self {
            Command::Run => "info",
            _ => "error",
        }
    }
}

fn log(level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::IsTerminal::is_terminal(&io::stderr()))
        .init();
}

async fn open_store() -> Result<Store, Failure> {
    Ok(Store::open(&settings::database()?).await?)
}
