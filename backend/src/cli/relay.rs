use clap::{Args, Subcommand};
use infra_sync::{Relay, RelayStatus};
use serde::Serialize;

use super::{
    delete::Delete,
    import::Import,
    near, open_store, output,
    relay_fields::{FLAGS, Fields, set},
};
use crate::{
    failure::Failure,
    relay_check, settings,
    store::{Change, RelayView, Store, Violation},
};

const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Relays {
    /// Create a relay; its key is made with it and never changes
    Create(Box<Create>),
    /// Create or update relays from a JSON file
    ///
    /// The file is a JSON array of relays as Caravel writes them. All of it is checked first: if anything is wrong, every
    /// line and field is named and nothing is imported. Importing it again changes only what differs.
    Import(Import),
    /// Change some fields of a relay
    Update(Box<Update>),
    /// Let zooid serve a relay
    Activate(Id),
    /// Let zooid no longer serve a relay
    Deactivate(Id),
    /// Delete a relay and its key, on zooid and in the store
    ///
    /// Marks the relay as deleted, which is final. The running service deletes it on zooid, or the next that runs. The relay
    /// stays in the store until zooid has confirmed and no earlier request can bring it back, which takes up to 75 seconds;
    /// its host and id are free after that. A relay that zooid never confirmed to have is not deleted there.
    ///
    /// zooid only removes the configuration: the relay's tables with all events, and its media, stay there. No other relay
    /// can ever be created with the same schema, because it would serve them.
    ///
    /// Asks for confirmation first; without a terminal it needs --yes.
    Delete(Delete),
    /// Sync a relay again, as `infra resync ID` does
    Resync(Id),
    /// List all relays and their states
    List(Format),
    /// Show one relay, without its key
    Show {
        #[command(flatten)]
        id: Id,
        #[command(flatten)]
        format: Format,
    },
}

#[derive(Debug, Args)]
pub(super) struct Id {
    /// The id of the relay
    id: String,
}

#[derive(Debug, Args)]
pub(super) struct Format {
    /// Print JSON, one object per line, for scripts
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = FLAGS)]
pub(super) struct Create {
    /// The customer's nostr public key, hex or npub
    #[arg(long, value_name = "PUBKEY")]
    tenant: String,
    /// The first label of the relay's host, which no other relay may have; not admin or api
    #[arg(long)]
    subdomain: String,
    /// The rest of the relay's host
    #[arg(long)]
    domain: String,
    /// The id of the relay, which never changes: lower-case letters, digits, - and _, at most 64 [default: a random one]
    #[arg(long)]
    id: Option<String>,
    /// The prefix of the relay's tables, which never changes and was never another relay's: lower-case letters, digits and
    /// _, at most 48, the first a letter, the last not _, and not sqlite… [default: made from the subdomain]
    #[arg(long)]
    schema: Option<String>,
    /// Do not let zooid serve it yet
    #[arg(long)]
    inactive: bool,
    #[command(flatten)]
    fields: Fields,
    #[command(flatten)]
    format: Format,
}

#[derive(Debug, Args)]
#[command(after_help = FLAGS)]
pub(super) struct Update {
    #[command(flatten)]
    id: Id,
    /// The customer's nostr public key, hex or npub
    #[arg(long, value_name = "PUBKEY")]
    tenant: Option<String>,
    /// The first label of the relay's host
    #[arg(long)]
    subdomain: Option<String>,
    /// The rest of the relay's host
    #[arg(long)]
    domain: Option<String>,
    #[command(flatten)]
    fields: Fields,
}

impl Relays {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let store = open_store().await?;
        let done = match self {
            Relays::Create(create) => create.execute(&store).await,
            Relays::Import(import) => import.execute(&store).await,
            Relays::Update(update) => update.execute(&store).await,
            Relays::Activate(Id { id }) => set_status(&store, &id, RelayStatus::Active).await,
            Relays::Deactivate(Id { id }) => set_status(&store, &id, RelayStatus::Inactive).await,
            Relays::Delete(delete) => delete.execute(&store).await,
            Relays::Resync(Id { id }) => resync(&store, &id).await,
            Relays::List(format) => list(&store, &format).await,
            Relays::Show { id, format } => show(&store, &id.id, &format).await,
        };
        let done = near::suggest(&store, done).await;
        store.close().await;
        done
    }
}

