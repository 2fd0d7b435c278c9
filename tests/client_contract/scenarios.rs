use serde_json::{Value, json};
use zooid_client::emulator::Profile;

use crate::{
    names::Names,
    scenario::{
        Expected::{self, ErrorPrefix, Members, Success},
        Request::{self, Create, Delete, Members as ListMembers, Patch, Replace},
        Scenario, error,
    },
};

const CREATED: Expected = Success("relay created successfully");
const UPDATED: Expected = Success("relay updated successfully");
const PATCHED: Expected = Success("relay patched successfully");
const DELETED: Expected = Success("relay deleted successfully");

/// Returns the scenarios of a version of zooid.
pub fn scenarios(names: &Names, profile: Profile) -> Vec<Scenario> {
    let mut scenarios = vec![
        life(names),
        unknown(names),
        in_use(names),
        itself(names),
        every_section(names),
        roles(names),
        fields_on_creation(names, profile),
        fields_on_change(names),
        media(names, profile),
        members(names, profile),
    ];
    // Old zooid accepts these configurations, and they terminate its process at every start.
    if profile == Profile::Current {
        scenarios.extend([odd_schema(names), no_owner(names)]);
    }
    scenarios
}

fn scenario(name: &'static str, steps: Vec<(Request, Expected)>) -> Scenario {
    Scenario { name, steps }
}

/// Returns the configuration of `name` with `more` merged into its sections.
fn with(names: &Names, name: &str, more: Value) -> Value {
    let mut json = names.json(name);
    for (key, value) in more.as_object().unwrap() {
        match (json[key].as_object_mut(), value) {
            (Some(section), Value::Object(more)) => section.extend(more.clone()),
            _ => json[key] = value.clone(),
        }
    }
    json
}

fn life(names: &Names) -> Scenario {
    let (id, config) = (names.id("life"), names.json("life"));
    let exists = || error(409, "relay with this id already exists");
    scenario(
        "a relay is created, changed and deleted",
        vec![
            (Create(id.clone(), config.clone()), CREATED),
            (Create(id.clone(), config.clone()), exists()),
            (Create(id.clone(), with(names, "life", json!({ "host": "" }))), exists()),
            (Patch(id.clone(), json!({ "info": { "name": "Life" } })), PATCHED),
            (Patch(id.clone(), json!({})), PATCHED),
            (Replace(id.clone(), config.clone()), UPDATED),
            (Patch(id.clone(), json!({ "inactive": true })), PATCHED),
            (Delete(id.clone()), DELETED),
            (Delete(id.clone()), error(404, "relay not found")),
            (Create(id.clone(), config), CREATED),
            (Delete(id), DELETED),
        ],
    )
}

fn unknown(names: &Names) -> Scenario {
    let id = names.id("unknown");
    let not_found = || error(404, "relay not found");
    scenario(
        "an unknown relay is not found",
        vec![
            (Patch(id.clone(), json!({ "inactive": true })), not_found()),
            (Patch(id.clone(), json!({ "host": "" })), not_found()),
            (Replace(id.clone(), names.json("unknown")), not_found()),
            (
                Replace(id.clone(), with(names, "unknown", json!({ "secret": "" }))),
                not_found(),
            ),
            (Delete(id), not_found()),
        ],
    )
}

fn in_use(names: &Names) -> Scenario {
    let (first, second) = (names.id("first"), names.id("second"));
    let schema = || error(409, format!("schema {:?} is already in use", names.schema("first")));
    let host = || error(409, format!("host {:?} is already in use", names.host("first")));
    let same_schema = json!({ "schema": names.schema("first") });
    let same_host = json!({ "host": names.host("first") });
    scenario(
        "a schema and a host are unique",
        vec![
            (Create(first.clone(), names.json("first")), CREATED),
            (Create(second.clone(), names.json("first")), schema()),
            (
                Create(second.clone(), with(names, "second", same_schema.clone())),
                schema(),
            ),
            (Create(second.clone(), with(names, "second", same_host.clone())), host()),
            (Create(second.clone(), names.json("second")), CREATED),
            (
                Replace(second.clone(), with(names, "second", same_schema.clone())),
                schema(),
            ),
            (
                Replace(second.clone(), with(names, "second", same_host.clone())),
                host(),
            ),
            (Patch(second.clone(), same_schema), schema()),
            (Patch(second.clone(), same_host.clone()), host()),
            (Delete(first), DELETED),
            (Patch(second.clone(), same_host), PATCHED),
            (Delete(second), DELETED),
        ],
    )
}

