//! A row as either engine gives it, and the statements that both understand.

use std::time::Duration;

use infra_sync::{Activity, Relay, SETTLE_TIME, SyncRecord, zooid_client::Secret};
use sqlx::{ColumnIndex, Database, Decode, Encode, Row, Type, query::Query};

use super::{ActivityRecord, RelayState, RelayView};

/// Named one by one, since PostgreSQL would give an older program that still runs the columns of a newer one. `$now` is the
/// engine's time in unix milliseconds.
macro_rules! columns_at {
    ($($now:tt)*) => {
        concat!("id, tenant_pubkey, schema, secret, subdomain, zooid_domain, custom_domain, custom_domain_verified, plan_id, \
         status, sync_error, synced, info_name, info_icon, info_description, policy_public_read, policy_public_write, \
         policy_public_join, policy_strip_signatures, groups_enabled, management_enabled, blossom_enabled, \
         livekit_enabled, push_enabled, members_can_invite, version, synced_version, sync_failures, given_up, accepted, \
         next_attempt_at, synced_host, deleted, unsettled_until - ", $($now)*, " AS unsettled_for")
    };
}

/// What [`to_sync`] lists must be said in the words of the index.
macro_rules! pending {
    () => {
        "(synced_version < version OR sync_error <> '')"
    };
}

/// What [`INSERT`] leaves out.
macro_rules! restore_at {
    ($($now:tt)*) => {
        concat!(
            "UPDATE relay SET version = $2, synced_version = $3, sync_error = $4, sync_failures = $5, given_up = $6, \
             accepted = $7, next_attempt_at = $8, deleted = $9, unsettled_until = ",
            $($now)*,
            " + $10, synced_host = $11 WHERE id = $1"
        )
    };
}
pub(super) use {columns_at, pending, restore_at};

pub(super) const IDS: &str = "SELECT id FROM relay ORDER BY id";
pub(super) const HAS_WORK: &str = concat!(
    "SELECT EXISTS (SELECT 1 FROM relay WHERE ",
    pending!(),
    " AND NOT given_up)"
);
pub(super) const ACTIVITIES_AFTER: &str = "SELECT seq, id, tenant_pubkey, created_at, activity_type, resource_type, \
     resource_id FROM activity WHERE seq > $1 ORDER BY seq LIMIT $2";
pub(super) const LATEST_ACTIVITIES: &str = "SELECT seq, id, tenant_pubkey, created_at, activity_type, resource_type, \
     resource_id FROM activity ORDER BY seq DESC LIMIT $1";
pub(super) const LAST_SEQ: &str = "SELECT coalesce(max(seq), 0) FROM activity";
pub(super) const RECORD: &str = "INSERT INTO activity (activity_type, tenant_pubkey, resource_id) VALUES ($1, $2, $3)";

pub(super) const INSERT: &str = "INSERT INTO relay
    (id, tenant_pubkey, subdomain, zooid_domain, custom_domain, custom_domain_verified, plan_id, status, info_name,
     info_icon, info_description, policy_public_read, policy_public_write, policy_public_join, policy_strip_signatures,
     groups_enabled, management_enabled, blossom_enabled, livekit_enabled, push_enabled, members_can_invite, host,
     schema, secret, synced)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
            $25)";

/// A change starts the counting of failures anew, and is due at once.
pub(super) const UPDATE: &str = "UPDATE relay SET
    tenant_pubkey = $2, subdomain = $3, zooid_domain = $4, custom_domain = $5, custom_domain_verified = $6,
    plan_id = $7, status = $8, info_name = $9, info_icon = $10, info_description = $11, policy_public_read = $12,
    policy_public_write = $13, policy_public_join = $14, policy_strip_signatures = $15, groups_enabled = $16,
    management_enabled = $17, blossom_enabled = $18, livekit_enabled = $19, push_enabled = $20, members_can_invite = $21,
    host = $22, version = version + 1, sync_error = '', sync_failures = 0, given_up = FALSE, next_attempt_at = NULL
    WHERE id = $1";

/// A deletion is a change, too.
pub(super) const MARK_DELETED: &str = "UPDATE relay SET deleted = TRUE, version = version + 1, sync_error = '',
    sync_failures = 0, given_up = FALSE, next_attempt_at = NULL WHERE id = $1";
pub(super) const RECORD_AGAIN: &str = "INSERT INTO activity
    (id, tenant_pubkey, created_at, activity_type, resource_type, resource_id) VALUES ($1, $2, $3, $4, $5, $6)";

/// What [`INSERT`] says.
pub(super) fn bind_all<'q, DB>(sql: &'static str, relay: &Relay) -> Query<'q, DB, DB::Arguments>
where
    DB: Database,
    for<'e> String: Encode<'e, DB> + Type<DB>,
    for<'e> Option<String>: Encode<'e, DB> + Type<DB>,
    for<'e> bool: Encode<'e, DB> + Type<DB>,
    for<'e> i64: Encode<'e, DB> + Type<DB>,
{
    bind(sql, relay)
        .bind(relay.schema.clone())
        .bind(relay.secret.as_ref().map(|secret| secret.expose().to_owned()))
        .bind(relay.synced)
}

