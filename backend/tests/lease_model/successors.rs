//! What may happen next.

use crate::{
    invariant::Invariant,
    state::{RELAYS, State, WORKERS},
    statements::Call,
    step::Step,
    world::{Bounds, World},
};

pub struct Next {
    pub step: Step,
    pub state: State,
    /// What is not true of the step.
    pub broken: Vec<Invariant>,
}

impl World {
    pub fn next(&self, state: &State) -> Vec<Next> {
        let mut successors = Successors {
            world: self,
            from: state,
            all: Vec::new(),
        };
        for relay in 0..RELAYS {
            for worker in 0..WORKERS {
                if !state.workers[worker].is_paused {
                    successors.of_attempt(worker, relay);
                }
                successors.of_request(worker, relay);
            }
            successors.of_late_requests(relay);
            successors.of_row(relay);
        }
        for worker in 0..WORKERS {
            successors.of_process(worker);
        }
        successors.all
    }
}

pub struct Successors<'w, 's> {
    pub world: &'w World,
    pub from: &'s State,
    all: Vec<Next>,
}

impl<'w> Successors<'w, '_> {
    pub fn add(&mut self, step: Step, worker: usize, relay: usize, what: impl FnOnce(&mut Call<'w>)) {
        let mut call = Call {
            world: self.world,
            state: *self.from,
            worker,
            relay,
            broken: Vec::new(),
        };
        what(&mut call);
        let Call { state, broken, .. } = call;
        if state != *self.from {
            self.all.push(Next { step, state, broken });
        }
    }

    /// What happens only so often.
    pub fn add_bounded(
        &mut self,
        step: Step,
        worker: usize,
        relay: usize,
        bound: fn(&mut Bounds) -> &mut u8,
        what: impl FnOnce(&mut Call<'w>),
    ) {
        let mut left = self.from.left;
        if *bound(&mut left) > 0 {
            self.add(step, worker, relay, |call| {
                *bound(&mut call.state.left) -= 1;
                what(call);
            });
        }
    }
}
