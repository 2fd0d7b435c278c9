use serde_json::{Map, Value};

use super::Profile;

/// Merges a patch into a configuration: objects merge, `null` removes, anything else replaces.
pub(super) fn merge(profile: Profile, into: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, change) in patch {
        match (change, into.get_mut(key)) {
            (Value::Null, _) => {
                into.remove(key);
            }
            (Value::Object(change), Some(Value::Object(old))) => merge(profile, old, change),
            // An old zooid takes an object that is new as it stands, so a null inside it makes an empty role.
            (Value::Object(change), _) if profile == Profile::Current => {
                let mut new = Map::new();
                merge(profile, &mut new, change);
                into.insert(key.clone(), Value::Object(new));
            }
            _ => {
                into.insert(key.clone(), change.clone());
            }
        }
    }
}
