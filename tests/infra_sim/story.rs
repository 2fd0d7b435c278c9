//! One seed's story: changes and faults at random, then calm, then zooid must equal the rows.

use std::{panic::AssertUnwindSafe, time::Duration};

use contract_tests::rows::row;
use fastrand::Rng;
use infra_sync::{Relay, RelayStatus, SyncRecord};

use crate::{
    faults::Faults,
    life::{Process, config},
    world::{Row, World},
};

/// After this much calm, all must be well: a scan's time, the longest hold and the longest delay, and some to spare.
const CALM: Duration = Duration::from_secs(300);

/// All relays that want each other's hosts get them in this time.
const HOSTS_MOVE: Duration = Duration::from_secs(60);

/// What became of a seed: its trace, and the rules it broke.
pub struct Told {
    pub trace: Vec<String>,
    pub broken: Vec<String>,
}

pub fn tell(seed: u64) -> Told {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    let told = std::panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(story(seed))));
    told.unwrap_or_else(|_| Told {
        trace: Vec::new(),
        broken: vec!["panicked".to_owned()],
    })
}

async fn story(seed: u64) -> Told {
    let mut random = Rng::with_seed(seed);
    let concurrency = random.usize(1..5);
    let capacity = if random.bool() { 2 } else { 256 };
    let world = World::new(random.u64(..), Faults::of(&mut random), concurrency, capacity);
    let mut process = Process::new(world.clone(), config(seed, concurrency));
    process.start();
    let relays = random.u8(1..9);
    for _ in 0..random.u32(10..80) {
        let longest = if random.bool() { 300 } else { 15_000 };
        let pause = Duration::from_millis(random.u64(0..longest));
        process.pass(pause).await;
        event(&mut random, &world, &mut process, relays).await;
    }
    calm(&world);
    process.pass(Duration::from_secs(120)).await;
    // What was given up meanwhile waits for an operator.
    let given_up: Vec<String> = {
        let state = world.state();
        let rows = state.rows.iter().filter(|(_, row)| row.relay.record.given_up);
        rows.map(|(id, _)| id.clone()).collect()
    };
    for id in given_up {
        resync(&world, &id);
    }
    process.pass(CALM).await;
    rotate_hosts(&mut random, &world);
    // Nobody needs an operator, and no backoff passes.
    process.pass(HOSTS_MOVE).await;
    process.kill().await;
    let mut state = world.state();
    for difference in state.differences() {
        state.broke(format!("after the calm, {difference}"));
    }
    let (requests, most) = (state.requests, 2 * state.causes + 10);
    if requests > most {
        state.broke(format!("{requests} requests for {most} causes"));
    }
    Told {
        trace: state.trace().to_vec(),
        broken: state.broken.clone(),
    }
}

async fn event(random: &mut Rng, world: &World, process: &mut Process, relays: u8) {
    let id = format!("r{}", random.u8(0..relays));
    match random.u8(0..100) {
        0..=59 => change(random, world, &id),
        60..=63 => resync(world, &id),
        64..=69 => world.state().crash_in = Some(random.u32(1..60)),
        70..=72 => {
            process.kill().await;
            process.pass(Duration::from_millis(random.u64(0..20_000))).await;
            process.start();
        }
        73..=75 => {
            process.stop().await;
            process.pass(Duration::from_millis(random.u64(0..20_000))).await;
            process.start();
        }
        76..=80 => toggle(world, "down", |state| &mut state.down),
        81..=83 => toggle(world, "key refused", |state| &mut state.key_refused),
        84..=85 => lose_disk(world),
        // A machine that slept.
        86..=87 => tokio::time::advance(Duration::from_secs(random.u64(1..7200))).await,
        88..=91 => world.tell("update_relay", &id),
        92..=94 => world.tell("fail_relay_sync", &id),
        95..=96 => delete(world, &id),
        _ => {
            let faults = Faults::of(random);
            world.state().faults = faults;
        }
    }
}

