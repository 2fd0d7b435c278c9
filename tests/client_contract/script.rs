use std::time::Duration;

use contract_tests::nip98::Authorization;
use serde_json::Value;
use zooid_client::{
    Error, RelayId,
    emulator::http_client,
    types::{RelayConfig, RelayPatch},
};

use crate::target::Target;

/// Requests that follow one another, and what each is answered.
#[derive(Debug)]
pub struct Script {
    pub name: &'static str,
    pub steps: Vec<(Request, Expected)>,
}

/// A body that the client's types refuse is sent without the client.
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
    /// Success with this message. The client takes only the documented status for a success.
    Done(&'static str),
    Refused(u16, String),
    /// Refused in words that begin so; the rest is Go's own.
    RefusedAs(u16, &'static str),
    /// A sorted list of public keys.
    Members,
}

/// What zooid answered.
#[derive(Debug)]
enum Answer {
    /// The message, or the members one a line.
    Done(String),
    Refused(u16, String),
    /// Neither.
    Failed(#[expect(dead_code, reason = "for Debug")] String),
}

pub fn refused(status: u16, words: impl Into<String>) -> Expected {
    Expected::Refused(status, words.into())
}

impl Script {
    /// Runs to the first answer that is not as expected.
    pub async fn run(&self, target: &Target) -> Result<(), String> {
        for (number, (request, expected)) in self.steps.iter().enumerate() {
            let answer = match expected {
                Expected::Members => request.send_until_loaded(target).await,
                _ => request.send(target).await,
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
    async fn send(&self, target: &Target) -> Answer {
        let client = &target.client;
        match self {
            Request::Create(id, body) => match serde_json::from_value::<RelayConfig>(body.clone()) {
                Ok(config) => client.create_relay(id, &config).await.into(),
                Err(_) => send_by_hand(target, "POST", id, body).await,
            },
            Request::Replace(id, body) => match serde_json::from_value::<RelayConfig>(body.clone()) {
                Ok(config) => client.replace_relay(id, &config).await.into(),
                Err(_) => send_by_hand(target, "PUT", id, body).await,
            },
            Request::Patch(id, body) => match serde_json::from_value::<RelayPatch>(body.clone()) {
                Ok(patch) => client.patch_relay(id, &patch).await.into(),
                Err(_) => send_by_hand(target, "PATCH", id, body).await,
            },
            Request::Delete(id) => client.delete_relay(id).await.into(),
            Request::Members(id) => {
                let members = client.list_relay_members(id).await;
                members.map(|members| members.join("\n")).into()
            }
        }
    }

    /// A live zooid loads a relay a moment after it was written.
    async fn send_until_loaded(&self, target: &Target) -> Answer {
        for _ in 0..20 {
            match self.send(target).await {
                Answer::Refused(404, _) => tokio::time::sleep(Duration::from_millis(250)).await,
                answer => return answer,
            }
        }
        self.send(target).await
    }
}

async fn send_by_hand(target: &Target, method: &str, id: &RelayId, body: &Value) -> Answer {
    let url = format!("{}/relay/{id}", target.url);
    let authorization = Authorization::of(&target.keys, method, &url).header();
    let request = http_client().build().unwrap().request(method.parse().unwrap(), &url);
    let answer = request
        .header("authorization", authorization)
        .json(body)
        .send()
        .await
        .unwrap();
    let status = answer.status();
    let body: Value = answer.json().await.unwrap_or_default();
    let words = |field: &str| body[field].as_str().unwrap_or_default().to_owned();
    if status.is_success() {
        Answer::Done(words("message"))
    } else {
        Answer::Refused(status.as_u16(), words("error"))
    }
}

impl From<Result<String, Error>> for Answer {
    fn from(answer: Result<String, Error>) -> Self {
        match answer {
            Ok(message) => Answer::Done(message),
            Err(error) => match error.refusal() {
                Some(refusal) => Answer::Refused(refusal.status.as_u16(), refusal.message.clone()),
                None => Answer::Failed(error.to_string()),
            },
        }
    }
}

impl Expected {
    fn is(&self, answer: &Answer) -> bool {
        match (self, answer) {
            (Expected::Done(words), Answer::Done(message)) => words == message,
            (Expected::Members, Answer::Done(members)) => {
                let lines: Vec<_> = members.lines().collect();
                lines.is_sorted() && lines.iter().all(|line| line.len() == 64)
            }
            (Expected::Refused(status, words), Answer::Refused(s, w)) => status == s && words == w,
            (Expected::RefusedAs(status, words), Answer::Refused(s, w)) => status == s && w.starts_with(words),
            _ => false,
        }
    }
}
