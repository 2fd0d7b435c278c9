use std::{
    fmt,
    path::{Path, PathBuf},
};

/// Where a store is. Shown without its password.
#[derive(Clone)]
pub struct Location(pub(super) Place);

#[derive(Clone)]
pub(super) enum Place {
    File(PathBuf),
    #[cfg(feature = "postgres")]
    Postgres(Box<sqlx::postgres::PgConnectOptions>),
}

/// Why a url is not that of a PostgreSQL database. The url is not repeated.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidLocation(String);

impl Location {
    /// The file, if it is one.
    pub fn file(&self) -> Option<&Path> {
        match &self.0 {
            Place::File(path) => Some(path),
            #[cfg(feature = "postgres")]
            Place::Postgres(_) => None,
        }
    }

    /// A database of PostgreSQL, by its url.
    ///
    /// # Errors
    ///
    /// When it is not such a url.
    #[cfg(feature = "postgres")]
    pub fn postgres(url: &str) -> Result<Self, InvalidLocation> {
        use std::error::Error;

        match url.parse() {
            Ok(options) => Ok(Self(Place::Postgres(Box::new(options)))),
            Err(error) => {
                let error: &sqlx::Error = &error;
                let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
                Err(InvalidLocation(cause))
            }
        }
    }

    /// A database of PostgreSQL, of which this program knows nothing.
    ///
    /// # Errors
    ///
    /// Always.
    #[cfg(not(feature = "postgres"))]
    pub fn postgres(_url: &str) -> Result<Self, InvalidLocation> {
        Err(InvalidLocation("this program was built without PostgreSQL".to_owned()))
    }
}

impl From<&Path> for Location {
    fn from(file: &Path) -> Self {
        Self(Place::File(file.to_owned()))
    }
}

impl From<&PathBuf> for Location {
    fn from(file: &PathBuf) -> Self {
        Self::from(file.as_path())
    }
}

impl From<&Location> for Location {
    fn from(location: &Location) -> Self {
        location.clone()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::File(path) => path.display().fmt(f),
            #[cfg(feature = "postgres")]
            Place::Postgres(options) => {
                let database = options.get_database().unwrap_or(options.get_username());
                match options.get_socket() {
                    Some(socket) => write!(f, "PostgreSQL's {database} at {}", socket.display()),
                    None => write!(
                        f,
                        "PostgreSQL's {database} at {}:{}",
                        options.get_host(),
                        options.get_port()
                    ),
                }
            }
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Location({self})")
    }
}
