//! What makes a relay that relay: its id, its schema, its key. Made once, when the row is made, and kept for ever.

use infra_sync::{
    Relay,
    zooid_client::{Keys, Secret},
};

/// Room for a suffix within what PostgreSQL and SQLite take as a table's prefix.
const LONGEST_STEM: usize = 32;

/// Gives a new relay what it was not given: a random key, an id, and a schema after its subdomain.
pub fn complete(mut relay: Relay) -> Relay {
    let keys = Keys::generate();
    let random = keys.public_key().to_hex();
    if relay.id.is_empty() {
        relay.id = random[..16].to_owned();
    }
    if relay.schema.is_empty() {
        relay.schema = format!("{}_{}", stem(&relay.subdomain), &random[..8]);
    }
    relay
        .secret
        .get_or_insert_with(|| Secret::from(keys.secret_key().to_secret_hex()));
    relay
}

/// The subdomain in the letters that a schema may have.
fn stem(subdomain: &str) -> String {
    let mut stem: String = subdomain
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() {
                c.to_ascii_lowercase()
            } else {
                '_'
            }
        })
        .take(LONGEST_STEM)
        .collect();
    if !stem.starts_with(|c: char| c.is_ascii_lowercase()) || stem.starts_with("sqlite") {
        stem.insert_str(0, "r_");
    }
    stem
}
