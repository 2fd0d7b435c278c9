//! Validates requests and responses against `openapi/zooid.yaml`.

use std::sync::LazyLock;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    let yaml = include_str!("../../openapi/zooid.yaml");
    serde_saphyr::from_str(yaml).unwrap_or_else(|error| panic!("openapi/zooid.yaml is not YAML: {error}"))
});

/// Panics if the description has no such operation, or if `body` does not match it.
#[track_caller]
pub fn assert_request_body(method: &str, path: &str, body: &Value) {
    let content = &operation(method, path)["requestBody"]["content"];
    assert_fits(&format!("the body of {method} {path}"), content, body);
}

/// Panics if the description has no such response, or if `body` does not match it.
#[track_caller]
pub fn assert_response(method: &str, path: &str, status: u16, body: &Value) {
    let what = format!("the response {status} to {method} {path}");
    let response = &operation(method, path)["responses"][status.to_string()];
    assert!(!response.is_null(), "openapi/zooid.yaml does not list {what}: {body}");
    assert_fits(&what, &resolved(response)["content"], body);
}

/// Returns whether the description has this operation.
pub fn describes(method: &str, path: &str) -> bool {
    find_operation(method, path).is_some()
}

/// Returns every example of the description: its position, its schema, and its value.
pub fn examples() -> Vec<(String, Value, Value)> {
    let mut found = Vec::new();
    collect_examples("", &DESCRIPTION, &mut found);
    found
}

/// Returns the errors of `value` as an instance of a schema of the description.
pub fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let validator = validator(schema);
    validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

#[track_caller]
fn assert_fits(what: &str, content: &Value, body: &Value) {
    let schema = &content["application/json"]["schema"];
    assert!(!schema.is_null(), "openapi/zooid.yaml has no schema for {what}");
    let faults = faults(schema, body);
    assert!(faults.is_empty(), "{what} is not as described: {faults:#?}");
}

#[track_caller]
fn operation(method: &str, path: &str) -> &'static Value {
    find_operation(method, path).unwrap_or_else(|| panic!("openapi/zooid.yaml does not list {method} {path}"))
}

fn find_operation(method: &str, path: &str) -> Option<&'static Value> {
    let paths = DESCRIPTION["paths"].as_object()?;
    let (_, item) = paths.iter().find(|(template, _)| matches_template(template, path))?;
    item.get(method.to_lowercase())
}

fn matches_template(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let segment = |(expected, actual): (&&str, &&str)| match expected.strip_prefix('{') {
        Some(_) => !actual.is_empty(),
        None => expected == actual,
    };
    template.len() == path.len() && template.iter().zip(&path).all(segment)
}

fn resolved(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => DESCRIPTION
            .pointer(pointer)
            .unwrap_or_else(|| panic!("openapi/zooid.yaml has no {pointer}")),
        None => value,
    }
}

/// Adds all schemas to the document, because JSON Schema resolves `#/components/schemas/…` inside the document.
fn validator(schema: &Value) -> Validator {
    let mut document = json!({ "allOf": [schema] });
    document["components"]["schemas"] = DESCRIPTION["components"]["schemas"].clone();
    jsonschema::validator_for(&as_json_schema(&document))
        .unwrap_or_else(|error| panic!("invalid schema in openapi/zooid.yaml: {error}"))
}

/// Replaces `nullable` of OpenAPI 3.0 by the type null of JSON Schema.
fn as_json_schema(schema: &Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let plain: Map<_, _> = fields
                .iter()
                .filter(|(key, _)| *key != "nullable")
                .map(|(key, value)| (key.clone(), as_json_schema(value)))
                .collect();
            match fields.get("nullable") {
                Some(Value::Bool(true)) => json!({ "anyOf": [{ "type": "null" }, plain] }),
                _ => Value::Object(plain),
            }
        }
        Value::Array(items) => items.iter().map(as_json_schema).collect(),
        other => other.clone(),
    }
}

fn collect_examples(place: &str, value: &Value, found: &mut Vec<(String, Value, Value)>) {
    if let Some(fields) = value.as_object() {
        let schema = if fields.contains_key("type") {
            Some(value)
        } else {
            fields.get("schema")
        };
        if let Some(schema) = schema.filter(|schema| schema.is_object()) {
            let one = fields
                .get("example")
                .map(|example| (format!("{place}/example"), example));
            let many = fields.get("examples").and_then(Value::as_object).into_iter().flatten();
            let many = many.map(|(name, example)| (format!("{place}/examples/{name}"), &example["value"]));
            found.extend(
                one.into_iter()
                    .chain(many)
                    .map(|(at, example)| (at, schema.clone(), example.clone())),
            );
        }
        for (key, inner) in fields.iter().filter(|(key, _)| *key != "example" && *key != "examples") {
            collect_examples(&format!("{place}/{key}"), inner, found);
        }
    }
}
