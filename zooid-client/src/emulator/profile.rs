/// Which zooid is emulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The zooid of March 2026: no members, no media on S3, no check of a signature's age, other words for bad paths.
    Old,
    /// The zooid with S3 media, the members operation and stricter checks.
    #[default]
    Current,
}
