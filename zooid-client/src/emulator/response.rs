use http::{
    HeaderName, HeaderValue, StatusCode,
    header::{ALLOW, CONTENT_TYPE, LOCATION, X_CONTENT_TYPE_OPTIONS},
};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// A response of zooid.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
}

impl Response {
    pub(super) fn message(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    pub(super) fn error(status: u16, error: impl Into<String>) -> Self {
        Self::json(status, &json!({ "error": error.into() }))
    }

    pub(super) fn members<'m>(members: impl Iterator<Item = &'m str>) -> Self {
        Self::json(200, &json!({ "members": members.collect::<Vec<_>>() }))
    }

    /// Go's `http.Error`.
    pub(super) fn plain(status: u16, text: &str) -> Self {
        Self::of(status, format!("{text}\n"), TEXT).with(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))
    }

    /// Go's response to an unknown path.
    pub(super) fn page_not_found() -> Self {
        Self::plain(404, "404 page not found")
    }

    /// Go's response to an unknown method of a known path.
    pub(super) fn method_not_allowed(allowed: &'static str) -> Self {
        Self::plain(405, "Method Not Allowed").with(ALLOW, HeaderValue::from_static(allowed))
    }

    /// Go's response to a malformed request, which does not reach zooid.
    pub(super) fn malformed() -> Self {
        Self::of(400, "400 Bad Request".to_owned(), TEXT)
    }

    /// Go's redirect to the cleaned path. The API has set the content type, so the body is empty.
    pub(super) fn redirect(path: &str) -> Self {
        let redirect = Self::of(StatusCode::TEMPORARY_REDIRECT.as_u16(), String::new(), JSON);
        match HeaderValue::from_str(path) {
            Ok(location) => redirect.with(LOCATION, location),
            // The path comes from a request line, so it is a valid header value.
            Err(_) => redirect,
        }
    }

    pub(super) fn document(document: &Value) -> Self {
        Self::of(200, format!("{document}\n"), "application/nostr+json")
    }

    fn json(status: u16, body: &Value) -> Self {
        Self::of(status, format!("{body}\n"), JSON)
    }

    fn of(status: u16, body: String, content_type: &'static str) -> Self {
        Self {
            status,
            body,
            headers: vec![(CONTENT_TYPE, HeaderValue::from_static(content_type))],
        }
    }

    fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }
}
