use clap::Args;
use infra_sync::Relay;

/// What can be said of a relay at any time. A flag alone means true; `--flag=false` switches it off.
#[derive(Debug, Args)]
pub(super) struct Fields {
    /// A host of the customer's own, used once it is verified
    #[arg(long, value_name = "HOST")]
    custom_domain: Option<String>,
    /// Whether the custom domain is known to be the customer's
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    custom_domain_verified: Option<bool>,
    /// What the customer pays for
    #[arg(long)]
    plan: Option<String>,
    /// The relay's name (NIP-11)
    #[arg(long)]
    name: Option<String>,
    /// The url of the relay's image (NIP-11)
    #[arg(long, value_name = "URL")]
    icon: Option<String>,
    /// A sentence about the relay (NIP-11)
    #[arg(long)]
    description: Option<String>,
    /// Everybody may read
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    public_read: Option<bool>,
    /// Everybody may write
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    public_write: Option<bool>,
    /// Everybody may join
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    public_join: Option<bool>,
    /// Events are served without their signatures
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    strip_signatures: Option<bool>,
    /// Groups (NIP-29)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    groups: Option<bool>,
    /// Management (NIP-86)
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    management: Option<bool>,
    /// Media
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    blossom: Option<bool>,
    /// Calls
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    livekit: Option<bool>,
    /// Push notifications
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    push: Option<bool>,
    /// Members may invite others
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
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
