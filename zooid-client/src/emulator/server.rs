use std::{sync::Mutex, time::Duration};

use http::{
    HeaderValue,
    header::{CONTENT_TYPE, DATE, RETRY_AFTER},
};
use wiremock::{Request, ResponseTemplate};

use super::{
    call::Call,
    faults::{Effect, Fault, Faults, Instead},
    lock::lock,
    recording::RecordedRequest,
    zooid::Zooid,
};

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

/// Recorded where there never was one.
const NO_ANSWER: u16 = 0;

/// zooid behind what can go wrong on the way to it.
pub(super) struct Server {
    pub(super) zooid: Zooid,
    pub(super) faults: Mutex<Faults>,
    pub(super) recording: Option<Mutex<Vec<RecordedRequest>>>,
    /// What was decided for the request at hand; wiremock asks first who answers it, then for the answer, and has one
    /// request at hand at a time.
    decided: Mutex<Option<Fault>>,
}

/// What goes over the wire.
struct Reply {
    status: u16,
    body: String,
    content_type: HeaderValue,
    retry_after: Option<HeaderValue>,
    delay: Duration,
}

impl Server {
    pub(super) fn new(zooid: Zooid, recording: Option<Mutex<Vec<RecordedRequest>>>) -> Self {
        Self {
            zooid,
            faults: Mutex::default(),
            recording,
            decided: Mutex::default(),
        }
    }

    /// Decides what goes wrong with a request; true when it ends without an answer.
    pub(super) fn hangs_up(&self, request: &Request) -> bool {
        let call = Call::new(request);
        let fault = lock(&self.faults).take(&call);
        let Some(Effect::HangUp { after_work }) = fault.as_ref().map(|fault| &fault.effect) else {
            *lock(&self.decided) = fault;
            return false;
        };
        if *after_work {
            self.zooid.answer(&call);
        }
        self.record(request, NO_ANSWER);
        true
    }

    fn record(&self, request: &Request, status: u16) {
        if let Some(recording) = &self.recording {
            lock(recording).push(RecordedRequest::new(request, status));
        }
    }

    pub(super) fn respond(&self, request: &Request) -> ResponseTemplate {
        let reply = self.reply(&Call::new(request));
        let comes = reply.delay < FOR_EVER;
        self.record(request, if comes { reply.status } else { NO_ANSWER });
        let template = ResponseTemplate::new(reply.status)
            .insert_header(DATE, httpdate::fmt_http_date(self.zooid.clock.now()))
            .insert_header(CONTENT_TYPE, reply.content_type)
            .set_body_bytes(reply.body)
            .set_delay(reply.delay);
        match reply.retry_after {
            Some(value) => template.insert_header(RETRY_AFTER, value),
            None => template,
        }
    }

    fn reply(&self, call: &Call<'_>) -> Reply {
        let Some(fault) = lock(&self.decided).take() else {
            return self.zooids(call);
        };
        let mut reply = match fault.effect {
            Effect::Status(instead) => Reply::from(instead),
            Effect::LoseAnswer(instead) => {
                self.zooids(call);
                Reply::from(instead)
            }
            Effect::Delay(delay) => Reply {
                delay,
                ..self.zooids(call)
            },
            Effect::Hang | Effect::HangUp { .. } => Reply {
                delay: FOR_EVER,
                ..Reply::from(Instead::new(504))
            },
        };
        reply.retry_after = fault.retry_after;
        reply
    }

    fn zooids(&self, call: &Call<'_>) -> Reply {
        let answer = self.zooid.answer(call);
        Reply {
            status: answer.status,
            body: answer.body,
            content_type: HeaderValue::from_static(answer.content_type),
            retry_after: None,
            delay: Duration::ZERO,
        }
    }
}

impl From<Instead> for Reply {
    fn from(instead: Instead) -> Self {
        Self {
            status: instead.status.as_u16(),
            body: instead.body,
            content_type: instead.content_type,
            retry_after: None,
            delay: Duration::ZERO,
        }
    }
}
