use std::{borrow::Cow, sync::Mutex, time::Duration};

use nostr::key::PublicKey;
use serde_json::Value;

use super::{
    authentication,
    clock::Clock,
    config,
    config_path::{ConfigPath, PathError},
    document,
    faults::WriteFault,
    go_type::json_type,
    livekit_webhook,
    lock::lock,
    merge::merge,
    process::{Process, Reload},
    request::ApiRequest,
    response::Response,
    route::{self, Route},
};
use crate::{hooks::MAX_BODY, messages, profile::Profile};

/// The management API and its state.
pub(super) struct ApiServer {
    pub(super) profile: Profile,
    /// `None` for an empty whitelist.
    pub(super) whitelisted: Option<PublicKey>,
    pub(super) clock: Clock,
    pub(super) process: Mutex<Process>,
}

impl ApiServer {
    /// Returns whether the process runs and is not terminated by this request.
    pub(super) fn is_available(&self, request: &ApiRequest<'_>) -> bool {
        let mut process = lock(&self.process);
        process.is_running() && !(document::requested_host(request).is_some() && process.crashes_on_lookup())
    }

    pub(super) fn respond(&self, request: &ApiRequest<'_>, fault: Option<WriteFault>) -> Response {
        if let Some(host) = document::requested_host(request) {
            let seen = lock(&self.process).look_up(host);
            return document::respond(seen.as_deref(), request);
        }
        self.api(request, fault, Duration::ZERO)
    }

    /// Responds to a request that arrives `after` it was signed.
    pub(super) fn respond_late(&self, request: &ApiRequest<'_>, after: Duration) -> Response {
        self.api(request, None, after)
    }

    fn api(&self, request: &ApiRequest<'_>, fault: Option<WriteFault>, after: Duration) -> Response {
        if !request.is_well_formed() {
            return Response::malformed();
        }
        let route = match self.profile {
            // Without a whitelist there is no API, so the host is unknown.
            Profile::Old if self.whitelisted.is_none() => Err(Response::plain(404, "Not Found")),
            Profile::Old => self.authenticate(request, after).and_then(|()| route::old(request)),
            Profile::Current => route::current(request).and_then(|route| match route {
                Route::LivekitWebhook => Ok(route),
                _ => self.authenticate(request, after).map(|()| route),
            }),
        };
        route
            .and_then(|route| self.perform(&route, request.body, fault))
            .unwrap_or_else(|refusal| refusal)
    }

    fn authenticate(&self, request: &ApiRequest<'_>, after: Duration) -> Result<(), Response> {
        let clock = self.clock.advanced(after);
        let signer =
            authentication::verify(self.profile, clock, request).map_err(|message| Response::error(401, message))?;
        if Some(signer) == self.whitelisted {
            Ok(())
        } else {
            Err(Response::error(403, "pubkey not in whitelist"))
        }
    }

    fn perform(&self, route: &Route, body: &[u8], fault: Option<WriteFault>) -> Result<Response, Response> {
        let handler = RequestHandler {
            profile: self.profile,
            process: &mut lock(&self.process),
            body,
            fault,
        };
        match route {
            Route::Create(id) => handler.create(&ConfigPath::of(id)),
            Route::Replace(id) => handler.replace(&ConfigPath::of(id)),
            Route::Patch(id) => handler.patch(&ConfigPath::of(id)),
            Route::Delete(id) => handler.delete(&ConfigPath::of(id)),
            Route::Members(id) => handler.members(&ConfigPath::of(id)),
            Route::LivekitWebhook => Ok(livekit_webhook::respond(handler.process, body)),
        }
    }
}

/// Handles one request to the API.
struct RequestHandler<'r> {
    profile: Profile,
    process: &'r mut Process,
    body: &'r [u8],
    fault: Option<WriteFault>,
}

