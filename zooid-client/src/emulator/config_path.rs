use std::fmt;

/// Where zooid keeps its files unless told otherwise.
pub(super) const FOLDER: &str = "config";
const MAX_FILE_NAME: usize = 255;

/// The path of a relay's file, made of its id without any check, as zooid does.
pub(super) struct ConfigPath {
    /// The id with `.toml`: what zooid leaves out when it looks for duplicates.
    pub(super) name: String,
    /// Joined with the folder, and cleaned.
    path: String,
}

/// Why the system finds no file at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathError {
    /// Other folders than zooid's own are taken not to exist.
    NotFound,
    NameTooLong,
    InvalidArgument,
}

impl ConfigPath {
    pub(super) fn of(id: &str) -> Self {
        let name = format!("{id}.toml");
        let path = cleaned(&format!("{FOLDER}/{name}"));
        Self { name, path }
    }

    /// The file's name in zooid's folder. zooid sorts by it: `a-b.toml` stands before `a.toml`.
    pub(super) fn file(&self) -> Result<&str, PathError> {
        if self.path.contains('\0') {
            return Err(PathError::InvalidArgument);
        }
        if self.path.split('/').any(|part| part.len() > MAX_FILE_NAME) {
            return Err(PathError::NameTooLong);
        }
        match self.path.split_once('/') {
            Some((FOLDER, file)) if !file.contains('/') => Ok(file),
            _ => Err(PathError::NotFound),
        }
    }
}

/// Go's `filepath.Clean` of a relative path.
fn cleaned(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

impl fmt::Display for ConfigPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)
    }
}

impl fmt::Display for PathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PathError::NotFound => "no such file or directory",
            PathError::NameTooLong => "file name too long",
            PathError::InvalidArgument => "invalid argument",
        })
    }
}
