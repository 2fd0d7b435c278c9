//! A zooid that keeps what it is sent, watches the rules, and fails when told to.

use std::{error::Error, fmt, time::Duration};

use infra_sync::{Classification, ErrorClass, Relay, Zooid};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use zooid_client::{
    RelayId,
    types::{RelayConfig, RelayPatch},
};

use crate::{
    faults::RequestFault,
    world::{State, World},
};

/// What a client waits at most.
const TIMEOUT: Duration = Duration::from_secs(30);

const HOST_IN_USE: &str = "host is already in use";
const SCHEMA_IN_USE: &str = "schema is already in use";
const WRITE_FAILED: &str = "failed to write config";

/// Longer than a report takes.
const REPORT: Duration = Duration::from_secs(2);

/// What an order is told for a heartbeat.
pub const HEARTBEAT: &str = "heartbeat";

#[derive(Clone)]
pub struct FakeZooid(pub World);

#[derive(Debug)]
pub struct Refused {
    status: u16,
    words: &'static str,
    retry_after: Option<Duration>,
}

/// A request under way; dropped with it, however it ends.
struct UnderWay<'w>(&'w World, String);

/// The host and the schema that a request sets, until it can have no effect any longer.
struct NamesUnderWay(World, String, Vec<String>);

impl Drop for NamesUnderWay {
    fn drop(&mut self) {
        let mut state = self.0.state();
        for name in &self.2 {
            if let Some(relays) = state.names_in_flight.get_mut(name) {
                relays.remove(&self.1);
            }
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        if let Some(requests) = state.in_flight.get_mut(&self.1) {
            *requests -= 1;
        }
        state.in_flight.retain(|_, requests| *requests > 0);
    }
}

/// What no two relays may have in common, of what a request sets.
fn names(body: &Value) -> Vec<String> {
    let name = |field| Some(format!("{field} {}", body.get(field)?.as_str()?));
    ["host", "schema"].into_iter().filter_map(name).collect()
}

fn body_of(relay: &Relay) -> Value {
    json!({ "host": relay.host(), "schema": relay.schema })
}

impl FakeZooid {
    async fn request(&self, method: &str, id: &str, body: Value) -> Result<(), Refused> {
        let (_under_way, names_under_way) = self.begin(method, id, &body);
        self.0.point("a request").await;
        let (fault, pause) = {
            let mut state = self.0.state();
            if state.down {
                return Err(state.refuse(id, 0, "down", None));
            }
            if state.key_refused {
                return Err(state.refuse(id, 403, "pubkey not in whitelist", None));
            }
            let faults = state.faults;
            if state.chance(faults.panics) {
                state.causes += 1;
                drop(state);
                std::panic::resume_unwind(Box::new("told to"));
            }
            let ordered = state.order.as_mut().and_then(|order| order(id));
            let chance = state.chance(faults.requests);
            let chance = chance.then(|| RequestFault::any(&mut state.random));
            let latency = Duration::from_millis(state.random.u64(1..200));
            (ordered.or(chance), state.latency.unwrap_or(latency))
        };
        // zooid looks for conflicts first and writes later, so of two requests that overlap it accepts both.
        let conflict = self.0.state().conflict(id, &body);
        sleep(pause).await;
        let (done, answer) = match fault {
            None => (true, None),
            Some(RequestFault::Panic) => std::panic::resume_unwind(Box::new("told to")),
            Some(RequestFault::Status(status, done, wait)) => (done, Some((status, "told to fail", wait))),
            Some(RequestFault::DiskFull) => (false, Some((500, WRITE_FAILED, None))),
            Some(RequestFault::Lost(done)) => (done, Some((1, "connection lost", None))),
            Some(RequestFault::Hang(done)) => {
                sleep(TIMEOUT).await;
                (done, Some((1, "timed out", None)))
            }
            Some(RequestFault::Late(after)) => {
                let (world, method, id, body) = (self.0.clone(), method.to_owned(), id.to_owned(), body.clone());
                tokio::spawn(async move {
                    sleep(after - pause).await;
                    let mut state = world.state();
                    let conflict = state.conflict(&id, &body);
                    let applied = state.apply(&method, &id, body, conflict);
                    state.tell(format_args!("late {method} {id}: {applied:?}"));
                    drop(state);
                    drop(names_under_way);
                });
                sleep(TIMEOUT).await;
                (false, Some((1, "timed out", None)))
            }
        };
        let applied = match done {
            true => self.0.state().apply(method, id, body, conflict),
            false => Ok(()),
        };
        self.0.point("an answer").await;
        match answer {
            Some((status, words, wait)) => Err(self.0.state().refuse(id, status, words, wait)),
            None => applied.map_err(|(status, words)| self.0.state().refuse(id, status, words, None)),
        }
    }

