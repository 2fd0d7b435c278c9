//! The spelling of characters that would control a terminal instead of being shown by it.

use std::fmt::Write;

/// Replaces control characters, ends of lines among them, and characters that change the direction of text. Tenants and
/// zooid choose most of what is shown, and could otherwise hide, recolour or forge what else is on the screen.
///
/// The replacements are valid within JSON strings, where they stand for the same characters.
pub(super) fn escape(text: &str) -> String {
    escape_unless(text, |_| false)
}

/// As [`escape`], but leaves the characters that the function names.
pub(super) fn escape_unless(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if keep(c) || !is_control(c) => escaped.push(c),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "\\u{:04x}", u32::from(c));
            }
        }
    }
    escaped
}

/// Unicode's categories Cc, Zl and Zp, and its property Bidi_Control.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn control_characters_are_spelt_out_and_all_others_stay() {
        for (text, escaped) in [
            ("\u{1b}[31m", r"\u001b[31m"),
            ("\0\u{7}\u{7f}\u{9b}", r"\u0000\u0007\u007f\u009b"),
            ("a\r\n\tb", r"a\r\n\tb"),
            (
                "\u{61c}\u{200e}\u{200f}\u{202a}\u{202e}\u{2066}\u{2069}",
                r"\u061c\u200e\u200f\u202a\u202e\u2066\u2069",
            ),
            ("\u{2028}\u{2029}", r"\u2028\u2029"),
            (r#"é "quoted" \n 👩‍🚀 שלום"#, r#"é "quoted" \n 👩‍🚀 שלום"#),
        ] {
            assert_eq!(escape(text), escaped);
        }
    }

    #[test]
    fn json_means_the_same() {
        let text = "\u{1b}\u{7f}\u{85}\u{202e}\u{2028}\n\t\"\\";
        let json = escape(&serde_json::to_string(text).unwrap());
        assert!(json.is_ascii(), "{json}");
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
