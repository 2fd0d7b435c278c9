//! The statements of `store/postgres/lease.rs` and of `store/postgres/mod.rs`, by the same names.

use crate::{
    guard::Guard,
    invariant::Invariant,
    state::{Attempt, Owner, Phase, Row, State},
    world::World,
};

/// A statement that a worker executes for the lease of an attempt.
pub struct Call<'w> {
    pub world: &'w World,
    pub state: State,
    pub worker: usize,
    pub relay: usize,
    pub broken: Vec<Invariant>,
}

impl Call<'_> {
    pub fn row(&mut self) -> &mut Row {
        &mut self.state.rows[self.relay]
    }

    pub fn attempt(&mut self) -> &mut Attempt {
        &mut self.state.workers[self.worker].attempts[self.relay]
    }

    pub fn must(&mut self, invariant: Invariant, holds: bool) {
        if !holds {
            self.broken.push(invariant);
        }
    }

    /// Whether CLAIM finds the row.
    pub fn may_claim(&mut self) -> bool {
        let (row, attempt) = (*self.row(), *self.attempt());
        let is_own =
            attempt.phase == Phase::Over && row.owner == Owner::Worker(self.worker as u8) && attempt.is_current;
        let is_free = row.owner == Owner::Nobody || is_own || !self.world.has(Guard::ClaimOnlyFree);
        row.is_pending() && is_free
    }

    pub fn claim(&mut self) {
        self.robs_nobody();
        let row = self.row();
        row.lease_accepted = row.accepted;
        if self.world.has(Guard::ClaimForgets) {
            self.row().accepted = None;
        }
        self.hold();
    }

    /// Whether TAKE_OVER finds the row.
    pub fn may_take_over(&mut self) -> bool {
        let row = *self.row();
        let has_expired = row.has_expired || !self.world.has(Guard::TakeOverOnlyExpired);
        row.owner != Owner::Nobody && has_expired && row.is_pending()
    }

    pub fn take_over(&mut self) {
        self.robs_nobody();
        let world = self.world;
        let row = self.row();
        let is_of_this_version = row.lease_version == row.version;
        row.count_end(row.lease_version);
        let counts = is_of_this_version || !world.has(Guard::TakeOverCountsItsVersion);
        if counts && !row.is_given_up() && world.has(Guard::TakeOverCounts) {
            row.failures += 1;
        }
        if world.has(Guard::TakeOverForgets) {
            row.lease_accepted = None;
        }
        self.hold();
    }

    /// What CLAIM and TAKE_OVER have in common.
    fn hold(&mut self) {
        for worker in &mut self.state.workers {
            worker.attempts[self.relay].is_current = false;
        }
        let owner = Owner::Worker(self.worker as u8);
        let row = self.row();
        row.owner = owner;
        row.has_expired = false;
        row.lease_version = row.version;
        let row = *row;
        *self.attempt() = Attempt {
            phase: Phase::Claimed,
            version: row.version,
            is_new: !row.synced,
            accepted: row.lease_accepted,
            is_current: true,
            in_time: true,
            was_stopped: false,
        };
    }

    fn robs_nobody(&mut self) {
        let relay = self.relay;
        let robbed = self.state.workers.iter().any(|worker| {
            let attempt = worker.attempts[relay];
            attempt.is_current && attempt.is_under_way() && !worker.is_paused && !attempt.was_stopped
        });
        self.must(Invariant::LivingKeeps, !robbed);
    }

    /// Whether the lease is this attempt's, as the statements see it.
    fn is_own(&mut self, both: Guard) -> bool {
        let (is_owner, has_token) = self.owner_and_token();
        let is_owner = is_owner || !self.world.has(Guard::Owner);
        let has_token = has_token || !self.world.has(Guard::Token);
        is_owner && has_token || !self.world.has(both)
    }

    fn owner_and_token(&mut self) -> (bool, bool) {
        let (row, attempt) = (*self.row(), *self.attempt());
        (row.owner == Owner::Worker(self.worker as u8), attempt.is_current)
    }

    /// Does something to the row, provided that the lease is this attempt's.
    fn with_lease(&mut self, both: Guard, what: impl FnOnce(&mut Self)) {
        if !self.is_own(both) {
            return;
        }
        let is_stale = self.owner_and_token() != (true, true);
        let before = *self.row();
        what(self);
        let is_as_before = *self.row() == before;
        self.must(Invariant::StaleChangesNothing, !is_stale || is_as_before);
    }

    fn free(&mut self) {
        let row = self.row();
        row.owner = Owner::Nobody;
        row.has_expired = false;
        row.lease_version = 0;
        row.lease_accepted = None;
    }

    /// RELEASE and COMPLETE.
    pub fn complete(&mut self) {
        self.with_lease(Guard::ReleaseOnlyOwn, |call| {
            call.free();
            let version = call.attempt().version;
            let is_of_version = call.world.has(Guard::CompleteItsVersion);
            let row = call.row();
            if row.synced_version <= version {
                row.synced = true;
                row.synced_version = if is_of_version { version } else { row.version };
                row.accepted = Some(row.content_of(version));
                row.failures = 0;
                (row.troubles, row.ends) = (0, 0);
                // What was under way when that was asked for is as good.
                row.awaits_resync &= version == row.version;
                let is_sent = !row.awaits_resync;
                call.must(Invariant::ResyncSends, is_sent);
            }
        });
        *self.attempt() = Attempt::default();
    }

    /// RELEASE, `forget_accepted` and FAIL.
    pub fn fail(&mut self) {
        self.with_lease(Guard::ReleaseOnlyOwn, |call| {
            call.free();
            let version = call.attempt().version;
            let world = call.world;
            let row = call.row();
            row.accepted = None;
            if row.version == version || !world.has(Guard::FailItsVersion) {
                row.failures += u8::from(!row.is_given_up());
                row.count_end(version);
            }
        });
        *self.attempt() = Attempt::default();
    }

    pub fn release_claim(&mut self) {
        self.with_lease(Guard::GiveBackOnlyOwn, |call| {
            let accepted = call.attempt().accepted;
            let is_still_known = call.world.has(Guard::GiveBackIfStillKnown);
            let row = call.row();
            let is_known = row.lease_accepted == accepted || !is_still_known;
            row.accepted = accepted.filter(|_| is_known);
            call.free();
        });
        *self.attempt() = Attempt::default();
    }

    pub fn abandon(&mut self) {
        self.with_lease(Guard::AbandonOnlyOwn, Self::free);
        *self.attempt() = Attempt::default();
    }

    pub fn renew(&mut self) {
        self.with_lease(Guard::RenewOnlyOwn, |call| {
            call.row().has_expired = false;
            call.attempt().in_time = true;
        });
    }
}

impl Row {
    /// UPDATE.
    pub fn update(&mut self, changes: bool) {
        let content = self.content() != changes;
        self.version += 1;
        self.contents |= u8::from(content) << self.version;
        self.failures = 0;
        (self.troubles, self.ends) = (0, 0);
    }

    pub fn forget_accepted(&mut self, world: &World) {
        self.accepted = None;
        if world.has(Guard::ForgetWhatIsLeased) {
            self.lease_accepted = None;
        }
    }
}
