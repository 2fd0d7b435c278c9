use contract_tests::{
    openapi::{self, assert_request_body, assert_response},
    relay,
};
use serde_json::json;

#[test]
fn every_example_matches_its_schema() {
    let examples = openapi::examples();
    assert!(examples.len() > 20, "only {} examples found", examples.len());
    for (place, schema, example) in examples {
        let faults = openapi::faults(&schema, &example);
        assert!(faults.is_empty(), "{place}: {faults:#?}");
    }
}

#[test]
fn the_description_has_exactly_five_operations() {
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        assert!(openapi::describes(method, "/relay/alice"), "{method}");
        assert!(!openapi::describes(method, "/relay/alice/members"), "{method}");
    }
    assert!(openapi::describes("GET", "/relay/alice/members"));
    assert!(!openapi::describes("GET", "/relay/alice"));
    assert!(!openapi::describes("POST", "/relay/"));
    assert!(!openapi::describes("POST", "/relay"));
}

#[test]
fn an_operation_without_a_body_has_no_bad_request() {
    for (method, path) in [("DELETE", "/relay/alice"), ("GET", "/relay/alice/members")] {
        let described = std::panic::catch_unwind(|| {
            assert_response(method, path, 400, &json!({ "error": "host is required" }));
        });
        assert!(described.is_err(), "{method} {path}");
    }
}

#[test]
fn a_patch_may_remove_a_role_but_not_the_host() {
    assert_request_body("PATCH", "/relay/alice", &json!({ "roles": { "helper": null } }));
    let refused = std::panic::catch_unwind(|| {
        assert_request_body("PATCH", "/relay/alice", &json!({ "host": null }));
    });
    assert!(refused.is_err());
}

#[test]
#[should_panic(expected = "does not list the response 418")]
fn an_undescribed_response_fails() {
    assert_response("DELETE", "/relay/alice", 418, &json!({ "error": "I'm a teapot" }));
}

#[test]
#[should_panic(expected = "does not list GET /relay/alice")]
fn an_undescribed_operation_fails() {
    assert_response("GET", "/relay/alice", 200, &json!({}));
}

#[test]
#[should_panic(expected = "is not as described")]
fn a_response_that_does_not_match_its_schema_fails() {
    assert_response(
        "POST",
        "/relay/alice",
        201,
        &json!({ "error": "relay created successfully" }),
    );
}

#[test]
#[should_panic(expected = "is not as described")]
fn a_configuration_without_a_secret_fails() {
    let mut config = relay::config("alice.example", "alice");
    config.as_object_mut().unwrap().remove("secret");
    assert_request_body("POST", "/relay/alice", &config);
}
