use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

const MAX_LENGTH: usize = 200;

/// The id that [`Client::heartbeat`](crate::Client::heartbeat) asks for. No relay may have it.
pub const HEARTBEAT_ID: &str = "infra-heartbeat";

/// A relay's id: one segment of the path, and the name of zooid's configuration file.
///
/// zooid compares the signed url with the *decoded* path, so only characters that need no escaping are allowed: letters,
/// digits, `.`, `_`, `~` and `-`, at most 200 of them, and neither `.` nor `..`.
///
/// ```
/// use zooid_client::RelayId;
///
/// assert!("alice-2".parse::<RelayId>().is_ok());
/// let error = "a/b".parse::<RelayId>().unwrap_err();
/// assert_eq!(error.to_string(), r#"relay id "a/b" has '/', but only letters, digits and . _ ~ - may stand in it"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelayId(String);

/// Why a text is not a [`RelayId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRelayId {
    /// The text is empty.
    #[error("the relay id is empty")]
    Empty,
    /// The text is longer than a file name may be.
    #[error("the relay id has {0} characters, but at most {MAX_LENGTH} fit into zooid's file names")]
    TooLong(usize),
    /// The text is `.` or `..`, which a url resolves to another path.
    #[error("relay id {0:?} is a path of its own")]
    Dots(String),
    /// The text has a character that a url would have to escape.
    #[error("relay id {id:?} has {found:?}, but only letters, digits and . _ ~ - may stand in it")]
    Character {
        /// The whole text.
        id: String,
        /// The first character that is not allowed.
        found: char,
    },
}

impl RelayId {
    /// For requests that must change nothing.
    pub(crate) fn heartbeat() -> Self {
        Self(HEARTBEAT_ID.to_owned())
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RelayId {
    type Err = InvalidRelayId;

    fn from_str(id: &str) -> Result<Self, InvalidRelayId> {
        id.to_owned().try_into()
    }
}

impl TryFrom<&str> for RelayId {
    type Error = InvalidRelayId;

    fn try_from(id: &str) -> Result<Self, InvalidRelayId> {
        id.parse()
    }
}

impl TryFrom<String> for RelayId {
    type Error = InvalidRelayId;

    fn try_from(id: String) -> Result<Self, InvalidRelayId> {
        if id.is_empty() {
            return Err(InvalidRelayId::Empty);
        }
        if id == "." || id == ".." {
            return Err(InvalidRelayId::Dots(id));
        }
        let allowed = |c: &char| c.is_ascii_alphanumeric() || "._~-".contains(*c);
        if let Some(found) = id.chars().find(|c| !allowed(c)) {
            return Err(InvalidRelayId::Character { id, found });
        }
        if id.len() > MAX_LENGTH {
            return Err(InvalidRelayId::TooLong(id.len()));
        }
        Ok(Self(id))
    }
}

impl From<RelayId> for String {
    fn from(id: RelayId) -> String {
        id.0
    }
}

impl AsRef<str> for RelayId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelayId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for RelayId {
    fn schema_name() -> Cow<'static, str> {
        "RelayId".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^(?!\.{1,2}$)[A-Za-z0-9._~-]+$",
            "maxLength": MAX_LENGTH,
        })
    }
}
