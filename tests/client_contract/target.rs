use zooid_client::{Client, Keys, emulator::Profile};

/// A zooid that the contract is tested against.
#[derive(Clone, Debug)]
pub struct Target {
    pub client: Client,
    pub url: String,
    pub keys: Keys,
    pub profile: Profile,
}

impl Target {
    /// Detects the version of the zooid.
    pub async fn probe(url: &str, keys: Keys) -> Target {
        let client = Client::builder(url, keys.clone()).build().unwrap();
        let profile = match client.profile().await {
            Ok(profile) => profile,
            Err(error) => panic!("{url} is not the management API of zooid: {error}"),
        };
        Target {
            url: client.url().to_owned(),
            client,
            keys,
            profile,
        }
    }

    /// Returns a client for the same zooid with a key that is not whitelisted.
    pub fn other_key_client(&self) -> Client {
        Client::builder(&self.url, Keys::generate()).build().unwrap()
    }
}
