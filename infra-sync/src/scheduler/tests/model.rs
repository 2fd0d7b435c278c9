//! Compares the scheduler after random events with a naive model, which keeps everything in lists.

use std::{env, time::Duration};

use fastrand::Rng;
use tokio::time::Instant;

use super::{RETRY, revision, row};
use crate::scheduler::{
    Failure, Outcome, Phase, Requeue, Scheduler, Then, WorkItem,
    memory::{After, LastOutcome, Memory, Next, Position, after},
    queue::Priority,
};

const CASES: u64 = 10_000;
const CONCURRENCY: usize = 3;
const RELAYS: u8 = 5;
const EVENTS: u32 = 60;

/// The environment variable that repeats a single case.
const SEED: &str = "INFRA_SCHEDULER_SEED";

#[derive(Default)]
struct Model {
    relays: Vec<Modelled>,
    /// The relays are taken from the front.
    live: Vec<String>,
    backlog: Vec<String>,
    turn: u8,
}

struct Modelled {
    id: String,
    memory: Memory,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Ready,
    Running { rerun: bool },
    Parked(Option<Instant>),
}

impl Model {
    fn get(&mut self, id: &str) -> Option<&mut Modelled> {
        self.relays.iter_mut().find(|relay| relay.id == id)
    }

    fn get_or_add(&mut self, id: &str) -> &mut Modelled {
        if self.get(id).is_none() {
            self.relays.push(Modelled {
                id: id.to_owned(),
                memory: Memory::default(),
                state: State::Parked(None),
            });
        }
        self.get(id).unwrap()
    }

    fn unqueue(&mut self, id: &str) {
        self.live.retain(|other| other != id);
        self.backlog.retain(|other| other != id);
    }

    fn make_ready(&mut self, id: &str, priority: Priority, position: Position) {
        self.unqueue(id);
        self.get(id).unwrap().state = State::Ready;
        let queue = match priority {
            Priority::Live => &mut self.live,
            Priority::Backlog => &mut self.backlog,
        };
        let at = if position == Position::Front { 0 } else { queue.len() };
        queue.insert(at, id.to_owned());
    }

    fn enqueue(&mut self, id: &str) {
        let is_live = self.live.iter().any(|other| other == id);
        match &mut self.get_or_add(id).state {
            State::Running { rerun } => *rerun = true,
            State::Ready if is_live => {}
            State::Ready | State::Parked(_) => self.make_ready(id, Priority::Live, Position::Back),
        }
    }

    fn enqueue_failed(&mut self, id: &str) {
        if self.get(id).is_none() {
            self.get_or_add(id);
            self.make_ready(id, Priority::Live, Position::Back);
        }
    }

    fn observe(&mut self, id: &str, version: i64) {
        let of = revision(&row(id, version));
        let is_new = self.get(id).is_none();
        let relay = self.get_or_add(id);
        let known = match relay.memory.last {
            LastOutcome::None => false,
            LastOutcome::Failed => relay.memory.failure.unwrap().of == of,
            _ => true,
        };
        match &mut relay.state {
            State::Running { rerun } => *rerun = true,
            State::Parked(_) if is_new || !known => self.make_ready(id, Priority::Backlog, Position::Back),
            State::Parked(_) | State::Ready => {}
        }
    }

    /// Makes the relays ready whose timers are due, in the order in which the timers were set.
    fn fire(&mut self, now: Instant, order: &[String]) {
        let mut due: Vec<_> = self
            .relays
            .iter()
            .filter_map(|relay| match relay.state {
                State::Parked(Some(at)) if at <= now => Some((at, relay.id.clone())),
                _ => None,
            })
            .collect();
        due.sort_by_key(|(at, id)| (*at, order.iter().position(|other| other == id)));
        for (_, id) in due {
            if let LastOutcome::Suspected { is_due } = &mut self.get(&id).unwrap().memory.last {
                *is_due = true;
            }
            self.make_ready(&id, Priority::Backlog, Position::Back);
        }
    }

    fn next(&mut self) -> Option<String> {
        let running = self
            .relays
            .iter()
            .filter(|relay| matches!(relay.state, State::Running { .. }));
        if running.count() >= CONCURRENCY {
            return None;
        }
        self.turn = (self.turn + 1) % 4;
        let (first, second) = match self.turn {
            0 => (&self.backlog, &self.live),
            _ => (&self.live, &self.backlog),
        };
        let id = first.first().or(second.first())?.clone();
        self.run(&id);
        Some(id)
    }

    fn run(&mut self, id: &str) {
        self.unqueue(id);
        let relay = self.get(id).unwrap();
        relay.state = State::Running { rerun: false };
        if relay.memory.last == (LastOutcome::Suspected { is_due: true }) {
            relay.memory.last = LastOutcome::ToCount;
        }
    }
}

struct Case {
    random: Rng,
    now: Instant,
    scheduler: Scheduler,
    model: Model,
    items: Vec<WorkItem>,
    /// The relays in the order in which they were last parked.
    parked: Vec<String>,
}

impl Case {
    fn new(seed: u64) -> Self {
        let now = Instant::now();
        Self {
            random: Rng::with_seed(seed),
            now,
            scheduler: Scheduler::new(RETRY, CONCURRENCY, None, Rng::with_seed(seed), now),
            model: Model::default(),
            items: Vec::new(),
            parked: Vec::new(),
        }
    }

