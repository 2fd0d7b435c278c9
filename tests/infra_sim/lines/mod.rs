//! What `Infra` promises, line by line.

mod deletion;
mod disturbance;
mod facts;
mod fence;
mod hosts;
mod lost;
mod order;
mod outage;
mod retries;
mod stopping;
