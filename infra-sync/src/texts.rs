//! The limits on the length of a row's texts that keep zooid safe. See `docs/tenant-texts.md`.

use crate::{InvalidRelay, Relay};

/// The number of bytes that zooid writes to a configuration file at a time. zooid may read the file while it writes it. If the
/// first write ends after the name and before the owner's key, an old zooid reads a relay without an owner and panics.
pub(crate) const FIRST_WRITE: usize = 4096;

/// The number of bytes that zooid writes before the owner's key in addition to the texts: keys, quotes, the secret and the flag.
const FIXED: usize = 225;

/// The longest description in bytes. On each write, zooid parses the configurations of all relays, which takes about 20 ms per
/// megabyte.
pub(crate) const LONGEST_DESCRIPTION: usize = 64 * 1024;

/// Returns an error if the texts could harm zooid. The limits for the texts of a new relay are far lower.
pub(crate) fn check(relay: &Relay) -> Result<(), InvalidRelay> {
    let before_owner = [&relay.host(), &relay.schema, &relay.info_name, &relay.info_icon];
    let bytes = FIXED + before_owner.into_iter().map(|text| written_length(text)).sum::<usize>();
    if bytes > FIRST_WRITE {
        return Err(InvalidRelay::LongTexts { bytes });
    }
    match written_length(&relay.info_description) {
        bytes if bytes > LONGEST_DESCRIPTION => Err(InvalidRelay::LongDescription { bytes }),
        _ => Ok(()),
    }
}

/// Returns the length in bytes of a text in zooid's TOML file. Assumes that every control character is escaped, although not
/// all versions do that.
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
    fn the_length_of_a_text_is_its_length_in_zooids_file() {
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
    fn texts_before_the_owner_fit_into_the_first_write() {
        let rest = FIXED + "alice".len() + "alice.relays.example".len();
        let longest = "n".repeat(FIRST_WRITE - rest);
        assert_eq!(check(&named(&longest)), Ok(()));
        let bytes = FIRST_WRITE + 1;
        let longer = named(&format!("{longest}n"));
        assert_eq!(check(&longer), Err(InvalidRelay::LongTexts { bytes }));
        let escaped = named(&"\u{1}".repeat(1_400));
        assert!(matches!(check(&escaped), Err(InvalidRelay::LongTexts { .. })));
    }

    #[test]
    fn a_description_that_slows_other_relays_is_refused() {
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