fn itself(names: &Names) -> Scenario {
    let (id, config) = (names.id("itself"), names.json("itself"));
    let own = json!({ "host": names.host("itself"), "schema": names.schema("itself") });
    scenario(
        "a relay does not conflict with itself",
        vec![
            (Create(id.clone(), config.clone()), CREATED),
            (Replace(id.clone(), config), UPDATED),
            (Patch(id.clone(), own), PATCHED),
            (Delete(id), DELETED),
        ],
    )
}

fn every_section(names: &Names) -> Scenario {
    let id = names.id("sections");
    let owner = names.json("sections")["info"]["pubkey"].clone();
    let config = with(
        names,
        "sections",
        json!({
            "inactive": true,
            "info": { "name": "All", "icon": "https://icon.invalid/i.png", "description": "All of it, é \"quoted\"" },
            "policy": { "public_read": true, "public_write": true, "public_join": true, "strip_signatures": true },
            "groups": { "enabled": true },
            "management": { "enabled": true },
            "push": { "enabled": true },
            "blossom": { "enabled": true, "authenticated_read": true },
            "livekit": { "server_url": "wss://l.invalid", "api_key": "key", "api_secret": "secret" },
            "roles": { "admin": { "pubkeys": [owner], "can_invite": true, "can_manage": true } },
        }),
    );
    let off = json!({ "livekit": { "server_url": "", "api_key": "", "api_secret": "" } });
    scenario(
        "every section is accepted",
        vec![
            (Create(id.clone(), config.clone()), CREATED),
            (Replace(id.clone(), config), UPDATED),
            (Patch(id.clone(), off), PATCHED),
            (Delete(id), DELETED),
        ],
    )
}

fn roles(names: &Names) -> Scenario {
    let id = names.id("roles");
    let owner = names.json("roles")["info"]["pubkey"].clone();
    let helper = json!({ "roles": { "helper": { "pubkeys": [owner], "can_invite": true } } });
    scenario(
        "roles are added and removed",
        vec![
            (Create(id.clone(), with(names, "roles", helper.clone())), CREATED),
            (Patch(id.clone(), json!({ "roles": { "helper": null } })), PATCHED),
            (
                Patch(id.clone(), json!({ "roles": { "helper": null, "nobody": null } })),
                PATCHED,
            ),
            (Patch(id.clone(), helper), PATCHED),
            (Delete(id), DELETED),
        ],
    )
}

fn fields_on_creation(names: &Names, profile: Profile) -> Scenario {
    let id = names.id("fields");
    let wrong = [
        (
            json!({ "host": "", "schema": "", "secret": "0", "info": { "pubkey": "x" } }),
            "host is required",
        ),
        (
            json!({ "schema": "", "secret": "0", "info": { "pubkey": "x" } }),
            "schema is required",
        ),
        (
            json!({ "secret": "0", "info": { "pubkey": "x" } }),
            "invalid secret key: ",
        ),
        (json!({ "secret": "a".repeat(65) }), "invalid secret key: "),
        (json!({ "secret": "0".repeat(64) }), "invalid secret key: "),
        (json!({ "info": { "pubkey": "x" } }), "invalid info.pubkey: "),
        (json!({ "info": { "pubkey": "f".repeat(64) } }), "invalid info.pubkey: "),
    ];
    let without_secret = match profile {
        Profile::Old => "secret is required",
        Profile::Current => "invalid secret key: ",
    };
    let mut steps: Vec<_> = wrong
        .into_iter()
        .chain([(json!({ "secret": "" }), without_secret)])
        .map(|(more, words)| (Create(id.clone(), with(names, "fields", more)), ErrorPrefix(400, words)))
        .collect();
    let short_secret = with(names, "fields", json!({ "secret": "abc" }));
    steps.extend([(Create(id.clone(), short_secret), CREATED), (Delete(id), DELETED)]);
    scenario("the first wrong field of a new relay is named", steps)
}

