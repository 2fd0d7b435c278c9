//! What happens to rows and to workers.

use crate::{
    guard::Guard,
    state::{Attempt, Owner, Phase, RELAYS},
    statements::Call,
    step::Step,
    successors::Successors,
};

impl Successors<'_, '_> {
    /// What happens to a row, but for what workers do.
    pub fn of_row(&mut self, r: usize) {
        let row = self.from.rows[r];
        if !row.has_expired && self.may_expire(r) {
            self.add(Step::Expire(r), 0, r, expire);
        }
        if r >= self.world.relays {
            return;
        }
        self.add_bounded(
            Step::Change(r),
            0,
            r,
            |left| &mut left.changes,
            |call| {
                call.row().update(true);
                call.row().is_unheard = false;
            },
        );
        if !self.world.has(Guard::Scan) {
            self.add_bounded(
                Step::ChangeUnheard(r),
                0,
                r,
                |left| &mut left.changes,
                |call| {
                    call.row().update(true);
                    call.row().is_unheard = true;
                },
            );
        }
        self.add_bounded(
            Step::Resync(r),
            0,
            r,
            |left| &mut left.resyncs,
            |call| {
                let world = call.world;
                call.row().forget_accepted(world);
                call.row().update(false);
                call.row().awaits_resync = true;
            },
        );
    }

    /// An attempt is over long before a lease is, unless its process stands still.
    fn may_expire(&self, relay: usize) -> bool {
        match self.from.rows[relay].owner {
            Owner::Nobody => false,
            Owner::Gone => true,
            Owner::Worker(worker) => {
                let worker = self.from.workers[usize::from(worker)];
                let is_renewed = match worker.attempts[relay].phase {
                    Phase::None | Phase::Over => false,
                    Phase::Forgotten => !self.world.has(Guard::RenewNotForEver),
                    _ => self.world.has(Guard::RenewUnderWay),
                };
                worker.is_paused || !is_renewed
            }
        }
    }

    /// What happens to a worker as a whole. Nothing is lost of one that does nothing.
    pub fn of_process(&mut self, w: usize) {
        let worker = self.from.workers[w];
        if worker.is_paused {
            self.add(Step::Resume(w), w, 0, |call| call.state.workers[w].is_paused = false);
        }
        if worker.attempts == [Attempt::default(); RELAYS] {
            return;
        }
        self.add_bounded(
            Step::Crash(w),
            w,
            0,
            |left| &mut left.crashes,
            |call| {
                for relay in 0..RELAYS {
                    call.relay = relay;
                    call.leave_late();
                    if call.row().owner == Owner::Worker(w as u8) {
                        call.row().owner = Owner::Gone;
                    }
                    *call.attempt() = Attempt::default();
                }
                call.state.workers[w].is_paused = false;
            },
        );
        if worker.is_paused {
            return;
        }
        self.add_bounded(
            Step::Pause(w),
            w,
            0,
            |left| &mut left.pauses,
            |call| {
                call.state.workers[w].is_paused = true;
                for attempt in &mut call.state.workers[w].attempts {
                    attempt.was_stopped = attempt.is_under_way();
                }
            },
        );
        self.add_bounded(
            Step::Close(w),
            w,
            0,
            |left| &mut left.stops,
            |call| {
                for relay in 0..RELAYS {
                    call.relay = relay;
                    if call.attempt().phase != Phase::None {
                        call.forsake();
                        call.abandon();
                    }
                }
            },
        );
    }
}

/// What was signed within the lease is older than zooid accepts.
fn expire(call: &mut Call<'_>) {
    let (relay, signature_ends) = (call.relay, call.world.has(Guard::SignatureEnds));
    let row = call.row();
    row.has_expired = true;
    row.meet_trouble(row.lease_version);
    for worker in &mut call.state.workers {
        let attempt = &mut worker.attempts[relay];
        if attempt.is_current {
            attempt.in_time = false;
            if attempt.phase == Phase::Sent && signature_ends {
                attempt.phase = Phase::Failed;
            }
        }
    }
    if signature_ends {
        call.state.zooid[relay].late = 0;
    }
}
