use serde_json::{Value, json};

/// What zooid answers; the content type is JSON throughout, even where the body is not.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
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
        }
    }

    fn json(status: u16, body: &Value) -> Self {
        Self::plain(status, &body.to_string())
    }
}
