//! `memory::after`, with a test for each row of its table.

use std::time::Duration;

use tokio::time::Instant;

use super::{revision, row};
use crate::scheduler::{
    memory::{After, Failure, LastOutcome, Memory, Next, Outcome, Position, Requeue, Then, after},
    queue::Priority,
    trouble::Verdict,
};

const SECOND: Duration = Duration::from_secs(1);
const LIVE: Next = Next::Ready(Priority::Live, Position::Back);

fn failed(then: Then) -> Failure {
    Failure {
        of: revision(&row("a", 1)),
        failures: 2,
        then,
    }
}

/// Returns the memory of a relay that has failed and is retried in a minute.
fn waiting(now: Instant) -> Memory {
    Memory {
        failure: Some(failed(Then::RetryAt(now + 60 * SECOND))),
        last: LastOutcome::Failed,
    }
}

/// Calls `after` with a backoff of one second per consecutive failure.
fn end(memory: Memory, outcome: Outcome, rerun: bool, now: Instant) -> After {
    after(memory, Priority::Backlog, outcome, rerun, now, |in_a_row| {
        in_a_row * SECOND
    })
}

#[test]
fn a_settled_relay_is_forgotten() {
    let now = Instant::now();
    let after = end(waiting(now), Outcome::Settled, false, now);
    assert_eq!(after.next, Next::Forget);
    assert!(!after.restore_trigger);
}

#[test]
fn a_settled_relay_that_changed_during_the_attempt_runs_again_without_memory() {
    let now = Instant::now();
    let after = end(waiting(now), Outcome::Settled, true, now);
    assert_eq!((after.next, after.memory), (LIVE, Memory::default()));
    assert!(!after.restore_trigger);
}

#[test]
fn a_failed_relay_waits_for_its_retry_or_for_a_change() {
    let now = Instant::now();
    let at = now + SECOND;
    let cases = [
        (Then::RetryAt(at), Some(at)),
        (Then::Exhausted, None),
        (Then::Permanent, None),
    ];
    for (then, wake) in cases {
        let failure = failed(then);
        let after = end(Memory::default(), Outcome::Failed(failure), false, now);
        assert_eq!(after.next, Next::Park(wake), "{then:?}");
        assert_eq!(after.memory.failure, Some(failure));
        assert_eq!(after.memory.last, LastOutcome::Failed);
        assert!(!after.restore_trigger, "the attempt used the trigger");

        let after = end(Memory::default(), Outcome::Failed(failure), true, now);
        assert_eq!(after.next, LIVE, "{then:?}, changed during the attempt");
        assert_eq!(after.memory.failure, Some(failure));
    }
}

#[test]
fn a_relay_with_an_undecided_failure_waits_for_its_retry_or_for_a_backoff() {
    let now = Instant::now();
    let at = now + SECOND;
    let cases = [
        (Then::RetryAt(at), at),
        // The relay has failed twice.
        (Then::Exhausted, now + 2 * SECOND),
    ];
    for (then, wake) in cases {
        let failure = failed(then);
        let after = end(Memory::default(), Outcome::Suspected(failure), false, now);
        assert_eq!(after.next, Next::Park(Some(wake)), "{then:?}");
        assert_eq!(after.memory.failure, Some(failure));
        assert_eq!(after.memory.last, LastOutcome::Suspected { is_due: false });
        assert!(!after.restore_trigger, "the attempt used the trigger");

        let after = end(Memory::default(), Outcome::Suspected(failure), true, now);
        assert_eq!(after.next, LIVE, "{then:?}, changed during the attempt");
        assert!(after.memory.is_suspected());
    }
}

#[test]
fn an_undecided_failure_is_counted_or_removed() {
    let now = Instant::now();
    let undecided = |failures| Memory {
        failure: Some(Failure {
            failures,
            ..failed(Then::Exhausted)
        }),
        last: LastOutcome::Suspected { is_due: false },
    };
    let mut counts = undecided(2);
    assert!(counts.judge(Verdict::Relay, now));
    assert_eq!(counts.last, LastOutcome::ToCount);
    assert_eq!(counts.failure, undecided(2).failure);

    let mut removed = undecided(2);
    assert!(removed.judge(Verdict::Server, now));
    assert_eq!(removed.last, LastOutcome::ServerFailure);
    let failure = removed.failure.unwrap();
    assert_eq!((failure.failures, failure.then), (1, Then::RetryAt(now)));

    let mut only_one = undecided(1);
    assert!(only_one.judge(Verdict::Server, now));
    assert_eq!(only_one.failure, None);

    let mut decided = waiting(now);
    assert!(!decided.judge(Verdict::Server, now));
    assert_eq!(decided, waiting(now));
}

