//! The stored form of a relay configuration, and its validation.

use nostr::key::PublicKey;
use serde_json::Value;

use super::{go_type::GoType, toml};
use crate::{messages, profile::Profile};
use GoType::{Flag, Map, Struct, Text, Texts};

const ADAPTER: &str = "/blossom/adapter";

/// Order of the secp256k1 group. zooid reduces private keys modulo this number.
const GROUP_ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

const INFO: GoType = Struct(
    "",
    &[("name", Text), ("icon", Text), ("pubkey", Text), ("description", Text)],
);
const SWITCH: GoType = Struct("", &[("enabled", Flag)]);
const LIVEKIT: GoType = Struct("", &[("server_url", Text), ("api_key", Text), ("api_secret", Text)]);
const ROLE: GoType = Struct(
    "Role",
    &[("pubkeys", Texts), ("can_invite", Flag), ("can_manage", Flag)],
);
const S3: GoType = Struct(
    "BlossomS3Settings",
    &[
        ("endpoint", Text),
        ("region", Text),
        ("bucket", Text),
        ("access_key", Text),
        ("secret_key", Text),
        ("key_prefix", Text),
    ],
);

static OLD: GoType = Struct(
    "Config",
    &[
        ("host", Text),
        ("schema", Text),
        ("secret", Text),
        ("inactive", Flag),
        ("info", INFO),
        (
            "policy",
            Struct("", &[("public_join", Flag), ("strip_signatures", Flag)]),
        ),
        ("groups", SWITCH),
        ("push", SWITCH),
        ("management", SWITCH),
        ("blossom", SWITCH),
        ("livekit", LIVEKIT),
        ("roles", Map(&ROLE)),
    ],
);

static CURRENT: GoType = Struct(
    "Config",
    &[
        ("host", Text),
        ("schema", Text),
        ("secret", Text),
        ("inactive", Flag),
        ("info", INFO),
        (
            "policy",
            Struct(
                "",
                &[
                    ("public_read", Flag),
                    ("public_write", Flag),
                    ("public_join", Flag),
                    ("strip_signatures", Flag),
                ],
            ),
        ),
        ("groups", SWITCH),
        ("push", SWITCH),
        ("management", SWITCH),
        (
            "blossom",
            Struct(
                "",
                &[
                    ("enabled", Flag),
                    ("authenticated_read", Flag),
                    ("adapter", Text),
                    ("s3", S3),
                ],
            ),
        ),
        ("livekit", LIVEKIT),
        ("roles", Map(&ROLE)),
    ],
);

/// Decodes a configuration as zooid does: drops unknown fields and gives absent fields their zero value.
pub(super) fn decode(profile: Profile, json: &Value) -> Result<Value, String> {
    go_type(profile).decode(json)
}

/// Returns the file of a decoded configuration.
pub(super) fn toml(profile: Profile, config: &Value) -> String {
    toml::file(go_type(profile), config)
}

/// Returns the content of the first bytes of that file, or the error of the TOML parser.
pub(super) fn first_bytes(profile: Profile, config: &Value, bytes: usize) -> Result<Value, String> {
    toml::first_bytes(go_type(profile), config, bytes)
}

/// Reads a stored configuration as the API does. The old profile does not validate it.
pub(super) fn read(profile: Profile, config: Value) -> Result<Value, String> {
    match profile {
        Profile::Old => Ok(config),
        Profile::Current => validated(profile, config),
    }
}

/// Returns whether zooid can load a configuration that it has [read].
pub(super) fn loads(profile: Profile, config: &Value) -> bool {
    match profile {
        Profile::Old => {
            check_host(text(config, "/host")).is_ok()
                && !text(config, "/schema").is_empty()
                && check_secret(profile, text(config, "/secret")).is_ok()
        }
        Profile::Current => true,
    }
}

fn go_type(profile: Profile) -> &'static GoType {
    match profile {
        Profile::Old => &OLD,
        Profile::Current => &CURRENT,
    }
}

