//! Relay configurations for tests.

use serde_json::{Value, json};

/// A valid public key.
pub const PUBKEY: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

/// A valid secret key.
pub const SECRET: &str = "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff";

/// Returns a configuration with the required fields only.
pub fn config(host: &str, schema: &str) -> Value {
    json!({ "host": host, "schema": schema, "secret": SECRET, "info": { "pubkey": PUBKEY } })
}
