use crate::{names::Names, scenarios::scenarios, signatures, target::Target};

/// Runs the contract against a server, and deletes all relays afterwards, even after a panic.
pub async fn assert_holds(target: Target) {
    let names = std::sync::Arc::new(Names::random());
    // A panic in another task does not prevent the cleanup.
    let trial = tokio::spawn(failures(target.clone(), std::sync::Arc::clone(&names))).await;
    for id in names.used() {
        let _ = target.client.delete_relay(&id).await;
    }
    let failures = trial.unwrap();
    assert!(
        failures.is_empty(),
        "{} does not satisfy the contract of {:?} zooid: {failures:#?}",
        target.url,
        target.profile
    );
    assert_no_relay_is_left(&target, &names).await;
}

async fn failures(target: Target, names: std::sync::Arc<Names>) -> Vec<String> {
    let mut failures = signatures::failures(&target, &names).await;
    for scenario in scenarios(&names, target.profile) {
        failures.extend(scenario.run(&target).await.err());
    }
    let error = target
        .other_key_client()
        .delete_relay(&names.id("life"))
        .await
        .unwrap_err();
    if !error.not_allowed() {
        failures.push(format!(
            "expected an error for a key that is not whitelisted, not {error}"
        ));
    }
    failures
}

async fn assert_no_relay_is_left(target: &Target, names: &Names) {
    for id in names.used() {
        let error = target.client.delete_relay(&id).await.unwrap_err();
        assert!(error.not_found(), "{error}");
    }
}
