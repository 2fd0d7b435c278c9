use std::{borrow::Cow, net::IpAddr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::text_type::text_type;

const MAX_LENGTH: usize = 253;
const MAX_LABEL: usize = 63;

/// Maximum length of an input, in bytes. The normal form of a longer text is always too long.
const MAX_INPUT: usize = 4 * MAX_LENGTH;

/// The host of a relay: a domain name in the spelling that browsers send, because zooid compares the `Host` header
/// byte by byte.
///
/// Parsing converts a text to lower case, drops a trailing dot, and converts international names to punycode. The
/// result must have at least two labels of letters, digits and inner hyphens, and the last label must not be a number.
/// IP addresses, ports, and single labels such as `localhost` are not allowed.
///
/// ```
/// use zooid_client::Host;
///
/// let host: Host = "Bücher.Example.".parse().unwrap();
/// assert_eq!(host.as_str(), "xn--bcher-kva.example");
/// assert!("relays.example:8443".parse::<Host>().is_err());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Host(String);

/// The reason why a text is not a [`Host`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidHost {
    /// The text is empty or a dot.
    #[error("the host is empty")]
    Empty,
    /// The text has more than 253 bytes, the limit of DNS.
    #[error("the host has {0} bytes, but at most {MAX_LENGTH} fit into DNS")]
    TooLong(usize),
    /// The text is an IP address.
    #[error("host {0:?} is an IP address; use a domain name")]
    Address(String),
    /// The text has a port.
    #[error("host {0:?} has a port; use the name alone")]
    Port(String),
    /// The text has a character that is not allowed in DNS.
    #[error("host {host:?} has {found:?}, but only letters, digits, hyphens and dots are allowed")]
    Character {
        /// The whole text.
        host: String,
        /// The first character that is not allowed.
        found: char,
    },
    /// The text cannot be converted to punycode.
    #[error("host {0:?} is not a valid international domain name")]
    International(String),
    /// A label is empty: the text begins with a dot or has two dots in a row.
    #[error("host {0:?} has an empty label")]
    EmptyLabel(String),
    /// A label has more than 63 bytes, the limit of DNS.
    #[error("host {0:?} has a label of more than {MAX_LABEL} bytes")]
    LongLabel(String),
    /// A label begins or ends with a hyphen.
    #[error("host {0:?} has a label that begins or ends with a hyphen")]
    Hyphen(String),
    /// The text is a single label.
    #[error("host {0:?} has a single label; use two or more, as in relay.example")]
    SingleLabel(String),
    /// The last label is a number. Browsers parse such a text as an IP address.
    #[error("host {0:?} ends with a number")]
    Number(String),
}

text_type!(Host, InvalidHost);

fn parse(text: &str) -> Result<String, InvalidHost> {
    if text.len() > MAX_INPUT {
        return Err(InvalidHost::TooLong(text.len()));
    }
    if text.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Err(InvalidHost::Address(text.to_owned()));
    }
    let host = idna::domain_to_ascii(text).map_err(|_| InvalidHost::International(text.to_owned()))?;
    let host = host.strip_suffix('.').unwrap_or(&host);
    validate(host)?;
    Ok(host.to_owned())
}

/// Validates a text in lower-case ASCII without a trailing dot.
fn validate(host: &str) -> Result<(), InvalidHost> {
    let invalid = |reason: fn(String) -> InvalidHost| Err(reason(host.to_owned()));
    if host.is_empty() {
        return Err(InvalidHost::Empty);
    }
    if host.len() > MAX_LENGTH {
        return Err(InvalidHost::TooLong(host.len()));
    }
    let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(*c);
    if let Some(found) = host.chars().find(|c| !allowed(c)) {
        let is_port = |(_, port): (&str, &str)| port.bytes().all(|b| b.is_ascii_digit());
        if host.split_once(':').is_some_and(is_port) {
            return invalid(InvalidHost::Port);
        }
        let host = host.to_owned();
        return Err(InvalidHost::Character { host, found });
    }
    for label in host.split('.') {
        if label.is_empty() {
            return invalid(InvalidHost::EmptyLabel);
        }
        if label.len() > MAX_LABEL {
            return invalid(InvalidHost::LongLabel);
        }
        if label.starts_with('-') || label.ends_with('-') {
            return invalid(InvalidHost::Hyphen);
        }
    }
    match host.rsplit_once('.') {
        None => invalid(InvalidHost::SingleLabel),
        Some((_, last)) if is_number(last) => invalid(InvalidHost::Number),
        Some(_) => Ok(()),
    }
}

