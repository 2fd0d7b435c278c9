use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::text_type::text_type;

const MAX_LENGTH: usize = 200;

/// The id that [`Client::heartbeat`](crate::Client::heartbeat) uses. No relay may have it.
pub const HEARTBEAT_ID: &str = "infra-heartbeat";

/// The id of a relay: a path segment and the name of zooid's configuration file.
///
/// 1 to 200 letters, digits, `.`, `_`, `~` and `-`, but neither `.` nor `..`. These characters need no escaping, since
/// zooid compares the signed url with the *decoded* path.
///
/// ```
/// use zooid_client::RelayId;
///
/// assert!("alice-2".parse::<RelayId>().is_ok());
/// let error = "a/b".parse::<RelayId>().unwrap_err();
/// assert_eq!(error.to_string(), r#"relay id "a/b" has '/', but only letters, digits and . _ ~ - are allowed"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RelayId(String);

/// The reason why a text is not a [`RelayId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRelayId {
    /// The text is empty.
    #[error("the relay id is empty")]
    Empty,
    /// The text has more than 200 characters, the limit of file names.
    #[error("the relay id has {0} characters, but at most {MAX_LENGTH} fit into zooid's file names")]
    TooLong(usize),
    /// The text is `.` or `..`, which a url resolves to another path.
    #[error("relay id {0:?} is a relative path")]
    Dots(String),
    /// The text has a character that needs escaping in a url.
    #[error("relay id {id:?} has {found:?}, but only letters, digits and . _ ~ - are allowed")]
    Character {
        /// The whole text.
        id: String,
        /// The first character that is not allowed.
        found: char,
    },
}

impl RelayId {
    /// Returns the reserved id for requests that must not change a relay.
    pub(crate) fn heartbeat() -> Self {
        Self(HEARTBEAT_ID.to_owned())
    }
}

text_type!(RelayId, InvalidRelayId);

fn parse(id: &str) -> Result<String, InvalidRelayId> {
    let id = id.to_owned();
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
    Ok(id)
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
