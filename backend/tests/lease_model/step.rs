use crate::state::Request;

/// What may happen next, of which worker (the first number) and which relay (the last).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Step {
    Claim(usize, usize),
    TakeOver(usize, usize),
    Renew(usize, usize),
    Send(usize, usize),
    /// zooid has what the row says, going by the digest.
    Skip(usize, usize),
    /// Nothing is sent after all.
    GiveBack(usize, usize),
    /// zooid does what it is asked.
    Apply(usize, usize),
    /// It does not, and says so.
    Refuse(usize, usize),
    /// It does, and nobody hears of it.
    LoseAnswer(usize, usize),
    /// Nobody waits any longer, and zooid does it later.
    TimeOut(usize, usize),
    Complete(usize, usize),
    Fail(usize, usize),
    /// The report cannot be kept.
    Stumble(usize, usize),
    /// The attempt is dropped, its request with it.
    Drop(usize, usize),
    /// The request is given up and the relay given back, as on a stop.
    GiveUp(usize, usize),
    /// All leases are given back, and the process ends.
    Close(usize),
    Crash(usize),
    Pause(usize),
    Resume(usize),
    Expire(usize),
    /// zooid does what nobody waits for any longer.
    ApplyLate(Request, usize),
    Change(usize),
    /// Nobody is told.
    ChangeUnheard(usize),
    Resync(usize),
}
