use serde_json::{Map, Value};

/// Merges a patch into a configuration: objects merge, `null` removes, other values replace. Unlike in RFC 7396, a new
/// object keeps its nulls.
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
