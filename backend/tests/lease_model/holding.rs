//! With all guards, all holds.

use crate::{
    explored,
    world::{Bounds, NOTHING, World},
};

fn assert_holds(what: &str, relays: usize, bounds: Bounds) {
    let explored = explored(what, &World::new(relays, bounds));
    assert!(explored.broken.is_empty(), "{:?}", explored.broken);
}

#[test]
fn two_relays_with_a_change_a_crash_and_a_pause() {
    let bounds = Bounds {
        changes: 1,
        crashes: 1,
        pauses: 1,
        ..NOTHING
    };
    assert_holds("two relays", 2, bounds);
}

#[test]
fn two_relays_with_a_failure_a_crash_and_a_pause() {
    let bounds = Bounds {
        failures: 1,
        crashes: 1,
        pauses: 1,
        ..NOTHING
    };
    assert_holds("two relays, of which one fails", 2, bounds);
}

#[test]
fn a_relay_with_two_changes_two_crashes_and_two_pauses() {
    let bounds = Bounds {
        changes: 2,
        crashes: 2,
        pauses: 2,
        ..NOTHING
    };
    assert_holds("a relay, all twice", 1, bounds);
}

#[test]
fn a_relay_that_is_synced_once_more_in_the_midst_of_all_else() {
    let bounds = Bounds {
        changes: 1,
        resyncs: 1,
        crashes: 1,
        pauses: 1,
        failures: 1,
        stops: 1,
        ..NOTHING
    };
    assert_holds("a relay, synced once more", 1, bounds);
}

#[test]
fn a_relay_whose_reports_are_lost_and_whose_attempts_are_dropped() {
    let bounds = Bounds {
        changes: 1,
        crashes: 1,
        pauses: 1,
        failures: 1,
        stops: 1,
        stumbles: 1,
        drops: 1,
        ..NOTHING
    };
    assert_holds("a relay, reports lost", 1, bounds);
}
