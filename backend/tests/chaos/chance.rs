use std::time::{SystemTime, UNIX_EPOCH};

/// Numbers that a seed determines (splitmix64).
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn from_env() -> Self {
        let seed = match std::env::var("INFRA_CHAOS_SEED") {
            Ok(seed) => seed.parse().unwrap(),
            Err(_) => SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64,
        };
        println!("INFRA_CHAOS_SEED={seed}");
        Self(seed)
    }

    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}
