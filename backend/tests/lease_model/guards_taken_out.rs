//! Without any one of the guards, something does not hold.

use crate::{
    explored,
    guard::Guard::{self, *},
    invariant::Invariant::{self, *},
    world::{Bounds, NOTHING, World},
};

const DEATHS: Bounds = Bounds {
    changes: 1,
    crashes: 2,
    pauses: 1,
    ..NOTHING
};

const CHANGES: Bounds = Bounds {
    changes: 2,
    resyncs: 1,
    pauses: 1,
    stops: 1,
    ..NOTHING
};

const LOSSES: Bounds = Bounds {
    changes: 1,
    failures: 2,
    stumbles: 1,
    drops: 1,
    ..NOTHING
};

fn broken_without(guards: &[Guard], bounds: Bounds) -> Vec<Invariant> {
    let world = World::new(1, bounds).without(guards);
    explored(&format!("without {guards:?}"), &world)
        .broken
        .into_keys()
        .collect()
}

/// Each a test, of a relay within bounds, and all that is not true then.
macro_rules! without {
    ($($name:ident: $guard:ident, $bounds:ident, [$($broken:ident),*];)*) => {
        $(
            #[test]
            fn $name() {
                assert_eq!(broken_without(&[$guard], $bounds), [$($broken),*]);
            }
        )*
    };
}

without! {
    a_leased_relay_is_not_claimed: ClaimOnlyFree, LOSSES, [
        SyncedIsHeld, AcceptedIsHeld, OneAtATime, OneRequest, LivingKeeps, Settles
    ];
    what_zooid_has_is_unknown_while_a_relay_is_claimed: ClaimForgets, CHANGES, [
        SyncedIsHeld, AcceptedIsHeld, Settles
    ];
    a_lease_that_has_not_expired_is_not_taken_over: TakeOverOnlyExpired, LOSSES, [
        SyncedIsHeld, AcceptedIsHeld, OneAtATime, OneRequest, LivingKeeps, NoneBlamedForNothing, Settles
    ];
    what_a_lost_worker_did_is_unknown: TakeOverForgets, CHANGES, [SyncedIsHeld, AcceptedIsHeld, Settles];
    a_lost_worker_is_counted: TakeOverCounts, DEATHS, [GivenUpAtLast];
    a_lost_worker_is_counted_for_its_version: TakeOverCountsItsVersion, DEATHS, [NoneBlamedForNothing];
    a_report_is_for_its_own_lease: ReleaseOnlyOwn, CHANGES, [
        StaleChangesNothing, SyncedIsHeld, AcceptedIsHeld, OneAtATime, OneRequest, LivingKeeps,
        NoneBlamedForNothing, ResyncSends, Settles
    ];
    only_its_own_lease_is_given_back: GiveBackOnlyOwn, CHANGES, [
        StaleChangesNothing, SyncedIsHeld, AcceptedIsHeld, OneAtATime, OneRequest, LivingKeeps, Settles
    ];
    only_its_own_lease_is_abandoned: AbandonOnlyOwn, CHANGES, [
        StaleChangesNothing, SyncedIsHeld, AcceptedIsHeld, OneAtATime, OneRequest, LivingKeeps, Settles
    ];
    only_its_own_lease_is_renewed: RenewOnlyOwn, DEATHS, [
        StaleChangesNothing, SyncedIsHeld, AcceptedIsHeld, OneAtATime, OneRequest, Settles
    ];
    a_success_is_of_its_version: CompleteItsVersion, DEATHS, [SyncedIsHeld, Settles];
    a_failure_is_of_its_version: FailItsVersion, LOSSES, [NoneBlamedForNothing];
    what_was_forgotten_is_not_given_back: GiveBackIfStillKnown, CHANGES, [ResyncSends];
    what_is_leased_is_forgotten_too: ForgetWhatIsLeased, CHANGES, [ResyncSends];
    what_was_asked_is_unknown: UnknownOnceAsked, CHANGES, [SyncedIsHeld, AcceptedIsHeld, Settles];
    a_lease_is_renewed: RenewUnderWay, DEATHS, [LivingKeeps];
    a_forgotten_lease_is_not_renewed_for_ever: RenewNotForEver, LOSSES, [Settles];
    nothing_is_sent_that_may_come_after_the_lease: SendInTime, CHANGES, [
        SyncedIsHeld, AcceptedIsHeld, OneRequest, Settles
    ];
    nothing_is_sent_after_the_last_attempt: GiveUp, DEATHS, [GivenUpAtLast];
    what_exists_is_changed: ChangeWhatExists, DEATHS, [NoneBlamedForNothing];
    the_secret_is_sent: SendSecret, DEATHS, [IdentityKept];
    rows_are_looked_at: Scan, DEATHS, [Settles];
    signatures_end: SignatureEnds, CHANGES, [SyncedIsHeld, AcceptedIsHeld, OneRequest, Settles];
    // What the protocol cannot give: zooid may do what a worker has given up after what came next. All else holds even
    // then, and a resync puts it right.
    what_was_given_up_does_not_come_later: GivenUpIsOver, CHANGES, [
        SyncedIsHeld, AcceptedIsHeld, OneRequest, Settles
    ];
}

/// Either will do, since no token is used twice and no process has more than one attempt for a relay.
#[test]
fn owner_and_token_are_two_locks_on_one_door() {
    for bounds in [DEATHS, CHANGES, LOSSES] {
        assert_eq!(broken_without(&[Owner], bounds), []);
        assert_eq!(broken_without(&[Token], bounds), []);
    }
    assert_eq!(
        broken_without(&[Owner, Token], CHANGES),
        [
            StaleChangesNothing,
            SyncedIsHeld,
            AcceptedIsHeld,
            OneAtATime,
            OneRequest,
            LivingKeeps,
            NoneBlamedForNothing,
            ResyncSends,
            Settles
        ]
    );
}
