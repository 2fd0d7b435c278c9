//! What zooid does.

use crate::{
    guard::Guard,
    state::{Phase, Request},
    statements::Call,
    step::Step,
    successors::Successors,
    world::Bounds,
};

impl Successors<'_, '_> {
    /// Of what somebody waits for.
    pub fn of_request(&mut self, worker: usize, relay: usize) {
        let (w, r) = (worker, relay);
        if self.from.workers[w].attempts[r].phase != Phase::Sent {
            return;
        }
        self.add(Step::Apply(w, r), w, r, |call| {
            let request = call.request();
            let done = call.apply(request);
            let world = call.world;
            let attempt = call.attempt();
            attempt.phase = match done {
                Ok(()) => Phase::Accepted,
                Err(Other) if request.creates && !world.has(Guard::ChangeWhatExists) => Phase::Failed,
                Err(Other) => {
                    attempt.is_new = !request.creates;
                    Phase::Claimed
                }
            };
        });
        let failures: fn(&mut Bounds) -> &mut u8 = |left| &mut left.failures;
        self.add_bounded(Step::Refuse(w, r), w, r, failures, Call::meet_trouble);
        self.add_bounded(Step::LoseAnswer(w, r), w, r, failures, |call| {
            let request = call.request();
            let _ = call.apply(request);
            call.meet_trouble();
        });
        if !self.world.has(Guard::GivenUpIsOver) {
            self.add_bounded(Step::TimeOut(w, r), w, r, failures, |call| {
                call.forsake();
                call.meet_trouble();
            });
        }
    }

    pub fn of_late_requests(&mut self, r: usize) {
        for request in Request::ALL {
            if self.from.zooid[r].late & request.bit() != 0 {
                self.add(Step::ApplyLate(request, r), 0, r, |call| {
                    call.state.zooid[r].late &= !request.bit();
                    let _ = call.apply(request);
                });
            }
        }
    }
}

/// There is a relay where one was to be created, or none where one was to be changed.
struct Other;

impl Call<'_> {
    fn request(&mut self) -> Request {
        let attempt = *self.attempt();
        Request {
            creates: attempt.is_new,
            content: self.row().content_of(attempt.version),
        }
    }

    fn apply(&mut self, request: Request) -> Result<(), Other> {
        let has_secret = self.world.has(Guard::SendSecret);
        let zooid = &mut self.state.zooid[self.relay];
        if request.creates == zooid.content.is_some() {
            return Err(Other);
        }
        zooid.content = Some(request.content);
        zooid.has_other_key |= request.creates && !has_secret;
        Ok(())
    }

    /// The request fails, and not for what this program does.
    fn meet_trouble(&mut self) {
        let attempt = self.attempt();
        attempt.phase = Phase::Failed;
        let version = attempt.version;
        self.row().meet_trouble(version);
    }

    /// A worker that lives waits no longer for what was sent.
    pub fn forsake(&mut self) {
        if !self.world.has(Guard::GivenUpIsOver) {
            self.leave_late();
        }
    }

    /// What was sent may come later.
    pub fn leave_late(&mut self) {
        if self.attempt().phase == Phase::Sent {
            let bit = self.request().bit();
            self.state.zooid[self.relay].late |= bit;
        }
    }
}
