//! How many instructions the hot paths take, by valgrind's callgrind: the same whoever else uses the machine.
//!
//! ```sh
//! cargo install gungraun-runner --version 0.17.2      # and valgrind
//! cargo bench --manifest-path benchmarks/Cargo.toml --features instructions --bench instructions
//! ```

#![expect(
    clippy::expect_used,
    missing_docs,
    reason = "a benchmark that cannot begin may panic, and gungraun makes modules without documentation"
)]

use std::hint::black_box;

use benchmarks::{relay::SECRET, rows::row};
use gungraun::{library_benchmark, library_benchmark_group, main};
use infra_sync::{
    Config, Digest, Relay,
    bench::{self, Queue},
    zooid_client::{Client, Keys, types::RelayPatch},
};
use reqwest::{Method, Url};

fn config() -> Config {
    let keys = Keys::parse(SECRET).expect("a key");
    Config::new("http://127.0.0.1:1".parse().expect("a url"), keys)
}

fn a_row() -> (Relay, Config) {
    (row("alice"), config())
}

fn a_body() -> (Relay, RelayPatch) {
    let relay = row("alice");
    let patch = bench::patch(&relay, &config());
    (relay, patch)
}

fn a_request() -> (Client, Url, Vec<u8>) {
    let client = Client::builder("http://127.0.0.1:1", config().keys)
        .build()
        .expect("a client");
    let body = serde_json::to_vec(&bench::patch(&row("alice"), &config())).expect("a body");
    let url = Url::parse("http://127.0.0.1:1/relay/alice").expect("a url");
    // What is made once is not counted.
    client.authorization(&Method::PATCH, &url, &body);
    (client, url, body)
}

fn a_queue() -> Queue {
    let mut queue = Queue::new(&config());
    for number in 0..1_000 {
        queue.schedule(&format!("relay-{number}"), "activity");
    }
    queue
}

#[library_benchmark]
#[bench::once(setup = a_row)]
fn map_a_row((relay, config): (Relay, Config)) -> (RelayPatch, Relay, Config) {
    (bench::patch(black_box(&relay), &config), relay, config)
}

#[library_benchmark]
#[bench::once(setup = a_body)]
fn digest_a_body((relay, patch): (Relay, RelayPatch)) -> (Digest, Relay, RelayPatch) {
    (bench::digest(black_box(&relay), &patch), relay, patch)
}

#[library_benchmark]
#[bench::once(setup = a_request)]
fn sign_a_request((client, url, body): (Client, Url, Vec<u8>)) -> (Client, Url, Vec<u8>) {
    black_box(client.authorization(&Method::PATCH, &url, &body));
    (client, url, body)
}

#[library_benchmark]
#[bench::once(setup = a_queue)]
fn a_turn_of_the_queue(mut queue: Queue) -> Queue {
    queue.schedule(black_box("alice"), "activity");
    black_box(queue.take());
    queue
}

library_benchmark_group!(
    name = hot_paths,
    benchmarks = [map_a_row, digest_a_body, sign_a_request, a_turn_of_the_queue]
);
main!(library_benchmark_groups = hot_paths);
