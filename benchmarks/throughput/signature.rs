//! A whole NIP-98 header beside the one signature that it cannot do without.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use anyhow::Context;
use reqwest::{Method, Url};
use sha2::{Digest, Sha256};
use zooid_client::Client;

use crate::{emulator::keys, percentile::median, relays, task::Signature};

/// How many are made between two looks at the clock.
const BLOCK: u32 = 50;

pub fn measure(measured: Duration) -> anyhow::Result<Signature> {
    let keys = keys()?;
    let client = Client::builder("http://127.0.0.1:1", keys.clone()).build()?;
    let url = Url::parse(&format!("{}/relay/{}", client.url(), relays::id(0)))?;
    let body = serde_json::to_vec(&relays::body(&relays::relay(0)))?;
    let digest: [u8; 32] = Sha256::digest(&body).into();
    client.authorization(&Method::PATCH, &url, &body).context("no header")?;

    let (mut headers, mut signatures) = (Vec::new(), Vec::new());
    let until = Instant::now() + measured;
    while Instant::now() < until {
        headers.push(block(|| {
            client.authorization(&Method::PATCH, black_box(&url), black_box(&body))
        }));
        signatures.push(block(|| keys.sign_schnorr(black_box(digest))));
    }
    Ok(Signature {
        header: median(headers),
        schnorr: median(signatures),
    })
}

fn block<T>(make: impl Fn() -> T) -> Duration {
    let began = Instant::now();
    for _ in 0..BLOCK {
        black_box(make());
    }
    began.elapsed() / BLOCK
}
