use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Something that happened in the backend, in the backend's JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Activity {
    /// The activity's own id.
    pub id: String,
    /// The customer it concerns, 64 hexadecimal digits.
    pub tenant_pubkey: String,
    /// When, in unix seconds.
    pub created_at: i64,
    /// What.
    pub activity_type: ActivityType,
    /// What sort of thing it happened to: `relay`, `tenant` …
    pub resource_type: String,
    /// The id of the thing it happened to.
    pub resource_id: String,
}

/// What an [`Activity`] tells. Types unknown here are kept by name and ignored by [`Infra`](crate::Infra).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum ActivityType {
    /// A relay was ordered.
    CreateRelay,
    /// A relay's row changed.
    UpdateRelay,
    /// A relay is to be served again.
    ActivateRelay,
    /// A relay is no longer to be served.
    DeactivateRelay,
    /// A relay is to be deleted: its row says so.
    DeleteRelay,
    /// An operator wants the relay synced now, also if zooid could not be used a moment ago.
    ResyncRelay,
    /// A sync failed.
    FailRelaySync,
    /// A sync went well.
    CompleteRelaySync,
    /// Any other.
    Other(String),
}

impl ActivityType {
    /// The type as the backend spells it.
    pub fn as_str(&self) -> &str {
        match self {
            ActivityType::CreateRelay => "create_relay",
            ActivityType::UpdateRelay => "update_relay",
            ActivityType::ActivateRelay => "activate_relay",
            ActivityType::DeactivateRelay => "deactivate_relay",
            ActivityType::DeleteRelay => "delete_relay",
            ActivityType::ResyncRelay => "resync_relay",
            ActivityType::FailRelaySync => "fail_relay_sync",
            ActivityType::CompleteRelaySync => "complete_relay_sync",
            ActivityType::Other(name) => name,
        }
    }
}

impl From<String> for ActivityType {
    fn from(name: String) -> Self {
        match name.as_str() {
            "create_relay" => ActivityType::CreateRelay,
            "update_relay" => ActivityType::UpdateRelay,
            "activate_relay" => ActivityType::ActivateRelay,
            "deactivate_relay" => ActivityType::DeactivateRelay,
            "delete_relay" => ActivityType::DeleteRelay,
            "resync_relay" => ActivityType::ResyncRelay,
            "fail_relay_sync" => ActivityType::FailRelaySync,
            "complete_relay_sync" => ActivityType::CompleteRelaySync,
            _ => ActivityType::Other(name),
        }
    }
}

impl From<ActivityType> for String {
    fn from(activity_type: ActivityType) -> String {
        activity_type.as_str().to_owned()
    }
}
