//! PostgreSQL for tests: [`Programs::find`] finds or downloads the programs, and [`DataDirectory`] runs them.

mod data_directory;
mod download;
mod installed;
mod programs;
mod server_user;
mod shared_folder;

pub use data_directory::{CreateError, DataDirectory};
pub use programs::{NotFound, Programs};
