//! A configuration as Go's TOML encoder writes it: a struct's values in its order, then its tables; nothing for what is
//! nil.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::Value;

use super::shape::Shape;

/// The whole file.
pub(super) fn file(shape: &Shape, config: &Value) -> String {
    let mut file = String::new();
    table(&mut file, shape, config, &[]);
    file
}

fn table(file: &mut String, shape: &Shape, value: &Value, path: &[&str]) {
    let Value::Object(values) = value else { return };
    if !path.is_empty() {
        // Only a table of the first level has an empty line before it.
        if path.len() == 1 {
            file.push('\n');
        }
        let keys: Vec<_> = path.iter().map(|key| written_key(key)).collect();
        line(file, path.len() - 1, &format!("[{}]", keys.join(".")));
    }
    let fields: Vec<(&str, &Shape)> = match shape {
        Shape::Struct(_, fields) => fields.iter().map(|(name, shape)| (*name, shape)).collect(),
        // Go sorts the keys of a map; serde_json does so only unless told to keep their order.
        Shape::Named(shape) => {
            let names: BTreeSet<_> = values.keys().map(String::as_str).collect();
            names.into_iter().map(|name| (name, *shape)).collect()
        }
        Shape::Text | Shape::Flag | Shape::Texts => Vec::new(),
    };
    let is_table = |shape: &Shape| matches!(shape, Shape::Struct(..) | Shape::Named(_));
    for (name, _) in fields.iter().filter(|(_, shape)| !is_table(shape)) {
        if let Some(text) = scalar(&values[*name]) {
            line(file, path.len(), &format!("{} = {text}", written_key(name)));
        }
    }
    for (name, shape) in fields.iter().filter(|(_, shape)| is_table(shape)) {
        table(file, shape, &values[*name], &[path, &[*name]].concat());
    }
}

fn line(file: &mut String, depth: usize, text: &str) {
    file.push_str(&"  ".repeat(depth));
    file.push_str(text);
    file.push('\n');
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(quoted(text)),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter_map(scalar).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        Value::Null | Value::Number(_) | Value::Object(_) => None,
    }
}

fn written_key(key: &str) -> String {
    let bare = !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if bare { key.to_owned() } else { quoted(key) }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            c if c.is_ascii_control() => {
                // Writing to a String cannot fail.
                let _ = write!(quoted, "\\u{:04x}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
