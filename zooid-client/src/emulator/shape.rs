//! How Go's `encoding/json` reads a value into a struct: unknown fields are dropped, names compare without case, `null`
//! changes nothing, and what is absent has its type's zero value.

use serde_json::Value;

pub(super) enum Shape {
    Text,
    Flag,
    Texts,
    /// A struct: its Go name, empty for an anonymous one, and its fields.
    Struct(&'static str, &'static [(&'static str, Shape)]),
    /// Values by name.
    Named(&'static Shape),
}

/// Where in a struct a value stands, for Go's error text.
#[derive(Clone, Copy)]
struct Place<'p> {
    owner: &'p str,
    path: &'p str,
}

impl Shape {
    pub(super) fn decode(&self, json: &Value) -> Result<Value, String> {
        self.decode_at(json, Place { owner: "", path: "" })
    }

    fn decode_at(&self, json: &Value, place: Place<'_>) -> Result<Value, String> {
        let mut decoded = self.zero();
        self.decode_into(&mut decoded, json, place)?;
        Ok(decoded)
    }

    fn decode_into(&self, into: &mut Value, json: &Value, place: Place<'_>) -> Result<(), String> {
        match (self, json) {
            (Shape::Texts | Shape::Named(_), Value::Null) => *into = Value::Null,
            (_, Value::Null) => {}
            (Shape::Text, Value::String(_)) | (Shape::Flag, Value::Bool(_)) => *into = json.clone(),
            (Shape::Texts, Value::Array(items)) => {
                *into = items
                    .iter()
                    .map(|item| Shape::Text.decode_at(item, place))
                    .collect::<Result<_, _>>()?;
            }
            (Shape::Named(shape), Value::Object(values)) => {
                let mut named = into.as_object().cloned().unwrap_or_default();
                for (name, value) in values {
                    named.insert(name.clone(), shape.decode_at(value, place)?);
                }
                *into = Value::Object(named);
            }
            (Shape::Struct(owner, fields), Value::Object(values)) => {
                for (key, value) in values {
                    if let Some((name, shape)) = field(fields, key) {
                        let path = place.inside(name);
                        shape.decode_into(&mut into[*name], value, Place { owner, path: &path })?;
                    }
                }
            }
            _ => return Err(self.mismatch(json, place)),
        }
        Ok(())
    }

    pub(super) fn zero(&self) -> Value {
        match self {
            Shape::Text => Value::String(String::new()),
            Shape::Flag => Value::Bool(false),
            Shape::Texts | Shape::Named(_) => Value::Null,
            Shape::Struct(_, fields) => fields
                .iter()
                .map(|(name, shape)| ((*name).to_owned(), shape.zero()))
                .collect(),
        }
    }

    fn mismatch(&self, json: &Value, Place { owner, path }: Place<'_>) -> String {
        let found = kind(json);
        let wanted = self.go_type();
        if path.is_empty() {
            format!("json: cannot unmarshal {found} into Go value of type {wanted}")
        } else {
            format!("json: cannot unmarshal {found} into Go struct field {owner}.{path} of type {wanted}")
        }
    }

    fn go_type(&self) -> String {
        match self {
            Shape::Text => "string".to_owned(),
            Shape::Flag => "bool".to_owned(),
            Shape::Texts => "[]string".to_owned(),
            Shape::Struct("", _) => "struct".to_owned(),
            Shape::Struct(name, _) => format!("zooid.{name}"),
            Shape::Named(shape) => format!("map[string]{}", shape.go_type()),
        }
    }
}

impl Place<'_> {
    fn inside(&self, name: &str) -> String {
        match self.path {
            "" => name.to_owned(),
            path => format!("{path}.{name}"),
        }
    }
}

/// The field of a key, whatever its case.
fn field<'f>(fields: &'f [(&'static str, Shape)], key: &str) -> Option<&'f (&'static str, Shape)> {
    fields.iter().find(|(name, _)| key.eq_ignore_ascii_case(name))
}

pub(super) fn kind(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
