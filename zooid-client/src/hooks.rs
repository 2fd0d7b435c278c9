//! Hooks of the generated client. They sign every request and limit its time, and limit and redact every response.

use std::time::Duration;

use progenitor_client::{ClientHooks, ClientInfo, Error, OperationInfo};
use reqwest::{Request, Response, header::AUTHORIZATION};

use crate::{generated::Client, redaction::SentRequest, request_settings::RequestSettings, response};

/// Maximum size of a request body in bytes: zooid returns 400 for a larger one.
pub(crate) const MAX_BODY: usize = 1024 * 1024;

impl ClientHooks<RequestSettings> for Client {
    async fn pre<E>(&self, request: &mut Request, _: &OperationInfo) -> Result<(), Error<E>> {
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        if body.len() > MAX_BODY {
            return Err(Error::InvalidRequest(format!(
                "the body has {} bytes, but zooid accepts at most {MAX_BODY}",
                body.len()
            )));
        }
        let RequestSettings { signer, timeout } = self.inner();
        let value = signer
            .authorization(request.method(), request.url(), body)
            .ok_or_else(|| Error::Custom("the request cannot be signed".to_owned()))?;
        let headers = request.headers_mut();
        // Added by the generator; zooid ignores it.
        headers.remove("api-version");
        headers.insert(AUTHORIZATION, value);
        if *timeout < Duration::MAX {
            *request.timeout_mut() = Some(*timeout);
        }
        Ok(())
    }

    async fn exec(&self, request: Request, operation: &OperationInfo) -> reqwest::Result<Response> {
        let sent = SentRequest::of(&request);
        let response = self.client().execute(request).await?;
        if response.status().is_success() {
            response::limited(response, response::limit(operation.operation_id)).await
        } else {
            Ok(response::normalized_error(response, &sent).await)
        }
    }

    async fn post<E>(&self, result: &reqwest::Result<Response>, _: &OperationInfo) -> Result<(), Error<E>> {
        match result {
            Ok(response) if let Some(too_large) = response::too_large(response) => Err(Error::UnexpectedResponse(
                response::without_body(response.status(), too_large),
            )),
            _ => Ok(()),
        }
    }
}
