//! The emulator's process, and those that are measured against it.

use std::{
    env,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, ensure};
use serde::de::DeserializeOwned;

use crate::{
    emulator::{Addresses, Seen},
    task::Task,
};

/// Ends with its standard input.
pub struct Zooid {
    pub addresses: Addresses,
    process: Child,
    asked: Option<ChildStdin>,
    told: BufReader<ChildStdout>,
}

impl Zooid {
    pub fn start() -> anyhow::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .arg("emulator")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asked = process.stdin.take();
        let mut told = BufReader::new(process.stdout.take().context("no standard output")?);
        Ok(Self {
            addresses: line(&mut told)?,
            process,
            asked,
            told,
        })
    }

    /// Has a child do a task; what it came to, and what the emulator saw of it.
    pub fn measure<T: DeserializeOwned>(&mut self, task: &Task) -> anyhow::Result<(T, Seen)> {
        self.seen()?;
        let result = perform(task)?;
        Ok((result, self.seen()?))
    }

    fn seen(&mut self) -> anyhow::Result<Seen> {
        let asked = self.asked.as_mut().context("no standard input")?;
        asked.write_all(b"\n")?;
        line(&mut self.told)
    }
}

/// Has a child do a task.
pub fn perform<T: DeserializeOwned>(task: &Task) -> anyhow::Result<T> {
    let child = Command::new(env::current_exe()?)
        .args(["measure", &serde_json::to_string(task)?])
        .stderr(Stdio::inherit())
        .output()?;
    ensure!(child.status.success(), "{task:?} ended with {}", child.status);
    Ok(serde_json::from_slice(&child.stdout)?)
}

fn line<T: DeserializeOwned>(told: &mut impl BufRead) -> anyhow::Result<T> {
    let mut line = String::new();
    told.read_line(&mut line)?;
    Ok(serde_json::from_str(&line)?)
}

impl Drop for Zooid {
    fn drop(&mut self) {
        drop(self.asked.take());
        // There is nobody left to tell.
        let _ = self.process.wait();
    }
}