/// Names come again, so that a row becomes what it was before.
fn change(random: &mut Rng, world: &World, id: &str) {
    let activity = {
        let mut state = world.state();
        if state.rows.get(id).is_some_and(|row| row.relay.deleted) {
            return;
        }
        let known = state.rows.remove(id);
        state.gone.remove(id);
        let activity = if known.is_some() {
            "update_relay"
        } else {
            "create_relay"
        };
        let mut relay = known.map_or_else(|| row(id), |row| row.relay);
        relay.info_name = format!("name {}", random.u8(0..3));
        move_shared_host(random, &state, &mut relay);
        relay.status = if random.u8(0..4) > 0 {
            RelayStatus::Active
        } else {
            RelayStatus::Inactive
        };
        put_changed(&mut state, relay);
        activity
    };
    world.tell(activity, id);
}

/// A host that moves from row to row. No two rows ever have it.
const SHARED: &str = "shared.example";

fn move_shared_host(random: &mut Rng, state: &crate::world::State, relay: &mut Relay) {
    let is_taken = state.rows.values().any(|row| row.relay.host() == SHARED);
    // A relay that was deleted before zooid confirmed that it has it stays there.
    let orphans = state
        .zooid
        .iter()
        .filter(|(id, _)| !state.rows.contains_key(*id) && **id != relay.id);
    let is_taken = is_taken || orphans.into_iter().any(|(_, held)| held["host"] == SHARED);
    match random.u8(0..4) {
        0 => relay.custom_domain.clear(),
        1 if !is_taken => {
            relay.custom_domain = SHARED.to_owned();
            relay.custom_domain_verified = true;
        }
        _ => {}
    }
}

/// Gives each row the host of the next, all at once.
fn rotate_hosts(random: &mut Rng, world: &World) {
    let ids: Vec<String> = {
        let mut state = world.state();
        let rows = state.rows.values().filter(|row| !row.relay.deleted);
        let mut relays: Vec<Relay> = rows.map(|row| row.relay.clone()).collect();
        random.shuffle(&mut relays);
        relays.truncate(random.usize(0..=relays.len()));
        let hosts: Vec<String> = relays.iter().map(Relay::host).collect();
        let ids = relays.iter().map(|relay| relay.id.clone()).collect();
        for (at, mut relay) in relays.into_iter().enumerate() {
            relay.custom_domain.clone_from(&hosts[(at + 1) % hosts.len()]);
            relay.custom_domain_verified = true;
            state.tell(format_args!("{} moves to {}", relay.id, relay.custom_domain));
            put_changed(&mut state, relay);
        }
        ids
    };
    for id in ids {
        world.tell("update_relay", &id);
    }
}

fn put_changed(state: &mut crate::world::State, mut relay: Relay) {
    relay.version += 1;
    relay.sync_error.clear();
    relay.record = SyncRecord {
        failures: 0,
        given_up: false,
        ..relay.record
    };
    state.causes += 1;
    state.tell(format_args!(
        "{} v{} is {} {:?}",
        relay.id, relay.version, relay.info_name, relay.status
    ));
    state.rows.insert(relay.id.clone(), Row { relay, gate: None });
}

fn delete(world: &World, id: &str) {
    {
        let mut state = world.state();
        let Some(mut row) = state.rows.remove(id) else { return };
        row.relay.deleted = true;
        state.tell(format_args!("{id} is to be deleted"));
        put_changed(&mut state, row.relay);
    }
    world.tell("delete_relay", id);
}

fn resync(world: &World, id: &str) {
    {
        let mut state = world.state();
        let Some(mut row) = state.rows.remove(id) else { return };
        row.relay.record.accepted = None;
        put_changed(&mut state, row.relay);
    }
    world.tell("update_relay", id);
}

fn toggle(world: &World, what: &str, flag: impl Fn(&mut crate::world::State) -> &mut bool) {
    let mut state = world.state();
    let now = !*flag(&mut state);
    *flag(&mut state) = now;
    state.tell(format_args!("{what}: {now}"));
}

/// zooid's disk is lost, and the operator has all relays synced again.
fn lose_disk(world: &World) {
    let ids: Vec<String> = {
        let mut state = world.state();
        state.tell(format_args!("zooid lost its disk"));
        state.zooid.clear();
        state.lost = state.rows.keys().cloned().collect();
        state.rows.keys().cloned().collect()
    };
    for id in ids {
        resync(world, &id);
    }
}

fn calm(world: &World) {
    let mut state = world.state();
    state.tell(format_args!("calm"));
    state.faults = Faults::default();
    state.down = false;
    state.key_refused = false;
    state.crash_in = None;
}
