//! What a write costs zooid itself: it reads and parses every relay's file to find who has the host or the schema
//! already. This is a model: zooid's own files, as the emulator writes them, read and parsed here and not in Go.

use std::{
    fs,
    hint::black_box,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::Context;
use benchmarks::relay::SECRET;
use zooid_client::emulator::Emulator;

use crate::{emulator::keys, percentile::median, relays, sqlite};

/// How often all files are read.
const LOOKS: usize = 5;

/// The time to read and parse so many files, which are in the system's cache.
pub async fn measure(relays: usize) -> anyhow::Result<Duration> {
    let file = written_by_zooid().await?;
    let folder = sqlite::folder()?;
    for relay in 0..relays {
        fs::write(folder.path().join(format!("{}.toml", relays::id(relay))), &file)?;
    }
    let looks = (0..=LOOKS)
        .map(|_| look(folder.path()))
        .collect::<anyhow::Result<Vec<_>>>()?;
    // The first fills the cache.
    Ok(median(looks[1..].to_vec()))
}

fn look(folder: &Path) -> anyhow::Result<Duration> {
    let began = Instant::now();
    for file in fs::read_dir(folder)? {
        let config: toml::Table = toml::from_str(&fs::read_to_string(file?.path())?)?;
        black_box((config.get("host"), config.get("schema")));
    }
    Ok(began.elapsed())
}

async fn written_by_zooid() -> anyhow::Result<String> {
    let zooid = Emulator::builder().keys(keys()?).start().await?;
    let relay = relays::relay(0);
    let mut config = relays::body(&relay);
    config["secret"] = SECRET.into();
    let config = serde_json::from_value(config)?;
    zooid.client()?.create_relay(&relay.id.parse()?, &config).await?;
    zooid.toml(&relay.id).context("no file")
}
