use std::{borrow::Cow, sync::Mutex};

use nostr::key::PublicKey;
use serde_json::Value;

use super::{
    Profile,
    answer::Answer,
    authentication,
    call::Call,
    clock::Clock,
    config,
    disk::Disk,
    document,
    lock::lock,
    merge::merge,
    route::{self, Route},
    shape::kind,
};

const MAX_BODY: usize = 1024 * 1024;
const MAX_FILE_NAME: usize = 255;

/// The management API over its configuration files.
pub(super) struct Zooid {
    pub(super) profile: Profile,
    pub(super) whitelisted: PublicKey,
    pub(super) clock: Clock,
    pub(super) disk: Mutex<Disk>,
}

impl Zooid {
    pub(super) fn answer(&self, call: &Call<'_>) -> Answer {
        if let Some(host) = document::asked_for(call) {
            return document::answer(lock(&self.disk).config_at(host));
        }
        let route = match self.profile {
            Profile::Old => self.authenticate(call).and_then(|()| route::old(call)),
            Profile::Current => route::current(call).and_then(|route| self.authenticate(call).map(|()| route)),
        };
        route
            .and_then(|route| self.perform(&route, call.body))
            .unwrap_or_else(|refusal| refusal)
    }

    fn authenticate(&self, call: &Call<'_>) -> Result<(), Answer> {
        let signer =
            authentication::signer(self.profile, self.clock, call).map_err(|words| Answer::error(401, words))?;
        if signer == self.whitelisted {
            Ok(())
        } else {
            Err(Answer::error(403, "pubkey not in whitelist"))
        }
    }

    fn perform(&self, route: &Route, body: &[u8]) -> Result<Answer, Answer> {
        let mut disk = lock(&self.disk);
        match route {
            Route::Create(id) => self.create(&mut disk, id, body),
            Route::Replace(id) => self.replace(&mut disk, id, body),
            Route::Patch(id) => self.patch(&mut disk, id, body),
            Route::Delete(id) => delete(&mut disk, id),
            Route::Members(id) => disk.members(id).map(Answer::members).ok_or_else(not_found),
        }
    }

    fn create(&self, disk: &mut Disk, id: &str, body: &[u8]) -> Result<Answer, Answer> {
        if disk.config(id).is_some() {
            return Err(Answer::error(409, "relay with this id already exists"));
        }
        let config = self.config(body)?;
        save(disk, id, config)?;
        Ok(Answer::message(201, "relay created successfully"))
    }

    fn replace(&self, disk: &mut Disk, id: &str, body: &[u8]) -> Result<Answer, Answer> {
        existing(disk, id)?;
        let config = self.config(body)?;
        save(disk, id, config)?;
        Ok(Answer::message(200, "relay updated successfully"))
    }

    fn patch(&self, disk: &mut Disk, id: &str, body: &[u8]) -> Result<Answer, Answer> {
        let config = existing(disk, id)?;
        let config = self.patched(config, body)?;
        save(disk, id, config)?;
        Ok(Answer::message(200, "relay patched successfully"))
    }

    fn config(&self, body: &[u8]) -> Result<Value, Answer> {
        let json = parse(&read(body)?).map_err(|e| invalid(format!("invalid json config: {e}")))?;
        let config = config::decode(self.profile, &json).map_err(|e| invalid(format!("invalid json config: {e}")))?;
        config::check(self.profile, &config).map_err(invalid)?;
        Ok(config)
    }

    fn patched(&self, config: &Value, body: &[u8]) -> Result<Value, Answer> {
        // An old zooid reads the patch first and words a field of the wrong type without a prefix.
        let (of_json, of_config) = match self.profile {
            Profile::Old => ("invalid json: ", ""),
            Profile::Current => ("invalid json config: ", "invalid json config: "),
        };
        let patch = parse(&read(body)?).map_err(|e| invalid(format!("{of_json}{e}")))?;
        let merged = self
            .merged(config, &patch)
            .map_err(|e| invalid(format!("{of_json}{e}")))?;
        let config = config::decode(self.profile, &merged).map_err(|e| invalid(format!("{of_config}{e}")))?;
        config::check(self.profile, &config).map_err(invalid)?;
        Ok(config)
    }

    fn merged(&self, config: &Value, patch: &Value) -> Result<Value, String> {
        let mut merged = config.clone();
        match (&mut merged, patch) {
            (Value::Object(config), Value::Object(patch)) => merge(self.profile, config, patch),
            (_, Value::Null) => {}
            (_, other) => {
                let found = kind(other);
                return Err(format!(
                    "json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"
                ));
            }
        }
        Ok(merged)
    }
}

fn existing<'d>(disk: &'d Disk, id: &str) -> Result<&'d Value, Answer> {
    if !fits_a_file_name(id) {
        return Err(Answer::error(500, "failed to check config: file name too long"));
    }
    disk.config(id).ok_or_else(not_found)
}

fn save(disk: &mut Disk, id: &str, config: Value) -> Result<(), Answer> {
    if let Some(conflict) = disk.conflict(id, &config) {
        return Err(Answer::error(409, conflict));
    }
    if !fits_a_file_name(id) {
        return Err(Answer::error(
            500,
            "failed to write config: failed to create file: file name too long",
        ));
    }
    disk.write(id, config);
    Ok(())
}

fn delete(disk: &mut Disk, id: &str) -> Result<Answer, Answer> {
    existing(disk, id)?;
    disk.remove(id);
    Ok(Answer::message(200, "relay deleted successfully"))
}

fn not_found() -> Answer {
    Answer::error(404, "relay not found")
}

fn invalid(words: String) -> Answer {
    Answer::error(400, words)
}

fn read(body: &[u8]) -> Result<Cow<'_, str>, Answer> {
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

fn fits_a_file_name(id: &str) -> bool {
    id.len() + ".toml".len() <= MAX_FILE_NAME
}
