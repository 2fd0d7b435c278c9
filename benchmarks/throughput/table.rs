//! Prints what was measured, as tables that also read well where Markdown is rendered.

use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets::ASCII_MARKDOWN};

use crate::{
    percentile::{median, percentile},
    postgres,
    results::{Loaded, Results, Speed},
    run::{FEW_PENDING, IN_FLIGHT, QUEUED},
    targets::Target,
    task::{Layer, Store},
};

/// What was measured.
pub fn print(results: &Results, pending: usize) {
    for speed in Speed::ALL {
        println!(
            "\n{speed}; medians of all rounds. Latency is from an activity, or in 1 to 3 from the call, to the answer.\n"
        );
        println!("{}", loads(results, speed));
    }
    println!(
        "\nFrom an activity to its request, nothing else happening.\n\n{}",
        idle(results)
    );
    println!("\nStarts.\n\n{}", starts(results, pending));
    match results.workers.is_empty() {
        true => println!(
            "\nPostgreSQL is not measured: {} names no database.",
            postgres::DATABASE
        ),
        false => println!(
            "\n7 Infra on PostgreSQL, zooid takes 20 ms, 16 in flight a worker.\n\n{}",
            workers(results)
        ),
    }
    println!(
        "\nThe queue alone. A turn schedules and takes one key while all others wait for a retry; draining schedules all \
         and then takes all, and its cost is of one. kube-runtime holds what is due where its concurrency is limited.\n\n{}",
        queues(results)
    );
}

/// What was to be reached.
pub fn print_targets(targets: &[Target]) {
    println!("\nTargets. Ratios are of requests a second unless said otherwise, the median of each round's.\n");
    let mut table = table(&["", "target", "reached", ""]);
    for Target {
        what,
        target,
        reached,
        met,
    } in targets
    {
        table.add_row([what.as_str(), target, reached, if *met { "yes" } else { "no" }]);
    }
    println!("{}", aligned(table));
}

fn loads(results: &Results, speed: Speed) -> Table {
    let mut header = vec![
        "layer",
        "in flight",
        "requests/s",
        "CPU/sync",
        "p50",
        "p99",
        "peak MiB",
        "zooid's CPU/request",
        "most in flight",
    ];
    // One that answers at once never has many at a time.
    let columns = header.len() - usize::from(speed == Speed::AtOnce);
    header.truncate(columns);
    let mut table = table(&header);
    for in_flight in IN_FLIGHT {
        for layer in Layer::ALL {
            if let Some(loads) = results.loads.get(&(speed, in_flight, layer)) {
                let mut row = row(layer, in_flight, loads);
                row.truncate(columns);
                table.add_row(row);
            }
        }
    }
    aligned(table)
}

fn row(layer: Layer, in_flight: usize, loads: &[Loaded]) -> Vec<String> {
    let zooids = |one: &Loaded| one.seen.processor / u32::try_from(one.seen.requests.max(1)).unwrap_or(u32::MAX);
    vec![
        layer.to_string(),
        in_flight.to_string(),
        format!("{:.0}", Results::of_load(loads, |one| one.load.per_second)),
        time(Results::of_load(loads, |one| one.load.processor_per_sync)),
        time(Results::of_load(loads, |one| one.load.p50)),
        time(Results::of_load(loads, |one| one.load.p99)),
        mebibytes(Results::of_load(loads, |one| one.load.peak_memory)),
        time(Results::of_load(loads, zooids)),
        Results::of_load(loads, |one| one.seen.most_in_flight).to_string(),
    ]
}

fn idle(results: &Results) -> Table {
    let mut table = table(&["store", "p50", "p99"]);
    for (store, latencies) in &results.idle {
        let at = |share| time(percentile(latencies.clone(), share));
        table.add_row([store.to_string(), at(0.50), at(0.99)]);
    }
    aligned(table)
}

fn starts(results: &Results, pending: usize) -> Table {
    let mut table = table(&["store", "pending", "first request", "time per relay", "peak MiB"]);
    for store in Store::ALL {
        for pending in [0, FEW_PENDING, pending] {
            let first = results.of_start(store, pending, |start| start.first_request.unwrap_or_default());
            let all = results.of_start(store, pending, |start| start.until_all_synced);
            let relays = u32::try_from(pending).unwrap_or(u32::MAX);
            let peak = mebibytes(results.of_start(store, pending, |start| start.peak_memory));
            table.add_row(match pending {
                0 => [store.to_string(), "0".to_owned(), String::new(), String::new(), peak],
                _ => [
                    store.to_string(),
                    pending.to_string(),
                    time(first),
                    time(all / relays),
                    peak,
                ],
            });
        }
    }
    aligned(table)
}

fn workers(results: &Results) -> Table {
    let mut table = table(&["workers", "requests/s"]);
    for (workers, rates) in &results.workers {
        table.add_row([workers.to_string(), format!("{:.0}", median(rates.clone()))]);
    }
    aligned(table)
}

fn queues(results: &Results) -> Table {
    let mut table = table(&[
        "keys",
        "turn",
        "turn, kube-runtime",
        "drain",
        "drain, kube-runtime",
        "drain, kube-runtime with a limit",
    ]);
    let nanos = |time: Duration| format!("{} ns", time.as_nanos());
    for keys in QUEUED {
        let limited = results.of_queue(keys, |queues| queues.kube_with_limit);
        table.add_row([
            keys.to_string(),
            nanos(results.of_queue(keys, |queues| queues.infra.turn)),
            nanos(results.of_queue(keys, |queues| queues.kube.turn)),
            nanos(results.of_queue(keys, |queues| queues.infra.drain)),
            nanos(results.of_queue(keys, |queues| queues.kube.drain)),
            limited.map_or_else(String::new, nanos),
        ]);
    }
    aligned(table)
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(ASCII_MARKDOWN).set_header(header);
    table
}

/// Words left, figures right.
fn aligned(mut table: Table) -> Table {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    if micros < 10_000.0 {
        format!("{micros:.0} µs")
    } else {
        format!("{:.1} ms", micros / 1e3)
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / (1024.0 * 1024.0))
}
