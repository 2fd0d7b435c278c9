use std::time::Duration;

use zooid_client::{
    Client, Error, RelayId,
    types::{RelayConfig, RelayPatch},
};

/// Requests that follow one another, and what each is answered.
#[derive(Debug)]
pub struct Script {
    pub name: &'static str,
    pub steps: Vec<(Request, Expected)>,
}

#[derive(Clone, Debug)]
pub enum Request {
    Create(RelayId, RelayConfig),
    Replace(RelayId, RelayConfig),
    Patch(RelayId, RelayPatch),
    Delete(RelayId),
    Members(RelayId),
}

#[derive(Clone, Debug)]
pub enum Expected {
    /// Success with this message. The client takes only the documented status for a success.
    Done(&'static str),
    Refused(u16, String),
    /// Refused in words that begin so; the rest is Go's own.
    RefusedAs(u16, &'static str),
    /// A sorted list of public keys.
    Members,
}

pub fn refused(status: u16, words: impl Into<String>) -> Expected {
    Expected::Refused(status, words.into())
}

impl Script {
    /// Runs to the first answer that is not as expected.
    pub async fn run(&self, client: &Client) -> Result<(), String> {
        for (number, (request, expected)) in self.steps.iter().enumerate() {
            let answer = match expected {
                Expected::Members => request.send_until_loaded(client).await,
                _ => request.send(client).await,
            };
            if !expected.is(&answer) {
                let step = number + 1;
                return Err(format!(
                    "{}, step {step}: {expected:?} expected, not {answer:?}",
                    self.name
                ));
            }
        }
        Ok(())
    }
}

impl Request {
    /// The words of the answer, the members one a line.
    async fn send(&self, client: &Client) -> Result<String, Error> {
        match self {
            Request::Create(id, config) => client.create_relay(id, config).await,
            Request::Replace(id, config) => client.replace_relay(id, config).await,
            Request::Patch(id, patch) => client.patch_relay(id, patch).await,
            Request::Delete(id) => client.delete_relay(id).await,
            Request::Members(id) => client.list_relay_members(id).await.map(|members| members.join("\n")),
        }
    }

    /// A live zooid loads a relay a moment after it was written.
    async fn send_until_loaded(&self, client: &Client) -> Result<String, Error> {
        for _ in 0..20 {
            match self.send(client).await {
                Err(error) if error.not_found() => tokio::time::sleep(Duration::from_millis(250)).await,
                answer => return answer,
            }
        }
        self.send(client).await
    }
}

impl Expected {
    fn is(&self, answer: &Result<String, Error>) -> bool {
        let refusal = answer.as_ref().err().and_then(Error::refusal);
        let refusal = refusal.map(|refusal| (refusal.status.as_u16(), refusal.message.as_str()));
        match (self, answer, refusal) {
            (Expected::Done(words), Ok(message), _) => words == message,
            (Expected::Members, Ok(members), _) => {
                let lines: Vec<_> = members.lines().collect();
                lines.is_sorted() && lines.iter().all(|line| line.len() == 64)
            }
            (Expected::Refused(status, words), _, Some(refusal)) => (*status, words.as_str()) == refusal,
            (Expected::RefusedAs(status, words), _, Some((s, w))) => *status == s && w.starts_with(words),
            _ => false,
        }
    }
}