/// Whether browsers parse a host with this last label as an IP address (the URL standard's "ends in a number").
fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x") {
        Some(hex) => hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => label.bytes().all(|b| b.is_ascii_digit()),
    }
}

impl JsonSchema for Host {
    fn schema_name() -> Cow<'static, str> {
        "Host".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+(?!([0-9]+|0x[0-9a-f]*)$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
            "maxLength": MAX_LENGTH,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{InvalidHost, parse};

    #[test]
    fn all_spellings_of_a_host_have_the_same_normal_form() {
        for (text, host) in [
            ("a.test", "a.test"),
            ("A.Test", "a.test"),
            ("a.test.", "a.test"),
            ("ａ.test", "a.test"),
            ("a。test", "a.test"),
            ("a.test。", "a.test"),
            ("bücher.test", "xn--bcher-kva.test"),
            ("BÜCHER.test", "xn--bcher-kva.test"),
            ("XN--BCHER-KVA.test", "xn--bcher-kva.test"),
            ("1.2.test", "1.2.test"),
            ("a--b.test", "a--b.test"),
            ("alice.localhost", "alice.localhost"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(host), "{text}");
            assert_eq!(parse(host).as_deref(), Ok(host), "{host} equals its normal form");
        }
    }

    #[test]
    fn an_invalid_host_is_rejected_with_the_reason() {
        let long_label = format!("{}.test", "a".repeat(64));
        for (text, reason) in [
            ("", "the host is empty"),
            (".", "the host is empty"),
            ("-", "begins or ends with a hyphen"),
            ("localhost", "single label"),
            ("LOCALHOST.", "single label"),
            (".a.test", "empty label"),
            ("a..test", "empty label"),
            ("a.test..", "empty label"),
            ("-a.test", "hyphen"),
            ("a-.test", "hyphen"),
            ("a.-test", "hyphen"),
            ("a.test:80", "has a port"),
            ("a.test:", "has a port"),
            ("localhost:8080", "has a port"),
            ("127.0.0.1", "an IP address"),
            ("::1", "an IP address"),
            ("[::1]", "an IP address"),
            ("127.0.0.1:80", "has a port"),
            ("1.2.3", "ends with a number"),
            ("a.1", "ends with a number"),
            ("a.0x7f", "ends with a number"),
            ("a.0X", "ends with a number"),
            ("a_b.test", "has '_'"),
            ("a b.test", "has ' '"),
            (" a.test", "has ' '"),
            ("a/b.test", "has '/'"),
            ("a.test\n", r"has '\n'"),
            ("*.test", "has '*'"),
            ("a%41.test", "has '%'"),
            ("https://a.test", "has ':'"),
            ("xn--.test", "international"),
            ("a\u{202e}b.test", "international"),
            ("a\u{fffd}.test", "international"),
            (long_label.as_str(), "more than 63"),
        ] {
            let error = parse(text).expect_err(text).to_string();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn a_host_has_at_most_253_bytes_and_a_label_63() {
        let of = |length: usize| {
            let labels = "a".repeat(63) + ".";
            labels.repeat(4)[..length - 2].to_owned() + ".a"
        };
        assert_eq!(parse(&of(253)).unwrap().len(), 253);
        assert_eq!(parse(&of(254)), Err(InvalidHost::TooLong(254)));
        assert_eq!(parse(&"a".repeat(1_000_000)), Err(InvalidHost::TooLong(1_000_000)));
    }
}
