//! What a relay's fields must be before they are kept, so that nothing is stored that zooid would refuse for ever.

use infra_sync::{
    Relay,
    zooid_client::{Keys, RelayId, SchemaName, Secret},
};
use nostr::key::PublicKey;

/// A field that cannot be kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name in the row.
    pub field: &'static str,
    /// What is wrong with it. A secret is not repeated.
    pub problem: String,
}

/// Puts the fields in their usual spelling and names all that are wrong. An empty id, schema or secret is right: it will
/// be [made](crate::identity::complete).
pub fn check(mut relay: Relay) -> Result<Relay, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut wrong = |field, problem: &str| {
        problems.push(FieldProblem {
            field,
            problem: problem.to_owned(),
        });
    };
    if !relay.id.is_empty()
        && let Err(error) = RelayId::try_from(relay.id.as_str())
    {
        wrong("id", &error.to_string());
    }
    match PublicKey::parse(&relay.tenant_pubkey) {
        Ok(key) => relay.tenant_pubkey = key.to_hex(),
        Err(_) => wrong(
            "tenant_pubkey",
            "must be a nostr public key, 64 hexadecimal digits or npub1…",
        ),
    }
    if !relay.schema.is_empty()
        && let Err(error) = SchemaName::try_from(relay.schema.as_str())
    {
        wrong("schema", &format!("must be another: {error}"));
    }
    match relay.secret.take().filter(|secret| !secret.is_empty()) {
        Some(secret) => match Keys::parse(secret.expose()) {
            Ok(keys) => relay.secret = Some(Secret::from(keys.secret_key().to_secret_hex())),
            Err(_) => wrong("secret", "must be a nostr secret key, 64 hexadecimal digits or nsec1…"),
        },
        None if relay.is_synced() => wrong("secret", "missing, though zooid is said to have this relay already"),
        None => {}
    }
    if relay.schema.is_empty() && relay.is_synced() {
        wrong("schema", "missing, though zooid is said to have this relay already");
    }
    for (field, name) in [("subdomain", &relay.subdomain), ("zooid_domain", &relay.zooid_domain)] {
        if name.is_empty() || !is_host(name) {
            wrong(field, "must be a host name: letters, digits, - and .");
        }
    }
    if !is_host(&relay.custom_domain) {
        wrong(
            "custom_domain",
            "must be empty or a host name: letters, digits, - and .",
        );
    }
    let texts = [
        ("plan_id", relay.plan_id.as_str()),
        ("status", relay.status.as_str()),
        ("info_name", &relay.info_name),
        ("info_icon", &relay.info_icon),
        ("info_description", &relay.info_description),
    ];
    for (field, _) in texts.iter().filter(|(_, text)| text.contains('\0')) {
        wrong(
            field,
            "must not contain the character NUL, which not every store can keep",
        );
    }
    if relay.status.as_str().is_empty() {
        wrong("status", "must not be empty; active and inactive are usual");
    }
    if problems.is_empty() { Ok(relay) } else { Err(problems) }
}

/// A port is part of the host where it is not the usual one.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "0"));
    let labels = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.');
    labels && port.parse::<u16>().is_ok()
}
