use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use zooid_client::{Host, InvalidHost, Secret};

use crate::{InvalidRelay, SyncRecord, flag, texts};

/// A tenant's relay: a row of the backend, in the backend's JSON format.
///
/// The rules in the documentation of the fields apply to new values. [`Infra`](crate::Infra) does not create a relay that
/// breaks the rules for the id, the keys, the schema, the host or the length of texts. If zooid already has the relay, `Infra`
/// still updates it, but leaves out a schema or a host that breaks the rules, and sends nothing if the texts could harm zooid.
///
/// Flags are written as 0 or 1, and read from 0, 1, `true` or `false`. Unknown fields are ignored. The `secret` is read but
/// never written, so a written row is safe to show. A backend that stores rows as JSON must store the secret separately.
///
/// The default is an active relay with empty texts and all flags off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Relay {
    /// The relay's id, which is part of zooid's path: a [`RelayId`](zooid_client::RelayId), but not
    /// [`HEARTBEAT_ID`](zooid_client::HEARTBEAT_ID).
    pub id: String,
    /// The tenant's nostr public key, 64 hexadecimal digits: an [`OwnerPubkey`](zooid_client::OwnerPubkey).
    pub tenant_pubkey: String,
    /// The relay's schema, the prefix of its tables on zooid: a [`SchemaName`](zooid_client::SchemaName). It must never change,
    /// and no other relay may use it later, because zooid keeps the tables of a deleted relay.
    #[serde(default)]
    pub schema: String,
    /// The relay's secret key in hex, which is its identity: a [`RelaySecret`](zooid_client::RelaySecret). Never shown to
    /// clients.
    #[serde(default, skip_serializing)]
    pub secret: Option<Secret>,
    /// The first label of the platform host `{subdomain}.{zooid_domain}`, which must be a [`Host`].
    pub subdomain: String,
    /// The other labels of the platform host.
    pub zooid_domain: String,
    /// The host that replaces the platform host, if verified and not empty: a [`Host`].
    #[serde(default)]
    pub custom_domain: String,
    /// Whether the tenant was verified to own the custom domain.
    #[serde(default, with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub custom_domain_verified: bool,
    /// The id of the tenant's plan; not sent to zooid. At most 128 bytes without control characters.
    #[serde(default)]
    pub plan_id: String,
    /// The billing status. zooid serves the relay only if it is `active`. At most 128 bytes without control characters.
    pub status: RelayStatus,
    /// The error of the last sync; empty if it succeeded.
    #[serde(default)]
    pub sync_error: String,
    /// 0 until the first successful sync; then 1, or the time of the last successful sync in unix seconds.
    #[serde(default, deserialize_with = "synced")]
    pub synced: i64,
    /// The relay's name (NIP-11). At most 512 bytes without control characters.
    #[serde(default)]
    pub info_name: String,
    /// The url of the relay's image (NIP-11). Empty, or `https://…` or `http://…` of at most 2,048 bytes without spaces,
    /// control characters, `"` and `\`.
    #[serde(default)]
    pub info_icon: String,
    /// The relay's description (NIP-11). At most 4,096 bytes, without control characters except line feed and tab.
    #[serde(default)]
    pub info_description: String,
    /// Whether everybody may read.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_public_read: bool,
    /// Whether everybody may write.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_public_write: bool,
    /// Whether everybody may join.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_public_join: bool,
    /// Whether events are served without their signatures.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_strip_signatures: bool,
    /// Whether NIP-29 groups are enabled.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub groups_enabled: bool,
    /// Whether the NIP-86 management API is enabled.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub management_enabled: bool,
    /// Whether blossom media storage is enabled.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub blossom_enabled: bool,
    /// Whether LiveKit calls are enabled.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub livekit_enabled: bool,
    /// Whether push notifications are enabled.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub push_enabled: bool,
    /// Whether members may invite others. Absent in older rows.
    #[serde(default, with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub members_can_invite: bool,
    /// Whether the relay must be deleted, which is final: its configuration on zooid is removed, and then the row may be
    /// removed. zooid keeps the relay's events and media. Not written while false.
    #[serde(default, with = "flag", skip_serializing_if = "is_false")]
    #[schemars(schema_with = "flag::schema")]
    pub deleted: bool,
    /// The number of changes of the row, so that a result names the change that it is about. 0, and not written, if the
    /// backend does not count versions.
    #[serde(default, skip_serializing_if = "is_uncounted")]
    pub version: i64,
    /// The record that the backend keeps about the row's syncs.
    #[serde(skip)]
    #[schemars(skip)]
    pub record: SyncRecord,
}

