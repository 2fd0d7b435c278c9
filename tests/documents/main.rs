//! Links of the documents lead to files that exist, and to tests and items that those define.
//!
//! A link whose text is code and whose target is a Rust file, such as ``[`Infra::start`](infra-sync/src/run.rs)``, must
//! name something that the file defines: a function, a type, a constant, a module or a variant. So a renamed test or module
//! fails here until the documents follow.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    path::{Path, PathBuf},
};

struct Link {
    text: String,
    target: String,
}

#[test]
fn links_of_the_documents_lead_to_files_and_items_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let problems: Vec<String> = documents(root)
        .iter()
        .flat_map(|document| {
            let text = fs::read_to_string(document).unwrap();
            let problems = links(&text).into_iter().filter_map(|link| problem(document, &link));
            problems.collect::<Vec<_>>()
        })
        .collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn each_test_of_the_specification_is_linked_from_its_clauses() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let document = fs::read_to_string(root.join("docs/specification.md")).unwrap();
    let linked: Vec<String> = links(&document).into_iter().map(|link| link.text).collect();
    let missing: Vec<String> = [
        "members",
        "start",
        "handle_activity",
        "sync_and_report",
        "sync_relay",
        "blossom",
    ]
    .into_iter()
    .flat_map(|clause| tests(&root.join(format!("tests/infra_spec/{clause}.rs"))))
    .filter(|test| !linked.contains(&format!("`{test}`")))
    .collect();
    assert!(missing.is_empty(), "docs/specification.md does not link {missing:#?}");
}

/// The Markdown files at the root, in `docs`, and at the root of each crate.
fn documents(root: &Path) -> Vec<PathBuf> {
    let folders = ["", "docs", "backend", "infra-sync", "zooid-client"];
    let files = folders
        .iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap());
    files
        .map(|file| file.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// The inline links of a document, outside of code blocks.
fn links(document: &str) -> Vec<Link> {
    let prose = document.split("\n```").step_by(2);
    prose.flat_map(links_of_prose).collect()
}

fn links_of_prose(prose: &str) -> Vec<Link> {
    prose
        .match_indices("](")
        .filter_map(|(middle, _)| {
            let line = prose[..middle].rsplit('\n').next()?;
            let is_code = line.matches('`').count() % 2 == 1;
            if is_code {
                return None;
            }
            let text = prose[..middle].rsplit_once('[')?.1;
            let target = prose[middle + 2..].split_once(')')?.0;
            let is_relative = !target.contains("://") && !target.starts_with('#');
            is_relative.then(|| Link {
                text: text.to_owned(),
                target: target.to_owned(),
            })
        })
        .collect()
}

fn problem(document: &Path, link: &Link) -> Option<String> {
    let target = link.target.split('#').next()?;
    let file = document.parent()?.join(target);
    let of = document.display();
    if !file.exists() {
        return Some(format!("{of}: {target} does not exist"));
    }
    let name = item(&link.text)?;
    if target.ends_with(".rs") && !defines(&fs::read_to_string(&file).unwrap(), name) {
        return Some(format!("{of}: {target} does not define {name}"));
    }
    None
}

/// The last segment of a link's text, if that is code.
fn item(text: &str) -> Option<&str> {
    let path = text.strip_prefix('`')?.strip_suffix('`')?;
    let name = path.rsplit("::").next()?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

fn defines(source: &str, name: &str) -> bool {
    let keywords = ["fn", "struct", "enum", "trait", "const", "mod", "macro_rules!", "type"];
    let is_item = keywords.iter().any(|keyword| {
        source
            .match_indices(&format!("{keyword} {name}"))
            .any(|(at, found)| !source[at + found.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    });
    // A field or a variant is on a line of its own.
    is_item
        || source.lines().map(str::trim_start).any(|line| {
            let line = line.strip_prefix("pub ").unwrap_or(line);
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([',', ':', '(', ' ']) && !rest.starts_with(" ="))
        })
}

fn tests(file: &Path) -> Vec<String> {
    let source = fs::read_to_string(file).unwrap();
    let after_attributes = source
        .split("test]\n")
        .chain(source.split("test(start_paused = true)]\n"));
    after_attributes
        .filter_map(|rest| {
            let declaration = rest.split_once("fn ")?;
            let is_next = matches!(declaration.0, "" | "async ");
            is_next.then(|| declaration.1.split('(').next().unwrap_or_default().to_owned())
        })
        .collect()
}
