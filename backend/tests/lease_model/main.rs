//! Workers that share rows, explored to the end: whatever they, the database and zooid do in whichever order, within
//! [bounds](world::Bounds), what must be true is; and without any one of the guards, something is not.
//!
//! What the model takes for granted:
//! - Statements are atomic, and the database's clock and the workers' run at the same speed.
//! - An attempt is over long before a lease is, unless its process stands still: two requests of at most 30 seconds
//!   against 120 seconds, renewed every 20.
//! - A request is signed at once after the look at the clock ([`Guard::SendInTime`](guard::Guard::SendInTime)). A worker
//!   that is stopped just between the two, for longer than its lease, sends what is not refused.
//! - What is given up by a worker that lives is over ([`Guard::GivenUpIsOver`](guard::Guard::GivenUpIsOver)).
//! - zooid keeps what it has accepted, and serves: each failure counts.
//! - Whoever reports has claimed. So COMPLETE's `synced_version <= $2` has nothing to do here.

mod answering;
mod explore;
mod guard;
mod guards_taken_out;
mod holding;
mod invariant;
mod mishaps;
mod quick_hasher;
mod state;
mod statements;
mod step;
mod successors;
mod working;
mod world;

use std::time::Instant;

use explore::{Explored, explore};
use world::World;

/// Explores and says how far that was. Which number a worker has may change on the way.
fn explored(what: &str, world: &World) -> Explored {
    let begun = Instant::now();
    let explored = explore(world);
    println!("{what}: {} states in {:.1?}", explored.states, begun.elapsed());
    for (invariant, way) in &explored.broken {
        println!("  {invariant:?} is broken by {way:?}");
    }
    explored
}
