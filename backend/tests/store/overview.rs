use std::time::Duration;

use backend::store::{Filter, RelayState, Store, ZooidStatus};
use infra_sync::{Command, Digest, FailureKind, Query, Relay, SyncFailure, ZooidState};

use crate::{
    database::{Database, on_each_engine},
    relay, update,
};

on_each_engine! {
    every_relay_is_counted_in_one_state,
    relays_are_listed_by_state_and_by_what_is_in_their_id_or_host,
    the_soonest_attempt_comes_first,
    a_relay_s_history_is_its_own_and_newest_first,
    only_activity_older_than_asked_is_pruned,
    the_oldest_change_that_zooid_lacks_is_known,
    an_outage_is_known_with_its_cause,
    who_syncs_is_listed_where_several_may,
}

fn accepted() -> Digest {
    "ab".repeat(32).parse().unwrap()
}

async fn complete(store: &Store, id: &str) {
    let row = store.relay(id).await.unwrap();
    store.complete_relay_sync(&row, &accepted()).await.unwrap();
}

async fn fail(store: &Store, id: &str, kind: FailureKind, retry_in: Option<u64>) {
    let failure = SyncFailure {
        message: "zooid said no".to_owned(),
        kind,
        failures: 1,
        retry_in: retry_in.map(Duration::from_secs),
        unsettled_for: None,
    };
    let row = store.relay(id).await.unwrap();
    store.fail_relay_sync(&row, &failure).await.unwrap();
}

/// One relay in each state, called as the state is.
async fn one_of_each(database: &Database) -> Store {
    let store = database.open().await;
    for state in RelayState::ALL {
        store.create_relay(relay(state.as_str())).await.unwrap();
    }
    for id in ["synced", "pending"] {
        complete(&store, id).await;
    }
    let rename = |relay: &mut Relay| relay.info_name.push('!');
    update(&store, "pending", rename).await.unwrap();
    store.delete_relay("deleting").await.unwrap();
    fail(&store, "retrying", FailureKind::Retried, Some(600)).await;
    fail(&store, "gave_up", FailureKind::Permanent, None).await;
    store
}

async fn ids(store: &Store, filter: Filter) -> Vec<String> {
    let listed = store.relay_summaries(&filter, 100).await.unwrap();
    listed.into_iter().map(|relay| relay.id).collect()
}

async fn every_relay_is_counted_in_one_state(database: Database) {
    let store = one_of_each(&database).await;
    let counted = store.overview().await.unwrap().relays;
    assert_eq!(counted, RelayState::ALL.into_iter().map(|state| (state, 1)).collect());
    for state in RelayState::ALL {
        let filter = Filter {
            state: Some(state),
            ..Filter::default()
        };
        assert_eq!(ids(&store, filter).await, [state.as_str()]);
    }
}

async fn relays_are_listed_by_state_and_by_what_is_in_their_id_or_host(database: Database) {
    let store = one_of_each(&database).await;
    let custom = |relay: &mut Relay| {
        relay.custom_domain = "Chat.Example.org".to_owned();
        relay.custom_domain_verified = true;
    };
    update(&store, "new", custom).await.unwrap();
    let search = |text: &str| Filter {
        search: text.to_owned(),
        ..Filter::default()
    };
    assert_eq!(ids(&store, search("chat.EXAMPLE")).await, ["new"]);
    assert_eq!(ids(&store, search("SYNC")).await, ["synced"]);
    assert!(ids(&store, search("%")).await.is_empty(), "a text, not a pattern");

    let after = Filter {
        after: "gave_up".to_owned(),
        ..Filter::default()
    };
    assert_eq!(ids(&store, after).await, ["new", "pending", "retrying", "synced"]);
    assert_eq!(store.relay_summaries(&Filter::default(), 2).await.unwrap().len(), 2);
}

async fn the_soonest_attempt_comes_first(database: Database) {
    let store = one_of_each(&database).await;
    fail(&store, "new", FailureKind::Retried, Some(30)).await;
    let next = store.next_attempts(10).await.unwrap();
    let soonest: Vec<_> = next.iter().map(|relay| relay.id.as_str()).collect();
    assert_eq!(soonest, ["new", "retrying"]);
    assert!(next[0].next_attempt_at < next[1].next_attempt_at);
    assert_eq!((next[0].failures, next[0].error.as_str()), (1, "zooid said no"));
}

