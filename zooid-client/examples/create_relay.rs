//! Creates a relay with a random key: `create_relay ID HOST OWNER_PUBKEY`.

use std::{env, error::Error};

use zooid_client::{
    Client, Keys, RelayId,
    types::{Groups, Info, Policy, RelayConfig, Role},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let [id, host, owner] = arguments()?;
    let zooid = Client::new(&env::var("ZOOID_API_URL")?, &env::var("ZOOID_API_SECRET")?)?;
    let id: RelayId = id.parse()?;

    let config = RelayConfig {
        host: host.parse()?,
        schema: id.as_str().to_lowercase().replace(['-', '.', '~'], "_").parse()?,
        // Store it: it is the identity of the relay, and zooid never returns it.
        secret: Keys::generate().secret_key().to_secret_hex().into(),
        info: Info {
            name: Some(format!("{id}'s relay")),
            pubkey: owner.clone(),
            icon: None,
            description: None,
        },
        inactive: Some(false),
        policy: Some(Policy {
            public_read: Some(true),
            ..Policy::default()
        }),
        groups: Some(Groups { enabled: Some(true) }),
        roles: [(
            "admin".to_owned(),
            Role {
                pubkeys: vec![owner],
                can_invite: Some(true),
                can_manage: Some(true),
            },
        )]
        .into(),
        management: None,
        push: None,
        blossom: None,
        livekit: None,
    };
    match zooid.create_relay(&id, &config).await {
        Ok(message) => println!("{id}: {message}"),
        Err(error) if error.already_exists() => println!("{id} already exists; patch it instead"),
        Err(error) => match error.in_use() {
            Some(field) => println!("{id}: another relay has this {field:?}; choose another"),
            None => return Err(error.into()),
        },
    }
    Ok(())
}

fn arguments() -> Result<[String; 3], &'static str> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    arguments
        .try_into()
        .map_err(|_| "usage: create_relay ID HOST OWNER_PUBKEY")
}