    fn begin(&self, method: &str, id: &str, body: &Value) -> (UnderWay<'_>, NamesUnderWay) {
        let now = Instant::now();
        let mut state = self.0.state();
        state.requests += 1;
        state.tell(format_args!("{method} {id}"));
        let deleted = state.rows.get(id).is_none_or(|row| row.relay.deleted);
        if method == "DELETE" && !deleted {
            state.broke(format!("{id} was deleted without being told to"));
        }
        let requests = state.in_flight.entry(id.to_owned()).or_default();
        *requests += 1;
        if *requests > 1 {
            state.broke(format!("two requests at once for {id}"));
        }
        let all = state.in_flight.values().sum();
        state.largest_in_flight = state.largest_in_flight.max(all);
        if all > state.concurrency {
            state.broke(format!("{all} requests at once"));
        }
        if state.retry_after.is_some_and(|until| now < until) {
            state.broke(format!("{id} was sent before Retry-After was over"));
        }
        let life = state.life;
        let too_early = state.rows.get(id).is_some_and(|row| {
            row.gate
                .filter(|gate| gate.version == row.relay.version)
                .is_some_and(|gate| {
                    let promised = gate.until.is_none_or(|until| now < until);
                    (gate.life == life && promised) || now < gate.floor
                })
        });
        // A relay that was refused for its host is tried at once when that is free, and soon when it may be.
        let is_freed = state.rows.get(id).is_some_and(|row| {
            let may_be_free = row.gate.is_none_or(|gate| state.freed_at + REPORT >= gate.since);
            let is_free = || state.conflict(id, &body_of(&row.relay)).is_none();
            row.relay.sync_error.ends_with("in use") && (may_be_free || is_free())
        });
        if too_early && !is_freed {
            state.broke(format!("{id} was tried again too early"));
        }
        let names = names(body);
        for name in &names {
            let relays = state.names_in_flight.entry(name.clone()).or_default();
            relays.insert(id.to_owned());
            if relays.len() > 1 {
                let relays = relays.clone();
                state.broke(format!("requests of {relays:?} with the same {name} at once"));
            }
        }
        drop(state);
        let names = NamesUnderWay(self.0.clone(), id.to_owned(), names);
        (UnderWay(&self.0, id.to_owned()), names)
    }
}

impl State {
    fn refuse(&mut self, id: &str, status: u16, words: &'static str, retry_after: Option<Duration>) -> Refused {
        self.causes += 1;
        self.tell(format_args!("{id}: {status} {words} {retry_after:?}"));
        // That of a relay's request concerns this relay, unless zooid turns out to be unusable.
        if let Some(wait) = retry_after.filter(|_| id == HEARTBEAT) {
            let until = Instant::now() + wait;
            self.retry_after = Some(self.retry_after.map_or(until, |before| before.max(until)));
        }
        Refused {
            status,
            words,
            retry_after,
        }
    }

    /// The host or the schema of a request that another relay has.
    fn conflict(&self, id: &str, body: &Value) -> Option<&'static str> {
        ["schema", "host"].into_iter().find_map(|field| {
            let value = body.get(field)?.as_str()?;
            let relays = self.names.get(&format!("{field} {value}"))?;
            let has = |other: &&String| *other != id && self.zooid.get(*other).is_some_and(|held| held[field] == value);
            relays.iter().find(has).map(|_| match field {
                "schema" => SCHEMA_IN_USE,
                _ => HOST_IN_USE,
            })
        })
    }

