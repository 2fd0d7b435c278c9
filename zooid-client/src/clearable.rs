use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A change of an optional value by a patch. `None` in the patch's field keeps the value:
///
/// ```
/// use zooid_client::{Clearable, types::InfoPatch};
///
/// let patch = InfoPatch {
///     name: Some("Alice's relay".into()), // set
///     icon: Some(Clearable::Clear),       // clear
///     ..InfoPatch::default()              // keep
/// };
/// assert_eq!(serde_json::to_string(&patch)?, r#"{"icon":null,"name":"Alice's relay"}"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Clearable<T> {
    /// Sets the value.
    Set(T),
    /// Removes the value; sent as `null`.
    Clear,
}

impl<T> From<T> for Clearable<T> {
    fn from(value: T) -> Self {
        Clearable::Set(value)
    }
}

impl From<&str> for Clearable<String> {
    fn from(text: &str) -> Self {
        Clearable::Set(text.to_owned())
    }
}

impl<T: Serialize> Serialize for Clearable<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Clearable::Set(value) => value.serialize(serializer),
            Clearable::Clear => serializer.serialize_none(),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Clearable<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Clearable::Clear, Clearable::Set))
    }
}

impl<T: JsonSchema> JsonSchema for Clearable<T> {
    fn schema_name() -> Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Option::<T>::json_schema(generator)
    }
}
