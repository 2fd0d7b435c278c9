use super::{
    answer::Answer,
    call::{Call, unescape},
};
use crate::messages;

/// What a request asks for, and the relay's id.
pub(super) enum Route {
    Create(String),
    Replace(String),
    Patch(String),
    Delete(String),
    Members(String),
    LivekitWebhook,
}

/// Go's router, which splits the escaped path and compares the unescaped segments.
pub(super) fn current(call: &Call<'_>) -> Result<Route, Answer> {
    let clean = clean(call.path);
    if clean != call.path {
        return Err(Answer::redirect(&location(&clean, call.query)));
    }
    let segments: Vec<_> = call.path.split('/').skip(1).map(unescape).collect();
    match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["relay", id] if !id.is_empty() => {
            write(call.method, id.to_owned()).ok_or_else(|| Answer::method_not_allowed("DELETE, PATCH, POST, PUT"))
        }
        ["relay", id, "members"] if !id.is_empty() => match call.method {
            "GET" | "HEAD" => Ok(Route::Members(id.to_owned())),
            _ => Err(Answer::method_not_allowed("GET, HEAD")),
        },
        [".well-known", "nip29", "livekit", "webhook"] => match call.method {
            "POST" => Ok(Route::LivekitWebhook),
            _ => Err(Answer::method_not_allowed("POST")),
        },
        _ => Err(Answer::page_not_found()),
    }
}

/// Splits the unescaped path by hand, and does not look beyond the id.
pub(super) fn old(call: &Call<'_>) -> Result<Route, Answer> {
    let path = unescape(call.path);
    let mut parts = path.strip_prefix('/').unwrap_or(&path).split('/');
    match (parts.next(), parts.next()) {
        (Some("relay"), Some("")) => Err(Answer::error(400, "relay id is required")),
        (Some("relay"), Some(id)) => {
            write(call.method, id.to_owned()).ok_or_else(|| Answer::error(405, messages::METHOD_NOT_ALLOWED))
        }
        _ => Err(Answer::error(404, "not found")),
    }
}

fn write(method: &str, id: String) -> Option<Route> {
    match method {
        "POST" => Some(Route::Create(id)),
        "PUT" => Some(Route::Replace(id)),
        "PATCH" => Some(Route::Patch(id)),
        "DELETE" => Some(Route::Delete(id)),
        _ => None,
    }
}

/// Without empty segments, as Go's router wants a path. Segments of dots never get here: what parses the request has
/// resolved them.
fn clean(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let end = if path.len() > 1 && path.ends_with('/') && !parts.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", parts.join("/"))
}

/// Go takes the escaped path for an unescaped one, and escapes it once more.
fn location(path: &str, query: Option<&str>) -> String {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", path.replace('%', "%25"))
}
