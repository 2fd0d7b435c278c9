//! What a worker does by itself.

use crate::{
    guard::Guard,
    invariant::Invariant,
    state::{Attempt, Phase, Row},
    statements::Call,
    step::Step,
    successors::Successors,
    world::World,
};

impl Successors<'_, '_> {
    pub fn of_attempt(&mut self, worker: usize, relay: usize) {
        let (w, r, row) = (worker, relay, self.from.rows[relay]);
        let attempt = self.from.workers[w].attempts[r];
        match attempt.phase {
            Phase::None | Phase::Over | Phase::Forgotten => self.of_idle(w, r),
            Phase::Claimed => {
                match decide(self.world, &row, &attempt) {
                    Decision::Nothing => {}
                    Decision::Report => {
                        self.add(Step::Skip(w, r), w, r, |call| call.attempt().phase = Phase::Accepted);
                    }
                    Decision::Send => self.add(Step::Send(w, r), w, r, send),
                }
                self.add(Step::GiveBack(w, r), w, r, Call::release_claim);
            }
            Phase::Sent => {}
            Phase::Accepted => self.add(Step::Complete(w, r), w, r, Call::complete),
            Phase::Failed => self.add(Step::Fail(w, r), w, r, Call::fail),
        }
        if attempt.is_under_way() && row.has_expired {
            self.add(Step::Renew(w, r), w, r, Call::renew);
        }
        if matches!(attempt.phase, Phase::Accepted | Phase::Failed) {
            let over = |call: &mut Call<'_>| leave(call, Phase::Over);
            self.add_bounded(Step::Stumble(w, r), w, r, |left| &mut left.stumbles, over);
        }
        if matches!(attempt.phase, Phase::Claimed | Phase::Sent) {
            let forget = |call: &mut Call<'_>| leave(call, Phase::Forgotten);
            self.add_bounded(Step::Drop(w, r), w, r, |left| &mut left.drops, forget);
        }
        if matches!(attempt.phase, Phase::Sent | Phase::Accepted | Phase::Failed) {
            self.add_bounded(Step::GiveUp(w, r), w, r, |left| &mut left.stops, give_up);
        }
    }

    /// CLAIM comes first, and TAKE_OVER where it finds nothing.
    fn of_idle(&mut self, w: usize, r: usize) {
        let row = self.from.rows[r];
        let may_look = self.world.has(Guard::Scan) || !row.is_unheard;
        let may_claim = !row.is_given_up() || !self.world.has(Guard::GiveUp);
        let mut claimed = false;
        if may_look && may_claim {
            self.add(Step::Claim(w, r), w, r, |call| {
                claimed = call.may_claim();
                if claimed {
                    call.claim();
                }
            });
        }
        // Who has asked before and found the relay to be elsewhere asks again, whatever the row says by then.
        if !claimed {
            self.add(Step::TakeOver(w, r), w, r, |call| {
                if call.may_take_over() {
                    call.take_over();
                }
            });
        }
    }
}

/// What a row calls for that is claimed.
enum Decision {
    Send,
    Report,
    Nothing,
}

fn decide(world: &World, row: &Row, attempt: &Attempt) -> Decision {
    let is_of_row = attempt.is_current && attempt.version == row.version;
    if is_of_row && row.is_given_up() && world.has(Guard::GiveUp) {
        Decision::Nothing
    } else if attempt.accepted == Some(row.content_of(attempt.version)) {
        Decision::Report
    } else if attempt.in_time || !world.has(Guard::SendInTime) {
        Decision::Send
    } else {
        Decision::Nothing
    }
}

fn send(call: &mut Call<'_>) {
    let (attempt, world) = (*call.attempt(), call.world);
    if attempt.is_current {
        let row = call.row();
        row.awaits_resync = false;
        let may_be_sent = attempt.version != row.version || !row.had_all_its_attempts();
        call.must(Invariant::GivenUpAtLast, may_be_sent);
    }
    call.attempt().phase = Phase::Sent;
    if world.has(Guard::UnknownOnceAsked) {
        call.attempt().accepted = None;
    }
}

fn give_up(call: &mut Call<'_>) {
    call.forsake();
    call.release_claim();
}

/// The attempt ends without a word to the database.
fn leave(call: &mut Call<'_>, phase: Phase) {
    call.forsake();
    let attempt = call.attempt();
    *attempt = Attempt {
        phase,
        is_current: attempt.is_current,
        ..Attempt::default()
    };
}
