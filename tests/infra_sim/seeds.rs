//! The stories of many seeds.

use std::{env, ops::Range};

use crate::story::{Told, tell};

const SEEDS: u64 = 2_000;

fn number(name: &str) -> Option<u64> {
    env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number")))
}

fn seeds() -> Range<u64> {
    match number("INFRA_SIM_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("INFRA_SIM_SEEDS").unwrap_or(SEEDS),
    }
}

fn complain(seed: u64, told: &Told) {
    for line in &told.trace {
        eprintln!("{line}");
    }
    panic!(
        "seed {seed}: {:?}\nreplay it: INFRA_SIM_SEED={seed} cargo test -p contract-tests --test infra_sim every_seed",
        told.broken
    );
}

#[test]
fn every_seed_converges_and_keeps_the_rules() {
    for seed in seeds() {
        let told = tell(seed);
        if !told.broken.is_empty() {
            complain(seed, &told);
        }
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for seed in 0..20 {
        let (first, second) = (tell(seed), tell(seed));
        assert!(first.trace.len() > 20, "something happens");
        assert_eq!(first.trace, second.trace, "seed {seed}");
    }
}