impl Create {
    async fn execute(self, store: &Store) -> Result<(), Failure> {
        let mut relay = Relay {
            id: self.id.unwrap_or_default(),
            tenant_pubkey: self.tenant,
            schema: self.schema.unwrap_or_default(),
            subdomain: self.subdomain,
            zooid_domain: self.domain,
            ..Relay::default()
        };
        if self.inactive {
            relay.status = RelayStatus::Inactive;
        }
        self.fields.apply(&mut relay);
        let relay = store.create_relay(checked(relay, None)?).await?;
        if self.format.json {
            output::json(&relay)
        } else {
            output::line(format_args!("created {} at {}", relay.id, relay.host()))
        }
    }
}

impl Update {
    async fn execute(self, store: &Store) -> Result<(), Failure> {
        change(store, &self.id.id, |relay| {
            let before = relay.clone();
            set(&mut relay.tenant_pubkey, self.tenant);
            set(&mut relay.subdomain, self.subdomain);
            set(&mut relay.zooid_domain, self.domain);
            self.fields.apply(relay);
            *relay = checked(relay.clone(), Some(&before))?;
            Ok(())
        })
        .await
    }
}

fn checked(relay: Relay, before: Option<&Relay>) -> Result<Relay, Failure> {
    relay_check::check(relay, before, settings::api_host().as_ref()).map_err(Failure::Fields)
}

async fn change(
    store: &Store,
    id: &str,
    change: impl FnOnce(&mut Relay) -> Result<(), Failure> + Send + 'static,
) -> Result<(), Failure> {
    let outcome = match store.update_relay(id, change).await? {
        Change::Unchanged => "unchanged",
        Change::Created | Change::Updated => "updated",
    };
    output::line(format_args!("{outcome} {id}"))
}

async fn set_status(store: &Store, id: &str, status: RelayStatus) -> Result<(), Failure> {
    change(store, id, |relay| {
        relay.status = status;
        Ok(())
    })
    .await
}

async fn resync(store: &Store, id: &str) -> Result<(), Failure> {
    store.resync_relay(id).await?;
    output::line(format_args!("will be synced {id}"))
}

async fn list(store: &Store, format: &Format) -> Result<(), Failure> {
    let all = all_standings(store).await?;
    if format.json {
        return all.iter().try_for_each(output::json);
    }
    output::standings(&all)
}

pub(super) async fn all_standings(store: &Store) -> Result<Vec<RelayView>, Failure> {
    let mut all: Vec<RelayView> = Vec::new();
    loop {
        let after = all.last().map(|standing| standing.relay.id.clone()).unwrap_or_default();
        let page = store.relay_views(&after, PAGE).await?;
        if page.is_empty() {
            return Ok(all);
        }
        all.extend(page);
    }
}

/// A relay, and the rules for new relays that it breaks.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    standing: RelayView,
    violations: Vec<Violation>,
}

async fn show(store: &Store, id: &str, format: &Format) -> Result<(), Failure> {
    let standing = store.relay_view(id).await?;
    let violations = store.violations_of(&standing.relay).await?;
    if format.json {
        return output::json(&Shown { standing, violations });
    }
    let text = serde_json::to_value(&standing).map_err(|e| Failure::Io {
        what: "cannot show the relay".to_owned(),
        source: e.into(),
    })?;
    output::line(format_args!("{:<24} {}", "host", standing.relay.host()))?;
    output::line(format_args!("{:<24} {}", "sync", standing.state.words()))?;
    for violation in &violations {
        output::line(format_args!("{:<24} {}", "breaks a rule", violation.problem))?;
    }
    let fields = text.as_object().into_iter().flatten();
    for (field, value) in fields.filter(|(field, _)| *field != "state") {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        output::line(format_args!("{field:<24} {value}"))?;
    }
    Ok(())
}