fn fields_on_change(names: &Names) -> Scenario {
    let id = names.id("change");
    let mut steps = vec![(Create(id.clone(), names.json("change")), CREATED)];
    for (wrong, words) in [
        (json!({ "host": "", "schema": "" }), "host is required"),
        (json!({ "schema": "", "secret": "0" }), "schema is required"),
        (
            json!({ "secret": "0", "info": { "pubkey": "x" } }),
            "invalid secret key: ",
        ),
        (json!({ "info": { "pubkey": "x" } }), "invalid info.pubkey: "),
    ] {
        let replace = Replace(id.clone(), with(names, "change", wrong.clone()));
        steps.extend([
            (replace, ErrorPrefix(400, words)),
            (Patch(id.clone(), wrong), ErrorPrefix(400, words)),
        ]);
    }
    steps.push((Delete(id), DELETED));
    scenario("the first wrong field of a change is named", steps)
}

fn media(names: &Names, profile: Profile) -> Scenario {
    let id = names.id("media");
    let s3 = |[bucket, region, access_key, secret_key]: [&str; 4]| {
        let s3 = json!({
            "bucket": bucket, "region": region, "access_key": access_key, "secret_key": secret_key,
        });
        Patch(id.clone(), json!({ "blossom": { "adapter": "s3", "s3": s3 } }))
    };
    let missing = |field: &str| match profile {
        Profile::Old => PATCHED,
        Profile::Current => error(
            400,
            format!("blossom.s3.{field} is required when blossom.adapter is s3"),
        ),
    };
    scenario(
        "media on S3 requires four fields in current zooid",
        vec![
            (Create(id.clone(), names.json("media")), CREATED),
            (s3(["", "", "", ""]), missing("bucket")),
            (s3(["b", "", "", ""]), missing("region")),
            (s3(["b", "r", "", ""]), missing("access_key")),
            (s3(["b", "r", "a", ""]), missing("secret_key")),
            (s3(["b", "r", "a", "s"]), PATCHED),
            (Delete(id.clone()), DELETED),
        ],
    )
}

fn odd_schema(names: &Names) -> Scenario {
    let (id, odd) = (names.id("schema"), format!("{}-Odd", names.schema("schema")));
    let words = "schema must contain only lowercase letters, numbers, and underscores";
    scenario(
        "a schema has only lower-case letters, numbers and underscores",
        vec![(
            Create(id, with(names, "schema", json!({ "schema": odd }))),
            error(400, words),
        )],
    )
}

fn no_owner(names: &Names) -> Scenario {
    let id = names.id("ownerless");
    let expected = ErrorPrefix(400, "invalid info.pubkey: ");
    scenario(
        "a relay requires an owner",
        vec![(
            Create(id, with(names, "ownerless", json!({ "info": { "pubkey": "" } }))),
            expected,
        )],
    )
}

fn members(names: &Names, profile: Profile) -> Scenario {
    let (id, nobody) = (names.id("members"), names.id("nobody"));
    let (of_relay, of_nobody) = match profile {
        Profile::Old => (error(405, "method not allowed"), error(405, "method not allowed")),
        Profile::Current => (Members, error(404, "relay not found")),
    };
    scenario(
        "members are listed by current zooid",
        vec![
            (ListMembers(nobody), of_nobody),
            (Create(id.clone(), names.json("members")), CREATED),
            (ListMembers(id.clone()), of_relay),
            (Delete(id), DELETED),
        ],
    )
}