impl RequestHandler<'_> {
    fn create(mut self, path: &ConfigPath) -> Result<Response, Response> {
        if self.existing(path).is_ok() {
            return Err(Response::error(409, messages::ALREADY_EXISTS));
        }
        let config = self.config()?;
        self.save(path, config)?;
        Ok(Response::message(201, "relay created successfully"))
    }

    fn replace(mut self, path: &ConfigPath) -> Result<Response, Response> {
        self.existing(path).map_err(|error| self.missing(path, error))?;
        let config = self.config()?;
        self.save(path, config)?;
        Ok(Response::message(200, "relay updated successfully"))
    }

    fn patch(mut self, path: &ConfigPath) -> Result<Response, Response> {
        let file = self.existing(path).map_err(|error| self.missing(path, error))?;
        let config = match self.process.disk.file(file).map(|file| file.read()) {
            Some(Ok(config)) => self.patched(config)?,
            Some(Err(reason)) => {
                return Err(Response::error(
                    500,
                    format!("failed to read existing config: {reason}"),
                ));
            }
            None => return Err(not_found()),
        };
        self.save(path, config)?;
        Ok(Response::message(200, "relay patched successfully"))
    }

    fn delete(self, path: &ConfigPath) -> Result<Response, Response> {
        let file = self.existing(path).map_err(|error| self.missing(path, error))?;
        self.process.disk.remove(file);
        self.process.changed(file, Reload::AtOnce);
        Ok(Response::message(200, "relay deleted successfully"))
    }

    fn members(self, path: &ConfigPath) -> Result<Response, Response> {
        let failed = |reason: &str| Response::error(500, format!("failed to load relay members: {reason}"));
        match self.existing(path) {
            Err(PathError::NotFound) => Err(not_found()),
            Err(error) => Err(failed(&format!(
                "Failed to parse config file {path}: open {path}: {error}"
            ))),
            Ok(file) => match self.process.members(file) {
                Some(members) => members.map(Response::members).map_err(failed),
                None => Err(not_found()),
            },
        }
    }

    /// Returns the name of the file if it exists.
    fn existing<'p>(&self, path: &'p ConfigPath) -> Result<&'p str, PathError> {
        let file = path.file()?;
        self.process.disk.file(file).map(|_| file).ok_or(PathError::NotFound)
    }

    fn missing(&self, path: &ConfigPath, error: PathError) -> Response {
        match (self.profile, error) {
            (Profile::Current, _) | (Profile::Old, PathError::NotFound) => not_found(),
            (Profile::Old, error) => Response::error(500, format!("failed to check config: stat {path}: {error}")),
        }
    }

    fn config(&self) -> Result<Value, Response> {
        let invalid_json = |reason| invalid(format!("invalid json config: {reason}"));
        let json = parse(&read(self.body)?).map_err(invalid_json)?;
        let config = config::decode(self.profile, &json).map_err(invalid_json)?;
        config::validated(self.profile, config).map_err(invalid)
    }

    fn patched(&self, config: &Value) -> Result<Value, Response> {
        let invalid_json = |reason: String| match self.profile {
            Profile::Old => invalid(format!("invalid json: {reason}")),
            Profile::Current => invalid(format!("invalid json config: {reason}")),
        };
        let patch = parse(&read(self.body)?).map_err(invalid_json)?;
        let merged = merged(config, &patch).map_err(invalid_json)?;
        let config = config::decode(self.profile, &merged).map_err(invalid)?;
        config::validated(self.profile, config).map_err(invalid)
    }

    fn save(&mut self, path: &ConfigPath, config: Value) -> Result<(), Response> {
        let conflict = match self.fault {
            Some(WriteFault::Race) => None,
            _ => self.process.disk.conflict(&path.name, &config),
        };
        if let Some(conflict) = conflict {
            return Err(Response::error(409, conflict));
        }
        let file = path.file().map_err(|error| {
            let opening = match self.profile {
                Profile::Old => "failed to create file".to_owned(),
                Profile::Current => format!("Failed to open config file {path}"),
            };
            Response::error(500, format!("failed to write config: {opening}: open {path}: {error}"))
        })?;
        self.process.disk.write(file, config);
        match self.fault {
            None | Some(WriteFault::Race) => self.process.changed(file, Reload::AtOnce),
            Some(WriteFault::TornReload(requests)) => self.process.changed(file, Reload::Torn(requests)),
            Some(WriteFault::DocumentLag(requests)) => self.process.changed(file, Reload::Delayed(requests)),
            Some(WriteFault::Cut(bytes)) => {
                self.process.disk.cut(file, bytes);
                self.process.restart();
                self.process.watch();
            }
        }
        Ok(())
    }
}

fn merged(config: &Value, patch: &Value) -> Result<Value, String> {
    let mut merged = config.clone();
    match (&mut merged, patch) {
        (Value::Object(config), Value::Object(patch)) => merge(config, patch),
        (_, Value::Null) => {}
        (_, other) => {
            let found = json_type(other);
            return Err(format!(
                "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
            ));
        }
    }
    Ok(merged)
}

fn not_found() -> Response {
    Response::error(404, messages::NOT_FOUND)
}

fn invalid(message: String) -> Response {
    Response::error(400, message)
}

fn read(body: &[u8]) -> Result<Cow<'_, str>, Response> {
    if body.len() > MAX_BODY {
        return Err(invalid("failed to read body: http: request body too large".to_owned()));
    }
    Ok(String::from_utf8_lossy(body))
}

fn parse(json: &str) -> Result<Value, String> {
    serde_json::from_str(json).map_err(|error| {
        if error.is_eof() {
            "unexpected end of JSON input".to_owned()
        } else {
            error.to_string()
        }
    })
}
