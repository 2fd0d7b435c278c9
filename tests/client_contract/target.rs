use zooid_client::{Client, Keys, emulator::Profile};

/// A zooid the contract is tried on.
#[derive(Clone, Debug)]
pub struct Target {
    pub client: Client,
    pub url: String,
    pub keys: Keys,
    pub profile: Profile,
}

impl Target {
    /// Asks the zooid which it is.
    pub async fn probe(url: &str, keys: Keys) -> Target {
        let client = Client::builder(url, keys.clone()).build().unwrap();
        let profile = match client.profile().await {
            Ok(profile) => profile,
            Err(error) => panic!("{url} is no zooid's management API: {error}"),
        };
        Target {
            url: client.url().to_owned(),
            client,
            keys,
            profile,
        }
    }

    /// A client of the same zooid with another key.
    pub fn other_key_client(&self) -> Client {
        Client::builder(&self.url, Keys::generate()).build().unwrap()
    }
}
