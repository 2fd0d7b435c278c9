use std::{collections::VecDeque, time::Duration};

use fastrand::Rng;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::request::ApiRequest;
use crate::error::Operation;

/// A fault of zooid, of a proxy or of the network that affects future requests.
///
/// ```
/// # use zooid_client::emulator::Fault;
/// let overloaded = Fault::status(429).retry_after("2").times(3);
/// let proxy = Fault::lose_response(502).body("<h1>Bad Gateway</h1>", "text/html").for_relay("alice");
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Fault {
    pub(super) effect: Effect,
    pub(super) retry_after: Option<HeaderValue>,
    /// `None` means once or, for a fault with a share, without limit.
    times: Option<usize>,
    relay: Option<String>,
    operation: Option<Operation>,
    share: Option<Share>,
}

/// The share of matching requests that a fault affects.
#[derive(Clone, Debug)]
struct Share {
    of: f64,
    random: Rng,
}

#[derive(Clone, Debug)]
pub(super) enum Effect {
    Status(StubResponse),
    LoseResponse(StubResponse),
    Delay(Duration),
    /// Closes the connection without a response, before or after zooid handles the request.
    CloseConnection {
        after_handling: bool,
    },
    NeverRespond,
    /// Closes the connection and keeps the request for later.
    Late,
    OnWrite(WriteFault),
}

/// A fault in a write that zooid accepts.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteFault {
    /// Skips the comparison with other relays.
    Race,
    /// Kills the process after this many bytes of the file, and restarts it.
    Cut(usize),
    /// This many document requests find no relay.
    TornReload(usize),
    /// This many document requests find the previous configuration.
    DocumentLag(usize),
}

/// A response that replaces zooid's.
#[derive(Clone, Debug)]
pub(super) struct StubResponse {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) content_type: HeaderValue,
}

impl Fault {
    /// Responds with this status and does not handle the request. The default body is `{"error": …}` with the reason
    /// phrase of the status.
    ///
    /// # Panics
    ///
    /// If the number is not an HTTP status.
    pub fn status(status: u16) -> Fault {
        Fault::of(Effect::Status(StubResponse::new(status)))
    }

    /// Handles the request, but responds with this status, like a proxy that lost zooid's response.
    ///
    /// # Panics
    ///
    /// If the number is not an HTTP status.
    pub fn lose_response(status: u16) -> Fault {
        Fault::of(Effect::LoseResponse(StubResponse::new(status)))
    }

    /// Handles the request and delays the response.
    pub fn delay(duration: Duration) -> Fault {
        Fault::of(Effect::Delay(duration))
    }

    /// Closes the connection and does not handle the request.
    pub fn drop_connection() -> Fault {
        Fault::of(Effect::CloseConnection { after_handling: false })
    }

    /// Handles the request and closes the connection without a response.
    pub fn drop_response() -> Fault {
        Fault::of(Effect::CloseConnection { after_handling: true })
    }

    /// Never responds and does not handle the request.
    pub fn hang() -> Fault {
        Fault::of(Effect::NeverRespond)
    }

