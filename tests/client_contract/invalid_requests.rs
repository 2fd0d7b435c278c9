//! Requests that are rejected before they are sent.

use zooid_client::{
    ErrorKind, RelayId,
    emulator::Emulator,
    types::{InfoPatch, RelayPatch},
};

const MIB: usize = 1024 * 1024;

#[test]
fn an_id_that_needs_escaping_is_invalid() {
    for id in [
        "",
        ".",
        "..",
        "a/b",
        "a b",
        "a%62",
        "é",
        "a?b",
        "a#b",
        "a\\b",
        "a\n",
        "a:b",
        "a+b",
        &"a".repeat(201),
    ] {
        assert!(id.parse::<RelayId>().is_err(), "{id:?}");
        assert!(serde_json::from_value::<RelayId>(id.into()).is_err(), "{id:?}");
    }
}

#[tokio::test]
async fn a_valid_id_is_sent_unchanged() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let client = zooid.client().unwrap();
    let longest = "a".repeat(200);
    for id in ["a", "A-1", "a.b_c~d-e", "...", ".hidden", "members", longest.as_str()] {
        let error = client.delete_relay(&id.parse().unwrap()).await.unwrap_err();
        assert!(error.not_found(), "{error}");
        assert_eq!(zooid.requests().last().unwrap().path, format!("/relay/{id}"));
    }
}

/// Returns a patch with a body of this length in bytes.
fn patch_of(length: usize) -> RelayPatch {
    let patch = |name: String| RelayPatch {
        info: Some(InfoPatch {
            name: Some(name.into()),
            ..InfoPatch::default()
        }),
        ..RelayPatch::default()
    };
    let frame = serde_json::to_vec(&patch(String::new())).unwrap().len();
    patch("a".repeat(length - frame))
}

#[tokio::test]
async fn a_body_over_1_mib_is_invalid_and_not_sent() {
    let zooid = Emulator::builder().record_requests().start().await.unwrap();
    let client = zooid.client().unwrap();
    let id = "alice".parse().unwrap();
    let error = client.patch_relay(&id, &patch_of(MIB + 1)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::InvalidRequest(_)));
    assert!(error.invalid() && !error.is_transient());
    let text = "cannot patch relay alice: the body has 1048577 bytes, but zooid accepts at most 1048576";
    assert_eq!(error.to_string(), text);
    assert!(zooid.requests().is_empty());

    assert!(client.patch_relay(&id, &patch_of(MIB)).await.unwrap_err().not_found());
    assert_eq!(zooid.requests().len(), 1);
}
