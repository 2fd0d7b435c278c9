//! Breadth first, so that what is found is found by the shortest way.

use std::{
    collections::{BTreeMap, HashMap},
    hash::BuildHasherDefault,
};

use crate::{invariant::Invariant, quick_hasher::QuickHasher, state::State, step::Step, world::World};

pub struct Explored {
    pub states: usize,
    /// The shortest way to each thing that is not true.
    pub broken: BTreeMap<Invariant, Vec<Step>>,
}

/// All states that can be reached. Which worker is which makes no difference, nor does which relay.
pub fn explore(world: &World) -> Explored {
    let canonical = |state: State| state.canonical(world.relays > 1);
    let mut numbers: HashMap<State, u32, BuildHasherDefault<QuickHasher>> = HashMap::default();
    let mut states = Vec::new();
    let mut from: Vec<Option<(u32, Step)>> = Vec::new();
    // What leads to each state without anything more going wrong.
    let mut calmly_from: Vec<Vec<u32>> = Vec::new();
    let mut broken: BTreeMap<Invariant, (u32, Option<Step>)> = BTreeMap::new();
    let mut number = |state: State, by: Option<(u32, Step)>, states: &mut Vec<State>| {
        *numbers.entry(state).or_insert_with(|| {
            states.push(state);
            from.push(by);
            states.len() as u32 - 1
        })
    };
    for state in world.initial() {
        number(canonical(state), None, &mut states);
    }
    let mut at = 0;
    while at < states.len() {
        let (here, state) = (at as u32, states[at]);
        for invariant in world.broken(&state) {
            broken.entry(invariant).or_insert((here, None));
        }
        for next in world.next(&state) {
            for invariant in next.broken {
                broken.entry(invariant).or_insert((here, Some(next.step)));
            }
            let there = number(canonical(next.state), Some((here, next.step)), &mut states);
            if next.state.left == state.left {
                calmly_from.resize_with(calmly_from.len().max(there as usize + 1), Vec::new);
                calmly_from[there as usize].push(here);
            }
        }
        at += 1;
    }
    calmly_from.resize_with(states.len(), Vec::new);
    if let Some(lost) = first_that_never_settles(world, &states, &calmly_from) {
        broken.insert(Invariant::Settles, (lost, None));
    }
    let way = |(mut at, last): (u32, Option<Step>)| {
        let mut way: Vec<_> = last.into_iter().collect();
        while let Some((before, step)) = from[at as usize] {
            way.push(step);
            at = before;
        }
        way.reverse();
        way
    };
    Explored {
        states: states.len(),
        broken: broken
            .into_iter()
            .map(|(invariant, end)| (invariant, way(end)))
            .collect(),
    }
}

/// Goes back from the settled states; what is not met has no way there.
fn first_that_never_settles(world: &World, states: &[State], calmly_from: &[Vec<u32>]) -> Option<u32> {
    let mut settles: Vec<bool> = states.iter().map(|state| world.is_settled(state)).collect();
    let mut met: Vec<usize> = (0..states.len()).filter(|at| settles[*at]).collect();
    while let Some(at) = met.pop() {
        for before in &calmly_from[at] {
            if !std::mem::replace(&mut settles[*before as usize], true) {
                met.push(*before as usize);
            }
        }
    }
    settles.iter().position(|settles| !settles).map(|at| at as u32)
}
