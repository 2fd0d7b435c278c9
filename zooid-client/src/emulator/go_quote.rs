use std::fmt::Write;

/// Quotes a text as Go's `%q` does.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        // Writing to a String cannot fail.
        let _ = match c {
            '"' | '\\' => write!(quoted, "\\{c}"),
            '\u{7}' => quoted.write_str("\\a"),
            '\u{8}' => quoted.write_str("\\b"),
            '\u{c}' => quoted.write_str("\\f"),
            '\n' => quoted.write_str("\\n"),
            '\r' => quoted.write_str("\\r"),
            '\t' => quoted.write_str("\\t"),
            '\u{b}' => quoted.write_str("\\v"),
            c if is_printable(c) => quoted.write_char(c),
            c if c.is_ascii() => write!(quoted, "\\x{:02x}", u32::from(c)),
            c if u32::from(c) < 0x1_0000 => write!(quoted, "\\u{:04x}", u32::from(c)),
            c => write!(quoted, "\\U{:08x}", u32::from(c)),
        };
    }
    quoted.push('"');
    quoted
}

/// Rust's `escape_debug` escapes the same characters, and also a combining character at the start of a text.
fn is_printable(c: char) -> bool {
    let text = format!("a{c}");
    text.escape_debug().nth(1) == Some(c)
}