impl Relay {
    /// Returns whether the row was ever synced, so that zooid has the relay.
    pub fn is_synced(&self) -> bool {
        self.synced != 0
    }

    /// Returns whether zooid is known to match this version of the row. Always `false` if the backend does not count versions.
    pub fn is_up_to_date(&self) -> bool {
        self.version != 0 && self.record.version == self.version && self.sync_error.is_empty()
    }

    /// Returns the relay's host: the custom domain if verified and not empty, else the platform host. The text is in the normal
    /// form of a [`Host`], or unchanged from the row if it is not a valid host.
    pub fn host(&self) -> String {
        self.checked_host()
            .map_or_else(|_| self.host_as_given(), |host| host.as_str().to_owned())
    }

    /// Returns the relay's host if it is valid.
    ///
    /// # Errors
    ///
    /// [`InvalidHost`] if browsers cannot reach a relay at this host.
    pub fn checked_host(&self) -> Result<Host, InvalidHost> {
        self.host_as_given().parse()
    }

    /// Returns the hosts that no other relay may have, whatever the status of this relay: the platform host, and the custom
    /// domain if verified. They are in the normal form of a [`Host`], or in lower case if they are not valid hosts.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![normal_form(&self.platform_host())];
        let custom = self.verified_domain().map(normal_form);
        hosts.extend(custom.filter(|custom| *custom != hosts[0]));
        hosts
    }

    /// Returns the relay's host without normalization.
    pub fn host_as_given(&self) -> String {
        self.verified_domain()
            .map_or_else(|| self.platform_host(), str::to_owned)
    }

    /// Checks that the texts of the row are not too long for zooid. See `docs/tenant-texts.md`.
    ///
    /// # Errors
    ///
    /// [`InvalidRelay::LongTexts`] or [`InvalidRelay::LongDescription`].
    pub fn check_texts(&self) -> Result<(), InvalidRelay> {
        texts::check(self)
    }

    fn platform_host(&self) -> String {
        format!("{}.{}", self.subdomain, self.zooid_domain)
    }

    fn verified_domain(&self) -> Option<&str> {
        Some(self.custom_domain.as_str()).filter(|domain| self.custom_domain_verified && !domain.is_empty())
    }
}

fn normal_form(host: &str) -> String {
    host.parse::<Host>()
        .map_or_else(|_| host.to_ascii_lowercase(), String::from)
}

/// The billing status of a relay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum RelayStatus {
    /// Paid for and served.
    #[default]
    Active,
    /// Not served.
    Inactive,
    /// Any other status of a billing system, such as `delinquent`. Not served.
    Other(String),
}

impl RelayStatus {
    /// Returns the status as written in the row.
    pub fn as_str(&self) -> &str {
        match self {
            RelayStatus::Active => "active",
            RelayStatus::Inactive => "inactive",
            RelayStatus::Other(status) => status,
        }
    }
}

impl From<String> for RelayStatus {
    fn from(status: String) -> Self {
        match status.as_str() {
            "active" => RelayStatus::Active,
            "inactive" => RelayStatus::Inactive,
            _ => RelayStatus::Other(status),
        }
    }
}

impl From<RelayStatus> for String {
    fn from(status: RelayStatus) -> String {
        status.as_str().to_owned()
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_uncounted(version: &i64) -> bool {
    *version == 0
}

fn synced<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "synced is 0, 1, true, false or unix seconds")]
    enum Synced {
        Seconds(i64),
        Flag(bool),
    }

    Ok(match Synced::deserialize(deserializer)? {
        Synced::Seconds(seconds) => seconds,
        Synced::Flag(flag) => flag.into(),
    })
}
