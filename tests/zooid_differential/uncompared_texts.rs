//! Texts whose end is that of a parser of Go's, or is not known. Everything before it is compared.

/// What such a text begins with.
const BEGINNINGS: [&str; 6] = [
    "invalid json config: ",
    "invalid json: ",
    "invalid base64 encoding: ",
    "invalid event json: ",
    "failed to read existing config: toml: ",
    "invalid webhook: ",
];

/// What such a text has in the middle.
const MIDDLES: [&str; 2] = [
    ": toml: ",
    // Go writes out the whole type of an anonymous struct.
    " of type struct",
];

/// Go's words for a value of another type are emulated.
const EMULATED: &str = "json: cannot unmarshal ";

/// Current's words for a `created_at` that is too far from its clock differ between builds.
const CLOCK: [&str; 2] = [
    "event is outside the allowed time window",
    "event created_at is too far from the current time",
];

/// The text without the part that is not compared.
pub fn comparable(text: &str) -> String {
    if CLOCK.contains(&text) {
        return "(the clock)".to_owned();
    }
    for middle in MIDDLES {
        if let Some(at) = text.find(middle) {
            return format!("{}…", &text[..at + middle.len()]);
        }
    }
    if text.contains(EMULATED) {
        return text.to_owned();
    }
    match BEGINNINGS.iter().find(|beginning| text.starts_with(**beginning)) {
        Some(beginning) => format!("{beginning}…"),
        None => text.to_owned(),
    }
}
