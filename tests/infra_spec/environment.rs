//! Tests of the environment variables that `Infra::new` reads.

use contract_tests::rows::Rows;
use infra_sync::{Config, ConfigError, Infra, RetryPolicy};
use nostr::{key::SecretKey, nips::nip19::ToBech32};

pub const KEY: &str = "0000000000000000000000000000000000000000000000000000000000000003";

pub const S3: [(&str, &str); 4] = [
    ("BLOSSOM_S3_REGION", " eu "),
    ("BLOSSOM_S3_BUCKET", "media"),
    ("BLOSSOM_S3_ACCESS_KEY", "access"),
    ("BLOSSOM_S3_SECRET_KEY", "hidden"),
];

pub const LIVEKIT: [(&str, &str); 3] = [
    ("LIVEKIT_URL", " wss://livekit.example "),
    ("LIVEKIT_API_KEY", "key"),
    ("LIVEKIT_API_SECRET", "hidden"),
];

pub fn nsec() -> String {
    SecretKey::parse(KEY).unwrap().to_bech32().unwrap()
}

/// Returns the configuration from the required variables and `vars`, which override them.
pub fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
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

fn problems(vars: &[(&str, &str)]) -> Vec<String> {
    config(vars).unwrap_err().problems().to_vec()
}

fn named(problems: &[String]) -> Vec<&str> {
    problems.iter().map(|p| p.split(':').next().unwrap()).collect()
}

#[test]
fn the_key_is_read_in_hex_and_as_nsec() {
    let hex = config(&[("ZOOID_API_SECRET", KEY)]).unwrap();
    let nsec = config(&[("ZOOID_API_SECRET", &format!(" {} ", nsec()))]).unwrap();
    assert_eq!(hex.keys.public_key(), nsec.keys.public_key());
}

#[test]
fn livekit_is_complete_and_trimmed_or_none() {
    let livekit = config(&LIVEKIT).unwrap().livekit.unwrap();
    assert_eq!(livekit.url, "wss://livekit.example");
    assert_eq!(
        (livekit.api_key.expose(), livekit.api_secret.expose()),
        ("key", "hidden")
    );
    assert!(config(&[]).unwrap().livekit.is_none());
    for missing in 0..LIVEKIT.len() {
        let mut vars = LIVEKIT;
        vars[missing].1 = " ";
        assert!(
            config(&vars).unwrap().livekit.is_none(),
            "without {}",
            LIVEKIT[missing].0
        );
    }
}

#[test]
fn retry_delays_are_durations_or_seconds() {
    let vars = [
        ("INFRA_RETRY_BASE", "1500ms"),
        ("INFRA_RETRY_CAP", " 90 "),
        ("INFRA_RETRY_MAX", "3"),
    ];
    let retry = config(&vars).unwrap().retry;
    assert_eq!(
        (retry.base.as_millis(), retry.cap.as_secs(), retry.max_attempts),
        (1500, 90, 3)
    );
}

#[test]
fn unset_or_empty_retry_variables_have_defaults() {
    assert_eq!(config(&[]).unwrap().retry, RetryPolicy::default());
    let empty = [
        ("INFRA_RETRY_BASE", ""),
        ("INFRA_RETRY_CAP", " "),
        ("INFRA_RETRY_MAX", ""),
    ];
    assert_eq!(config(&empty).unwrap().retry, RetryPolicy::default());
}

#[test]
fn an_invalid_retry_variable_is_refused() {
    for (name, value) in [
        ("INFRA_RETRY_BASE", "soon"),
        ("INFRA_RETRY_BASE", "0"),
        ("INFRA_RETRY_BASE", "-5"),
        ("INFRA_RETRY_CAP", "31 days"),
        ("INFRA_RETRY_CAP", "99999999999999999999"),
        ("INFRA_RETRY_CAP", "4s"),
        ("INFRA_RETRY_MAX", "0"),
        ("INFRA_RETRY_MAX", "-1"),
        ("INFRA_RETRY_MAX", "many"),
    ] {
        assert_eq!(named(&problems(&[(name, value)])), [name], "{value}");
    }
}

#[test]
fn every_bad_variable_is_listed_at_once() {
    let names = [
        "ZOOID_API_URL",
        "ZOOID_API_SECRET",
        "INFRA_RETRY_BASE",
        "INFRA_RETRY_CAP",
        "INFRA_RETRY_MAX",
    ];
    let vars = names.map(|name| (name, "planted"));
    assert_eq!(named(&problems(&vars)), names);
    let shown = config(&vars).unwrap_err().to_string();
    assert!(names.iter().all(|name| shown.contains(name)), "{shown}");
    assert!(
        !shown.contains("planted"),
        "values may be secrets and must not be shown: {shown}"
    );
}

#[test]
fn a_required_variable_that_is_empty_is_missing() {
    let problems = problems(&[("ZOOID_API_URL", " "), ("ZOOID_API_SECRET", "")]);
    assert!(problems[0].starts_with("ZOOID_API_URL: missing"), "{problems:?}");
    assert!(problems[1].starts_with("ZOOID_API_SECRET: missing"), "{problems:?}");
}

#[test]
fn an_optional_variable_that_is_not_unicode_is_an_error() {
    let error = Config::from_vars(|name| match name {
        "ZOOID_API_URL" => Some(Ok("https://zooid.example".to_owned())),
        "ZOOID_API_SECRET" | "BLOSSOM_S3_BUCKET" => Some(Err(())),
        _ => None,
    });
    assert_eq!(
        error.unwrap_err().problems(),
        [
            "ZOOID_API_SECRET: not valid UTF-8",
            "BLOSSOM_S3_BUCKET: not valid UTF-8"
        ]
    );
}

#[test]
fn debug_output_contains_no_secret() {
    let config = config(&[&S3[..], &LIVEKIT].concat()).unwrap();
    let (rows, _) = Rows::with_capacity(1);
    let infra = Infra::with_config(rows.clone(), rows, config.clone()).unwrap();
    for shown in [format!("{config:?}"), format!("{infra:?}")] {
        assert!(shown.contains("media"), "{shown}");
        for secret in [KEY, &nsec(), "hidden", "access\"", "\"key\""] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}
