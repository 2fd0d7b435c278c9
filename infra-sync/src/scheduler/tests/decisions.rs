//! `WorkItem::decide`, case by case.

use std::time::Duration;

use tokio::time::Instant;

use zooid_client::types::RelayPatch;

use super::{RETRY, revision, row};
use crate::{
    Digest, Relay,
    scheduler::{
        Decision, Failure, Revision, Then, WorkItem,
        memory::{LastOutcome, Memory},
        queue::Priority,
        work_item::Trigger,
    },
};

fn item(memory: Memory, changed: bool) -> WorkItem {
    WorkItem {
        relay: "a".into(),
        index: 0,
        priority: Priority::Live,
        trigger: Trigger {
            changed,
            activity: None,
        },
        memory,
        due_since: Instant::now(),
        zooid_known: true,
        held: None,
        max_attempts: RETRY.max_attempts,
    }
}

fn decide(item: &WorkItem, relay: &Relay) -> Decision {
    item.decide(relay, revision(relay), true, Instant::now())
}

fn failed(relay: &Relay, then: Then) -> Memory {
    let failure = Failure {
        of: revision(relay),
        failures: 2,
        then,
    };
    Memory {
        failure: Some(failure),
        last: LastOutcome::Failed,
    }
}

fn fresh() -> WorkItem {
    item(Memory::default(), true)
}

fn later() -> Then {
    Then::RetryAt(Instant::now() + Duration::from_secs(60))
}

#[test]
fn a_new_row_is_sent_and_an_up_to_date_row_is_not() {
    let mut relay = row("a", 1);
    assert_eq!(decide(&fresh(), &relay), Decision::Send);
    relay.record.version = 1;
    assert_eq!(decide(&fresh(), &relay), Decision::Nothing);
    relay.sync_error = "no".to_owned();
    assert_ne!(decide(&fresh(), &relay), Decision::Nothing);
}

#[test]
fn without_versions_only_an_activity_shows_a_change() {
    let mut relay = row("a", 0);
    relay.synced = 1;
    assert_eq!(decide(&item(Memory::default(), false), &relay), Decision::Nothing);
    assert_eq!(decide(&fresh(), &relay), Decision::Send);
}

#[test]
fn a_matching_row_is_reported_without_a_request_if_certain_and_enabled() {
    let mut relay = row("a", 2);
    relay.record.accepted = Some(revision(&relay).digest());
    assert_eq!(decide(&fresh(), &relay), Decision::Report);
    let unknown = WorkItem {
        zooid_known: false,
        ..fresh()
    };
    assert_eq!(decide(&unknown, &relay), Decision::Send);
    let always = fresh().decide(&relay, revision(&relay), false, Instant::now());
    assert_eq!(always, Decision::Send);
    relay.deleted = true;
    assert_eq!(decide(&fresh(), &relay), Decision::Send);
}

#[test]
fn the_memory_of_this_process_applies_if_the_record_is_empty_and_nothing_has_happened() {
    let relay = row("a", 2);
    let remembers = |changed| WorkItem {
        held: Some(revision(&relay)),
        ..item(Memory::default(), changed)
    };
    assert_eq!(decide(&remembers(false), &relay), Decision::Report);
    assert_eq!(decide(&remembers(true), &relay), Decision::Send, "possibly a resync");
    assert_eq!(
        decide(&remembers(false), &row("a", 3)),
        Decision::Send,
        "a newer version"
    );

    let mut failed = relay.clone();
    failed.sync_error = "no".to_owned();
    failed.record.failures = 1;
    assert_ne!(
        decide(&remembers(false), &failed),
        Decision::Report,
        "another worker failed"
    );

    let mut other = relay.clone();
    other.record.accepted = Some(revision(&row("b", 2)).digest());
    let of_other = Revision::of(&relay, Digest::of("other", &relay, &RelayPatch::default()));
    assert_eq!(
        remembers(false).decide(&other, of_other, true, Instant::now()),
        Decision::Send
    );
    assert_eq!(
        remembers(false).decide(&relay, revision(&relay), false, Instant::now()),
        Decision::Send
    );
}

#[test]
fn a_failure_of_this_state_of_the_row_waits_for_its_retry() {
    let relay = row("a", 1);
    let memory = failed(&relay, later());
    assert_eq!(
        decide(&item(memory, true), &relay),
        Decision::Wait(memory.failure.unwrap())
    );
    let due = failed(&relay, Then::RetryAt(Instant::now()));
    assert_eq!(decide(&item(due, false), &relay), Decision::Send);
    for then in [Then::Exhausted, Then::Permanent] {
        let memory = failed(&relay, then);
        assert_eq!(
            decide(&item(memory, true), &relay),
            Decision::Wait(memory.failure.unwrap())
        );
    }
}

#[test]
fn a_failure_of_an_older_state_of_the_row_does_not_delay_a_newer_state() {
    for then in [later(), Then::Exhausted, Then::Permanent] {
        let memory = failed(&row("a", 1), then);
        assert_eq!(decide(&item(memory, true), &row("a", 2)), Decision::Send, "{then:?}");
    }
}

#[test]
fn without_versions_a_change_causes_an_attempt_unless_the_failure_is_permanent() {
    let relay = row("a", 0);
    let exhausted = failed(&relay, Then::Exhausted);
    assert_eq!(decide(&item(exhausted, true), &relay), Decision::Send);
    assert_ne!(decide(&item(exhausted, false), &relay), Decision::Send);
    let permanent = failed(&relay, Then::Permanent);
    assert_ne!(decide(&item(permanent, true), &relay), Decision::Send);
}

#[test]
fn attempts_of_another_process_count() {
    let mut relay = row("a", 1);
    relay.sync_error = "no".to_owned();
    relay.record.failures = 3;
    let due = failed(&relay, Then::RetryAt(Instant::now()));
    assert_eq!(decide(&item(due, false), &relay), Decision::Schedule { failures: 3 });
    relay.record.failures = 4;
    assert_eq!(decide(&item(due, false), &relay), Decision::GiveUp);
    relay.record.given_up = true;
    assert_eq!(decide(&item(due, false), &relay), Decision::GaveUp { failures: 4 });
}

#[test]
fn a_row_that_has_failed_before_waits_unless_the_failure_was_the_servers() {
    let mut relay = row("a", 1);
    relay.sync_error = "no".to_owned();
    relay.record.failures = 1;
    assert_eq!(decide(&fresh(), &relay), Decision::Schedule { failures: 1 });
    let last = |last| item(Memory { failure: None, last }, false);
    assert_eq!(decide(&last(LastOutcome::ServerFailure), &relay), Decision::Send);
    for waits in [
        LastOutcome::HeldByOther,
        LastOutcome::Unsettled,
        LastOutcome::BackendError { in_a_row: 1 },
    ] {
        assert_eq!(
            decide(&last(waits), &relay),
            Decision::Schedule { failures: 1 },
            "{waits:?}"
        );
    }
}

#[test]
fn the_number_of_failures_is_the_larger_of_row_and_process() {
    let mut relay = row("a", 1);
    let known = item(failed(&relay, later()), false);
    assert_eq!(
        known.failures(&relay, revision(&relay)),
        2,
        "the backend does not count failures"
    );
    relay.record.failures = 5;
    assert_eq!(known.failures(&relay, revision(&relay)), 5);
    let newer = row("a", 2);
    assert_eq!(known.failures(&newer, revision(&newer)), 0);
}
