//! The status page, as a browser shows it.

mod chromium;
mod every_state;
mod hostile;
mod interrupted;
mod long_list;
mod perceivable;
mod standing;
mod tab;
#[cfg(feature = "postgres")]
mod workers;
