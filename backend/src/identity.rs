//! What makes a relay that relay: its id, its schema, its key. Made once, when the row is made, and kept for ever.

use infra_sync::{
    Relay,
    zooid_client::{Keys, Secret},
};

/// Room for a suffix within what PostgreSQL and SQLite take as a table's prefix.
const LONGEST_STEM: usize = 32;

/// How much of a public key is part of a schema.
const SUFFIX: usize = 8;

/// Gives a new relay what it was not given: a random key, and an id. Its [schema] depends on the schemas used before.
pub fn complete(mut relay: Relay) -> Relay {
    let keys = Keys::generate();
    if relay.id.is_empty() {
        relay.id = keys.public_key().to_hex()[..16].to_owned();
    }
    relay
        .secret
        .get_or_insert_with(|| Secret::from(keys.secret_key().to_secret_hex()));
    relay
}

/// A schema for a relay that was not given one: its subdomain, and a part of its own public key. Each attempt gives another;
/// all are [`SchemaName`](infra_sync::zooid_client::SchemaName)s.
pub fn schema(relay: &Relay, attempt: usize) -> String {
    let own = relay
        .secret
        .as_ref()
        .and_then(|secret| Keys::parse(secret.expose()).ok());
    let own = own.map(|keys| keys.public_key().to_hex()).unwrap_or_default();
    let from = attempt.saturating_mul(SUFFIX);
    let suffix = own.get(from..from.saturating_add(SUFFIX)).map_or_else(
        || Keys::generate().public_key().to_hex()[..SUFFIX].to_owned(),
        str::to_owned,
    );
    format!("{}_{suffix}", stem(&relay.subdomain))
}

/// The subdomain in the letters that a schema may have.
fn stem(subdomain: &str) -> String {
    let allowed = |c: char| match c.to_ascii_lowercase() {
        c if c.is_ascii_lowercase() || c.is_ascii_digit() => c,
        _ => '_',
    };
    let stem: String = subdomain.chars().map(allowed).take(LONGEST_STEM).collect();
    match stem.starts_with(|c: char| c.is_ascii_lowercase()) && !stem.starts_with("sqlite") {
        true => stem,
        false => format!("r_{stem}"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use std::collections::HashSet;

    use infra_sync::zooid_client::SchemaName;

    use super::*;

    fn at(subdomain: &str) -> Relay {
        complete(Relay {
            subdomain: subdomain.to_owned(),
            ..Relay::default()
        })
    }

    #[test]
    fn a_made_schema_is_one_whatever_the_subdomain() {
        let long = "a".repeat(100);
        for subdomain in [
            "alice",
            "",
            "-",
            "_",
            "sqlite",
            "sqlite-fans",
            "SQLite_x",
            "21club",
            "7",
            "-a-",
            "bücher",
            "Émile",
            "xn--bcher-kva",
            "日本",
            "a.b",
            "\0",
            &long,
        ] {
            for attempt in [0, 1, 7, 8, usize::MAX] {
                let schema = schema(&at(subdomain), attempt);
                assert_eq!(
                    SchemaName::try_from(schema.as_str()).unwrap().as_str(),
                    schema,
                    "{subdomain}"
                );
            }
        }
        assert!(schema(&at("alice"), 0).starts_with("alice_"));
        assert!(schema(&at("sqlite-fans"), 0).starts_with("r_sqlite_fans_"));
    }

    #[test]
    fn each_attempt_makes_another_schema() {
        let relay = at("alice");
        let made: HashSet<_> = (0..100).map(|attempt| schema(&relay, attempt)).collect();
        assert_eq!(made.len(), 100);
    }
}
