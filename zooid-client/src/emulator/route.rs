use super::{
    request::{ApiRequest, unescape},
    response::Response,
};
use crate::messages;

/// The operation of a request, with the relay id.
pub(super) enum Route {
    Create(String),
    Replace(String),
    Patch(String),
    Delete(String),
    Members(String),
    LivekitWebhook,
}

/// Go's router: splits the escaped path, then unescapes the segments.
pub(super) fn current(request: &ApiRequest<'_>) -> Result<Route, Response> {
    let clean = clean(request.path);
    if clean != request.path {
        return Err(Response::redirect(&location(&clean, request.query)));
    }
    let segments: Vec<_> = request.path.split('/').skip(1).map(unescape).collect();
    match segments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["relay", id] if !id.is_empty() => {
            write(request.method, id.to_owned()).ok_or_else(|| Response::method_not_allowed("DELETE, PATCH, POST, PUT"))
        }
        ["relay", id, "members"] if !id.is_empty() => match request.method {
            "GET" | "HEAD" => Ok(Route::Members(id.to_owned())),
            _ => Err(Response::method_not_allowed("GET, HEAD")),
        },
        [".well-known", "nip29", "livekit", "webhook"] => match request.method {
            "POST" => Ok(Route::LivekitWebhook),
            _ => Err(Response::method_not_allowed("POST")),
        },
        _ => Err(Response::page_not_found()),
    }
}

/// Old zooid: unescapes the path, then splits it, and ignores everything after the id.
pub(super) fn old(request: &ApiRequest<'_>) -> Result<Route, Response> {
    let path = unescape(request.path);
    let mut parts = path.strip_prefix('/').unwrap_or(&path).split('/');
    match (parts.next(), parts.next()) {
        (Some("relay"), Some("")) => Err(Response::error(400, "relay id is required")),
        (Some("relay"), Some(id)) => {
            write(request.method, id.to_owned()).ok_or_else(|| Response::error(405, messages::METHOD_NOT_ALLOWED))
        }
        _ => Err(Response::error(404, "not found")),
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

/// Removes empty segments, as Go's router does. Dot segments are already resolved by the HTTP server.
fn clean(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !part.is_empty()).collect();
    let end = if path.len() > 1 && path.ends_with('/') && !parts.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", parts.join("/"))
}

/// Go escapes the path again, although it is already escaped.
fn location(path: &str, query: Option<&str>) -> String {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}{query}", path.replace('%', "%25"))
}
