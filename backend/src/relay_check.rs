//! What a relay's fields must be before they are kept, so that nothing is stored that zooid would refuse for ever, that
//! harms zooid, or by which nobody reaches the relay.
//!
//! The rules are for new values. What a stored relay has, or one that is on zooid already, stays as it is.

use infra_sync::{
    Relay,
    zooid_client::{HEARTBEAT_ID, Host, InvalidHost, Keys, OwnerPubkey, RelayId, RelaySecret, SchemaName, Secret},
};
use nostr::key::PublicKey;

const LONGEST_ID: usize = 64;
const LONGEST_WORD: usize = 128;
const LONGEST_NAME: usize = 512;
const LONGEST_ICON: usize = 2048;
const LONGEST_DESCRIPTION: usize = 4096;

/// Where a platform's own services are.
const RESERVED_SUBDOMAINS: [&str; 2] = ["admin", "api"];

/// A field that cannot be kept as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The field's name in the row.
    pub field: &'static str,
    /// What is wrong with it. A secret is not repeated.
    pub problem: String,
}

impl FieldProblem {
    /// What is wrong with each field, as a sentence.
    pub(crate) fn list(problems: &[FieldProblem]) -> Vec<String> {
        let sentence = |FieldProblem { field, problem }: &FieldProblem| format!("{field} {problem}");
        problems.iter().map(sentence).collect()
    }
}

/// Puts the fields in their usual spelling and names all that are wrong. An empty id, schema or secret is right: it will
/// be made. `before` is the stored row, if there is one, and `api_host` the host of zooid's API, where it is known.
pub fn check(relay: Relay, before: Option<&Relay>, api_host: Option<&Host>) -> Result<Relay, Vec<FieldProblem>> {
    let mut check = Check {
        before,
        api_host,
        problems: Vec::new(),
        relay,
    };
    check.deletion();
    check.identity();
    check.tenant();
    check.platform_host();
    check.custom_domain();
    check.texts();
    match check.problems.is_empty() {
        true => Ok(check.relay),
        false => Err(check.problems),
    }
}

/// A text's field, what reads it, and what says why it is wrong.
type Text = (&'static str, fn(&Relay) -> &str, fn(&str) -> Option<String>);

struct Check<'a> {
    relay: Relay,
    before: Option<&'a Relay>,
    api_host: Option<&'a Host>,
    problems: Vec<FieldProblem>,
}

impl Check<'_> {
    fn wrong(&mut self, field: &'static str, problem: impl Into<String>) {
        let problem = problem.into();
        self.problems.push(FieldProblem { field, problem });
    }

    /// Whether the rules hold for what this reads: it differs from the stored row, or there is none and zooid does not have
    /// the relay either.
    fn is_new<T: PartialEq + ?Sized>(&self, read: impl Fn(&Relay) -> &T) -> bool {
        match self.before {
            Some(before) => read(before) != read(&self.relay),
            None => !self.relay.is_synced(),
        }
    }

    /// A deletion is final, and a file does not ask for one.
    fn deletion(&mut self) {
        if self.before.is_some_and(|before| before.deleted) {
            self.wrong(
                "id",
                "is that of a relay that is being deleted; remove it from the file, or wait until it is gone",
            );
        } else if self.relay.deleted {
            self.wrong("deleted", "must be 0 or absent; `infra relay delete` deletes a relay");
        }
    }

    /// What never changes: the store refuses another id, schema or secret of a relay that it has.
    fn identity(&mut self) {
        self.relay.secret = self.relay.secret.take().filter(|secret| !secret.is_empty());
        let is_stored = self.before.is_some_and(|before| before.secret == self.relay.secret);
        if let Some(secret) = self.relay.secret.as_ref().filter(|_| !is_stored) {
            match secret_key(secret) {
                Some(secret) => self.relay.secret = Some(secret),
                None => self.wrong("secret", "must be a nostr secret key, 64 hexadecimal digits or nsec1…"),
            }
        }
        if self.before.is_some() {
            return;
        }
        let (is_synced, id, schema) = (self.relay.is_synced(), self.relay.id.clone(), self.relay.schema.clone());
        if is_synced && self.relay.secret.is_none() {
            self.wrong("secret", "missing, though zooid is said to have this relay already");
        }
        if is_synced && schema.is_empty() {
            self.wrong("schema", "missing, though zooid is said to have this relay already");
        }
        if !is_synced
            && !schema.is_empty()
            && let Err(error) = SchemaName::try_from(schema.as_str())
        {
            let rule = "must be lower-case letters, digits and _, at most 48, the first a letter, the last not _";
            self.wrong("schema", format!("{rule}: {error}"));
        }
        if id == HEARTBEAT_ID {
            self.wrong("id", "is reserved for heartbeats");
        } else if !id.is_empty()
            && let Err(error) = RelayId::try_from(id.as_str())
        {
            self.wrong("id", error.to_string());
        } else if !is_synced && !id.is_empty() && !is_new_id(&id) {
            let rule = "must be lower-case letters, digits, - and _, at most 64, the first a letter or a digit";
            self.wrong("id", rule);
        }
    }

    fn tenant(&mut self) {
        match public_key(&self.relay.tenant_pubkey) {
            Some(key) => self.relay.tenant_pubkey = key,
            None if self.before.is_some() && !self.is_new(|relay| &relay.tenant_pubkey) => {}
            None => self.wrong(
                "tenant_pubkey",
                "must be a nostr public key, 64 hexadecimal digits or npub1…",
            ),
        }
    }

    fn platform_host(&mut self) {
        if !self.is_new(|relay| &relay.subdomain) && !self.is_new(|relay| &relay.zooid_domain) {
            return;
        }
        match label(&self.relay.subdomain) {
            Ok(label) => self.relay.subdomain = label,
            Err(error) => {
                self.wrong("subdomain", format!("must be one label of a host: {error}"));
                // The domain is checked all the same.
                return self.domain("x");
            }
        }
        if RESERVED_SUBDOMAINS.contains(&self.relay.subdomain.as_str()) {
            self.wrong("subdomain", "must not be admin or api, which are reserved");
        }
        let subdomain = self.relay.subdomain.clone();
        self.domain(&subdomain);
    }

    fn domain(&mut self, subdomain: &str) {
        match format!("{subdomain}.{}", self.relay.zooid_domain).parse::<Host>() {
            Ok(host) if Some(&host) == self.api_host => self.wrong("subdomain", OF_API),
            Ok(host) => {
                let (_, domain) = host.as_str().split_once('.').unwrap_or_default();
                self.relay.zooid_domain = domain.to_owned();
            }
            Err(error) => self.wrong("zooid_domain", format!("must be the rest of a host: {error}")),
        }
    }

    fn custom_domain(&mut self) {
        let is_verified = self.relay.custom_domain_verified && self.is_new(|relay| &relay.custom_domain_verified);
        if self.relay.custom_domain.is_empty() || !(is_verified || self.is_new(|relay| &relay.custom_domain)) {
            return;
        }
        let host: Host = match self.relay.custom_domain.parse() {
            Ok(host) => host,
            Err(error) => return self.wrong("custom_domain", format!("must be empty or a host: {error}")),
        };
        let is_reserved = host
            .as_str()
            .split_once('.')
            .is_some_and(|(label, domain)| RESERVED_SUBDOMAINS.contains(&label) && domain == self.relay.zooid_domain);
        if Some(&host) == self.api_host {
            self.wrong("custom_domain", OF_API);
        } else if is_reserved {
            self.wrong(
                "custom_domain",
                "must not be admin or api of zooid_domain, which are reserved",
            );
        }
        self.relay.custom_domain = host.into();
    }

    fn texts(&mut self) {
        if self.relay.status.as_str().is_empty() {
            self.wrong("status", "must not be empty; active and inactive are usual");
        }
        let texts: [Text; 5] = [
            ("plan_id", |relay| &relay.plan_id, word),
            ("status", |relay| relay.status.as_str(), word),
            ("info_name", |relay| &relay.info_name, name),
            ("info_icon", |relay| &relay.info_icon, icon),
            ("info_description", |relay| &relay.info_description, description),
        ];
        for (field, read, check) in texts {
            let text = read(&self.relay);
            let problem = match text.contains('\0') {
                true => Some("must not contain the character NUL, which not every store can keep".to_owned()),
                false if self.is_new(read) => check(text),
                false => None,
            };
            if let Some(problem) = problem {
                self.wrong(field, problem);
            }
        }
    }
}

