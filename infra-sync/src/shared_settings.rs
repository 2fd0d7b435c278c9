//! Settings that all relays share. Each group is complete or absent.

use zooid_client::{
    Secret,
    types::{BlossomS3, Livekit},
};

use crate::config::Vars;

/// The S3 bucket for the media of all relays. The key prefix of a relay is its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlossomS3Sync {
    /// `BLOSSOM_S3_ENDPOINT`: the url of the S3 service; AWS if absent.
    pub endpoint: Option<String>,
    /// `BLOSSOM_S3_REGION`: the region.
    pub region: String,
    /// `BLOSSOM_S3_BUCKET`: the name of the bucket.
    pub bucket: String,
    /// `BLOSSOM_S3_ACCESS_KEY`: the access key.
    pub access_key: Secret,
    /// `BLOSSOM_S3_SECRET_KEY`: the secret key.
    pub secret_key: Secret,
}

/// The LiveKit server for calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LivekitSync {
    /// `LIVEKIT_URL`: the url of the server.
    pub url: String,
    /// `LIVEKIT_API_KEY`: the API key.
    pub api_key: Secret,
    /// `LIVEKIT_API_SECRET`: the API secret.
    pub api_secret: Secret,
}

impl BlossomS3Sync {
    pub(crate) fn from_vars<L: Fn(&str) -> Option<Result<String, ()>>>(vars: &mut Vars<L>) -> Option<Self> {
        let endpoint = vars.text("BLOSSOM_S3_ENDPOINT");
        let region = vars.text("BLOSSOM_S3_REGION");
        let bucket = vars.text("BLOSSOM_S3_BUCKET");
        let access_key = vars.secret("BLOSSOM_S3_ACCESS_KEY");
        let secret_key = vars.secret("BLOSSOM_S3_SECRET_KEY");
        let missing = [
            ("BLOSSOM_S3_REGION", region.is_none()),
            ("BLOSSOM_S3_BUCKET", bucket.is_none()),
            ("BLOSSOM_S3_ACCESS_KEY", access_key.is_none()),
            ("BLOSSOM_S3_SECRET_KEY", secret_key.is_none()),
        ];
        warn_if_incomplete("media stays on zooid's own disk", &missing, endpoint.is_some());
        Some(Self {
            endpoint,
            region: region?,
            bucket: bucket?,
            access_key: access_key?,
            secret_key: secret_key?,
        })
    }

    /// Returns the configuration section of one relay. An absent endpoint is sent as an empty text, because a `PATCH` without the
    /// field would keep the old endpoint.
    pub(crate) fn section(&self, schema: &str) -> BlossomS3 {
        BlossomS3 {
            endpoint: Some(self.endpoint.clone().unwrap_or_default()),
            region: self.region.clone(),
            bucket: self.bucket.clone(),
            access_key: self.access_key.clone(),
            secret_key: self.secret_key.clone(),
            key_prefix: Some(schema.to_owned()),
        }
    }
}

impl LivekitSync {
    pub(crate) fn from_vars<L: Fn(&str) -> Option<Result<String, ()>>>(vars: &mut Vars<L>) -> Option<Self> {
        let url = vars.text("LIVEKIT_URL");
        let api_key = vars.secret("LIVEKIT_API_KEY");
        let api_secret = vars.secret("LIVEKIT_API_SECRET");
        let missing = [
            ("LIVEKIT_URL", url.is_none()),
            ("LIVEKIT_API_KEY", api_key.is_none()),
            ("LIVEKIT_API_SECRET", api_secret.is_none()),
        ];
        warn_if_incomplete("LiveKit is off for every relay", &missing, false);
        Some(Self {
            url: url?,
            api_key: api_key?,
            api_secret: api_secret?,
        })
    }

    pub(crate) fn section(&self) -> Livekit {
        Livekit {
            server_url: Some(self.url.clone()),
            api_key: Some(self.api_key.clone()),
            api_secret: Some(self.api_secret.clone()),
        }
    }
}

fn warn_if_incomplete(consequence: &str, missing: &[(&str, bool)], optional_is_set: bool) {
    let absent: Vec<_> = missing
        .iter()
        .filter(|(_, absent)| *absent)
        .map(|(name, _)| *name)
        .collect();
    let is_partly_set = optional_is_set || absent.len() < missing.len();
    if is_partly_set && !absent.is_empty() {
        tracing::warn!(missing = absent.join(", "), "half a configuration: {consequence}");
    }
}
