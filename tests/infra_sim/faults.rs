//! What goes wrong, and how often.

use std::time::Duration;

use fastrand::Rng;

/// Chances, each of a hundred.
#[derive(Clone, Copy, Debug, Default)]
pub struct Faults {
    /// A request goes wrong in some way.
    pub requests: u8,
    /// A call of the backend's fails.
    pub store: u8,
    /// Something panics.
    pub panics: u8,
    /// A notification is lost, told twice, or comes late.
    pub lost: u8,
    pub doubled: u8,
    pub late: u8,
    /// Something takes a while.
    pub slow: u8,
}

/// How one request goes wrong.
#[derive(Clone, Copy, Debug)]
pub enum RequestFault {
    /// The status, whether the write was done all the same, and what `Retry-After` says.
    Status(u16, bool, Option<Duration>),
    /// No answer comes, whether or not the write was done.
    Lost(bool),
    /// Nor does it for as long as the client waits.
    Hang(bool),
    /// The client waits in vain; the write is done so long after it was sent.
    Late(Duration),
    /// zooid cannot write the relay's file. It still accepts heartbeats.
    DiskFull,
    /// The code that sends it has a defect.
    Panic,
}

impl Faults {
    pub fn of(random: &mut Rng) -> Self {
        let mut some = |most: u8| if random.bool() { random.u8(0..=most) } else { 0 };
        Self {
            requests: some(60),
            store: some(15),
            panics: some(3),
            lost: some(60),
            doubled: some(30),
            late: some(30),
            slow: some(50),
        }
    }
}

impl RequestFault {
    pub fn any(random: &mut Rng) -> Self {
        let done = random.bool();
        let wait = Duration::from_secs(random.u64(0..40));
        match random.u8(0..10) {
            0 | 1 => Self::Status(500, false, None),
            2 => Self::DiskFull,
            3 => Self::Status(503, done, Some(wait)),
            4 => Self::Status(429, false, Some(wait)),
            5 => Self::Status(502, done, None),
            6 => Self::Status(400, false, None),
            7 => Self::Hang(done),
            _ => Self::Lost(done),
        }
    }
}
