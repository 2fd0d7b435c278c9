use std::path::Path;

use clap::{Args, Subcommand};

use super::{open_store, output, progress};
use crate::{
    failure::Failure,
    service_lock::ServiceLock,
    settings,
    store::{Copied, DatabaseUrl, Store},
};

#[derive(Debug, Subcommand)]
pub(super) enum Stores {
    /// Copy a whole store into the empty one that DATABASE_URL names
    ///
    /// Relays keep their identity, and what zooid is known to have stays known, so that nobody is disturbed when a service
    /// goes on with the copy. Stop the services on the old store first, and do not start them again.
    Copy(Copy),
}

#[derive(Debug, Args)]
pub(super) struct Copy {
    /// The store to copy, as DATABASE_URL would name it: a SQLite file, or postgres://…
    #[arg(value_name = "FROM", value_parser = settings::location)]
    from: DatabaseUrl,
}

impl Stores {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let Stores::Copy(copy) = self;
        copy.execute().await
    }
}

impl Copy {
    async fn execute(self) -> Result<(), Failure> {
        let _lock = self.from.file().map(unused).transpose()?;
        let source = Store::open(&self.from).await?;
        let target = open_store().await?;
        let copied = copy(&source, &target).await;
        source.close().await;
        target.close().await;
        let Copied { relays, activities } = copied?;
        output::line(format_args!("copied {relays} relays and {activities} activities"))
    }
}

async fn copy(source: &Store, target: &Store) -> Result<Copied, Failure> {
    let bar = progress::bar(source.relay_ids().await?.len(), false);
    let copied = target.copy_from(source, || bar.inc(1)).await;
    bar.finish_and_clear();
    Ok(copied?)
}

/// A file that is there, and that no service works on.
fn unused(file: &Path) -> Result<ServiceLock, Failure> {
    if !file.exists() {
        return Err(Failure::Input(format!("there is no store at {}", file.display())));
    }
    let lock = ServiceLock::against_services(file).map_err(Failure::io(format!(
        "cannot lock {}",
        ServiceLock::file(file).display()
    )))?;
    lock.ok_or_else(|| Failure::Busy(format!("`infra run` works on {}; stop it first", file.display())))
}
