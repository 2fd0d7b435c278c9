use nostr::key::SecretKey;

use crate::Secret;

/// A relay's own secret key: 64 hexadecimal digits that are a secp256k1 secret key. Kept in lower case.
///
/// zooid itself pads what is shorter, and on some processors accepts 64 characters that are no digits; the relay then has an
/// identity that nobody chose.
///
/// ```
/// use zooid_client::{RelaySecret, Secret};
///
/// let secret = Secret::from("0000000000000000000000000000000000000000000000000000000000000001");
/// assert!(RelaySecret::try_from(&secret).is_ok());
/// let error = RelaySecret::try_from(&Secret::from("1")).unwrap_err();
/// assert_eq!(error.to_string(), "secret must be 64 hexadecimal digits");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelaySecret(Secret);

/// Why a text is not a [`RelaySecret`]. The text is not repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidRelaySecret {
    /// The text is not 64 hexadecimal digits.
    #[error("secret must be 64 hexadecimal digits")]
    Digits,
    /// The number is zero, or not below the order of the curve.
    #[error("secret is 64 hexadecimal digits but not a secp256k1 key; use another key")]
    Range,
}

impl TryFrom<&Secret> for RelaySecret {
    type Error = InvalidRelaySecret;

    fn try_from(secret: &Secret) -> Result<Self, InvalidRelaySecret> {
        let digits = secret.expose();
        if digits.len() != 64 || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidRelaySecret::Digits);
        }
        SecretKey::from_hex(digits).map_err(|_| InvalidRelaySecret::Range)?;
        Ok(Self(digits.to_ascii_lowercase().into()))
    }
}

impl From<RelaySecret> for Secret {
    fn from(secret: RelaySecret) -> Secret {
        secret.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: &str = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141";

    fn parsed(text: &str) -> Result<RelaySecret, InvalidRelaySecret> {
        RelaySecret::try_from(&Secret::from(text))
    }

    #[test]
    fn a_secret_is_a_number_below_the_order_of_the_curve() {
        let largest = ORDER.replace("4141", "4140");
        assert_eq!(parsed(&largest).unwrap().0.expose(), largest);
        assert_eq!(parsed(&largest.to_uppercase()).unwrap().0.expose(), largest);
        for none in [ORDER, &"0".repeat(64), &"f".repeat(64)] {
            assert_eq!(parsed(none), Err(InvalidRelaySecret::Range), "{none}");
        }
    }

    #[test]
    fn what_is_not_64_hexadecimal_digits_is_refused_and_not_repeated() {
        for none in [
            "",
            "1",
            &"1".repeat(63),
            &"1".repeat(65),
            &"g".repeat(64),
            &"é".repeat(32),
            "nsec1",
        ] {
            let error = parsed(none).unwrap_err();
            assert_eq!(error, InvalidRelaySecret::Digits, "{none}");
            assert_eq!(error.to_string(), "secret must be 64 hexadecimal digits");
        }
        assert!(!format!("{:?}", parsed(&"1".repeat(64))).contains('1'));
    }
}
