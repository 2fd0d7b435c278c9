use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use zooid_client::{Host, InvalidHost, Secret};

use crate::{InvalidRelay, SyncRecord, flag, texts};

/// A customer's relay: the backend's row, in the backend's JSON.
///
/// The rules that the fields name are for new values. [`Infra`](crate::Infra) creates no relay that breaks those for the
/// id, the keys, the schema, the host or the length of texts. A relay that zooid has already is updated all the same, without a schema
/// or a host that breaks the rules, but not where its texts could harm zooid.
///
/// Flags are written as 0 or 1 and read from those or from `true` and `false`; unknown fields are ignored. The `secret`
/// is read but never written, so that a row may be shown as it is. Whoever stores rows as JSON keeps it beside them.
///
/// The default is a relay of which nothing has been said yet: active, and every option off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Relay {
    /// The relay's id, also in zooid's path: a [`RelayId`](zooid_client::RelayId), but not
    /// [`HEARTBEAT_ID`](zooid_client::HEARTBEAT_ID).
    pub id: String,
    /// The customer's nostr public key, 64 hexadecimal digits: an [`OwnerPubkey`](zooid_client::OwnerPubkey).
    pub tenant_pubkey: String,
    /// zooid's schema, a prefix of its tables: a [`SchemaName`](zooid_client::SchemaName). Never changes, and is never
    /// used again after the relay, because zooid keeps the tables.
    #[serde(default)]
    pub schema: String,
    /// The relay's own secret key in hex, its identity: a [`RelaySecret`](zooid_client::RelaySecret). Absent from what
    /// clients see.
    #[serde(default, skip_serializing)]
    pub secret: Option<Secret>,
    /// The first label of the platform host `{subdomain}.{zooid_domain}`, which must be a [`Host`].
    pub subdomain: String,
    /// The rest of the platform host.
    pub zooid_domain: String,
    /// The host instead of the platform's, once verified and not empty: a [`Host`].
    #[serde(default)]
    pub custom_domain: String,
    /// Whether the custom domain is known to be the customer's.
    #[serde(default, with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub custom_domain_verified: bool,
    /// What the customer pays for; not zooid's business. At most 128 bytes without control characters.
    #[serde(default)]
    pub plan_id: String,
    /// Everything but `active` is inactive to zooid. At most 128 bytes without control characters.
    pub status: RelayStatus,
    /// What the last sync failed with; empty when it went well.
    #[serde(default)]
    pub sync_error: String,
    /// 0 until the first successful sync; then 1 or the unix seconds of the last.
    #[serde(default, deserialize_with = "synced")]
    pub synced: i64,
    /// The relay's name (NIP-11). At most 512 bytes without control characters.
    #[serde(default)]
    pub info_name: String,
    /// The url of the relay's image (NIP-11). Empty, or `https://…` or `http://…` of at most 2,048 bytes without spaces,
    /// control characters, `"` and `\`.
    #[serde(default)]
    pub info_icon: String,
    /// A sentence about the relay (NIP-11). At most 4,096 bytes, without control characters but line feed and tab.
    #[serde(default)]
    pub info_description: String,
    /// Everybody may read.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_public_read: bool,
    /// Everybody may write.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_public_write: bool,
    /// Everybody may join.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_public_join: bool,
    /// Events are served without their signatures.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub policy_strip_signatures: bool,
    /// NIP-29 groups.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub groups_enabled: bool,
    /// NIP-86 management.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub management_enabled: bool,
    /// Media.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub blossom_enabled: bool,
    /// Calls.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub livekit_enabled: bool,
    /// Push notifications.
    #[serde(with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub push_enabled: bool,
    /// Members may invite others. Absent in older rows.
    #[serde(default, with = "flag")]
    #[schemars(schema_with = "flag::schema")]
    pub members_can_invite: bool,
    /// The relay is to be deleted. This is final: zooid's configuration of it is removed, and then the row may go. zooid
    /// keeps the relay's events and media. Not written while it is false.
    #[serde(default, with = "flag", skip_serializing_if = "is_false")]
    #[schemars(schema_with = "flag::schema")]
    pub deleted: bool,
    /// Counts the row's changes, so that a report can say which of them it speaks of. 0, and not written, where a
    /// backend does not count.
    #[serde(default, skip_serializing_if = "is_uncounted")]
    pub version: i64,
    /// What the backend keeps of the row's syncs.
    #[serde(skip)]
    #[schemars(skip)]
    pub record: SyncRecord,
}

impl Relay {
    /// Whether zooid has had this relay before, going by the row.
    pub fn is_synced(&self) -> bool {
        self.synced != 0
    }

    /// Whether zooid is known to have this version of the row. Never, where a backend does not count versions.
    pub fn is_up_to_date(&self) -> bool {
        self.version != 0 && self.record.version == self.version && self.sync_error.is_empty()
    }

    /// The host the relay answers to: the custom domain once verified and not empty, else the platform's. It is in the
    /// normal form of a [`Host`], or as the row has it where it is none.
    pub fn host(&self) -> String {
        self.checked_host()
            .map_or_else(|_| self.host_as_given(), |host| host.as_str().to_owned())
    }

    /// The host the relay answers to, as zooid may have it.
    ///
    /// # Errors
    ///
    /// When browsers would not reach the relay by the host of the row.
    pub fn checked_host(&self) -> Result<Host, InvalidHost> {
        self.host_as_given().parse()
    }

    /// The hosts that no other relay may have, whatever the status of this one: the platform's, and the custom domain once
    /// verified. They are in the normal form of a [`Host`], or in lower case where they are none.
    pub fn hosts(&self) -> Vec<String> {
        let mut hosts = vec![normal_form(&self.platform_host())];
        let custom = self.verified_domain().map(normal_form);
        hosts.extend(custom.filter(|custom| *custom != hosts[0]));
        hosts
    }

    /// The host the relay answers to, as the row spells it.
    pub fn host_as_given(&self) -> String {
        self.verified_domain()
            .map_or_else(|| self.platform_host(), str::to_owned)
    }

    /// Checks that the texts of the row do not harm zooid.
    ///
    /// # Errors
    ///
    /// [`InvalidRelay::LongTexts`] and [`InvalidRelay::LongDescription`].
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

/// What billing says of a relay.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(from = "String", into = "String")]
#[schemars(with = "String")]
pub enum RelayStatus {
    /// Paid for and served.
    #[default]
    Active,
    /// Switched off.
    Inactive,
    /// What a billing system adds (`delinquent` …); not served either.
    Other(String),
}

impl RelayStatus {
    /// The status as the row spells it.
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
