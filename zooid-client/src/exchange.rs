//! One request and its answer, inside progenitor's hooks: no request goes out unsigned or unbounded in time, and no
//! answer comes in unbounded in size or with the secrets of its request.

use std::time::Duration;

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Request, Response, header::AUTHORIZATION};

use crate::{answer, generated::Client, nip98::Signer, redaction::Sent};

/// What zooid reads of a body before it gives up.
const MAX_BODY: usize = 1024 * 1024;

/// What each exchange of a client needs besides the HTTP client.
#[derive(Clone, Debug)]
pub struct Exchange {
    signer: Signer,
    /// From connecting to the last byte of the answer. Applied to each request, since the HTTP client may be the user's.
    timeout: Duration,
}

impl Exchange {
    pub(crate) fn new(signer: Signer, timeout: Duration) -> Self {
        Self { signer, timeout }
    }

    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }
}

impl ClientHooks<Exchange> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        if body.len() > MAX_BODY {
            return Err(Error::InvalidRequest(format!(
                "the body has {} bytes, but zooid takes at most {MAX_BODY}",
                body.len()
            )));
        }
        let Exchange { signer, timeout } = self.inner();
        let value = signer
            .authorization(request.method(), request.url(), body)
            .ok_or_else(|| Error::Custom("the request cannot be signed".to_owned()))?;
        let headers = request.headers_mut();
        // The generator's own; zooid does not look at it.
        headers.remove("api-version");
        headers.insert(AUTHORIZATION, value);
        if *timeout < Duration::MAX {
            *request.timeout_mut() = Some(*timeout);
        }
        Ok(())
    }

    async fn exec(&self, request: Request, operation: &OperationInfo) -> reqwest::Result<Response> {
        let sent = Sent::of(&request);
        let response = self.client().execute(request).await?;
        if response.status().is_success() {
            answer::within(response, answer::limit(operation.operation_id)).await
        } else {
            Ok(answer::as_zooid_words_it(response, &sent).await)
        }
    }

    async fn post<E>(&self, result: &reqwest::Result<Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        match result {
            Ok(response) if let Some(too_large) = answer::too_large(response) => Err(Error::UnexpectedResponse(
                answer::without_body(response.status(), too_large),
            )),
            _ => Ok(()),
        }
    }
}
