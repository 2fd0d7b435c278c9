//! Decodes texts, and maps each decoded byte to its range in the original text.

use std::ops::Range;

/// Minimum length of a run of hex or base64 characters that is decoded. Shorter runs hold less than four bytes.
const MIN_RUN: usize = 6;

/// The decoded bytes of an escape, and the length of the escape.
type Unescaped = (Vec<u8>, usize);

/// Decodes an escape at the start of the bytes.
type Unescape = fn(&[u8]) -> Option<Unescaped>;

/// Escape formats, each with the byte that starts its escapes.
const ESCAPES: [(u8, Unescape); 4] = [(b'%', percent), (b'+', form), (b'\\', backslash), (b'&', html)];

/// Decoded bytes, each with its range in the original text.
pub(crate) struct Decoded {
    bytes: Vec<u8>,
    origins: Vec<Range<usize>>,
}

impl Decoded {
    /// Returns the text without decoding.
    pub(crate) fn plain(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            origins: (0..text.len()).map(|at| at..at + 1).collect(),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the range of the original text that these bytes come from.
    pub(crate) fn origin(&self, bytes: Range<usize>) -> Range<usize> {
        match &self.origins[bytes] {
            [] => 0..0,
            [first, .., last] => first.start..last.end,
            [only] => only.clone(),
        }
    }

    /// Returns the result of each decoder that finds something to decode.
    pub(crate) fn decode(&self) -> impl Iterator<Item = Decoded> + '_ {
        let escapes = ESCAPES.iter().filter(|(first, _)| self.bytes.contains(first));
        let escapes = escapes.filter_map(|(_, decode)| self.unescape(*decode));
        let hex = (0..2).map(|phase| self.runs(u8::is_ascii_hexdigit, phase, 2, hex));
        let base64 = (0..4).map(|phase| self.runs(is_base64, phase, 4, base64));
        escapes.chain(hex.chain(base64).filter(|decoded| !decoded.bytes.is_empty()))
    }

    /// Decodes all escapes that `decode` recognises. Returns `None` if there are none.
    fn unescape(&self, decode: Unescape) -> Option<Decoded> {
        let mut decoded = Decoded::empty();
        let mut is_escaped = false;
        let mut at = 0;
        while let Some(byte) = self.bytes.get(at) {
            match decode(&self.bytes[at..]) {
                Some((bytes, consumed)) => {
                    is_escaped = true;
                    decoded.push(&bytes, self.origin(at..at + consumed));
                    at += consumed;
                }
                None => {
                    decoded.push(&[*byte], self.origins[at].clone());
                    at += 1;
                }
            }
        }
        is_escaped.then_some(decoded)
    }

    /// Decodes each run of characters of an encoding in groups, starting at offset `phase`. Text between runs becomes
    /// a line feed, so that two runs never join.
    fn runs(
        &self,
        is_encoded: fn(&u8) -> bool,
        phase: usize,
        group: usize,
        decode: fn(&[u8]) -> ([u8; 3], usize),
    ) -> Decoded {
        let mut decoded = Decoded::empty();
        let mut at = 0;
        for run in self.bytes.split(|byte| !is_encoded(byte)) {
            if run.len() >= MIN_RUN {
                for from in (at + phase..at + run.len()).step_by(group) {
                    let chars = &self.bytes[from..(from + group).min(at + run.len())];
                    let (bytes, length) = decode(chars);
                    for (n, byte) in bytes[..length].iter().enumerate() {
                        // A byte of base64, like one of hex, has bits of two characters.
                        decoded.push(&[*byte], self.origin(from + n..from + n + 2));
                    }
                }
                let end = self.origin(at..at + run.len()).end;
                decoded.push(b"\n", end..end);
            }
            at += run.len() + 1;
        }
        decoded
    }

    fn empty() -> Self {
        Self {
            bytes: Vec::new(),
            origins: Vec::new(),
        }
    }

    fn push(&mut self, bytes: &[u8], origin: Range<usize>) {
        self.bytes.extend_from_slice(bytes);
        self.origins.extend(bytes.iter().map(|_| origin.clone()));
    }
}

