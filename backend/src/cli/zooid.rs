use clap::Subcommand;
use infra_sync::{
    Config,
    zooid_client::{Client, RelayId},
};

use super::output;
use crate::{failure::Failure, settings::SettingsError};

#[derive(Debug, Subcommand)]
pub(super) enum Zooid {
    /// List the members of a relay
    Members {
        /// The id of the relay
        id: String,
        /// Print a JSON array, for scripts
        #[arg(long)]
        json: bool,
    },
}

impl Zooid {
    pub(super) async fn execute(self) -> Result<(), Failure> {
        let Zooid::Members { id, json } = self;
        let id = RelayId::try_from(id).map_err(|error| Failure::Input(error.to_string()))?;
        let config = Config::from_env().map_err(SettingsError::from)?;
        let zooid = Client::builder(config.api_url.as_str(), config.keys).build()?;
        let members = zooid.list_relay_members(&id).await?;
        if json {
            return output::json(&members);
        }
        members.iter().try_for_each(output::line)
    }
}
