//! Storage of media, which only current zooid can configure.

use contract_tests::openapi::assert_request_body;
use serde_json::{Value, json};
use zooid_client::emulator::Profile;

use crate::test_api::{TestApi, config_with};

const PATH: &str = "/relay/alice";

async fn post(profile: Profile, blossom: Value) -> crate::test_api::Response {
    let api = TestApi::of(profile).await;
    api.send("POST", PATH, &config_with("/blossom", blossom)).await
}

fn s3() -> Value {
    json!({ "bucket": "b", "region": "r", "access_key": "a", "secret_key": "s" })
}

#[tokio::test]
async fn the_default_adapter_is_local_and_is_stored() {
    for blossom in [
        json!({ "enabled": true }),
        json!({ "adapter": "" }),
        json!({ "adapter": "local" }),
    ] {
        let api = TestApi::current().await;
        api.send("POST", PATH, &config_with("/blossom", blossom))
            .await
            .assert(201, "relay created successfully");
        assert_eq!(api.zooid.config("alice").unwrap()["blossom"]["adapter"], "local");
        api.send("PATCH", PATH, &json!({ "blossom": { "adapter": null } }))
            .await
            .assert(200, "relay patched successfully");
        assert_eq!(api.zooid.config("alice").unwrap()["blossom"]["adapter"], "local");
    }
}

#[tokio::test]
async fn an_unknown_adapter_is_rejected() {
    for adapter in ["tape", "S3", "LOCAL"] {
        post(Profile::Current, json!({ "adapter": adapter }))
            .await
            .assert(400, "invalid blossom adapter");
    }
}

#[tokio::test]
async fn s3_requires_bucket_region_access_key_and_secret_key_in_this_order() {
    let mut have = json!({});
    for field in ["bucket", "region", "access_key", "secret_key"] {
        let words = format!("blossom.s3.{field} is required when blossom.adapter is s3");
        post(Profile::Current, json!({ "adapter": "s3", "s3": have }))
            .await
            .assert(400, &words);
        have[field] = json!("");
        post(Profile::Current, json!({ "adapter": "s3", "s3": have }))
            .await
            .assert(400, &words);
        have[field] = json!("x");
    }
    post(Profile::Current, json!({ "adapter": "s3", "s3": have }))
        .await
        .assert(201, "relay created successfully");
}

#[tokio::test]
async fn endpoint_and_key_prefix_are_optional() {
    let api = TestApi::current().await;
    let mut blossom = json!({ "enabled": true, "adapter": "s3", "s3": s3() });
    blossom["s3"]["endpoint"] = json!("https://s3.example");
    blossom["s3"]["key_prefix"] = json!("alice");
    let body = config_with("/blossom", blossom.clone());
    assert_request_body("POST", PATH, &body);
    api.send("POST", PATH, &body)
        .await
        .assert(201, "relay created successfully");
    blossom["authenticated_read"] = json!(false);
    assert_eq!(api.zooid.config("alice").unwrap()["blossom"], blossom);
}

#[tokio::test]
async fn s3_is_not_validated_with_the_local_adapter() {
    post(Profile::Current, json!({ "adapter": "local", "s3": { "bucket": "b" } }))
        .await
        .assert(201, "relay created successfully");
}

#[tokio::test]
async fn a_patch_that_leaves_s3_incomplete_is_rejected() {
    let api = TestApi::current().await;
    let body = config_with("/blossom", json!({ "adapter": "s3", "s3": s3() }));
    api.send("POST", PATH, &body)
        .await
        .assert(201, "relay created successfully");
    let patch = json!({ "blossom": { "s3": { "region": null } } });
    let words = "blossom.s3.region is required when blossom.adapter is s3";
    api.send("PATCH", PATH, &patch).await.assert(400, words);
    let patch = json!({ "blossom": { "adapter": "local", "s3": null } });
    api.send("PATCH", PATH, &patch)
        .await
        .assert(200, "relay patched successfully");
}

#[tokio::test]
async fn old_zooid_drops_unknown_fields_of_blossom() {
    let api = TestApi::of(Profile::Old).await;
    let body = config_with("/blossom", json!({ "enabled": true, "adapter": "tape", "s3": s3() }));
    api.send("POST", PATH, &body)
        .await
        .assert(201, "relay created successfully");
    assert_eq!(
        api.zooid.config("alice").unwrap()["blossom"],
        json!({ "enabled": true })
    );
}
