use serde_json::{Map, Value};

/// Merges a patch into a configuration: objects merge, `null` removes, anything else replaces. An object that is new is
/// taken as it stands, nulls included, unlike in RFC 7396.
pub(super) fn merge(into: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, change) in patch {
        match (change, into.get_mut(key)) {
            (Value::Null, _) => {
                into.remove(key);
            }
            (Value::Object(change), Some(Value::Object(old))) => merge(old, change),
            _ => {
                into.insert(key.clone(), change.clone());
            }
        }
    }
}
