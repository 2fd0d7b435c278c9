//! The conversion of a row to zooid's configuration.

use std::collections::BTreeMap;

use zooid_client::{
    Clearable, HEARTBEAT_ID, Host, InvalidHost, InvalidOwnerPubkey, InvalidRelayId, InvalidRelaySecret,
    InvalidSchemaName, OwnerPubkey, RelayId, RelaySecret, SchemaName, Secret,
    types::{
        Blossom, BlossomAdapter, BlossomPatch, Groups, Info, InfoPatch, Livekit, Management, Policy, Push, RelayConfig,
        RelayPatch, Role,
    },
};

use crate::{BlossomS3Sync, LivekitSync, Relay, RelayStatus, texts};

/// The rule that a row breaks, so that it cannot be sent. A retry fails in the same way until the row changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRelay {
    /// The id cannot be used in zooid's path.
    #[error("id: {0}")]
    Id(#[from] InvalidRelayId),
    /// A required field is empty.
    #[error("{field} is empty")]
    Empty {
        /// The name of the field in the row.
        field: &'static str,
    },
    /// The id is reserved for heartbeats.
    #[error("id {HEARTBEAT_ID} is reserved for heartbeats; choose another id")]
    HeartbeatId,
    /// The schema could crash zooid, or share the tables of another relay.
    #[error(transparent)]
    Schema(#[from] InvalidSchemaName),
    /// Browsers cannot reach a relay at this host.
    #[error(transparent)]
    Host(#[from] InvalidHost),
    /// The host is the host of zooid's API, where zooid does not serve relays.
    #[error("host {0} is the host of zooid's API; choose another host")]
    ApiHost(Host),
    /// The texts are so long that an old zooid could crash when it reads the configuration.
    #[error(
        "info_name and info_icon are too long: with the host and the schema they take {bytes} bytes in zooid's file, where \
         {max} are safe; shorten them",
        max = texts::FIRST_WRITE
    )]
    LongTexts {
        /// The length of the texts and of the text between them in zooid's file, in bytes.
        bytes: usize,
    },
    /// The description is so long that every write of any relay would be slow.
    #[error(
        "info_description takes {bytes} bytes in zooid's file, of at most {max}; shorten it",
        max = texts::LONGEST_DESCRIPTION
    )]
    LongDescription {
        /// The length of the text in zooid's file, in bytes.
        bytes: usize,
    },
    /// The owner is not a public key. zooid refuses such a key; an old zooid accepts an empty key and then crashes at every
    /// start.
    #[error("tenant_pubkey {0}")]
    TenantPubkey(InvalidOwnerPubkey),
    /// The secret is not a secret key. Some versions of zooid would accept it and use another identity.
    #[error(transparent)]
    Secret(#[from] InvalidRelaySecret),
}

/// The settings that all relays share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) blossom_s3: Option<BlossomS3Sync>,
    pub(crate) livekit: Option<LivekitSync>,
    /// The host of zooid's API, if it is a domain name.
    pub(crate) api_host: Option<Host>,
}

/// Returns the relay's id if the row passes the checks that apply to all requests.
pub(crate) fn checked_id(relay: &Relay) -> Result<RelayId, InvalidRelay> {
    if relay.schema.is_empty() {
        return Err(InvalidRelay::Empty { field: "schema" });
    }
    OwnerPubkey::try_from(relay.tenant_pubkey.as_str()).map_err(InvalidRelay::TenantPubkey)?;
    relay.check_texts()?;
    match RelayId::try_from(relay.id.as_str())? {
        id if id.as_str() == HEARTBEAT_ID => Err(InvalidRelay::HeartbeatId),
        id => Ok(id),
    }
}

/// Returns the host if zooid can serve the relay there.
fn host(relay: &Relay, shared: &Shared) -> Result<Host, InvalidRelay> {
    match relay.checked_host()? {
        host if Some(&host) == shared.api_host.as_ref() => Err(InvalidRelay::ApiHost(host)),
        host => Ok(host),
    }
}

