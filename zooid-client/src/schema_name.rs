use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

use crate::text_type::text_type;

const MAX_LENGTH: usize = 48;

/// The schema of a relay: the prefix of its tables and of its media on S3.
///
/// At most 48 lower-case letters, digits and `_`. It begins with a letter, does not end with `_`, and does not begin
/// with `sqlite`. zooid accepts more names, but some of them terminate its process at every start, and others share
/// tables.
///
/// ```
/// use zooid_client::SchemaName;
///
/// assert!("alice_2".parse::<SchemaName>().is_ok());
/// let error = "sqlite_fans".parse::<SchemaName>().unwrap_err();
/// assert_eq!(error.to_string(), r#"schema "sqlite_fans" begins with "sqlite", which the database of zooid reserves"#);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SchemaName(String);

/// The reason why a text is not a [`SchemaName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidSchemaName {
    /// The text is empty.
    #[error("the schema is empty")]
    Empty,
    /// The text has more than 48 bytes.
    #[error("the schema has {0} bytes, but at most {MAX_LENGTH} are allowed")]
    TooLong(usize),
    /// The text has a character that is not allowed in a table name.
    #[error("schema {schema:?} has {found:?}, but only lower-case letters, digits and _ are allowed")]
    Character {
        /// The whole text.
        schema: String,
        /// The first character that is not allowed.
        found: char,
    },
    /// The text begins with a digit or an underscore.
    #[error("schema {0:?} does not begin with a letter")]
    Start(String),
    /// The text begins with `sqlite`. `sqlite` and `sqlite_…` terminate zooid's process, at every start again.
    #[error("schema {0:?} begins with \"sqlite\", which the database of zooid reserves")]
    Reserved(String),
    /// The text ends with an underscore, which older versions of zooid drop.
    #[error("schema {0:?} ends with _; remove it")]
    End(String),
}

impl SchemaName {
    /// Returns the table name that versions before the current one derive from a schema. Schemas with the same normal
    /// form share tables there. A `SchemaName` equals its normal form.
    pub fn normal_form(schema: &str) -> String {
        schema.trim_matches('_').to_ascii_lowercase()
    }
}

text_type!(SchemaName, InvalidSchemaName);

fn parse(schema: &str) -> Result<String, InvalidSchemaName> {
    let schema = schema.to_owned();
    if schema.is_empty() {
        return Err(InvalidSchemaName::Empty);
    }
    if schema.len() > MAX_LENGTH {
        return Err(InvalidSchemaName::TooLong(schema.len()));
    }
    let allowed = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == '_';
    if let Some(found) = schema.chars().find(|c| !allowed(c)) {
        return Err(InvalidSchemaName::Character { schema, found });
    }
    if !schema.starts_with(|c: char| c.is_ascii_lowercase()) {
        return Err(InvalidSchemaName::Start(schema));
    }
    if schema.starts_with("sqlite") {
        return Err(InvalidSchemaName::Reserved(schema));
    }
    if schema.ends_with('_') {
        return Err(InvalidSchemaName::End(schema));
    }
    Ok(schema)
}

impl JsonSchema for SchemaName {
    fn schema_name() -> Cow<'static, str> {
        "SchemaName".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^(?!sqlite)[a-z]([a-z0-9_]{0,46}[a-z0-9])?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_has_lower_case_letters_digits_and_inner_underscores() {
        let longest = "a".repeat(48);
        for schema in ["a", "a1", "alice", "a__b", "x_1", "sqlit", "asqlite", &longest] {
            assert_eq!(schema.parse::<SchemaName>().unwrap().as_str(), schema);
            assert_eq!(SchemaName::normal_form(schema), schema);
        }
    }

    #[test]
    fn an_invalid_schema_is_rejected_with_the_reason() {
        let too_long = "a".repeat(49);
        for (schema, reason) in [
            ("", "the schema is empty"),
            (too_long.as_str(), "has 49 bytes"),
            ("_alice", "does not begin with a letter"),
            ("1abc", "does not begin with a letter"),
            ("_", "does not begin with a letter"),
            ("alice_", "ends with _"),
            ("sqlite", "which the database of zooid reserves"),
            ("sqlite_x", "which the database of zooid reserves"),
            ("sqlite3", "which the database of zooid reserves"),
            ("Alice", "has 'A'"),
            ("a-b", "has '-'"),
            ("a b", "has ' '"),
            ("a\0", r"has '\0'"),
            ("é", "has 'é'"),
        ] {
            let error = schema.parse::<SchemaName>().expect_err(schema).to_string();
            assert!(error.contains(reason), "{schema}: {error}");
        }
    }

    #[test]
    fn the_normal_form_is_lower_case_without_outer_underscores() {
        for (schema, normal) in [
            ("_alice", "alice"),
            ("alice__", "alice"),
            ("__Al_ice_", "al_ice"),
            ("_", ""),
            ("_sqlite_x", "sqlite_x"),
        ] {
            assert_eq!(SchemaName::normal_form(schema), normal);
        }
    }
}
