//! A child process: does one task and prints what it came to as a line of JSON.

use serde::Serialize;

use crate::{
    client, hand_written, idle, infra, limit, literal_loop, postgres, queue, signature, sqlite, start,
    task::{Layer, Task},
};

pub fn run(task: &str) -> anyhow::Result<()> {
    let task: Task = serde_json::from_str(task)?;
    tokio::runtime::Runtime::new()?.block_on(perform(task))
}

async fn perform(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Load {
            layer,
            in_flight,
            zooid,
            checking,
            measured,
        } => print(&match layer {
            Layer::Limit => limit::measure(in_flight, &zooid, measured).await?,
            Layer::HandWritten => hand_written::measure(in_flight, &zooid, &checking, measured).await?,
            Layer::Client => client::measure(in_flight, &zooid, &checking, measured).await?,
            Layer::LiteralLoop => literal_loop::measure(in_flight, &zooid, &checking, measured).await?,
            Layer::Infra(store) => infra::measure(store, in_flight, &zooid, &checking, measured).await?,
        }),
        Task::Idle {
            store,
            activities,
            zooid,
        } => print(&idle::measure(store, activities, &zooid).await?),
        Task::Start {
            store,
            pending,
            zooid,
            file,
        } => print(&start::measure(store, pending, &zooid, &file).await?),
        Task::Fill { pending, file } => print(&sqlite::fill(pending, &file).await?),
        Task::FillDatabase { pending } => print(&postgres::fill(pending).await?),
        Task::Work { zooid } => print(&postgres::work(&zooid).await?),
        Task::Queue { keys, measured } => print(&queue::measure(keys, measured)?),
        Task::Signature { measured } => print(&signature::measure(measured)?),
    }
}

fn print(result: &impl Serialize) -> anyhow::Result<()> {
    println!("{}", serde_json::to_string(result)?);
    Ok(())
}
