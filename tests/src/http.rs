//! Plain HTTP for tests.

/// A builder of clients. reqwest is built without a cryptography provider here, and panics if none is installed.
pub fn client() -> reqwest::ClientBuilder {
    // An error means that another test was first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().tls_certs_only([])
}
