//! Layer 1: a bare connection pool of hyper's that sends bodies and headers made beforehand, and makes one Schnorr
//! signature for each. Less cannot be done.

use std::{sync::Arc, time::Duration};

use anyhow::ensure;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Uri,
    header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use sha2::{Digest, Sha256};
use zooid_client::Keys;

use crate::{emulator::keys, hand_written, in_flight, relays, task::Load};

struct Pool {
    http: Client<HttpConnector, Full<Bytes>>,
    keys: Keys,
    requests: Vec<Ready>,
}

struct Ready {
    uri: Uri,
    authorization: HeaderValue,
    body: Bytes,
    digest: [u8; 32],
}

pub async fn measure(in_flight: usize, zooid: &str, measured: Duration) -> anyhow::Result<Load> {
    let keys = keys()?;
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    let pool = Arc::new(Pool {
        http: Client::builder(TokioExecutor::new()).build(connector),
        requests: (0..in_flight)
            .map(|relay| ready(&keys, zooid, relay))
            .collect::<Result<_, _>>()?,
        keys,
    });
    in_flight::keep(in_flight, measured, move |relay| send(Arc::clone(&pool), relay)).await
}

fn ready(keys: &Keys, zooid: &str, relay: usize) -> anyhow::Result<Ready> {
    let url = format!("{zooid}/relay/{}", relays::id(relay));
    let body = serde_json::to_vec(&relays::body(&relays::relay(relay)))?;
    let mut authorization = HeaderValue::try_from(hand_written::authorization(keys, &url, &body)?)?;
    authorization.set_sensitive(true);
    Ok(Ready {
        uri: url.parse()?,
        authorization,
        digest: Sha256::digest(&body).into(),
        body: body.into(),
    })
}

async fn send(pool: Arc<Pool>, relay: usize) -> anyhow::Result<()> {
    let ready = &pool.requests[relay];
    std::hint::black_box(pool.keys.sign_schnorr(ready.digest));
    let mut request = Request::new(Full::new(ready.body.clone()));
    *request.method_mut() = Method::PATCH;
    *request.uri_mut() = ready.uri.clone();
    let headers = request.headers_mut();
    headers.insert(AUTHORIZATION, ready.authorization.clone());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let answer = pool.http.request(request).await?;
    ensure!(answer.status().is_success(), "answered {}", answer.status());
    answer.into_body().collect().await?;
    Ok(())
}
