//! PostgreSQL for tests: [`Programs::find`] returns installed programs or downloads them, and a [`DataDirectory`] is made
//! with them.

mod data_directory;
mod download;
mod installed;
mod programs;
mod server_user;
mod shared_folder;

pub use data_directory::{CreateError, DataDirectory};
pub use programs::{NotFound, Programs};
