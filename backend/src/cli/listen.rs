use std::{future::pending, io, net::SocketAddr, str::FromStr};

use clap::Args;

use crate::{
    failure::Failure,
    service::{Exposition, Service},
    store::Store,
};

const DEFAULT: &str = "127.0.0.1:9464";

/// The option of the commands that serve the status page.
#[derive(Debug, Args)]
pub(super) struct Listen {
    /// Where to serve health, metrics and the status page, or "off"; whoever reaches it may look
    #[arg(long, value_name = "ADDRESS", env = "INFRA_LISTEN", default_value = DEFAULT)]
    listen: Address,
}

#[derive(Clone, Copy, Debug)]
enum Address {
    At(SocketAddr),
    Off,
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.trim() {
            "" => Self::from_str(DEFAULT),
            "off" => Ok(Self::Off),
            address => address
                .parse()
                .map(Self::At)
                .map_err(|_| "not an address such as 127.0.0.1:9464, nor off"),
        }
    }
}

impl Listen {
    /// The address to listen on; `None` for "off".
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self.listen {
            Address::At(address) => Some(address),
            Address::Off => None,
        }
    }
}

/// Makes this process record its metrics.
pub(super) fn record_metrics() -> Result<Exposition, Failure> {
    Exposition::install().map_err(|error| Failure::Io {
        what: "cannot record metrics".to_owned(),
        source: io::Error::other(error),
    })
}

/// Binds an address; requests are answered once the service is [served](serve).
pub(super) async fn bind(address: SocketAddr, store: &Store, exposition: &Exposition) -> Result<Service, Failure> {
    Service::listen(address, store.clone(), exposition.clone())
        .await
        .map_err(Failure::io(format!("cannot listen on {address} (--listen says where)")))
}

/// Answers requests until the port fails. Without a service it never returns.
pub(super) async fn serve(service: Option<Service>) -> Result<(), Failure> {
    match service {
        Some(service) => service.serve().await.map_err(Failure::io("cannot listen any longer")),
        None => pending().await,
    }
}
