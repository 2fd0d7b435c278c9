//! Decodes JSON as Go's `encoding/json` does: unknown fields are dropped, field names match in any case, `null`
//! changes nothing, and absent fields have their zero value.

use serde_json::Value;

pub(super) enum GoType {
    Text,
    Flag,
    Texts,
    /// A struct: its name, empty if anonymous, and its fields.
    Struct(&'static str, &'static [(&'static str, GoType)]),
    /// A map with text keys.
    Map(&'static GoType),
}

/// The position of a value, for Go's error text.
#[derive(Clone, Copy)]
struct FieldPath<'p> {
    owner: &'p str,
    path: &'p str,
}

impl GoType {
    pub(super) fn decode(&self, json: &Value) -> Result<Value, String> {
        self.decode_at(json, FieldPath { owner: "", path: "" })
    }

    fn decode_at(&self, json: &Value, place: FieldPath<'_>) -> Result<Value, String> {
        let mut decoded = self.zero();
        self.decode_into(&mut decoded, json, place)?;
        Ok(decoded)
    }

    fn decode_into(&self, into: &mut Value, json: &Value, place: FieldPath<'_>) -> Result<(), String> {
        match (self, json) {
            (GoType::Texts | GoType::Map(_), Value::Null) => *into = Value::Null,
            (_, Value::Null) => {}
            (GoType::Text, Value::String(_)) | (GoType::Flag, Value::Bool(_)) => *into = json.clone(),
            (GoType::Texts, Value::Array(items)) => {
                *into = items
                    .iter()
                    .map(|item| GoType::Text.decode_at(item, place))
                    .collect::<Result<_, _>>()?;
            }
            (GoType::Map(go_type), Value::Object(values)) => {
                let mut named = into.as_object().cloned().unwrap_or_default();
                for (name, value) in values {
                    named.insert(name.clone(), go_type.decode_at(value, place)?);
                }
                *into = Value::Object(named);
            }
            (GoType::Struct(owner, fields), Value::Object(values)) => {
                for (key, value) in values {
                    if let Some((name, go_type)) = field(fields, key) {
                        let path = place.inside(name);
                        go_type.decode_into(&mut into[*name], value, FieldPath { owner, path: &path })?;
                    }
                }
            }
            _ => return Err(self.mismatch(json, place)),
        }
        Ok(())
    }

    pub(super) fn zero(&self) -> Value {
        match self {
            GoType::Text => Value::String(String::new()),
            GoType::Flag => Value::Bool(false),
            GoType::Texts | GoType::Map(_) => Value::Null,
            GoType::Struct(_, fields) => fields
                .iter()
                .map(|(name, go_type)| ((*name).to_owned(), go_type.zero()))
                .collect(),
        }
    }

    fn mismatch(&self, json: &Value, FieldPath { owner, path }: FieldPath<'_>) -> String {
        let found = json_type(json);
        let wanted = self.go_type();
        if path.is_empty() {
            format!("json: cannot unmarshal {found} into Go value of type {wanted}")
        } else {
            format!("json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {wanted}")
        }
    }

    fn go_type(&self) -> String {
        match self {
            GoType::Text => "string".to_owned(),
            GoType::Flag => "bool".to_owned(),
            GoType::Texts => "[]string".to_owned(),
            GoType::Struct("", _) => "struct".to_owned(),
            GoType::Struct(name, _) => format!("zooid.{name}"),
            GoType::Map(go_type) => format!("map[string]{}", go_type.go_type()),
        }
    }
}

impl FieldPath<'_> {
    fn inside(&self, name: &str) -> String {
        match self.path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }
}

/// Returns the field that matches the key in any case.
fn field<'f>(fields: &'f [(&'static str, GoType)], key: &str) -> Option<&'f (&'static str, GoType)> {
    fields.iter().find(|(name, _)| key.eq_ignore_ascii_case(name))
}

pub(super) fn json_type(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
