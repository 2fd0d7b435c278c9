//! How a row becomes zooid's configuration.

use std::collections::BTreeMap;

use zooid_client::{
    Clearable, InvalidRelayId, RelayId,
    types::{
        Blossom, BlossomAdapter, BlossomPatch, Groups, Info, InfoPatch, Livekit, Management, Policy, Push, RelayConfig,
        RelayPatch, Role,
    },
};

use crate::{BlossomS3Sync, LivekitSync, Relay, RelayStatus};

/// Why a row cannot be sent. It stays so until the row changes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRelay {
    /// The id cannot be part of zooid's path.
    #[error("id: {0}")]
    Id(#[from] InvalidRelayId),
    /// A field that zooid needs is empty.
    #[error("{field} is empty")]
    Empty {
        /// The field's name in the row.
        field: &'static str,
    },
    /// An old zooid takes such a schema, and then dies of it at every start.
    #[error("schema {0:?} must be lower-case letters, digits and _, not beginning with a digit")]
    Schema(String),
    /// An old zooid takes such a key, and then dies of it at every start.
    #[error("tenant_pubkey must be 64 hexadecimal digits")]
    TenantPubkey,
}

/// What all relays share.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    pub(crate) blossom_s3: Option<BlossomS3Sync>,
    pub(crate) livekit: Option<LivekitSync>,
}

/// The relay's id, once the row is known to do zooid no harm.
pub(crate) fn checked_id(relay: &Relay) -> Result<RelayId, InvalidRelay> {
    let needed = [
        ("schema", relay.schema.is_empty()),
        ("subdomain", relay.subdomain.is_empty()),
        ("zooid_domain", relay.zooid_domain.is_empty()),
    ];
    if let Some((field, _)) = needed.into_iter().find(|(_, empty)| *empty) {
        return Err(InvalidRelay::Empty { field });
    }
    if !is_schema(&relay.schema) {
        return Err(InvalidRelay::Schema(relay.schema.clone()));
    }
    if relay.tenant_pubkey.len() != 64 || !relay.tenant_pubkey.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(InvalidRelay::TenantPubkey);
    }
    Ok(RelayId::try_from(relay.id.as_str())?)
}

/// Whether a text can be zooid's schema: `^[a-z_][a-z0-9_]*$`.
pub fn is_schema(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The body that creates the relay: the only one with its secret.
pub(crate) fn config(relay: &Relay, shared: &Shared) -> Result<RelayConfig, InvalidRelay> {
    let secret = relay.secret.clone().filter(|secret| !secret.is_empty());
    Ok(RelayConfig {
        host: relay.host(),
        schema: relay.schema.clone(),
        secret: secret.ok_or(InvalidRelay::Empty { field: "secret" })?,
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

/// The body that changes the relay: everything but its secret, so that it keeps its identity.
pub(crate) fn patch(relay: &Relay, shared: &Shared) -> RelayPatch {
    RelayPatch {
        host: Some(relay.host()),
        schema: Some(relay.schema.clone()),
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

/// There is no flag: off is three empty strings, since a merge would keep the old ones.
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
