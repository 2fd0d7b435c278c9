use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use http::{
    HeaderValue,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use wiremock::{Request, Respond, ResponseTemplate};

use super::{
    call::Call,
    faults::{Effect, Faults, Instead},
    lock::lock,
    recording::RecordedRequest,
    zooid::Zooid,
};

/// zooid behind what can go wrong on the way to it.
pub(super) struct Server {
    pub(super) zooid: Zooid,
    pub(super) faults: Mutex<Faults>,
    pub(super) recording: Option<Mutex<Vec<RecordedRequest>>>,
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
    fn reply(&self, call: &Call<'_>) -> Reply {
        let Some(fault) = lock(&self.faults).take(call.relay().as_deref()) else {
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
        };
        reply.retry_after = fault.retry_after;
        reply
    }

    fn zooids(&self, call: &Call<'_>) -> Reply {
        let answer = self.zooid.answer(call);
        Reply {
            status: answer.status,
            body: answer.body,
            content_type: HeaderValue::from_static("application/json"),
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

/// What wiremock calls for each request.
pub(super) struct Responder(pub(super) Arc<Server>);

impl Respond for Responder {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let reply = self.0.reply(&Call::new(request));
        if let Some(recording) = &self.0.recording {
            lock(recording).push(RecordedRequest::new(request, reply.status));
        }
        let template = ResponseTemplate::new(reply.status)
            .insert_header(CONTENT_TYPE, reply.content_type)
            .set_body_bytes(reply.body)
            .set_delay(reply.delay);
        match reply.retry_after {
            Some(value) => template.insert_header(RETRY_AFTER, value),
            None => template,
        }
    }
}
