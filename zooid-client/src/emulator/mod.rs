//! A stateful zooid for tests and demonstrations (feature `emulator`).
//!
//! The emulator stores relay configurations, checks signatures and bodies in zooid's order, and responds with zooid's
//! texts. It serves the NIP-11 documents of relays, but no relays. [`Fault`]s make requests fail, and
//! [`Emulator::restart`] controls the steps of a start.
//!
//! A request for a document needs the header `Accept: application/nostr+json` and the relay's host. Any other request
//! goes to the API, whatever its host.
//!
//! ```
//! use zooid_client::{emulator::{Emulator, Fault}, types::{RelayConfig, RelayPatch}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let zooid = Emulator::start().await;
//! let client = zooid.client()?;
//!
//! let id = "alice".parse()?;
//! let config: RelayConfig = serde_json::from_value(serde_json::json!({
//!     "host": "alice.relays.example",
//!     "schema": "alice",
//!     "secret": "4b0ed3b1f2a5c6978899aabbccddeeff00112233445566778899aabbccddeeff",
//!     "info": { "pubkey": "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798" },
//! }))?;
//! assert_eq!(client.create_relay(&id, &config).await?, "relay created successfully");
//!
//! let patch = RelayPatch { inactive: Some(true), ..Default::default() };
//! zooid.inject(Fault::status(503).retry_after("7"));
//! assert!(client.patch_relay(&id, &patch).await.is_err_and(|e| e.is_transient()));
//! client.patch_relay(&id, &patch).await?;
//!
//! assert_eq!(zooid.relay_ids(), ["alice"]);
//! assert!(zooid.config("alice").is_some_and(|config| config["inactive"] == true));
//! # Ok(())
//! # }
//! ```

mod api_server;
mod authentication;
mod clock;
mod config;
mod config_path;
mod disk;
mod document;
mod fatal;
mod faults;
mod faulty_server;
mod go_quote;
mod go_type;
mod handle;
mod livekit_webhook;
mod loaded_relays;
mod lock;
mod merge;
mod mocks;
mod process;
mod recorded_request;
mod request;
mod response;
mod route;
mod start;
mod toml;

pub use crate::profile::Profile;
pub use faults::Fault;
pub use handle::{Emulator, EmulatorBuilder};
pub use recorded_request::RecordedRequest;
pub use start::Start;

/// Returns a builder of HTTP clients for requests that [`Client`](crate::Client) cannot send. They support plain HTTP
/// only, and need no certificate store.
///
/// # Panics
///
/// If this crate has no cryptography provider; see
/// [`BuildError::NoCryptoProvider`](crate::BuildError::NoCryptoProvider).
pub fn http_client() -> reqwest::ClientBuilder {
    match crate::http_client::builder(true) {
        Ok(builder) => builder,
        Err(error) => panic!("cannot build an HTTP client: {error}"),
    }
}