    fn apply(
        &mut self,
        method: &str,
        id: &str,
        body: Value,
        conflict: Option<&'static str>,
    ) -> Result<(), (u16, &'static str)> {
        if method != "POST" {
            self.freed_at = Instant::now();
        }
        if method == "DELETE" {
            return self.zooid.remove(id).map(drop).ok_or((404, "relay not found"));
        }
        self.lost.remove(id);
        let exists = self.zooid.contains_key(id);
        if let Some(conflict) = conflict.filter(|_| exists != (method == "POST")) {
            return Err((409, conflict));
        }
        if exists != (method == "POST") {
            if let Some(harmed) = self.conflict(id, &body) {
                self.broke(format!("{id}: {harmed}, and zooid accepted it"));
            }
            for name in names(&body) {
                self.names.entry(name).or_default().insert(id.to_owned());
            }
        }
        match (method, self.zooid.get_mut(id)) {
            ("POST", Some(_)) => Err((409, "relay with this id already exists")),
            ("POST", None) => {
                if self.gone.contains(id) {
                    self.broke(format!("{id} was deleted, and is back"));
                }
                let key = body["secret"].to_string();
                if *self.keys.entry(id.to_owned()).or_insert_with(|| key.clone()) != key {
                    self.broke(format!("{id} changed its key"));
                }
                self.zooid.insert(id.to_owned(), body);
                Ok(())
            }
            (_, None) => Err((404, "relay not found")),
            (_, Some(held)) => {
                if body.get("secret").is_some() {
                    self.broke(format!("{id} was sent its key again"));
                } else if let (Value::Object(held), Value::Object(patch)) = (held, body) {
                    held.extend(patch);
                }
                Ok(())
            }
        }
    }
}

impl Zooid for FakeZooid {
    type Error = Refused;

    async fn create_relay(&self, id: &RelayId, config: &RelayConfig) -> Result<(), Refused> {
        self.request("POST", id.as_str(), serde_json::to_value(config).unwrap())
            .await
    }

    async fn patch_relay(&self, id: &RelayId, patch: &RelayPatch) -> Result<(), Refused> {
        self.request("PATCH", id.as_str(), serde_json::to_value(patch).unwrap())
            .await
    }

    async fn delete_relay(&self, id: &RelayId) -> Result<(), Refused> {
        self.request("DELETE", id.as_str(), Value::Null).await
    }

    async fn heartbeat(&self) -> Result<(), Refused> {
        self.0.point("a heartbeat").await;
        let (fault, pause) = {
            let mut state = self.0.state();
            state.heartbeats += 1;
            state.tell(format_args!("heartbeat"));
            if state.retry_after.is_some_and(|until| Instant::now() < until) {
                state.broke("a heartbeat was sent before Retry-After was over".to_owned());
            }
            if state.down {
                return Err(state.refuse("heartbeat", 0, "down", None));
            }
            if state.key_refused {
                return Err(state.refuse("heartbeat", 403, "pubkey not in whitelist", None));
            }
            let faults = state.faults;
            if state.chance(faults.panics) {
                state.causes += 1;
                drop(state);
                std::panic::resume_unwind(Box::new("told to"));
            }
            let ordered = state.order.as_mut().and_then(|order| order(HEARTBEAT));
            let chance = state.chance(faults.requests);
            let chance = chance.then(|| RequestFault::any(&mut state.random));
            let latency = Duration::from_millis(state.random.u64(1..200));
            (ordered.or(chance), state.latency.unwrap_or(latency))
        };
        sleep(pause).await;
        let refused = match fault {
            None | Some(RequestFault::DiskFull) => return Ok(()),
            Some(RequestFault::Panic) => std::panic::resume_unwind(Box::new("told to")),
            Some(RequestFault::Status(status, _, wait)) => (status, "told to fail", wait),
            Some(RequestFault::Lost(_)) => (1, "connection lost", None),
            Some(RequestFault::Hang(_) | RequestFault::Late(_)) => {
                sleep(TIMEOUT).await;
                (1, "timed out", None)
            }
        };
        let (status, words, wait) = refused;
        Err(self.0.state().refuse(HEARTBEAT, status, words, wait))
    }

    fn classify(error: &Refused) -> Classification {
        let class = match (error.status, error.words) {
            (409, "relay with this id already exists") => ErrorClass::AlreadyExists,
            (409, HOST_IN_USE | SCHEMA_IN_USE) => ErrorClass::InUse,
            (404, _) => ErrorClass::NotFound,
            (400, _) => ErrorClass::Permanent,
            (0 | 1 | 403, _) => ErrorClass::Server,
            (429 | 502 | 503, _) | (500, WRITE_FAILED) => ErrorClass::Unavailable,
            _ => ErrorClass::Relay,
        };
        Classification {
            class,
            retry_after: error.retry_after,
            may_take_effect: matches!(error.status, 1 | 429 | 502 | 503),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.words)
    }
}

impl Error for Refused {}
