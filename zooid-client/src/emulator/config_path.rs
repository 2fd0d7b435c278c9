use std::fmt;

/// zooid's default folder for configuration files.
pub(super) const FOLDER: &str = "config";
const MAX_FILE_NAME: usize = 255;

/// The path of a relay's configuration file. As in zooid, the id is not validated.
pub(super) struct ConfigPath {
    /// The id with `.toml`. zooid skips the file of this name when it looks for duplicates.
    pub(super) name: String,
    /// The cleaned path, including the folder.
    path: String,
}

/// The reason why there is no file at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathError {
    /// Also for folders other than zooid's own.
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

    /// Returns the file name in zooid's folder. zooid sorts by this name, so `a-b.toml` comes before `a.toml`.
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

/// Go's `filepath.Clean` for a relative path.
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
