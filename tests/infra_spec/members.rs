//! Tests of the members of `pub struct Infra` and of `pub fn new`.

use std::{env, process::Command};

use contract_tests::rows::Rows;
use infra_sync::Infra;

use crate::environment::{LIVEKIT, S3, config, nsec};

const REQUIRED: [(&str, &str); 2] = [
    ("ZOOID_API_URL", "http://127.0.0.1:3334"),
    (
        "ZOOID_API_SECRET",
        "0000000000000000000000000000000000000000000000000000000000000003",
    ),
];

fn infra(vars: &[(&str, &str)]) -> Infra<Rows, Rows> {
    let (rows, _) = Rows::with_capacity(1);
    Infra::with_config(rows.clone(), rows, config(vars).unwrap()).unwrap()
}

#[test]
fn api_url_is_zooid_api_url() {
    assert_eq!(infra(&[]).api_url(), "https://zooid.example");
}

#[test]
fn blossom_s3_is_read_from_its_variables_and_trimmed() {
    let infra = infra(&S3);
    let s3 = infra.blossom_s3().unwrap();
    assert_eq!(
        (s3.region.as_str(), s3.bucket.as_str(), &s3.endpoint),
        ("eu", "media", &None)
    );
    assert_eq!((s3.access_key.expose(), s3.secret_key.expose()), ("access", "hidden"));
}

#[test]
fn blossom_s3_has_the_endpoint_if_set() {
    let infra = infra(&[&S3[..], &[("BLOSSOM_S3_ENDPOINT", " https://s3.example ")]].concat());
    assert_eq!(
        infra.blossom_s3().unwrap().endpoint.as_deref(),
        Some("https://s3.example")
    );
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
fn query_and_command_return_the_given_values() {
    let infra = infra(&[]);
    assert_eq!(infra.query().relay("alice"), None);
    assert_eq!(infra.command().listeners(), 0);
}

/// Not a test. The tests below run this function in a child process with another environment.
#[test]
fn new_in_a_child_process() {
    if env::var_os("NEW_IN_A_CHILD_PROCESS").is_some() {
        tracing_subscriber::fmt().with_ansi(false).init();
        let (rows, _) = Rows::with_capacity(1);
        let infra = Infra::new(rows.clone(), rows);
        println!("api_url is {}", infra.api_url());
        println!("bucket is {:?}", infra.blossom_s3().map(|s3| &s3.bucket));
    }
}

fn new_with(vars: &[(&str, &str)]) -> (bool, String) {
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture", "members::new_in_a_child_process"])
        .env_clear()
        .envs(vars.iter().copied())
        .env("NEW_IN_A_CHILD_PROCESS", "1")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

#[test]
fn new_reads_the_environment() {
    let nsec = nsec();
    let (built, output) = new_with(&[&REQUIRED[..], &[("ZOOID_API_SECRET", &nsec)], &S3].concat());
    assert!(built && output.contains("api_url is http://127.0.0.1:3334"), "{output}");
    assert!(output.contains(r#"bucket is Some("media")"#), "{output}");
}

#[test]
fn new_panics_with_every_bad_variable() {
    let (built, output) = new_with(&[
        ("ZOOID_API_SECRET", "hunter2"),
        ("INFRA_RETRY_BASE", "soon"),
        ("INFRA_RETRY_CAP", "later"),
        ("INFRA_RETRY_MAX", "none"),
    ]);
    assert!(!built);
    for problem in [
        "ZOOID_API_URL: missing",
        "ZOOID_API_SECRET: not a nostr secret key",
        "INFRA_RETRY_BASE: not a duration",
        "INFRA_RETRY_CAP: not a duration",
        "INFRA_RETRY_MAX: not a number",
    ] {
        assert!(output.contains(problem), "{output}");
    }
    assert!(
        !output.contains("hunter2"),
        "values may be secrets and must not be shown"
    );
}

#[test]
fn incomplete_s3_or_livekit_variables_cause_a_warning() {
    let endpoint = [("BLOSSOM_S3_ENDPOINT", "https://s3.example")];
    let everything = [&S3[..], &LIVEKIT].concat();
    for (vars, missing) in [
        (&[][..], None),
        (&everything, None),
        (&S3[..3], Some("BLOSSOM_S3_SECRET_KEY")),
        (&S3[2..], Some("BLOSSOM_S3_REGION, BLOSSOM_S3_BUCKET")),
        (
            &endpoint,
            Some("BLOSSOM_S3_REGION, BLOSSOM_S3_BUCKET, BLOSSOM_S3_ACCESS_KEY, BLOSSOM_S3_SECRET_KEY"),
        ),
        (&LIVEKIT[..2], Some("LIVEKIT_API_SECRET")),
        (&LIVEKIT[2..], Some("LIVEKIT_URL, LIVEKIT_API_KEY")),
    ] {
        let (built, output) = new_with(&[&REQUIRED[..], vars].concat());
        assert!(built, "{output}");
        assert_eq!(output.contains("WARN"), missing.is_some(), "{output}");
        if let Some(missing) = missing {
            assert!(output.contains(&format!("missing=\"{missing}\"")), "{output}");
        }
        assert!(!output.contains("hidden"), "{output}");
    }
}