const OF_API: &str = "makes the host that of zooid's API, as ZOOID_API_URL has it";

/// A relay's secret key in hex, of which an `nsec1…` is another spelling.
fn secret_key(text: &Secret) -> Option<Secret> {
    let hex = match text.expose().starts_with("nsec1") {
        true => Secret::from(Keys::parse(text.expose()).ok()?.secret_key().to_secret_hex()),
        false => text.clone(),
    };
    RelaySecret::try_from(&hex).ok().map(Secret::from)
}

/// A public key in hex, of which an `npub1…` is another spelling.
fn public_key(text: &str) -> Option<String> {
    let hex = PublicKey::parse(text).ok()?.to_hex();
    OwnerPubkey::try_from(hex.as_str()).ok().map(String::from)
}

fn is_new_id(id: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    id.len() <= LONGEST_ID && id.bytes().all(allowed) && !id.starts_with(['-', '_'])
}

/// The normal form of a single label.
fn label(text: &str) -> Result<String, InvalidHost> {
    let host: Host = format!("{text}.example").parse()?;
    match host.as_str().split_once('.') {
        Some((label, "example")) => Ok(label.to_owned()),
        _ => Err(InvalidHost::Character {
            host: text.to_owned(),
            found: '.',
        }),
    }
}

fn word(text: &str) -> Option<String> {
    let is_wrong = text.len() > LONGEST_WORD || text.contains(char::is_control);
    is_wrong.then(|| format!("must be at most {LONGEST_WORD} bytes without control characters"))
}

fn name(text: &str) -> Option<String> {
    let is_wrong = text.len() > LONGEST_NAME || text.contains(char::is_control);
    is_wrong.then(|| format!("must be at most {LONGEST_NAME} bytes without control characters"))
}

fn icon(text: &str) -> Option<String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let has_host = rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#', ':']));
    let has_wrong = text.contains(|c: char| c.is_control() || c.is_whitespace() || c == '"' || c == '\\');
    let is_wrong = !text.is_empty() && !has_host || has_wrong || text.len() > LONGEST_ICON;
    is_wrong.then(|| {
        format!(
            "must be empty, or https://… or http://… of at most {LONGEST_ICON} bytes without spaces, control characters, \" and \\"
        )
    })
}

fn description(text: &str) -> Option<String> {
    let is_wrong = |c: char| c.is_control() && c != '\n' && c != '\t';
    let is_wrong = text.len() > LONGEST_DESCRIPTION || text.contains(is_wrong);
    is_wrong.then(|| {
        format!("must be at most {LONGEST_DESCRIPTION} bytes without control characters but line feed and tab")
    })
}