/// Returns the text at a path of a decoded configuration, or an empty text.
pub(super) fn text<'c>(config: &'c Value, pointer: &str) -> &'c str {
    config.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Parses a public key of 64 hexadecimal digits in either case.
pub(super) fn pubkey(hex: &str) -> Option<PublicKey> {
    let key = PublicKey::from_hex(hex).ok()?;
    key.xonly().is_ok().then_some(key)
}

/// Returns the configuration with zooid's defaults, or zooid's text of the first error.
pub(super) fn validated(profile: Profile, mut config: Value) -> Result<Value, String> {
    check_host(text(&config, "/host"))?;
    check_schema(profile, text(&config, "/schema"))?;
    check_secret(profile, text(&config, "/secret"))?;
    check_pubkey(profile, text(&config, "/info/pubkey"))?;
    if profile == Profile::Current {
        if text(&config, ADAPTER).is_empty() {
            config["blossom"]["adapter"] = "local".into();
        }
        check_blossom(&config)?;
    }
    Ok(config)
}

fn check_host(host: &str) -> Result<(), String> {
    fail_if(host.is_empty(), messages::HOST_REQUIRED)
}

fn check_schema(profile: Profile, schema: &str) -> Result<(), String> {
    fail_if(schema.is_empty(), "schema is required")?;
    let begins_well = !schema.starts_with(|c: char| c.is_ascii_digit());
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    fail_if(
        profile == Profile::Current && !(begins_well && schema.chars().all(allowed)),
        "schema must contain only lowercase letters, numbers, and underscores",
    )
}

/// The text contains the rejected secret, as zooid's does. Clients must redact it.
fn check_secret(profile: Profile, secret: &str) -> Result<(), String> {
    fail_if(profile == Profile::Old && secret.is_empty(), "secret is required")?;
    let invalid = |reason: &str| Err(format!("invalid secret key: {reason}"));
    if secret.len() > 64 {
        return invalid(&format!("secret key should be at most 64-char hex, got '{secret}'"));
    }
    let padded = format!("{}{secret}", "0".repeat(64 - secret.len()));
    if let Some(byte) = invalid_byte(secret) {
        return invalid(&format!("'{padded}' is not valid hex: {byte}"));
    }
    let is_zero = padded.bytes().all(|byte| byte == b'0') || padded.eq_ignore_ascii_case(GROUP_ORDER);
    if is_zero { invalid("invalid secret key") } else { Ok(()) }
}

fn check_pubkey(profile: Profile, pubkey: &str) -> Result<(), String> {
    if profile == Profile::Old && pubkey.is_empty() {
        return Ok(());
    }
    let invalid = |reason: &str| Err(format!("invalid info.pubkey: {reason}"));
    if pubkey.len() != 64 {
        return invalid(&format!("pubkey should be 64-char hex, got '{pubkey}'"));
    }
    if let Some(byte) = invalid_byte(pubkey) {
        return invalid(&format!("'{pubkey}' is not valid hex: {byte}"));
    }
    match self::pubkey(pubkey) {
        Some(_) => Ok(()),
        None => invalid(&format!("'{pubkey}' is not a valid pubkey")),
    }
}

fn check_blossom(config: &Value) -> Result<(), String> {
    match text(config, ADAPTER) {
        "local" => Ok(()),
        "s3" => ["bucket", "region", "access_key", "secret_key"]
            .into_iter()
            .find(|field| text(config, &format!("/blossom/s3/{field}")).is_empty())
            .map_or(Ok(()), |field| {
                Err(format!("blossom.s3.{field} is required when blossom.adapter is s3"))
            }),
        _ => Err("invalid blossom adapter".to_owned()),
    }
}

fn fail_if(condition: bool, message: &str) -> Result<(), String> {
    if condition { Err(message.to_owned()) } else { Ok(()) }
}

/// Returns Go's error for a text that is not hex.
fn invalid_byte(text: &str) -> Option<String> {
    let byte = text.bytes().find(|byte| !byte.is_ascii_hexdigit())?;
    Some(format!(
        "encoding/hex: invalid byte: U+{byte:04X} '{}'",
        char::from(byte)
    ))
}
