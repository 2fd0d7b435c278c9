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
    /// Asks the zooid which it is: only a current one knows of members.
    pub async fn probe(url: &str, keys: Keys) -> Target {
        let client = Client::builder(url, keys.clone()).build().unwrap();
        let unknown = "no-such-relay-0".parse().unwrap();
        let error = client.list_relay_members(&unknown).await.unwrap_err();
        let profile = match error
            .refusal()
            .map(|refusal| (refusal.status.as_u16(), refusal.message.as_str()))
        {
            Some((404, "relay not found")) => Profile::Current,
            Some((405, "method not allowed")) => Profile::Old,
            _ => panic!("{url} is no zooid's management API: {error}"),
        };
        Target {
            url: client.url().to_owned(),
            client,
            keys,
            profile,
        }
    }

    /// A client of the same zooid with another key.
    pub fn stranger(&self) -> Client {
        Client::builder(&self.url, Keys::generate()).build().unwrap()
    }
}
