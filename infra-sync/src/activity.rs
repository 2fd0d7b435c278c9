use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An event in the backend, in the backend's JSON format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Activity {
    /// The id of the activity.
    pub id: String,
    /// The nostr public key of the tenant, 64 hexadecimal digits.
    pub tenant_pubkey: String,
    /// The time of the event, in unix seconds.
    pub created_at: i64,
    /// The kind of event.
    pub activity_type: ActivityType,
    /// The kind of resource that the event is about: `relay`, `tenant` …
    pub resource_type: String,
    /// The id of this resource.
    pub resource_id: String,
}

/// The type of an [`Activity`]. Unknown types are kept by name, and [`Infra`](crate::Infra) ignores them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum ActivityType {
    /// A relay was added.
    CreateRelay,
    /// A relay's row changed.
    UpdateRelay,
    /// A relay must be served again.
    ActivateRelay,
    /// A relay must no longer be served.
    DeactivateRelay,
    /// A relay must be deleted: its row is marked as [`deleted`](crate::Relay::deleted).
    DeleteRelay,
    /// An operator requests a sync now, also while zooid is unavailable.
    ResyncRelay,
    /// A sync failed.
    FailRelaySync,
    /// A sync succeeded.
    CompleteRelaySync,
    /// Any other type.
    Other(String),
}

impl ActivityType {
    /// Returns the type as written in the backend's JSON.
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
