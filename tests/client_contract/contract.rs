use crate::{names::Names, scenarios::scenarios, signatures, target::Target};

/// Panics when the zooid does not answer as it should. Whatever happens, what was made is deleted.
pub async fn assert_holds(target: Target) {
    let names = std::sync::Arc::new(Names::random());
    // A panic in a task of its own does not keep the relays from being deleted.
    let trial = tokio::spawn(failures(target.clone(), std::sync::Arc::clone(&names))).await;
    for id in names.used() {
        let _ = target.client.delete_relay(&id).await;
    }
    let failures = trial.unwrap();
    assert!(
        failures.is_empty(),
        "{} is not a {:?} zooid: {failures:#?}",
        target.url,
        target.profile
    );
    assert_nothing_is_left(&target, &names).await;
}

async fn failures(target: Target, names: std::sync::Arc<Names>) -> Vec<String> {
    let mut failures = signatures::failures(&target, &names).await;
    for scenario in scenarios(&names, target.profile) {
        failures.extend(scenario.run(&target).await.err());
    }
    let other_key_client = target
        .other_key_client()
        .delete_relay(&names.id("life"))
        .await
        .unwrap_err();
    if !other_key_client.not_allowed() {
        failures.push(format!("a other_key_client is not allowed, yet: {other_key_client}"));
    }
    failures
}

async fn assert_nothing_is_left(target: &Target, names: &Names) {
    for id in names.used() {
        let error = target.client.delete_relay(&id).await.unwrap_err();
        assert!(error.not_found(), "{error}");
    }
}
