//! Texts that end in an error of a Go parser or in an unknown text. Only the part before is compared.

/// Starts of such texts.
const BEGINNINGS: [&str; 6] = [
    "invalid json config: ",
    "invalid json: ",
    "invalid base64 encoding: ",
    "invalid event json: ",
    "failed to read existing config: toml: ",
    "invalid webhook: ",
];

/// Middle parts of such texts.
const MIDDLES: [&str; 2] = [
    ": toml: ",
    // Go prints the whole type of an anonymous struct.
    " of type struct",
];

/// The emulator has Go's texts for values of the wrong type.
const EMULATED: &str = "json: cannot unmarshal ";

/// The text of current zooid for a `created_at` too far from its clock differs between builds.
const CLOCK: [&str; 2] = [
    "event is outside the allowed time window",
    "event created_at is too far from the current time",
];

/// Returns the compared part of a text.
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
