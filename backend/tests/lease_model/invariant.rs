use crate::{
    state::{Owner, Phase, State},
    world::World,
};

/// What must be true always.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Invariant {
    /// What a worker says that lost its lease changes nothing.
    StaleChangesNothing,
    /// zooid holds what the row says it does.
    SyncedIsHeld,
    /// zooid holds what the row has as accepted, so that no request is left out that would make a difference.
    AcceptedIsHeld,
    /// No two workers have time left, by their own clocks, for the same relay.
    OneAtATime,
    /// No two requests for a relay are under way.
    OneRequest,
    /// Nobody takes over from a worker that was never stopped.
    LivingKeeps,
    /// What was the end of so many attempts is not sent again.
    GivenUpAtLast,
    /// No failure is counted of which this version of the row had none.
    NoneBlamedForNothing,
    /// A relay that is to be synced once more is sent, unless what was under way then goes well.
    ResyncSends,
    /// zooid has each relay with the key of its row.
    IdentityKept,
    /// Whatever has happened, there is a way without anything more going wrong after which zooid holds all rows that were
    /// not given up.
    Settles,
}

impl World {
    /// What is not true of a state. What is not true of a step, the step tells; and [`Settles`](Invariant::Settles) is
    /// not true of a state by itself.
    pub fn broken(&self, state: &State) -> Vec<Invariant> {
        let mut broken = Vec::new();
        for (relay, (row, zooid)) in state.rows.iter().zip(&state.zooid).enumerate() {
            let mut must = |invariant, holds: bool| {
                if !holds {
                    broken.push(invariant);
                }
            };
            let attempts = || state.workers.iter().map(|worker| worker.attempts[relay]);
            let in_time = attempts().filter(|attempt| attempt.is_under_way() && attempt.in_time);
            let asked = attempts().filter(|attempt| attempt.phase == Phase::Sent).count();
            let holds = |content| zooid.content == Some(content);
            must(Invariant::SyncedIsHeld, !row.is_up_to_date() || holds(row.content()));
            must(Invariant::AcceptedIsHeld, row.accepted.is_none_or(holds));
            must(Invariant::OneAtATime, in_time.count() <= 1);
            must(Invariant::OneRequest, asked + zooid.late.count_ones() as usize <= 1);
            must(Invariant::NoneBlamedForNothing, row.failures <= row.troubles);
            must(Invariant::IdentityKept, !zooid.has_other_key);
        }
        broken
    }

    /// There is nothing to do, rightly.
    pub fn is_settled(&self, state: &State) -> bool {
        state.rows.iter().zip(&state.zooid).all(|(row, zooid)| {
            let is_synced = row.is_up_to_date() && zooid.content == Some(row.content());
            row.is_given_up() || is_synced && row.owner == Owner::Nobody
        })
    }
}
