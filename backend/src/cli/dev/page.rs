use std::{
    fmt,
    io::ErrorKind,
    net::{Ipv4Addr, SocketAddr},
};

use crate::{
    cli::listen::{self, Listen},
    failure::Failure,
    service::Service,
    store::Store,
};

/// The status page, bound to a port.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) service: Service,
    /// The requested address, if another program uses it.
    in_use: Option<SocketAddr>,
}

impl Page {
    /// Binds the requested address, or a free port of the loopback interface if the address is in use.
    pub(super) async fn bind(listen: &Listen, store: &Store) -> Result<Option<Self>, Failure> {
        let Some(address) = listen.address() else {
            return Ok(None);
        };
        let exposition = listen::record_metrics()?;
        let (service, in_use) = match listen::bind(address, store, &exposition).await {
            Err(Failure::Io { source, .. }) if source.kind() == ErrorKind::AddrInUse => {
                let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                (listen::bind(free, store, &exposition).await?, Some(address))
            }
            bound => (bound?, None),
        };
        Ok(Some(Self { service, in_use }))
    }
}

impl fmt::Display for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}", self.service.address())?;
        match self.in_use {
            Some(address) => write!(f, " ({address} is in use)"),
            None => Ok(()),
        }
    }
}
