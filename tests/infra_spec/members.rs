//! `pub struct Infra`, its members, and `pub fn new`.

use std::{env, process::Command};

use contract_tests::rows::Rows;
use infra_sync::{Config, ConfigError, Infra};
use nostr::{key::SecretKey, nips::nip19::ToBech32};

const KEY: &str = "0000000000000000000000000000000000000000000000000000000000000003";

fn nsec() -> String {
    SecretKey::parse(KEY).unwrap().to_bech32().unwrap()
}

fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let vars = [
        &[("ZOOID_API_URL", " https://zooid.example/ "), ("ZOOID_API_SECRET", KEY)],
        vars,
    ]
    .concat();
    Config::from_vars(|name| {
        let set = vars.iter().rev().find(|(known, _)| *known == name);
        set.map(|(_, value)| Ok((*value).to_owned()))
    })
}

fn infra(vars: &[(&str, &str)]) -> Infra<Rows, Rows> {
    let (rows, _) = Rows::with_capacity(1);
    Infra::with_config(rows.clone(), rows, config(vars).unwrap()).unwrap()
}

const S3: [(&str, &str); 4] = [
    ("BLOSSOM_S3_REGION", " eu "),
    ("BLOSSOM_S3_BUCKET", "media"),
    ("BLOSSOM_S3_ACCESS_KEY", "access"),
    ("BLOSSOM_S3_SECRET_KEY", "hidden"),
];

#[test]
fn api_url_is_zooid_api_url() {
    assert_eq!(infra(&[]).api_url(), "https://zooid.example");
}

#[test]
fn blossom_s3_is_from_its_variables_trimmed() {
    let infra = infra(&S3);
    let s3 = infra.blossom_s3().unwrap();
    assert_eq!(
        (s3.region.as_str(), s3.bucket.as_str(), &s3.endpoint),
        ("eu", "media", &None)
    );
    assert_eq!((s3.access_key.expose(), s3.secret_key.expose()), ("access", "hidden"));
}

#[test]
fn blossom_s3_is_none_unless_region_bucket_access_key_and_secret_are_all_non_empty_after_trim() {
    assert!(infra(&[]).blossom_s3().is_none());
    for missing in 0..S3.len() {
        let mut vars = S3;
        vars[missing].1 = "  ";
        assert!(infra(&vars).blossom_s3().is_none(), "without {}", vars[missing].0);
    }
}

#[test]
fn query_and_command_are_what_was_given() {
    let infra = infra(&[]);
    assert_eq!(infra.query().relay("alice"), None);
    assert_eq!(infra.command().listeners(), 0);
}

#[test]
fn the_key_is_read_in_hex_and_as_nsec() {
    let hex = config(&[("ZOOID_API_SECRET", KEY)]).unwrap();
    let nsec = config(&[("ZOOID_API_SECRET", &nsec())]).unwrap();
    assert_eq!(hex.keys.public_key(), nsec.keys.public_key());
}

#[test]
fn retries_are_read_as_durations_or_seconds() {
    let vars = [
        ("INFRA_RETRY_BASE", "1500ms"),
        ("INFRA_RETRY_CAP", "90"),
        ("INFRA_RETRY_MAX", "3"),
    ];
    let retry = config(&vars).unwrap().retry;
    assert_eq!(
        (retry.base.as_millis(), retry.cap.as_secs(), retry.max_attempts),
        (1500, 90, 3)
    );
}

#[test]
fn every_bad_variable_is_listed_at_once() {
    let vars = [
        ("ZOOID_API_URL", "zooid.example"),
        ("ZOOID_API_SECRET", "not a key"),
        ("INFRA_RETRY_BASE", "soon"),
        ("INFRA_RETRY_CAP", "0"),
        ("INFRA_RETRY_MAX", "0"),
    ];
    let error = config(&vars).unwrap_err();
    let named: Vec<_> = error.problems().iter().map(|p| p.split(':').next().unwrap()).collect();
    assert_eq!(named, vars.map(|(name, _)| name));
}

#[test]
fn no_secret_is_in_what_debug_shows() {
    let vars = [
        &S3[..],
        &[
            ("LIVEKIT_URL", "u"),
            ("LIVEKIT_API_KEY", "hidden"),
            ("LIVEKIT_API_SECRET", "hidden"),
        ],
    ];
    let shown = format!("{:?}", config(&vars.concat()).unwrap());
    for secret in [KEY, "hidden", "access\""] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

/// Not a test of its own: what the tests below run in a process with an environment of its own.
#[test]
fn new_in_a_process_of_its_own() {
    if env::var_os("NEW_IN_A_PROCESS_OF_ITS_OWN").is_some() {
        let (rows, _) = Rows::with_capacity(1);
        println!("api_url is {}", Infra::new(rows.clone(), rows).api_url());
    }
}

fn new_with(vars: &[(&str, &str)]) -> (bool, String) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "members::new_in_a_process_of_its_own"])
        .env_clear()
        .envs(vars.iter().copied())
        .env("NEW_IN_A_PROCESS_OF_ITS_OWN", "1")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn new_reads_the_environment() {
    let (built, output) = new_with(&[
        ("ZOOID_API_URL", "http://127.0.0.1:3334"),
        ("ZOOID_API_SECRET", &nsec()),
    ]);
    assert!(built && output.contains("api_url is http://127.0.0.1:3334"), "{output}");
}

#[test]
fn new_panics_with_every_bad_variable() {
    let (built, output) = new_with(&[("ZOOID_API_SECRET", "hunter2")]);
    assert!(!built);
    assert!(
        output.contains("ZOOID_API_URL: missing") && output.contains("ZOOID_API_SECRET: not a nostr secret key"),
        "{output}"
    );
    assert!(!output.contains("hunter2"), "a value may be a secret");
}
