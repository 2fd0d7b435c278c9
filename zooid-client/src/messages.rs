//! Texts of zooid that callers act on.

/// The answer for an id that zooid does not have. Any other 404 is not from its management API.
pub(crate) const NOT_FOUND: &str = "relay not found";

/// The answer to creating a relay that exists.
pub(crate) const EXISTS: &str = "relay with this id already exists";

/// The answer of an old zooid to listing members.
const METHOD_NOT_ALLOWED: &str = "method not allowed";

/// `schema "x" is already in use`, and the same of a host.
const IN_USE: &str = " is already in use";

/// Whether the text is one of zooid's that repeat nothing of the request.
pub(crate) fn is_fixed(text: &str) -> bool {
    [NOT_FOUND, EXISTS, METHOD_NOT_ALLOWED].contains(&text)
}

/// The field that is in use already, and the quoted value that it has.
pub(crate) fn in_use(text: &str) -> Option<(&str, &str)> {
    text.strip_suffix(IN_USE)?.split_once(' ')
}

/// The same text with another value.
pub(crate) fn in_use_text(field: &str, value: &str) -> String {
    format!("{field} {value}{IN_USE}")
}