/// Returns the body of a `POST`, the only request with the relay's secret.
pub(crate) fn config(relay: &Relay, shared: &Shared) -> Result<RelayConfig, InvalidRelay> {
    let platform = [("subdomain", &relay.subdomain), ("zooid_domain", &relay.zooid_domain)];
    if let Some((field, _)) = platform.into_iter().find(|(_, text)| text.is_empty()) {
        return Err(InvalidRelay::Empty { field });
    }
    let secret = relay.secret.as_ref().filter(|secret| !secret.is_empty());
    let secret = RelaySecret::try_from(secret.ok_or(InvalidRelay::Empty { field: "secret" })?)?;
    Ok(RelayConfig {
        host: host(relay, shared)?,
        schema: SchemaName::try_from(relay.schema.as_str())?,
        secret: Secret::from(secret),
        inactive: Some(inactive(relay)),
        info: info(relay),
        policy: Some(policy(relay)),
        groups: Some(groups(relay)),
        management: Some(management(relay)),
        push: Some(push(relay)),
        blossom: Some(blossom(relay, shared.blossom_s3.as_ref())),
        livekit: Some(livekit(relay, shared.livekit.as_ref())),
        roles: roles(relay),
    })
}

/// Returns the body of a `PATCH`, without the secret, so that the relay keeps its identity. A schema or a host that breaks the
/// rules is left out: zooid keeps its own and changes everything else.
pub(crate) fn patch(relay: &Relay, shared: &Shared) -> RelayPatch {
    RelayPatch {
        host: host(relay, shared).ok().map(String::from),
        schema: SchemaName::try_from(relay.schema.as_str()).ok(),
        secret: None,
        inactive: Some(inactive(relay)),
        info: Some(info_patch(relay)),
        policy: Some(policy(relay)),
        groups: Some(groups(relay)),
        management: Some(management(relay)),
        push: Some(push(relay)),
        blossom: Some(blossom_patch(relay, shared.blossom_s3.as_ref())),
        livekit: Some(livekit(relay, shared.livekit.as_ref())),
        roles: roles(relay)
            .into_iter()
            .map(|(name, role)| (name, Some(role)))
            .collect(),
    }
}

fn inactive(relay: &Relay) -> bool {
    relay.status != RelayStatus::Active
}

fn info(relay: &Relay) -> Info {
    Info {
        name: Some(relay.info_name.clone()),
        icon: Some(relay.info_icon.clone()),
        pubkey: relay.tenant_pubkey.clone(),
        description: Some(relay.info_description.clone()),
    }
}

fn info_patch(relay: &Relay) -> InfoPatch {
    InfoPatch {
        name: Some(relay.info_name.as_str().into()),
        icon: Some(relay.info_icon.as_str().into()),
        pubkey: Some(relay.tenant_pubkey.clone()),
        description: Some(relay.info_description.as_str().into()),
    }
}

fn policy(relay: &Relay) -> Policy {
    Policy {
        public_read: Some(relay.policy_public_read),
        public_write: Some(relay.policy_public_write),
        public_join: Some(relay.policy_public_join),
        strip_signatures: Some(relay.policy_strip_signatures),
    }
}

fn groups(relay: &Relay) -> Groups {
    Groups {
        enabled: Some(relay.groups_enabled),
    }
}

fn management(relay: &Relay) -> Management {
    Management {
        enabled: Some(relay.management_enabled),
    }
}

fn push(relay: &Relay) -> Push {
    Push {
        enabled: Some(relay.push_enabled),
    }
}

fn blossom(relay: &Relay, s3: Option<&BlossomS3Sync>) -> Blossom {
    let s3 = s3.filter(|_| relay.blossom_enabled);
    Blossom {
        enabled: Some(relay.blossom_enabled),
        authenticated_read: None,
        adapter: s3.map(|_| BlossomAdapter::S3),
        s3: s3.map(|s3| s3.section(&relay.schema)),
    }
}

fn blossom_patch(relay: &Relay, s3: Option<&BlossomS3Sync>) -> BlossomPatch {
    let whole = blossom(relay, s3);
    BlossomPatch {
        enabled: whole.enabled,
        authenticated_read: whole.authenticated_read,
        adapter: whole.adapter,
        s3: whole.s3.map(Clearable::Set),
    }
}

/// zooid has no flag for LiveKit. Three empty texts disable it, because a `PATCH` without the fields would keep the old values.
fn livekit(relay: &Relay, livekit: Option<&LivekitSync>) -> Livekit {
    match livekit.filter(|_| relay.livekit_enabled) {
        Some(livekit) => livekit.section(),
        None => Livekit {
            server_url: Some(String::new()),
            api_key: Some("".into()),
            api_secret: Some("".into()),
        },
    }
}

fn roles(relay: &Relay) -> BTreeMap<String, Role> {
    let admin = Role {
        pubkeys: vec![relay.tenant_pubkey.clone()],
        can_invite: Some(true),
        can_manage: Some(true),
    };
    let member = Role {
        can_invite: Some(relay.members_can_invite),
        ..Role::default()
    };
    BTreeMap::from([("admin".to_owned(), admin), ("member".to_owned(), member)])
}
