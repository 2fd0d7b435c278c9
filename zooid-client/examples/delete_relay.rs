//! Deletes a relay, if it exists: `delete_relay ID`.

use std::{env, error::Error};

use zooid_client::{Client, RelayId};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let id: RelayId = env::args().nth(1).ok_or("usage: delete_relay ID")?.parse()?;
    let zooid = Client::new(&env::var("ZOOID_API_URL")?, &env::var("ZOOID_API_SECRET")?)?;
    match zooid.delete_relay(&id).await {
        Err(error) if error.not_found() => println!("{id} does not exist"),
        result => println!("{id}: {}", result?),
    }
    Ok(())
}