async fn a_relay_s_history_is_its_own_and_newest_first(database: Database) {
    let store = one_of_each(&database).await;
    let history = store.history("pending", 2).await.unwrap();
    let types: Vec<_> = history.iter().map(|activity| activity.activity_type.as_str()).collect();
    assert_eq!(types, ["update_relay", "complete_relay_sync"]);
    assert!(history.iter().all(|activity| activity.resource_id == "pending"));
}

async fn only_activity_older_than_asked_is_pruned(database: Database) {
    let store = one_of_each(&database).await;
    let all = database.count("SELECT count(*) FROM activity").await;
    assert_eq!(store.prune_activity(3600).await.unwrap(), 0);
    database
        .execute("UPDATE activity SET created_at = created_at - 7200 WHERE activity_type = 'create_relay'")
        .await;
    let created = database
        .count("SELECT count(*) FROM activity WHERE activity_type = 'create_relay'")
        .await;
    assert_eq!(store.prune_activity(3600).await.unwrap(), created.unsigned_abs());
    assert_eq!(database.count("SELECT count(*) FROM activity").await, all - created);
}

async fn the_oldest_change_that_zooid_lacks_is_known(database: Database) {
    let store = one_of_each(&database).await;
    database
        .execute("UPDATE activity SET created_at = 1000 WHERE resource_id IN ('synced', 'gave_up')")
        .await;
    for (sql, oldest) in [
        (
            "UPDATE activity SET created_at = 2000 WHERE resource_id = 'pending'",
            2000,
        ),
        (
            "UPDATE activity SET created_at = CASE activity_type WHEN 'delete_relay' THEN 1500 ELSE 1000 END
             WHERE resource_id = 'deleting'",
            1500,
        ),
    ] {
        database.execute(sql).await;
        assert_eq!(store.overview().await.unwrap().oldest_pending, Some(oldest));
    }
    for id in ["new", "pending", "retrying", "deleting"] {
        complete(&store, id).await;
    }
    assert_eq!(store.overview().await.unwrap().oldest_pending, None);
}

async fn an_outage_is_known_with_its_cause(database: Database) {
    let store = database.open().await;
    let status = store.zooid_status().await.unwrap();
    assert_eq!(status, ZooidStatus::Unknown { seen_at: None });
    let down = |cause: &str| ZooidState::Unavailable {
        cause: cause.to_owned(),
        next_heartbeat_in: Duration::from_secs(20),
    };
    store.zooid_changed(&down("it answers 502")).await.unwrap();
    database.execute("UPDATE zooid_contact SET since = since - 60").await;
    store.zooid_changed(&down("it answers 503")).await.unwrap();
    let status = store.overview().await.unwrap().zooid;
    let ZooidStatus::Down {
        cause,
        since,
        seen_at,
        next_heartbeat_at,
    } = status
    else {
        panic!("{status:?}");
    };
    assert_eq!(cause, "it answers 503");
    assert!(since > 1_700_000_000 && seen_at >= since + 60, "{since} {seen_at}");
    assert_eq!(next_heartbeat_at, seen_at + 20);
    store.zooid_changed(&ZooidState::Serving).await.unwrap();
    let status = store.zooid_status().await.unwrap();
    assert!(
        matches!(status, ZooidStatus::Up { since, .. } if since >= seen_at),
        "{status:?}"
    );
}

async fn who_syncs_is_listed_where_several_may(database: Database) {
    let store = database.open().await;
    store.create_relay(relay("alice")).await.unwrap();
    assert!(store.overview().await.unwrap().workers.is_empty());
    store.claim_relay("alice").await.unwrap();
    if database.location.file().is_some() {
        return assert!(store.overview().await.unwrap().workers.is_empty());
    }
    while store.overview().await.unwrap().workers.is_empty() {
        tokio::task::yield_now().await;
    }
    let other = database.open().await;
    let workers = other.overview().await.unwrap().workers;
    assert_eq!((workers.len(), workers[0].leases), (1, 1));
    assert!(workers[0].seen_at >= workers[0].started_at);
    store.close().await;
    assert!(other.overview().await.unwrap().workers.is_empty());
}
