use std::{
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream, UnixStream},
    sync::watch,
    task::AbortHandle,
};

/// Where a [`Proxy`] leads to.
#[derive(Clone)]
pub enum Server {
    Socket(PathBuf),
    Address(String),
}

/// Between a service and a server, on a network that may fail.
pub struct Proxy {
    pub address: String,
    wires: Arc<Mutex<Vec<Wire>>>,
    answers: watch::Sender<bool>,
}

/// One connection.
struct Wire {
    carried: AbortHandle,
    is_silent: Arc<AtomicBool>,
}

impl Proxy {
    pub async fn to(server: Server) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let wires = Arc::new(Mutex::new(Vec::new()));
        let answers = watch::Sender::new(true);
        let (all, flow) = (Arc::clone(&wires), answers.subscribe());
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                // When the connection is cut, the client is told so at once.
                client.set_zero_linger().unwrap();
                let is_silent = Arc::new(AtomicBool::new(false));
                let carried = tokio::spawn(carry(client, server.clone(), Arc::clone(&is_silent), flow.clone()));
                all.lock().unwrap().push(Wire {
                    carried: carried.abort_handle(),
                    is_silent,
                });
            }
        });
        Self {
            address,
            wires,
            answers,
        }
    }

    /// Cuts all connections.
    pub fn cut(&self) {
        self.wires
            .lock()
            .unwrap()
            .drain(..)
            .for_each(|wire| wire.carried.abort());
    }

    /// All connections stay, but nothing comes through them any more. New ones are well.
    pub fn fall_silent(&self) {
        let wires = self.wires.lock().unwrap();
        wires
            .iter()
            .for_each(|wire| wire.is_silent.store(true, Ordering::SeqCst));
    }

    /// Keeps what the server answers until it is to be let through.
    pub fn let_answers_through(&self, through: bool) {
        self.answers.send_replace(through);
    }
}

/// Until either side ends; a server that is away is the end too.
async fn carry(mut client: TcpStream, server: Server, is_silent: Arc<AtomicBool>, flow: watch::Receiver<bool>) {
    let (asked, answered) = client.split();
    match server {
        Server::Socket(path) => {
            let Ok(mut server) = UnixStream::connect(path).await else {
                return;
            };
            let (from, to) = server.split();
            both(asked, to, from, answered, &is_silent, flow).await;
        }
        Server::Address(address) => {
            let Ok(mut server) = TcpStream::connect(address).await else {
                return;
            };
            let (from, to) = server.split();
            both(asked, to, from, answered, &is_silent, flow).await;
        }
    }
}

async fn both(
    asked: impl AsyncRead + Unpin,
    to: impl AsyncWrite + Unpin,
    from: impl AsyncRead + Unpin,
    answered: impl AsyncWrite + Unpin,
    is_silent: &AtomicBool,
    flow: watch::Receiver<bool>,
) {
    let (_always, open) = watch::channel(true);
    tokio::select! {
        () = one_way(asked, to, is_silent, open) => {}
        () = one_way(from, answered, is_silent, flow) => {}
    }
}

async fn one_way(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    is_silent: &AtomicBool,
    mut flow: watch::Receiver<bool>,
) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut bytes).await {
        let _ = flow.wait_for(|through| *through).await;
        if !is_silent.load(Ordering::SeqCst) && to.write_all(&bytes[..read]).await.is_err() {
            return;
        }
    }
}