fn percent(rest: &[u8]) -> Option<Unescaped> {
    let [b'%', high, low, ..] = rest else { return None };
    Some((vec![digit(*high)? << 4 | digit(*low)?], 3))
}

/// Percent-encoding of HTML forms, with `+` for a space.
fn form(rest: &[u8]) -> Option<Unescaped> {
    if rest.first() == Some(&b'+') {
        return Some((vec![b' '], 1));
    }
    percent(rest)
}

/// Escapes of JSON, C, Go and Rust strings.
fn backslash(rest: &[u8]) -> Option<Unescaped> {
    let (b'\\', escape) = (rest.first()?, rest.get(1)?) else {
        return None;
    };
    let simple = match escape {
        b'"' | b'\\' | b'/' | b'\'' => *escape,
        b'b' => 0x08,
        b'f' => 0x0c,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'x' => (digit(*rest.get(2)?)? << 4) | digit(*rest.get(3)?)?,
        b'u' => return unicode(rest),
        _ => return None,
    };
    Some((vec![simple], if *escape == b'x' { 4 } else { 2 }))
}

/// `\u0041`, a surrogate pair of such escapes, or `\u{41}`.
fn unicode(rest: &[u8]) -> Option<Unescaped> {
    if let Some(digits) = rest.strip_prefix(br"\u{") {
        let length = digits
            .iter()
            .position(|byte| *byte == b'}')
            .filter(|length| *length <= 6)?;
        return utf8(number(&digits[..length], 16)?, length + 4);
    }
    let unit = |rest: &[u8]| number(rest.strip_prefix(br"\u")?.get(..4)?, 16);
    let high = unit(rest)?;
    if !(0xd800..0xdc00).contains(&high) {
        return utf8(high, 6);
    }
    let low = unit(&rest[6..]).filter(|low| (0xdc00..0xe000).contains(low))?;
    utf8(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), 12)
}

fn html(rest: &[u8]) -> Option<Unescaped> {
    const NAMED: [(&[u8], u8); 5] = [
        (b"&amp;", b'&'),
        (b"&lt;", b'<'),
        (b"&gt;", b'>'),
        (b"&quot;", b'"'),
        (b"&apos;", b'\''),
    ];
    if rest.first() != Some(&b'&') {
        return None;
    }
    if let Some((name, byte)) = NAMED.iter().find(|(name, _)| rest.starts_with(name)) {
        return Some((vec![*byte], name.len()));
    }
    let digits = rest.strip_prefix(b"&#")?;
    let length = digits
        .iter()
        .position(|byte| *byte == b';')
        .filter(|length| *length <= 8)?;
    let number = match &digits[..length] {
        [b'x' | b'X', hex @ ..] => number(hex, 16),
        decimal => number(decimal, 10),
    };
    utf8(number?, length + 3)
}

fn number(digits: &[u8], radix: u32) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn utf8(number: u32, consumed: usize) -> Option<Unescaped> {
    let text = char::from_u32(number)?.to_string();
    Some((text.into_bytes(), consumed))
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn hex(digits: &[u8]) -> ([u8; 3], usize) {
    let [high, low] = digits else { return ([0; 3], 0) };
    match (digit(*high), digit(*low)) {
        (Some(high), Some(low)) => ([high << 4 | low, 0, 0], 1),
        _ => ([0; 3], 0),
    }
}

fn is_base64(byte: &u8) -> bool {
    sextet(*byte).is_some()
}

/// Returns the value of a character of standard or URL-safe base64.
fn sextet(byte: u8) -> Option<u8> {
    Some(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => return None,
    })
}

/// Decodes up to four characters into up to three bytes. Returns the complete bytes of an incomplete group.
fn base64(chars: &[u8]) -> ([u8; 3], usize) {
    let mut bits = 0u32;
    for n in 0..4 {
        let value = chars.get(n).and_then(|char| sextet(*char)).unwrap_or_default();
        bits = bits << 6 | u32::from(value);
    }
    let [_, bytes @ ..] = bits.to_be_bytes();
    (bytes, chars.len() * 6 / 8)
}
