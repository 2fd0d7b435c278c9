//! Lists the members of a relay, with retries that respect `Retry-After`: `list_members ID`.

use std::{env, error::Error, time::Duration};

use zooid_client::{Client, RelayId};

const ATTEMPTS: u32 = 5;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let id: RelayId = env::args().nth(1).ok_or("usage: list_members ID")?.parse()?;
    let zooid = Client::new(&env::var("ZOOID_API_URL")?, &env::var("ZOOID_API_SECRET")?)?;

    let mut attempt = 1;
    let members = loop {
        match zooid.list_relay_members(&id).await {
            Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                let wait = error
                    .retry_after()
                    .unwrap_or(Duration::from_millis(100) * 2u32.pow(attempt));
                eprintln!("{error}; retry in {wait:?}");
                tokio::time::sleep(wait).await;
                attempt += 1;
            }
            members => break members?,
        }
    };
    members.iter().for_each(|member| println!("{member}"));
    Ok(())
}