    /// Handles the request and responds 200 with a truncated JSON body.
    pub fn truncated_response() -> Fault {
        Fault::lose_response(200).body(r#"{"message":"relay pat"#, "application/json")
    }

    /// Closes the connection and keeps the request, as if a proxy still had it.
    ///
    /// [`Emulator::apply_late_requests`](super::Emulator::apply_late_requests) handles it, after all requests received
    /// until then.
    pub fn late() -> Fault {
        Fault::of(Effect::Late)
    }

    /// Kills zooid during the next write, after this many bytes of the file.
    ///
    /// The connection closes without a response, and zooid restarts with an empty or truncated file.
    pub fn cut_write(bytes: usize) -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::Cut(bytes)))
    }

    /// After the next write, responds 404 to this many requests for the relay's document.
    ///
    /// zooid writes files in place and can read an incomplete one. Requests for the old and the new host of the relay
    /// count.
    pub fn torn_reload(requests: usize) -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::TornReload(requests)))
    }

    /// After the next write, responds to this many requests for the relay's document with the previous configuration.
    ///
    /// Requests for the old and the new host of the relay count. Another write of the relay ends the lag.
    pub fn document_lag(requests: usize) -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::DocumentLag(requests)))
    }

    /// Accepts the next write even if another relay has the same schema or host, as zooid does with concurrent writes.
    pub fn race() -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::Race))
    }

    /// Sets the body of [`status`](Fault::status) and [`lose_response`](Fault::lose_response). No effect on other
    /// faults.
    ///
    /// # Panics
    ///
    /// If the content type is not a valid header value.
    pub fn body(mut self, text: impl Into<String>, content_type: &str) -> Fault {
        if let Effect::Status(instead) | Effect::LoseResponse(instead) = &mut self.effect {
            instead.body = text.into();
            instead.content_type = header(content_type);
        }
        self
    }

    /// Adds a `Retry-After` header: seconds or an HTTP date.
    ///
    /// # Panics
    ///
    /// If the value is not a valid header value.
    pub fn retry_after(mut self, value: impl Into<String>) -> Fault {
        self.retry_after = Some(header(&value.into()));
        self
    }

    /// Affects this many requests. Default: one, or no limit with [`share`](Fault::share).
    pub fn times(mut self, n: usize) -> Fault {
        self.times = Some(n);
        self
    }

    /// Affects this share of matching requests, from 0 to 1. Others pass on to the next fault. The choice is random
    /// but the same for the same seed.
    pub fn share(mut self, share: f64, seed: u64) -> Fault {
        self.share = Some(Share {
            of: share,
            random: Rng::with_seed(seed),
        });
        self
    }

    /// Affects requests for this relay only.
    pub fn for_relay(mut self, id: impl Into<String>) -> Fault {
        self.relay = Some(id.into());
        self
    }

    /// Affects requests of this operation only.
    pub fn for_operation(mut self, operation: Operation) -> Fault {
        self.operation = Some(operation);
        self
    }

    fn of(effect: Effect) -> Fault {
        Fault {
            effect,
            retry_after: None,
            times: None,
            relay: None,
            operation: None,
            share: None,
        }
    }

    /// Returns the number of requests still to be affected. `None` means no limit.
    fn remaining(&self) -> Option<usize> {
        self.times.or(if self.share.is_some() { None } else { Some(1) })
    }

    fn is_selected(&mut self) -> bool {
        self.share.as_mut().is_none_or(|share| share.random.f64() < share.of)
    }

    fn applies_to(&self, request: &ApiRequest<'_>) -> bool {
        let is_possible = !matches!(self.effect, Effect::OnWrite(_)) || request.operation().is_some_and(writes);
        is_possible
            && (self.relay.is_none() || self.relay == request.relay())
            && (self.operation.is_none() || self.operation == request.operation())
    }
}

/// Returns whether an operation writes a file.
fn writes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CreateRelay | Operation::ReplaceRelay | Operation::PatchRelay
    )
}

impl StubResponse {
    pub(super) fn new(status: u16) -> Self {
        let Ok(status) = StatusCode::from_u16(status) else {
            panic!("{status} is not an HTTP status");
        };
        Self {
            status,
            body: json!({ "error": status.canonical_reason().unwrap_or_default() }).to_string(),
            content_type: HeaderValue::from_static("application/json"),
        }
    }
}

fn header(value: &str) -> HeaderValue {
    let Ok(value) = HeaderValue::from_str(value) else {
        panic!("{value:?} is not a valid header value");
    };
    value
}

/// Faults that are not used up, in order of injection.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        if fault.remaining() != Some(0) {
            self.0.push_back(fault);
        }
    }

    /// Returns the first fault that affects the request, and counts it.
    pub(super) fn take(&mut self, request: &ApiRequest<'_>) -> Option<Fault> {
        let mut faults = self.0.iter_mut();
        let at = faults.position(|fault| fault.applies_to(request) && fault.is_selected())?;
        let fault = self.0.get_mut(at)?;
        match fault.remaining() {
            Some(1) => self.0.remove(at),
            remaining => {
                fault.times = remaining.map(|n| n - 1);
                Some(fault.clone())
            }
        }
    }

    pub(super) fn pending(&self) -> usize {
        self.0
            .iter()
            .filter_map(Fault::remaining)
            .fold(0, usize::saturating_add)
    }
}
