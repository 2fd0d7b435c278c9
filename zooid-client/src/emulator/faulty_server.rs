use std::{sync::Mutex, time::Duration};

use http::{
    HeaderName, HeaderValue,
    header::{CONTENT_TYPE, DATE, RETRY_AFTER},
};
use wiremock::{Request, ResponseTemplate};

use super::{
    api_server::ApiServer,
    faults::{Effect, Fault, Faults, StubResponse, WriteFault},
    lock::lock,
    recorded_request::RecordedRequest,
    request::ApiRequest,
};

/// Longer than any client waits.
const NEVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Recorded as the status of requests without a response.
const NO_RESPONSE: u16 = 0;

/// An API server with injected faults.
pub(super) struct FaultyServer {
    pub(super) zooid: ApiServer,
    pub(super) faults: Mutex<Faults>,
    pub(super) recording: Option<Mutex<Vec<RecordedRequest>>>,
    /// The fault of the current request. wiremock first asks for the mock and then for the response, and handles one
    /// request at a time.
    current_fault: Mutex<Option<Fault>>,
    /// Requests kept by [`Fault::late`].
    late: Mutex<Vec<Request>>,
}

/// The response that is sent.
struct Reply {
    status: u16,
    body: String,
    headers: Vec<(HeaderName, HeaderValue)>,
    retry_after: Option<HeaderValue>,
    delay: Duration,
}

impl FaultyServer {
    pub(super) fn new(zooid: ApiServer, recording: Option<Mutex<Vec<RecordedRequest>>>) -> Self {
        Self {
            zooid,
            faults: Mutex::default(),
            recording,
            current_fault: Mutex::default(),
            late: Mutex::default(),
        }
    }

    /// Chooses the fault of a request. Returns whether the request ends without a response.
    pub(super) fn closes_connection(&self, request: &Request) -> bool {
        let api_request = ApiRequest::new(request);
        if !self.zooid.is_available(&api_request) {
            self.record(request, NO_RESPONSE);
            return true;
        }
        let fault = lock(&self.faults).take(&api_request);
        match fault.as_ref().map(|fault| &fault.effect) {
            Some(Effect::CloseConnection { after_handling: false }) => {}
            Some(Effect::CloseConnection { after_handling: true }) => {
                self.zooid.respond(&api_request, None);
            }
            Some(Effect::Late) => lock(&self.late).push(request.clone()),
            Some(Effect::OnWrite(cut @ WriteFault::Cut(_))) => {
                self.zooid.respond(&api_request, Some(*cut));
            }
            _ => {
                *lock(&self.current_fault) = fault;
                return false;
            }
        }
        self.record(request, NO_RESPONSE);
        true
    }

    /// Handles the late requests in the order in which they were received, and returns their statuses.
    pub(super) fn apply_late(&self, after: Duration) -> Vec<u16> {
        let late = std::mem::take(&mut *lock(&self.late));
        late.iter()
            .map(|request| self.zooid.respond_late(&ApiRequest::new(request), after).status)
            .collect()
    }

    fn record(&self, request: &Request, status: u16) {
        if let Some(recording) = &self.recording {
            lock(recording).push(RecordedRequest::new(request, status));
        }
    }

    pub(super) fn respond(&self, request: &Request) -> ResponseTemplate {
        let reply = self.reply(&ApiRequest::new(request));
        let has_response = reply.delay < NEVER;
        self.record(request, if has_response { reply.status } else { NO_RESPONSE });
        let template = ResponseTemplate::new(reply.status)
            .insert_header(DATE, httpdate::fmt_http_date(self.zooid.clock.now()))
            .set_body_bytes(reply.body)
            .set_delay(reply.delay);
        let template = reply
            .headers
            .into_iter()
            .fold(template, |template, (name, value)| template.insert_header(name, value));
        match reply.retry_after {
            Some(value) => template.insert_header(RETRY_AFTER, value),
            None => template,
        }
    }

    fn reply(&self, request: &ApiRequest<'_>) -> Reply {
        let Some(fault) = lock(&self.current_fault).take() else {
            return self.api_reply(request, None);
        };
        let mut reply = match fault.effect {
            Effect::Status(instead) => Reply::from(instead),
            Effect::LoseResponse(instead) => {
                self.api_reply(request, None);
                Reply::from(instead)
            }
            Effect::Delay(delay) => Reply {
                delay,
                ..self.api_reply(request, None)
            },
            Effect::OnWrite(fault) => self.api_reply(request, Some(fault)),
            Effect::NeverRespond | Effect::CloseConnection { .. } | Effect::Late => Reply {
                delay: NEVER,
                ..Reply::from(StubResponse::new(504))
            },
        };
        reply.retry_after = fault.retry_after;
        reply
    }

    fn api_reply(&self, request: &ApiRequest<'_>, fault: Option<WriteFault>) -> Reply {
        let response = self.zooid.respond(request, fault);
        Reply {
            status: response.status,
            body: response.body,
            headers: response.headers,
            retry_after: None,
            delay: Duration::ZERO,
        }
    }
}

impl From<StubResponse> for Reply {
    fn from(instead: StubResponse) -> Self {
        Self {
            status: instead.status.as_u16(),
            body: instead.body,
            headers: vec![(CONTENT_TYPE, instead.content_type)],
            retry_after: None,
            delay: Duration::ZERO,
        }
    }
}
