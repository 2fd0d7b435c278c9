//! What is to be reached, and whether it was.

use std::time::Duration;

use crate::{
    percentile::{median, percentile},
    results::{Results, Speed},
    run::{FEW_PENDING, QUEUED, WORKERS},
    task::{Layer, Store},
};

/// At which number in flight the layers are compared.
const COMPARED_AT: usize = 16;

/// How many activities wait where it matters how many are handled at a time.
const MANY: usize = 64;

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// One of what is to be reached.
#[derive(Debug)]
pub struct Target {
    pub what: String,
    pub target: String,
    pub reached: String,
    pub met: bool,
}

/// All of them.
pub fn of(results: &Results, pending: usize) -> Vec<Target> {
    let mut targets = ratios(results);
    targets.push(signature(results));
    targets.extend(workers(results));
    targets.extend(queue(results));
    targets.extend([(Store::Memory, 2), (Store::Sqlite, 10)].map(|(store, millis)| idle(results, store, millis)));
    targets.extend(Store::ALL.into_iter().flat_map(|store| start(results, store, pending)));
    targets
}

fn ratios(results: &Results) -> Vec<Target> {
    let at_once = |layer, other| results.ratio(Speed::AtOnce, (layer, COMPARED_AT), (other, COMPARED_AT));
    let (memory, sqlite) = (Layer::Infra(Store::Memory), Layer::Infra(Store::Sqlite));
    // One at a time, the loop is no faster the more wait.
    let literal = results.ratio(Speed::Slow, (memory, MANY), (Layer::LiteralLoop, MANY));
    vec![
        at_least(
            "zooid-client ÷ hand-written, 16 in flight",
            1.0,
            at_once(Layer::Client, Layer::HandWritten),
        ),
        at_least(
            "zooid-client ÷ limit, 16 in flight",
            0.8,
            at_once(Layer::Client, Layer::Limit),
        ),
        at_least(
            "Infra in memory ÷ zooid-client, 16 in flight",
            0.9,
            at_once(memory, Layer::Client),
        ),
        at_least(
            "Infra on SQLite ÷ zooid-client, 16 in flight",
            0.7,
            at_once(sqlite, Layer::Client),
        ),
        at_least("Infra in memory ÷ hand-written loop, zooid at 20 ms", 15.0, literal),
    ]
}

fn signature(results: &Results) -> Target {
    let ratios = results
        .signatures
        .iter()
        .map(|one| one.header.as_secs_f64() / one.schnorr.as_secs_f64());
    at_most(
        "NIP-98 header ÷ bare Schnorr signature, in time",
        2.0,
        median(ratios.collect()),
    )
}

fn workers(results: &Results) -> Option<Target> {
    let [one, all] = WORKERS;
    let (one, all) = (results.workers.get(&one)?, results.workers.get(&all)?);
    Some(at_least(
        "four PostgreSQL workers ÷ one, zooid at 20 ms",
        3.5,
        median(all.iter().zip(one).map(|(all, one)| all / one).collect()),
    ))
}

fn queue(results: &Results) -> [Target; 2] {
    let [few, many, most] = QUEUED;
    let turn = |keys| results.of_queue(keys, |queues| queues.infra.turn);
    let grows = turn(most).as_secs_f64() / turn(few).as_secs_f64();
    [
        at_most(
            &format!("a turn of the queue, {most} keys ÷ {few} keys, time"),
            1.2,
            grows,
        ),
        Target {
            what: format!("a turn of the queue, {many} keys"),
            target: "< 1 µs".to_owned(),
            reached: format!("{:.2} µs", turn(many).as_secs_f64() * 1e6),
            met: turn(many) < Duration::from_micros(1),
        },
    ]
}

fn idle(results: &Results, store: Store, millis: u64) -> Target {
    let latencies = results.idle.get(&store).cloned().unwrap_or_default();
    let limit = Duration::from_millis(millis);
    below(
        format!("activity to request, idle, {store}, p99"),
        format!("< {millis} ms"),
        percentile(latencies, 0.99),
        limit,
    )
}

fn start(results: &Results, store: Store, pending: usize) -> [Target; 3] {
    let of = |what: &str| format!("start with {pending} pending, {store}: {what}");
    let first = results.of_start(store, pending, |start| start.first_request.unwrap_or(Duration::MAX));
    let memory = |pending| results.of_start(store, pending, |start| start.peak_memory) as f64 / MEBIBYTE;
    let above = memory(pending) - memory(0);
    let per_relay = |pending: usize| {
        let all = results.of_start(store, pending, |start| start.until_all_synced);
        all.as_secs_f64() / pending.max(1) as f64
    };
    [
        below(of("first request"), "≤ 1 s".to_owned(), first, Duration::from_secs(1)),
        Target {
            what: of("peak memory above none pending"),
            target: "≤ 64 MiB".to_owned(),
            reached: format!("{above:.1} MiB"),
            met: above <= 64.0,
        },
        // As fast, but for what two measurements of the same differ by.
        at_most(
            &of(&format!("time per relay ÷ that with {FEW_PENDING}")),
            1.1,
            per_relay(pending) / per_relay(FEW_PENDING),
        ),
    ]
}

fn at_least(what: &str, target: f64, reached: f64) -> Target {
    Target {
        what: what.to_owned(),
        target: format!("≥ {target:.2}"),
        reached: format!("{reached:.2}"),
        met: reached >= target,
    }
}

fn at_most(what: &str, target: f64, reached: f64) -> Target {
    Target {
        what: what.to_owned(),
        target: format!("≤ {target:.2}"),
        reached: format!("{reached:.2}"),
        met: reached <= target,
    }
}

fn below(what: String, target: String, reached: Duration, limit: Duration) -> Target {
    Target {
        what,
        target,
        reached: format!("{:.2} ms", reached.as_secs_f64() * 1e3),
        met: reached < limit,
    }
}
