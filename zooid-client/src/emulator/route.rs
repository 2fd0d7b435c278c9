use super::{
    answer::Answer,
    call::{Call, unescape},
};

/// What a request asks for, and the relay's id.
pub(super) enum Route {
    Create(String),
    Replace(String),
    Patch(String),
    Delete(String),
    Members(String),
}

/// Go's router, which looks at the escaped path.
pub(super) fn current(call: &Call<'_>) -> Result<Route, Answer> {
    let not_found = || Answer::plain(404, "404 page not found");
    let not_allowed = || Answer::plain(405, "Method Not Allowed");
    let path = call.path.strip_prefix("/relay/").ok_or_else(not_found)?;
    match path.split('/').collect::<Vec<_>>()[..] {
        ["", ..] => Err(not_found()),
        [id] => write(call.method, unescape(id)).ok_or_else(not_allowed),
        [id, "members"] if matches!(call.method, "GET" | "HEAD") => Ok(Route::Members(unescape(id))),
        [_, "members"] => Err(not_allowed()),
        _ => Err(not_found()),
    }
}

/// Splits the unescaped path by hand, and does not look beyond the id.
pub(super) fn old(call: &Call<'_>) -> Result<Route, Answer> {
    let path = unescape(call.path);
    let mut parts = path.strip_prefix('/').unwrap_or(&path).split('/');
    match (parts.next(), parts.next()) {
        (Some("relay"), Some("")) => Err(Answer::error(400, "relay id is required")),
        (Some("relay"), Some(id)) => {
            write(call.method, id.to_owned()).ok_or_else(|| Answer::error(405, "method not allowed"))
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
