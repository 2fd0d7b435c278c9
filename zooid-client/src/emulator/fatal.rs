//! Configurations that terminate the process when it loads them.

use serde_json::Value;

use super::config::{self, text};
use crate::profile::Profile;

/// Returns whether loading the configuration terminates zooid: SQLite rejects the table names or, in the old profile,
/// the owner is missing.
pub(super) fn is_fatal(profile: Profile, config: &Value) -> bool {
    let schema = text(config, "/schema");
    match profile {
        Profile::Current => is_reserved(schema),
        Profile::Old => {
            let prefix = slug(schema);
            is_reserved(&prefix)
                || prefix.starts_with(|c: char| c.is_ascii_digit())
                || prefix.contains('-')
                || config::pubkey(text(config, "/info/pubkey")).is_none()
        }
    }
}

/// SQLite reserves these names.
fn is_reserved(prefix: &str) -> bool {
    prefix == "sqlite" || prefix.starts_with("sqlite_")
}

/// Returns the table prefix that old zooid derives from a schema. Unlike zooid, does not transliterate other scripts.
fn slug(schema: &str) -> String {
    let mut slug = String::with_capacity(schema.len());
    for c in schema.to_lowercase().chars() {
        match c {
            c if c.is_alphanumeric() || c == '_' => slug.push(c),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    slug.trim_matches(['-', '_']).to_owned()
}
