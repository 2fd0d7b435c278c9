//! Writes a configuration as Go's TOML encoder does: the values of a struct in their order, then its tables, and
//! nothing for nil.

use std::{collections::BTreeSet, fmt::Write};

use serde_json::Value;

use super::go_type::GoType;

/// A line of the file, and the path and value that it sets.
struct Line {
    text: String,
    path: Vec<String>,
    value: Value,
}

/// Returns the whole file.
pub(super) fn file(go_type: &GoType, config: &Value) -> String {
    lines(go_type, config).into_iter().map(|line| line.text).collect()
}

/// Returns the content of the first bytes of the file, or an error if they end inside a line.
pub(super) fn first_bytes(go_type: &GoType, config: &Value, bytes: usize) -> Result<Value, String> {
    let mut held = go_type.zero();
    let mut left = bytes;
    for (number, line) in (1..).zip(lines(go_type, config)) {
        let there = line.text.as_bytes();
        let there = there[..left.min(there.len())].trim_ascii();
        if there.is_empty() {
            break;
        }
        if there != line.text.as_bytes().trim_ascii() {
            return Err(format!("toml: line {number}: unexpected EOF"));
        }
        let place = line.path.iter().fold(&mut held, |at, key| &mut at[key]);
        *place = line.value;
        left = left.saturating_sub(line.text.len());
    }
    Ok(held)
}

fn lines(go_type: &GoType, config: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    table(&mut lines, go_type, config, &[]);
    lines
}

fn table(lines: &mut Vec<Line>, go_type: &GoType, value: &Value, path: &[&str]) {
    let Value::Object(values) = value else { return };
    if !path.is_empty() {
        let keys: Vec<_> = path.iter().map(|key| toml_key(key)).collect();
        // Only top-level tables have an empty line before them.
        let before = if path.len() == 1 { "\n" } else { "" };
        let indent = "  ".repeat(path.len() - 1);
        let value = match go_type {
            GoType::Map(_) => Value::Object(serde_json::Map::new()),
            other => other.zero(),
        };
        lines.push(line(format!("{before}{indent}[{}]\n", keys.join(".")), path, value));
    }
    let fields: Vec<(&str, &GoType)> = match go_type {
        GoType::Struct(_, fields) => fields.iter().map(|(name, go_type)| (*name, go_type)).collect(),
        // Go sorts the keys of a map. serde_json sorts them unless a feature preserves their order.
        GoType::Map(go_type) => {
            let names: BTreeSet<_> = values.keys().map(String::as_str).collect();
            names.into_iter().map(|name| (name, *go_type)).collect()
        }
        GoType::Text | GoType::Flag | GoType::Texts => Vec::new(),
    };
    let is_table = |go_type: &GoType| matches!(go_type, GoType::Struct(..) | GoType::Map(_));
    let indent = "  ".repeat(path.len());
    for (name, _) in fields.iter().filter(|(_, go_type)| !is_table(go_type)) {
        if let Some(text) = scalar(&values[*name]) {
            let text = format!("{indent}{} = {text}\n", toml_key(name));
            lines.push(line(text, &[path, &[*name]].concat(), values[*name].clone()));
        }
    }
    for (name, go_type) in fields.iter().filter(|(_, go_type)| is_table(go_type)) {
        table(lines, go_type, &values[*name], &[path, &[*name]].concat());
    }
}

fn line(text: String, path: &[&str], value: Value) -> Line {
    Line {
        text,
        path: path.iter().map(|key| (*key).to_owned()).collect(),
        value,
    }
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

fn toml_key(key: &str) -> String {
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
