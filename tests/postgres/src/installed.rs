use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Oldest major version that the backend supports.
pub const OLDEST: u32 = 15;

/// Returns the folder of the newest installed programs, or of the first in `PATH`. Skips unsupported versions.
pub fn newest() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<_> = debian.map(|version| version.path().join("bin")).collect();
    versions.sort_by_key(|bin| bin.parent().and_then(|v| v.file_name()?.to_str()?.parse::<u32>().ok()));
    let path = env::var_os("PATH").unwrap_or_default();
    versions
        .into_iter()
        .rev()
        .chain(env::split_paths(&path))
        .filter(|bin| bin.join("initdb").exists() && bin.join("postgres").exists())
        .find(|bin| major_version(bin).is_some_and(|version| version >= OLDEST))
}

fn major_version(bin: &Path) -> Option<u32> {
    let output = Command::new(bin.join("postgres")).arg("--version").output().ok()?;
    parse_major(str::from_utf8(&output.stdout).ok()?)
}

/// Reads texts such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` and `postgres (PostgreSQL) 18beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn the_major_version_is_the_first_number() {
        for (text, major) in [
            ("postgres (PostgreSQL) 9.6.24\n", Some(9)),
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18beta1\n", Some(18)),
            ("postgres (PostgreSQL) 18", Some(18)),
            ("postgres", None),
        ] {
            assert_eq!(parse_major(text), major, "{text}");
        }
    }
}
