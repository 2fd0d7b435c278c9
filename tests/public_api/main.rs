//! Checks that the public interfaces of the two libraries are those of `zooid-client/public-api.txt` and `infra-sync/public-api.txt`.
//!
//! A change of an interface shows up as a change of these files, so no interface breaks unnoticed. To update them:
//!
//! `UPDATE_SNAPSHOTS=1 cargo run -p contract-tests --example public_api`
//!
//! It is not a test, because it documents the libraries, which takes longer than most tests.
//!
//! The interfaces are read from rustdoc's JSON. Its format and the rendering of derived code change with the compiler, so
//! the first line of each file names the compiler that made it, and another compiler compares nothing and says so.

#![allow(clippy::unwrap_used, reason = "a check may panic")]

use std::{
    collections::BTreeSet,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Implementations that the compiler adds to nearly every type. `Send` and `Sync` are compared: users need them.
const UNIMPORTANT: [&str; 4] = [
    "core::marker::Freeze for ",
    "core::marker::StructuralPartialEq for ",
    "core::marker::Unpin for ",
    "core::panic::unwind_safe::",
];

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let compiler = compiler();
    let update = env::var_os("UPDATE_SNAPSHOTS").is_some();
    if !update && let Some(other) = snapshots(root).find_map(|(_, file)| made_by_another(&file, &compiler)) {
        eprintln!("public interfaces not compared: the snapshots are made by {other}, this is {compiler}");
        return;
    }

    let documentation = document(root);
    let differences: Vec<String> = snapshots(root)
        .filter_map(|(library, file)| {
            let interface = interface(&documentation.join(format!("{library}.json")));
            if update {
                fs::write(&file, format!("# Made by {compiler}\n{}\n", interface.join("\n"))).unwrap();
                return None;
            }
            difference(&fs::read_to_string(&file).unwrap_or_default(), &interface)
                .map(|difference| format!("{}:\n{difference}", file.display()))
        })
        .collect();
    assert!(
        differences.is_empty(),
        "the public interface changed; if this is intended, note it in the changelog and run this with \
         UPDATE_SNAPSHOTS=1\n{}",
        differences.join("\n")
    );
}

fn snapshots(root: &Path) -> impl Iterator<Item = (&'static str, PathBuf)> {
    [("zooid_client", "zooid-client"), ("infra_sync", "infra-sync")]
        .map(|(library, folder)| (library, root.join(folder).join("public-api.txt")))
        .into_iter()
}

/// Name and version of the active compiler, such as `rustc 1.95.0`.
fn compiler() -> String {
    let version = Command::new("rustc").arg("--version").output().unwrap();
    let version = String::from_utf8(version.stdout).unwrap();
    version.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

fn made_by_another(snapshot: &Path, compiler: &str) -> Option<String> {
    let text = fs::read_to_string(snapshot).ok()?;
    let maker = text.lines().next()?.strip_prefix("# Made by ")?;
    (maker != compiler).then(|| maker.to_owned())
}

/// Writes rustdoc's JSON of the libraries; returns its folder.
fn document(root: &Path) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let mut cargo = Command::new(env!("CARGO"));
    // Build scripts would run again if they saw the variables that cargo sets for this program.
    for (name, _) in env::vars_os().filter(|(name, _)| is_set_by_cargo(name)) {
        cargo.env_remove(name);
    }
    let status = cargo
        .current_dir(root)
        .args(["doc", "--locked", "--workspace", "--no-deps", "--target-dir"])
        .arg(&target)
        .env("RUSTDOC", root.join("tests/public_api/rustdoc"))
        .status()
        .unwrap();
    assert!(status.success(), "cargo doc failed");
    target.join("doc")
}

fn is_set_by_cargo(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy();
    ["CARGO_MANIFEST_", "CARGO_PKG_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn interface(json: &Path) -> Vec<String> {
    public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .build()
        .unwrap()
        .items()
        .map(|item| item.to_string())
        .filter(|item| !UNIMPORTANT.iter().any(|name| item.contains(name)))
        .collect()
}

fn difference(snapshot: &str, interface: &[String]) -> Option<String> {
    let before: BTreeSet<&str> = snapshot.lines().skip(1).collect();
    let now: BTreeSet<&str> = interface.iter().map(String::as_str).collect();
    let removed = before.difference(&now).map(|item| format!("  - {item}"));
    let added = now.difference(&before).map(|item| format!("  + {item}"));
    let lines: Vec<String> = removed.chain(added).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}
