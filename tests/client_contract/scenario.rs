use std::time::Duration;

use contract_tests::nip98::Authorization;
use serde_json::Value;
use zooid_client::{
    Error as ClientError, RelayId,
    emulator::http_client,
    types::{RelayConfig, RelayPatch},
};

use crate::target::Target;

/// A sequence of requests with their expected outcomes.
#[derive(Debug)]
pub struct Scenario {
    pub name: &'static str,
    pub steps: Vec<(Request, Expected)>,
}

/// A request. A body that the client's types reject is sent without the client.
#[derive(Clone, Debug)]
pub enum Request {
    Create(RelayId, Value),
    Replace(RelayId, Value),
    Patch(RelayId, Value),
    Delete(RelayId),
    Members(RelayId),
}

#[derive(Clone, Debug)]
pub enum Expected {
    /// Success with this message.
    Success(&'static str),
    Error(u16, String),
    /// An error whose message begins with this text. The rest comes from Go.
    ErrorPrefix(u16, &'static str),
    /// A sorted list of public keys.
    Members,
}

/// The outcome of a request.
#[derive(Debug)]
enum Outcome {
    /// The message, or the members, one per line.
    Success(String),
    Error(u16, String),
    /// An error without a response.
    Failed(#[expect(dead_code, reason = "for Debug")] String),
}

pub fn error(status: u16, message: impl Into<String>) -> Expected {
    Expected::Error(status, message.into())
}

impl Scenario {
    /// Runs until an outcome differs from the expected one.
    pub async fn run(&self, target: &Target) -> Result<(), String> {
        for (number, (request, expected)) in self.steps.iter().enumerate() {
            let outcome = match expected {
                Expected::Members => request.send_until_loaded(target).await,
                _ => request.send(target).await,
            };
            if !expected.is(&outcome) {
                let step = number + 1;
                return Err(format!(
                    "{}, step {step}: expected {expected:?}, received {outcome:?}",
                    self.name
                ));
            }
        }
        Ok(())
    }
}

impl Request {
    async fn send(&self, target: &Target) -> Outcome {
        let client = &target.client;
        match self {
            Request::Create(id, body) => match serde_json::from_value::<RelayConfig>(body.clone()) {
                Ok(config) => client.create_relay(id, &config).await.into(),
                Err(_) => send_unchecked(target, "POST", id, body).await,
            },
            Request::Replace(id, body) => match serde_json::from_value::<RelayConfig>(body.clone()) {
                Ok(config) => client.replace_relay(id, &config).await.into(),
                Err(_) => send_unchecked(target, "PUT", id, body).await,
            },
            Request::Patch(id, body) => match serde_json::from_value::<RelayPatch>(body.clone()) {
                Ok(patch) => client.patch_relay(id, &patch).await.into(),
                Err(_) => send_unchecked(target, "PATCH", id, body).await,
            },
            Request::Delete(id) => client.delete_relay(id).await.into(),
            Request::Members(id) => {
                let members = client.list_relay_members(id).await;
                members.map(|members| members.join("\n")).into()
            }
        }
    }

    /// A live zooid loads a relay shortly after a write.
    async fn send_until_loaded(&self, target: &Target) -> Outcome {
        for _ in 0..20 {
            match self.send(target).await {
                Outcome::Error(404, _) => tokio::time::sleep(Duration::from_millis(250)).await,
                response => return response,
            }
        }
        self.send(target).await
    }
}

async fn send_unchecked(target: &Target, method: &str, id: &RelayId, body: &Value) -> Outcome {
    let url = format!("{}/relay/{id}", target.url);
    let authorization = Authorization::of(&target.keys, method, &url).header();
    let request = http_client().build().unwrap().request(method.parse().unwrap(), &url);
    let response = request
        .header("authorization", authorization)
        .json(body)
        .send()
        .await
        .unwrap();
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    let message = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    if status.is_success() {
        Outcome::Success(message("message"))
    } else {
        Outcome::Error(status.as_u16(), message("error"))
    }
}

impl From<Result<String, ClientError>> for Outcome {
    fn from(response: Result<String, ClientError>) -> Self {
        match response {
            Ok(message) => Outcome::Success(message),
            Err(error) => match error.response() {
                Some(response) => Outcome::Error(response.status.as_u16(), response.message.clone()),
                None => Outcome::Failed(error.to_string()),
            },
        }
    }
}

impl Expected {
    fn is(&self, response: &Outcome) -> bool {
        match (self, response) {
            (Expected::Success(expected), Outcome::Success(message)) => expected == message,
            (Expected::Members, Outcome::Success(members)) => {
                let lines: Vec<_> = members.lines().collect();
                lines.is_sorted() && lines.iter().all(|line| line.len() == 64)
            }
            (Expected::Error(status, text), Outcome::Error(s, message)) => status == s && text == message,
            (Expected::ErrorPrefix(status, text), Outcome::Error(s, message)) => {
                status == s && message.starts_with(text)
            }
            _ => false,
        }
    }
}
