//! How long the texts of a row may be before they harm zooid.

use crate::{InvalidRelay, Relay};

/// zooid writes a configuration 4,096 bytes at a time, and reads it while it writes. If the first of these pieces ends after
/// the name and before the owner's key, an old zooid reads a relay without an owner, and its process ends.
pub(crate) const FIRST_PIECE: usize = 4096;

/// What zooid writes up to the owner's key besides the texts: keys, quotes, the secret and the flag.
const FIXED: usize = 225;

/// zooid parses the configurations of all relays at each write of any, about 20 ms per megabyte.
pub(crate) const LONGEST_DESCRIPTION: usize = 64 * 1024;

/// Refuses texts that harm zooid. The limits of a new relay's texts are far below.
pub(crate) fn check(relay: &Relay) -> Result<(), InvalidRelay> {
    let before_owner = [&relay.host(), &relay.schema, &relay.info_name, &relay.info_icon];
    let bytes = FIXED + before_owner.into_iter().map(|text| written_length(text)).sum::<usize>();
    if bytes > FIRST_PIECE {
        return Err(InvalidRelay::LongTexts { bytes });
    }
    match written_length(&relay.info_description) {
        bytes if bytes > LONGEST_DESCRIPTION => Err(InvalidRelay::LongDescription { bytes }),
        _ => Ok(()),
    }
}

/// The bytes of a text in zooid's file, which is TOML. Not all versions escape all control characters.
fn written_length(text: &str) -> usize {
    let written = |c: char| match c {
        '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
        c if c.is_control() => r"\u0000".len(),
        c => c.len_utf8(),
    };
    text.chars().map(written).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Relay {
        Relay {
            schema: "alice".to_owned(),
            subdomain: "alice".to_owned(),
            zooid_domain: "relays.example".to_owned(),
            info_name: name.to_owned(),
            ..Relay::default()
        }
    }

    #[test]
    fn a_text_is_as_long_as_zooid_writes_it() {
        for (text, bytes) in [
            ("", 0),
            ("é😀", 6),
            ("\"\\", 4),
            ("\n\t\r", 6),
            ("\0\u{1b}\u{7f}\u{85}", 24),
        ] {
            assert_eq!(written_length(text), bytes, "{text:?}");
        }
    }

    #[test]
    fn what_stands_before_the_owner_fits_into_the_first_piece() {
        let rest = FIXED + "alice".len() + "alice.relays.example".len();
        let longest = "n".repeat(FIRST_PIECE - rest);
        assert_eq!(check(&named(&longest)), Ok(()));
        let bytes = FIRST_PIECE + 1;
        let longer = named(&format!("{longest}n"));
        assert_eq!(check(&longer), Err(InvalidRelay::LongTexts { bytes }));
        let escaped = named(&"\u{1}".repeat(1_400));
        assert!(matches!(check(&escaped), Err(InvalidRelay::LongTexts { .. })));
    }

    #[test]
    fn a_description_is_no_burden_to_other_relays() {
        let described = |description: String| Relay {
            info_description: description,
            ..named("")
        };
        assert_eq!(check(&described("d".repeat(LONGEST_DESCRIPTION))), Ok(()));
        let bytes = LONGEST_DESCRIPTION + 1;
        let longer = described("d".repeat(bytes));
        assert_eq!(check(&longer), Err(InvalidRelay::LongDescription { bytes }));
    }
}
