//! Changes the name of a relay, clears its icon, and starts or stops serving it: `patch_relay ID NAME true|false`.

use std::{env, error::Error};

use zooid_client::{
    Clearable, Client, RelayId,
    types::{InfoPatch, RelayPatch},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let [id, name, served] = arguments()?;
    let zooid = Client::new(&env::var("ZOOID_API_URL")?, &env::var("ZOOID_API_SECRET")?)?;
    let id: RelayId = id.parse()?;

    let patch = RelayPatch {
        inactive: Some(!served.parse::<bool>()?),
        info: Some(InfoPatch {
            name: Some(name.into()),
            icon: Some(Clearable::Clear),
            ..InfoPatch::default()
        }),
        ..RelayPatch::default()
    };
    println!("{id}: {}", zooid.patch_relay(&id, &patch).await?);
    Ok(())
}

fn arguments() -> Result<[String; 3], &'static str> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    arguments
        .try_into()
        .map_err(|_| "usage: patch_relay ID NAME true|false")
}