#[test]
fn a_relay_whose_request_was_cancelled_returns_to_the_front_of_its_queue() {
    let now = Instant::now();
    for rerun in [false, true] {
        let after = end(waiting(now), Outcome::NotAttempted(Requeue::Front), rerun, now);
        assert_eq!(after.next, Next::Ready(Priority::Backlog, Position::Front));
        assert_eq!(after.memory, waiting(now));
        assert!(after.restore_trigger);
    }
}

#[test]
fn a_relay_whose_attempt_met_an_outage_goes_to_the_back_and_keeps_its_failure() {
    let now = Instant::now();
    for rerun in [false, true] {
        let after = end(waiting(now), Outcome::NotAttempted(Requeue::Back), rerun, now);
        assert_eq!(after.next, Next::Ready(Priority::Backlog, Position::Back));
        assert_eq!(after.memory.failure, waiting(now).failure);
        assert_eq!(after.memory.last, LastOutcome::ServerFailure);
        assert!(after.restore_trigger);
    }
}

#[test]
fn a_relay_whose_host_is_reserved_waits_and_keeps_its_memory() {
    let now = Instant::now();
    for until in [None, Some(now + SECOND)] {
        let after = end(waiting(now), Outcome::Reserved(until), false, now);
        assert_eq!(after.next, Next::Park(until));
        assert_eq!(after.memory, waiting(now));
        assert!(after.restore_trigger);

        let after = end(waiting(now), Outcome::Reserved(until), true, now);
        assert_eq!(after.next, Next::Ready(Priority::Live, Position::Front));
        assert!(after.restore_trigger);
    }
}

#[test]
fn a_relay_claimed_by_another_worker_waits_for_the_claim_and_its_retry_and_keeps_the_trigger() {
    let now = Instant::now();
    for rerun in [false, true] {
        let after = end(Memory::default(), Outcome::HeldByOther(SECOND), rerun, now);
        assert_eq!(after.next, Next::Park(Some(now + SECOND)));
        assert_eq!(after.memory.last, LastOutcome::HeldByOther);
        assert!(after.restore_trigger);

        let after = end(waiting(now), Outcome::HeldByOther(SECOND), rerun, now);
        assert_eq!(
            after.next,
            Next::Park(Some(now + 60 * SECOND)),
            "no backoff is bypassed"
        );
        assert_eq!(after.memory.failure, waiting(now).failure);
    }
}

#[test]
fn claiming_a_held_relay_waits_at_least_100_ms() {
    let now = Instant::now();
    let after = end(Memory::default(), Outcome::HeldByOther(Duration::ZERO), false, now);
    assert_eq!(after.next, Next::Park(Some(now + Duration::from_millis(100))));
}

#[test]
fn a_deleted_relay_waits_until_it_is_settled() {
    let now = Instant::now();
    for rerun in [false, true] {
        let after = end(waiting(now), Outcome::Unsettled(now + SECOND), rerun, now);
        assert_eq!(after.next, Next::Park(Some(now + SECOND)));
        assert_eq!(
            (after.memory.failure, after.memory.last),
            (None, LastOutcome::Unsettled)
        );
        assert!(after.restore_trigger);
    }
}

#[test]
fn backend_errors_back_off_and_keep_the_failure_and_the_trigger() {
    let now = Instant::now();
    let mut memory = Memory::default();
    for in_a_row in 1..4 {
        let after = end(memory, Outcome::BackendError, in_a_row == 2, now);
        assert_eq!(after.next, Next::Park(Some(now + in_a_row * SECOND)));
        assert_eq!(after.memory.last, LastOutcome::BackendError { in_a_row });
        assert!(after.restore_trigger);
        memory = after.memory;
    }
    let after = end(waiting(now), Outcome::BackendError, false, now);
    assert_eq!(
        after.next,
        Next::Park(Some(now + 60 * SECOND)),
        "no backoff is bypassed"
    );
    assert_eq!(after.memory.failure, waiting(now).failure);
}
