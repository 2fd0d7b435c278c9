use std::{collections::VecDeque, time::Duration};

use fastrand::Rng;
use http::{HeaderValue, StatusCode};
use serde_json::json;

use super::request::ApiRequest;
use crate::error::Operation;

/// Something that goes wrong with requests to come, as proxies, networks and overloaded servers have it.
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
    /// `None` is for ever, for a fault that strikes a share of the requests, and once for any other.
    times: Option<usize>,
    relay: Option<String>,
    operation: Option<Operation>,
    share: Option<Share>,
}

/// Which of the requests it meets a fault strikes.
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
    /// The connection is closed without an answer, before the work or after it.
    CloseConnection {
        after_work: bool,
    },
    NeverRespond,
    /// The connection is closed, and the request kept.
    Late,
    OnWrite(WriteFault),
}

/// What goes wrong with a write that zooid accepts.
#[derive(Clone, Copy, Debug)]
pub(super) enum WriteFault {
    /// The files of other relays are not compared.
    Race,
    /// The process is killed when this many bytes of the file are written, and starts again.
    Cut(usize),
    /// This many requests for the document find no relay.
    TornReload(usize),
    /// This many requests for the document find the configuration before.
    DocumentLag(usize),
}

/// What is answered instead of zooid's own answer.
#[derive(Clone, Debug)]
pub(super) struct StubResponse {
    pub(super) status: StatusCode,
    pub(super) body: String,
    pub(super) content_type: HeaderValue,
}

impl Fault {
    /// Answers this status and does nothing; the body is `{"error": …}` with the status in words unless set otherwise.
    ///
    /// # Panics
    ///
    /// When the number is no HTTP status.
    pub fn status(status: u16) -> Fault {
        Fault::of(Effect::Status(StubResponse::new(status)))
    }

    /// Does what was asked, then answers this status, as a proxy does that lost zooid's answer.
    ///
    /// # Panics
    ///
    /// When the number is no HTTP status.
    pub fn lose_response(status: u16) -> Fault {
        Fault::of(Effect::LoseResponse(StubResponse::new(status)))
    }

    /// Does what was asked, and answers so much later.
    pub fn delay(duration: Duration) -> Fault {
        Fault::of(Effect::Delay(duration))
    }

    /// Does nothing and closes the connection.
    pub fn drop_connection() -> Fault {
        Fault::of(Effect::CloseConnection { after_work: false })
    }

    /// Does what was asked, then closes the connection without an answer.
    pub fn drop_response() -> Fault {
        Fault::of(Effect::CloseConnection { after_work: true })
    }

    /// Does nothing and never answers.
    pub fn hang() -> Fault {
        Fault::of(Effect::NeverRespond)
    }

    /// Does what was asked, and answers 200 with half of a JSON body.
    pub fn truncated_response() -> Fault {
        Fault::lose_response(200).body(r#"{"message":"relay pat"#, "application/json")
    }

    /// Closes the connection and keeps the request, as when the client gives up while a proxy still has the request.
    ///
    /// [`Emulator::apply_late_requests`](super::Emulator::apply_late_requests) applies it, after all requests that zooid
    /// received in the meantime.
    pub fn late() -> Fault {
        Fault::of(Effect::Late)
    }

    /// Kills zooid in the middle of the next write, when this many bytes of the file are written.
    ///
    /// The connection is closed without an answer, and zooid starts again with an empty or a cut file.
    pub fn cut_write(bytes: usize) -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::Cut(bytes)))
    }

    /// After the next write, answers this many requests for the relay's document with 404.
    ///
    /// zooid writes a file in place and can read it half-written. Requests at the host before the write and at the host
    /// after it count.
    pub fn torn_reload(requests: usize) -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::TornReload(requests)))
    }

    /// After the next write, answers this many requests for the relay's document with the configuration before the write.
    ///
    /// Requests at the host before the write and at the host after it count. Another write of the relay ends the lag.
    pub fn document_lag(requests: usize) -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::DocumentLag(requests)))
    }

    /// Accepts the next write even if another relay has its schema or its host.
    ///
    /// zooid does so when it receives both writes at the same time.
    pub fn race() -> Fault {
        Fault::of(Effect::OnWrite(WriteFault::Race))
    }

    /// Answers this body. A late answer keeps its own.
    ///
    /// # Panics
    ///
    /// When the content type cannot stand in a header.
    pub fn body(mut self, text: impl Into<String>, content_type: &str) -> Fault {
        if let Effect::Status(instead) | Effect::LoseResponse(instead) = &mut self.effect {
            instead.body = text.into();
            instead.content_type = header(content_type);
        }
        self
    }

    /// Adds a `Retry-After` header: seconds, or an HTTP date.
    ///
    /// # Panics
    ///
    /// When the value cannot stand in a header.
    pub fn retry_after(mut self, value: impl Into<String>) -> Fault {
        self.retry_after = Some(header(&value.into()));
        self
    }

    /// Goes wrong so many times; once unless said otherwise.
    pub fn times(mut self, n: usize) -> Fault {
        self.times = Some(n);
        self
    }

    /// Strikes this share of the requests it meets, from 0 for none to 1 for all, and lets the others pass on to the next
    /// fault. The same seed strikes the same ones. For ever, unless [`times`](Fault::times) ends it.
    pub fn share(mut self, share: f64, seed: u64) -> Fault {
        self.share = Some(Share {
            of: share,
            random: Rng::with_seed(seed),
        });
        self
    }

    /// Goes wrong for this relay only, and waits until it is asked for.
    pub fn for_relay(mut self, id: impl Into<String>) -> Fault {
        self.relay = Some(id.into());
        self
    }

    /// Goes wrong for this operation only, and waits until it is asked for.
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

    /// How often it is still to go wrong; `None` is for ever.
    fn remaining(&self) -> Option<usize> {
        self.times.or(if self.share.is_some() { None } else { Some(1) })
    }

    fn is_selected(&mut self) -> bool {
        self.share.as_mut().is_none_or(|share| share.random.f64() < share.of)
    }

    fn applies_to(&self, request: &ApiRequest<'_>) -> bool {
        let fits = !matches!(self.effect, Effect::OnWrite(_)) || request.operation().is_some_and(writes);
        fits && (self.relay.is_none() || self.relay == request.relay())
            && (self.operation.is_none() || self.operation == request.operation())
    }
}

/// Whether an operation writes a file.
fn writes(operation: Operation) -> bool {
    matches!(
        operation,
        Operation::CreateRelay | Operation::ReplaceRelay | Operation::PatchRelay
    )
}

impl StubResponse {
    pub(super) fn new(status: u16) -> Self {
        let Ok(status) = StatusCode::from_u16(status) else {
            panic!("{status} is no HTTP status");
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
        panic!("{value:?} cannot stand in a header");
    };
    value
}

/// The faults still to come.
#[derive(Debug, Default)]
pub(super) struct Faults(VecDeque<Fault>);

impl Faults {
    pub(super) fn add(&mut self, fault: Fault) {
        if fault.remaining() != Some(0) {
            self.0.push_back(fault);
        }
    }

    /// The first fault that is for this request and strikes.
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