    fn event(&mut self) {
        let id = format!("r{}", self.random.u8(0..RELAYS));
        match self.random.u8(0..20) {
            0..=4 => {
                self.scheduler.enqueue(&id, "activity", self.now);
                self.model.enqueue(&id);
            }
            5 => {
                self.scheduler.enqueue_failed(&id, self.now);
                self.model.enqueue_failed(&id);
            }
            6 | 7 => {
                let relay = row(&id, self.random.i64(1..3));
                self.scheduler.observe(&relay, revision(&relay), self.now);
                self.model.observe(&id, relay.version);
            }
            8 => self.take(&id),
            9 | 10 => self.now += Duration::from_millis(self.random.u64(0..30_000)),
            11..=14 => self.next(),
            _ => self.finish(),
        }
    }

    fn take(&mut self, id: &str) {
        let item = self.scheduler.take(id, self.now);
        let running = matches!(self.model.get_or_add(id).state, State::Running { .. });
        assert_eq!(item.is_none(), running);
        if running {
            self.model.get(id).unwrap().state = State::Running { rerun: true };
        } else {
            self.model.run(id);
        }
        self.items.extend(item);
    }

    fn next(&mut self) {
        self.model.fire(self.now, &self.parked);
        let item = self.scheduler.next(self.now);
        assert_eq!(item.as_ref().map(|item| item.relay.to_string()), self.model.next());
        self.items.extend(item);
    }

    fn finish(&mut self) {
        if self.items.is_empty() {
            return;
        }
        let item = self.items.swap_remove(self.random.usize(0..self.items.len()));
        let outcome = self.outcome(&item);
        let (id, priority) = (item.relay.to_string(), item.priority);
        self.scheduler.finish(item, outcome, self.now);
        let relay = self.model.get(&id).unwrap();
        let State::Running { rerun } = relay.state else {
            panic!("{id} was not running");
        };
        // The backoff of the scheduler is random.
        let index = self.scheduler.find(&id);
        let wake = index.and_then(|index| match self.scheduler.entries[index].phase {
            Phase::Parked { wake } => wake.map(|timer| timer.at()),
            _ => None,
        });
        let now = self.now;
        let backoff = |in_a_row| {
            let full = RETRY.backoff(in_a_row);
            let retry_at = relay.memory.failure.and_then(|failure| failure.then.retry_at());
            let waited = wake.unwrap() - now;
            assert!(waited >= full / 2 && (waited <= full || wake == retry_at), "{waited:?}");
            waited
        };
        let After { next, memory, .. } = after(relay.memory, priority, outcome, rerun, now, backoff);
        relay.memory = memory;
        relay.state = State::Parked(None);
        self.parked.retain(|other| *other != id);
        match next {
            Next::Forget => self.model.relays.retain(|relay| relay.id != id),
            Next::Ready(priority, position) => self.model.make_ready(&id, priority, position),
            Next::Park(at) => {
                self.model.get(&id).unwrap().state = State::Parked(at);
                self.parked.push(id);
            }
        }
    }

    fn outcome(&mut self, item: &WorkItem) -> Outcome {
        let delay = Duration::from_secs(self.random.u64(0..20));
        let then = match self.random.u8(0..4) {
            0 => Then::Exhausted,
            1 => Then::Permanent,
            _ => Then::RetryAt(self.now + delay),
        };
        let failure = Failure {
            of: revision(&row(&item.relay, self.random.i64(1..3))),
            failures: 1,
            then,
        };
        match self.random.u8(0..10) {
            8 => Outcome::Suspected(failure),
            9 => Outcome::Reserved(self.random.bool().then_some(self.now + delay)),
            0 | 1 => Outcome::Settled,
            2 | 3 => Outcome::Failed(failure),
            4 => Outcome::NotAttempted(Requeue::Front),
            5 => Outcome::NotAttempted(Requeue::Back),
            6 if self.random.bool() => Outcome::Unsettled(self.now + delay),
            6 => Outcome::HeldByOther(delay),
            _ => Outcome::BackendError,
        }
    }

    /// Asserts that each relay has the same phase as in the model, and is in no other data structure.
    fn check(&mut self) {
        let scheduler = &self.scheduler;
        scheduler.check();
        assert_eq!(scheduler.entries.len(), self.model.relays.len());
        for relay in &self.model.relays {
            let entry = &scheduler.entries[scheduler.find(&relay.id).unwrap()];
            assert_eq!(entry.memory, relay.memory, "{}", relay.id);
            let state = match entry.phase {
                Phase::Ready { .. } => State::Ready,
                Phase::Running { rerun } => State::Running { rerun },
                Phase::Parked { wake } => State::Parked(wake.map(|timer| timer.at())),
            };
            assert_eq!(state, relay.state, "{}", relay.id);
        }
        assert_eq!(scheduler.depth(), self.model.live.len() + self.model.backlog.len());
        assert_eq!(scheduler.running(), self.items.len());
        let first_wake = self.model.relays.iter().filter_map(|relay| match relay.state {
            State::Parked(wake) => wake,
            _ => None,
        });
        assert_eq!(scheduler.timers.first(), first_wake.min());
    }
}

#[test]
fn the_scheduler_equals_the_model_after_random_events() {
    let one = env::var(SEED).ok().map(|seed| seed.parse::<u64>().unwrap());
    let seeds = one.map_or(0..CASES, |seed| seed..seed + 1);
    for seed in seeds {
        let ran = std::panic::catch_unwind(|| {
            let mut case = Case::new(seed);
            for _ in 0..EVENTS {
                case.event();
                case.check();
            }
        });
        assert!(ran.is_ok(), "repeat this case with {SEED}={seed}");
    }
}
