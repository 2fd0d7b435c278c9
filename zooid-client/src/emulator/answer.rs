use serde_json::{Value, json};

/// What zooid answers; the management API's content type is JSON throughout, even where the body is not.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
    pub(super) content_type: &'static str,
}

impl Answer {
    pub(super) fn message(status: u16, message: &str) -> Self {
        Self::json(status, &json!({ "message": message }))
    }

    pub(super) fn error(status: u16, error: impl Into<String>) -> Self {
        Self::json(status, &json!({ "error": error.into() }))
    }

    pub(super) fn members(members: &[String]) -> Self {
        Self::json(200, &json!({ "members": members }))
    }

    pub(super) fn plain(status: u16, text: &str) -> Self {
        Self {
            status,
            body: format!("{text}\n"),
            content_type: "application/json",
        }
    }

    /// A relay's own answer, not that of the management API.
    pub(super) fn of_relay(status: u16, body: String, content_type: &'static str) -> Self {
        Self {
            status,
            body,
            content_type,
        }
    }

    fn json(status: u16, body: &Value) -> Self {
        Self::plain(status, &body.to_string())
    }
}
