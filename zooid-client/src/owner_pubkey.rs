use nostr::key::PublicKey;

/// A relay owner's nostr public key, as zooid accepts it: 64 hexadecimal digits that are the x coordinate of a point on
/// secp256k1 (BIP-340). Kept in lower case, since zooid compares it so.
///
/// ```
/// use zooid_client::OwnerPubkey;
///
/// let error = OwnerPubkey::try_from("npub1").unwrap_err();
/// assert_eq!(error.to_string(), "must be 64 hexadecimal digits");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerPubkey(String);

/// Why a text is not an [`OwnerPubkey`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidOwnerPubkey {
    /// The text is not 64 hexadecimal digits.
    #[error("must be 64 hexadecimal digits")]
    Digits,
    /// No point on the curve has this coordinate.
    #[error("must be a nostr public key; these 64 hexadecimal digits are none")]
    NotOnCurve,
}

impl TryFrom<&str> for OwnerPubkey {
    type Error = InvalidOwnerPubkey;

    fn try_from(pubkey: &str) -> Result<Self, InvalidOwnerPubkey> {
        if pubkey.len() != 64 || !pubkey.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(InvalidOwnerPubkey::Digits);
        }
        PublicKey::from_hex(pubkey)
            .and_then(|key| key.xonly())
            .map_err(|_| InvalidOwnerPubkey::NotOnCurve)?;
        Ok(Self(pubkey.to_ascii_lowercase()))
    }
}

impl From<OwnerPubkey> for String {
    fn from(pubkey: OwnerPubkey) -> String {
        pubkey.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";

    #[test]
    fn a_public_key_is_a_coordinate_of_the_curve() {
        for key in [KEY, &KEY.to_uppercase()] {
            assert_eq!(OwnerPubkey::try_from(key).unwrap().0, KEY);
        }
        for none in ["0".repeat(64), "f".repeat(64), format!("{:064x}", 5)] {
            assert_eq!(
                OwnerPubkey::try_from(&*none),
                Err(InvalidOwnerPubkey::NotOnCurve),
                "{none}"
            );
        }
        for none in ["", "1", &KEY[1..], &format!("{KEY}0"), &"g".repeat(64)] {
            assert_eq!(OwnerPubkey::try_from(none), Err(InvalidOwnerPubkey::Digits), "{none}");
        }
    }
}
