use contract_tests::{nip98::Authorization, openapi, relay};
use reqwest::{Method, RequestBuilder, header::HeaderMap, redirect::Policy};
use serde_json::Value;
use zooid_client::emulator::{Emulator, EmulatorBuilder, Profile, http_client};

pub const BOTH: [Profile; 2] = [Profile::Old, Profile::Current];

/// An emulator and an HTTP client for it.
pub struct TestApi {
    pub zooid: Emulator,
    http: reqwest::Client,
}

/// A response as received.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub content_type: String,
    pub headers: HeaderMap,
    pub text: String,
}

impl TestApi {
    pub async fn current() -> TestApi {
        TestApi::of(Profile::Current).await
    }

    pub async fn of(profile: Profile) -> TestApi {
        TestApi::start(Emulator::builder().profile(profile)).await
    }

    pub async fn start(builder: EmulatorBuilder) -> TestApi {
        TestApi {
            zooid: builder.start().await.unwrap(),
            http: http_client().redirect(Policy::none()).build().unwrap(),
        }
    }

    /// Starts an emulator with a relay `alice`.
    pub async fn with_alice(profile: Profile) -> TestApi {
        let api = TestApi::of(profile).await;
        api.create("alice").await;
        api
    }

    /// Creates a relay with the host and schema of [`config`].
    pub async fn create(&self, id: &str) {
        let response = self.send("POST", &format!("/relay/{id}"), &config(id)).await;
        response.assert(201, "relay created successfully");
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.zooid.url())
    }

    pub fn authorization(&self, method: &str, path: &str) -> Authorization {
        Authorization::of(self.zooid.keys(), method, &self.url(path))
    }

    /// Sends a signed request with a body.
    pub async fn send(&self, method: &str, path: &str, body: &Value) -> Response {
        self.send_bytes(method, path, body.to_string().into_bytes()).await
    }

    pub async fn send_bytes(&self, method: &str, path: &str, body: Vec<u8>) -> Response {
        let header = self.authorization(method, path).header();
        let request = self.request(method, path).header("authorization", header);
        described(method, path, request.body(body)).await
    }

    /// Sends a signed request without a body.
    pub async fn send_empty(&self, method: &str, path: &str) -> Response {
        self.send_bytes(method, path, Vec::new()).await
    }

    /// Sends a request with this `Authorization` header and a valid body.
    pub async fn send_with_header(&self, header: &str, method: &str, path: &str) -> Response {
        let request = self.request(method, path).header("authorization", header);
        described(method, path, request.body(config("alice").to_string())).await
    }

    /// Returns the NIP-11 document of a host, or `None` if no relay is served.
    pub async fn document(&self, host: &str) -> Option<Value> {
        let response = self.request_document(host).await;
        (response.status == 200).then(|| response.json())
    }

    pub async fn request_document(&self, host: &str) -> Response {
        let request = self.request("GET", "/").header("host", host);
        described("GET", "/", request.header("accept", "application/nostr+json")).await
    }

    /// Returns the name in the document of a host, empty if absent, or `None` if no relay is served.
    pub async fn served_name(&self, host: &str) -> Option<String> {
        let document = self.document(host).await?;
        Some(document["name"].as_str().unwrap_or_default().to_owned())
    }

    /// Changes the name of `alice`.
    pub async fn rename(&self, name: &str) -> Response {
        let patch = serde_json::json!({ "info": { "name": name } });
        self.send("PATCH", "/relay/alice", &patch).await
    }

    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        self.http.request(method, self.url(path))
    }
}

impl Response {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or(Value::Null)
    }

    /// Returns the `message` or the `error` of the response.
    pub fn words(&self) -> String {
        let json = self.json();
        let words = json.get("message").or_else(|| json.get("error"));
        words.and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub fn assert(&self, status: u16, words: &str) {
        assert_eq!((self.status, self.words().as_str()), (status, words));
        let key = if status < 400 { "message" } else { "error" };
        assert_eq!(self.json(), serde_json::json!({ key: words }));
        assert_eq!(self.content_type, "application/json");
    }

    /// Asserts a plain-text response of Go.
    #[track_caller]
    pub fn assert_plain(&self, status: u16, text: &str) {
        assert_eq!((self.status, self.text.as_str()), (status, text));
        assert_eq!(self.content_type, "text/plain; charset=utf-8");
        assert_eq!(self.headers["x-content-type-options"], "nosniff");
    }

    /// Asserts the start of a message that ends in a text of Go.
    #[track_caller]
    pub fn assert_starts(&self, status: u16, words: &str) {
        assert_eq!(self.status, status, "{}", self.text);
        assert!(
            self.words().starts_with(words),
            "{:?} does not begin with {words:?}",
            self.words()
        );
    }
}

/// Sends a request and validates the response, if the description has the operation.
pub async fn described(method: &str, path: &str, request: RequestBuilder) -> Response {
    let response = sent(request).await;
    if openapi::describes(method, path) {
        openapi::assert_response(method, path, response.status, &response.json());
    }
    response
}

/// Sends a request that does not reach zooid's code, so that the description has no response for it.
pub async fn sent(request: RequestBuilder) -> Response {
    let response = request.send().await.unwrap();
    let headers = response.headers().clone();
    Response {
        status: response.status().as_u16(),
        content_type: headers["content-type"].to_str().unwrap().to_owned(),
        headers,
        text: response.text().await.unwrap(),
    }
}

/// Returns a configuration whose host and schema derive from the relay id.
pub fn config(id: &str) -> Value {
    relay::config(&format!("{id}.example"), &id.replace('-', "_"))
}

/// Returns the configuration of `alice` with a changed value; `null` removes it.
pub fn config_with(pointer: &str, value: Value) -> Value {
    let mut config = config("alice");
    set(&mut config, pointer, value);
    config
}

/// Sets a value, and creates the objects on its path.
pub fn set(json: &mut Value, pointer: &str, value: Value) {
    let keys = pointer.strip_prefix('/').unwrap().split('/');
    let place = keys.fold(json, |at, key| &mut at[key]);
    *place = value;
}
