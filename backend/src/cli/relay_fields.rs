use clap::Args;
use infra_sync::Relay;

pub(super) const FLAGS: &str = "A flag that takes a BOOL means true by itself; --blossom=false switches blossom off.";

/// What can be said of a relay at any time.
#[derive(Debug, Args)]
pub(super) struct Fields {
    /// A host of the customer's own, used once verified; international names may be given as they are written
    #[arg(long, value_name = "HOST")]
    custom_domain: Option<String>,
    /// Say that the custom domain is the customer's
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    custom_domain_verified: Option<bool>,
    /// The id of the plan the customer pays for
    #[arg(long)]
    plan: Option<String>,
    /// The relay's name (NIP-11), at most 512 bytes without control characters
    #[arg(long)]
    name: Option<String>,
    /// The url of the relay's image (NIP-11): https://… or http://…, at most 2048 bytes
    #[arg(long, value_name = "URL")]
    icon: Option<String>,
    /// A sentence about the relay (NIP-11), at most 4096 bytes; line feeds and tabs are allowed
    #[arg(long)]
    description: Option<String>,
    /// Let everybody read
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    public_read: Option<bool>,
    /// Let everybody write
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    public_write: Option<bool>,
    /// Let everybody join
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    public_join: Option<bool>,
    /// Serve events without their signatures
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    strip_signatures: Option<bool>,
    /// Offer groups (NIP-29)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    groups: Option<bool>,
    /// Offer management (NIP-86)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    management: Option<bool>,
    /// Keep media (Blossom)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    blossom: Option<bool>,
    /// Offer calls (LiveKit)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    livekit: Option<bool>,
    /// Send push notifications
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    push: Option<bool>,
    /// Let members invite others
    #[arg(long, value_name = "BOOL", num_args = 0..=1, hide_possible_values = true, require_equals = true, default_missing_value = "true")]
    members_can_invite: Option<bool>,
}

impl Fields {
    /// Sets what was said, and leaves the rest.
    pub(super) fn apply(self, relay: &mut Relay) {
        set(&mut relay.custom_domain, self.custom_domain);
        set(&mut relay.custom_domain_verified, self.custom_domain_verified);
        set(&mut relay.plan_id, self.plan);
        set(&mut relay.info_name, self.name);
        set(&mut relay.info_icon, self.icon);
        set(&mut relay.info_description, self.description);
        set(&mut relay.policy_public_read, self.public_read);
        set(&mut relay.policy_public_write, self.public_write);
        set(&mut relay.policy_public_join, self.public_join);
        set(&mut relay.policy_strip_signatures, self.strip_signatures);
        set(&mut relay.groups_enabled, self.groups);
        set(&mut relay.management_enabled, self.management);
        set(&mut relay.blossom_enabled, self.blossom);
        set(&mut relay.livekit_enabled, self.livekit);
        set(&mut relay.push_enabled, self.push);
        set(&mut relay.members_can_invite, self.members_can_invite);
    }
}

pub(super) fn set<T>(field: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *field = value;
    }
}
