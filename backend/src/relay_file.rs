//! A file of relays: a JSON array in Caravel's form.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use infra_sync::{Relay, zooid_client::Host};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::relay_check::{self, FieldProblem};

/// Everything that is wrong with a file.
#[derive(Debug, PartialEq, Eq)]
pub struct FileProblems(Vec<FileProblem>);

/// One thing that is wrong, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct FileProblem {
    /// The line, counted from 1.
    pub line: usize,
    /// The field, or what can be said of the place instead.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

/// The ids in a file, as far as it can be read.
pub fn ids(text: &str) -> Vec<String> {
    #[derive(Deserialize)]
    struct Identified {
        id: String,
    }

    let items: Vec<&RawValue> = serde_json::from_str(text).unwrap_or_default();
    let identified = items.into_iter().map(|item| serde_json::from_str(item.get()));
    identified.flatten().map(|Identified { id }| id).collect()
}

/// Reads the relays of a file, none of which is stored yet.
///
/// # Errors
///
/// Names each problem with its line and field; no relay is given then.
pub fn parse(text: &str) -> Result<Vec<Relay>, FileProblems> {
    parse_onto(text, &HashMap::new(), None)
}

/// Reads the relays of a file. What a stored relay of the same id has already may be in it, whatever it is.
///
/// # Errors
///
/// Names each problem with its line and field; no relay is given then.
pub fn parse_onto(
    text: &str,
    stored: &HashMap<String, Relay>,
    api_host: Option<&Host>,
) -> Result<Vec<Relay>, FileProblems> {
    let items: Vec<&RawValue> = serde_json::from_str(text).map_err(|error| {
        FileProblems(vec![FileProblem {
            line: error.line().max(1),
            field: "the file".to_owned(),
            problem: format!("not a JSON array of relays: {}", without_place(&error)),
        }])
    })?;
    let mut relays: Vec<Relay> = Vec::with_capacity(items.len());
    let mut seen = HashSet::new();
    let mut problems = Vec::new();
    let mut place = Place::start(text);
    for item in items {
        let found = match relay(item.get(), stored, api_host) {
            Ok(relay) if seen.insert(relay.id.clone()) => {
                relays.push(relay);
                continue;
            }
            Ok(twice) => vec![FileProblem {
                line: line_within(item.get(), "id"),
                field: "id".to_owned(),
                problem: format!("{} is in the file twice", twice.id),
            }],
            Err(found) => found,
        };
        let first_line = place.line_of(item.get());
        problems.extend(found.into_iter().map(|problem| FileProblem {
            line: first_line + problem.line,
            ..problem
        }));
    }
    if problems.is_empty() {
        Ok(relays)
    } else {
        Err(FileProblems(problems))
    }
}

/// Lines are counted from the relay's first, which is 0.
fn relay(text: &str, stored: &HashMap<String, Relay>, api_host: Option<&Host>) -> Result<Relay, Vec<FileProblem>> {
    let parsed = serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(text));
    let relay: Relay = parsed.map_err(|error| {
        let path = error.path().to_string();
        vec![FileProblem {
            line: error.inner().line().max(1) - 1,
            field: if path == "." { "relay".to_owned() } else { path },
            problem: without_place(error.inner()),
        }]
    })?;
    let before = stored.get(&relay.id);
    let checked = match relay_check::check(relay, before, api_host) {
        // Without it a second import of the file would make a second relay.
        Ok(relay) if relay.id.is_empty() => Err(vec![FieldProblem {
            field: "id",
            problem: "is empty".to_owned(),
        }]),
        checked => checked,
    };
    checked.map_err(|problems| {
        let place = |found: FieldProblem| FileProblem {
            line: line_within(text, found.field),
            field: found.field.to_owned(),
            problem: found.problem,
        };
        problems.into_iter().map(place).collect()
    })
}

/// How far lines have been counted; what is asked for must come later each time.
struct Place<'t> {
    text: &'t str,
    offset: usize,
    line: usize,
}

impl<'t> Place<'t> {
    fn start(text: &'t str) -> Self {
        Self {
            text,
            offset: 0,
            line: 1,
        }
    }

    /// Where a slice of the text begins.
    fn line_of(&mut self, part: &str) -> usize {
        let offset = part.as_ptr() as usize - self.text.as_ptr() as usize;
        let between = &self.text.as_bytes()[self.offset..offset];
        self.line += between.iter().filter(|byte| **byte == b'\n').count();
        self.offset = offset;
        self.line
    }
}

/// Lines before the field's name; none when the field is absent.
fn line_within(relay: &str, field: &str) -> usize {
    let at = relay.find(&format!("\"{field}\"")).unwrap_or_default();
    relay[..at].bytes().filter(|b| *b == b'\n').count()
}

/// serde_json ends its messages with a place that is relative to the relay, not to the file.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

impl FileProblems {
    pub(crate) const HEADLINE: &str = "nothing was imported, the file is not usable:";

    /// The problems, in the order of the file.
    pub fn problems(&self) -> &[FileProblem] {
        &self.0
    }
}

impl fmt::Display for FileProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::HEADLINE)?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl fmt::Display for FileProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}: {}", self.line, self.field, self.problem)
    }
}

impl std::error::Error for FileProblems {}
