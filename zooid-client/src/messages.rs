//! Error texts of zooid that the client compares and the emulator sends.

/// The relay id does not exist. Any other 404 does not come from the management API.
pub(crate) const NOT_FOUND: &str = "relay not found";

/// Response to the creation of a relay whose id exists.
pub(crate) const ALREADY_EXISTS: &str = "relay with this id already exists";

/// Response of zooid of March 2026 to a list of members.
pub(crate) const METHOD_NOT_ALLOWED: &str = "method not allowed";

/// Response to a configuration with an empty host.
pub(crate) const HOST_REQUIRED: &str = "host is required";

const IN_USE: &str = " is already in use";

/// Returns whether the text is a complete message of zooid that repeats nothing of the request.
pub(crate) fn is_constant(text: &str) -> bool {
    [NOT_FOUND, ALREADY_EXISTS, METHOD_NOT_ALLOWED].contains(&text)
}

/// Returns the text for a unique field, `schema` or `host`, whose quoted value belongs to another relay.
pub(crate) fn in_use(field: &str, value: &str) -> String {
    format!("{field} {value}{IN_USE}")
}

/// Splits a text of [`in_use`] into the field and the quoted value.
pub(crate) fn parse_in_use(text: &str) -> Option<(&str, &str)> {
    text.strip_suffix(IN_USE)?.split_once(' ')
}