/// What [`UPDATE`] says.
pub(super) fn bind<'q, DB>(sql: &'static str, relay: &Relay) -> Query<'q, DB, DB::Arguments>
where
    DB: Database,
    for<'e> String: Encode<'e, DB> + Type<DB>,
    for<'e> bool: Encode<'e, DB> + Type<DB>,
{
    sqlx::query(sql)
        .bind(relay.id.clone())
        .bind(relay.tenant_pubkey.clone())
        .bind(relay.subdomain.clone())
        .bind(relay.zooid_domain.clone())
        .bind(relay.custom_domain.clone())
        .bind(relay.custom_domain_verified)
        .bind(relay.plan_id.clone())
        .bind(relay.status.as_str().to_owned())
        .bind(relay.info_name.clone())
        .bind(relay.info_icon.clone())
        .bind(relay.info_description.clone())
        .bind(relay.policy_public_read)
        .bind(relay.policy_public_write)
        .bind(relay.policy_public_join)
        .bind(relay.policy_strip_signatures)
        .bind(relay.groups_enabled)
        .bind(relay.management_enabled)
        .bind(relay.blossom_enabled)
        .bind(relay.livekit_enabled)
        .bind(relay.push_enabled)
        .bind(relay.members_can_invite)
        .bind(relay.host())
}

/// Whole milliseconds, rounded up, so that nothing is taken to be settled too early.
pub(super) fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(i64::MAX)
}

pub(super) fn relay<R>(row: &R) -> sqlx::Result<Relay>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(Relay {
        id: row.try_get("id")?,
        tenant_pubkey: row.try_get("tenant_pubkey")?,
        schema: row.try_get("schema")?,
        secret: Some(Secret::from(row.try_get::<String, _>("secret")?)),
        subdomain: row.try_get("subdomain")?,
        zooid_domain: row.try_get("zooid_domain")?,
        custom_domain: row.try_get("custom_domain")?,
        custom_domain_verified: row.try_get("custom_domain_verified")?,
        plan_id: row.try_get("plan_id")?,
        status: row.try_get::<String, _>("status")?.into(),
        sync_error: row.try_get("sync_error")?,
        synced: row.try_get("synced")?,
        info_name: row.try_get("info_name")?,
        info_icon: row.try_get("info_icon")?,
        info_description: row.try_get("info_description")?,
        policy_public_read: row.try_get("policy_public_read")?,
        policy_public_write: row.try_get("policy_public_write")?,
        policy_public_join: row.try_get("policy_public_join")?,
        policy_strip_signatures: row.try_get("policy_strip_signatures")?,
        groups_enabled: row.try_get("groups_enabled")?,
        management_enabled: row.try_get("management_enabled")?,
        blossom_enabled: row.try_get("blossom_enabled")?,
        livekit_enabled: row.try_get("livekit_enabled")?,
        push_enabled: row.try_get("push_enabled")?,
        members_can_invite: row.try_get("members_can_invite")?,
        deleted: row.try_get("deleted")?,
        version: row.try_get("version")?,
        record: SyncRecord {
            version: row.try_get("synced_version")?,
            failures: row.try_get::<i64, _>("sync_failures")?.try_into().unwrap_or(u32::MAX),
            given_up: row.try_get("given_up")?,
            // What cannot be read is as good as unknown: the relay is sent once more.
            accepted: row
                .try_get::<Option<String>, _>("accepted")?
                .and_then(|digest| digest.parse().ok()),
            unsettled_for: row.try_get::<Option<i64>, _>("unsettled_for")?.and_then(left),
            host: row.try_get("synced_host")?,
        },
    })
}

/// What is left of a time, unless it has passed. A clock that was set back makes it no longer than it can be.
fn left(milliseconds: i64) -> Option<Duration> {
    let left = u64::try_from(milliseconds).ok().filter(|left| *left > 0)?;
    Some(Duration::from_millis(left).min(SETTLE_TIME))
}

pub(super) fn relay_view<R>(row: &R) -> sqlx::Result<RelayView>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> bool: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    let relay = relay(row)?;
    Ok(RelayView {
        up_to_date: relay.is_up_to_date(),
        sync_failures: relay.record.failures,
        state: RelayState::parse(&row.try_get::<String, _>("state")?)?,
        next_attempt_at: row.try_get("next_attempt_at")?,
        relay,
    })
}

pub(super) fn activity_record<R>(row: &R) -> sqlx::Result<ActivityRecord>
where
    R: Row,
    for<'c> &'c str: ColumnIndex<R>,
    for<'r> String: Decode<'r, R::Database> + Type<R::Database>,
    for<'r> i64: Decode<'r, R::Database> + Type<R::Database>,
{
    Ok(ActivityRecord {
        seq: row.try_get("seq")?,
        activity: Activity {
            id: row.try_get("id")?,
            tenant_pubkey: row.try_get("tenant_pubkey")?,
            created_at: row.try_get("created_at")?,
            activity_type: row.try_get::<String, _>("activity_type")?.into(),
            resource_type: row.try_get("resource_type")?,
            resource_id: row.try_get("resource_id")?,
        },
    })
}
