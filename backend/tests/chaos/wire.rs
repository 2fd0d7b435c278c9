use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};
use zooid_client::{HEARTBEAT_ID, emulator::Emulator};

use crate::chance::Chance;

/// The requests that are under way, of all services.
#[derive(Debug, Default)]
pub struct InFlight {
    now: Mutex<HashMap<String, u32>>,
    overlaps: Mutex<Vec<String>>,
    requests: AtomicUsize,
}

impl InFlight {
    /// How many there were, and the relays that had two at once.
    pub fn seen(&self) -> (usize, Vec<String>) {
        (
            self.requests.load(Ordering::Relaxed),
            self.overlaps.lock().unwrap().clone(),
        )
    }

    fn begin(&self, target: &str) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let mut now = self.now.lock().unwrap();
        let open = now.entry(target.to_owned()).or_default();
        *open += 1;
        // Each worker sends heartbeats of its own.
        if *open > 1 && !target.ends_with(HEARTBEAT_ID) {
            self.overlaps.lock().unwrap().push(target.to_owned());
        }
    }

    fn end(&self, target: &str) {
        *self.now.lock().unwrap().get_mut(target).unwrap() -= 1;
    }
}

/// Between one service and zooid, with a little latency.
pub struct Wire {
    pub url: String,
    connections: Arc<AtomicUsize>,
}

impl Wire {
    pub async fn to(zooid: &Emulator, in_flight: Arc<InFlight>, mut chance: Chance) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let zooid = zooid
            .url()
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (service, _) = listener.accept().await.unwrap();
                let (zooid, in_flight, chance) = (zooid.clone(), Arc::clone(&in_flight), chance.fork());
                counted.fetch_add(1, Ordering::SeqCst);
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    // It ends when either side does.
                    let _ = carry(service, &zooid, &in_flight, chance).await;
                    counted.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { url, connections }
    }

    /// Until all connections of a service that is gone have ended here too.
    pub async fn until_idle(&self) {
        while self.connections.load(Ordering::SeqCst) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn carry(mut service: TcpStream, zooid: &str, in_flight: &InFlight, mut chance: Chance) -> io::Result<()> {
    let mut zooid = TcpStream::connect(zooid).await?;
    loop {
        let request = message(&mut service).await?;
        let head = String::from_utf8_lossy(&request);
        let target = head.split(' ').nth(1).unwrap().to_owned();
        in_flight.begin(&target);
        let answered = answer(&mut service, &mut zooid, &request, &mut chance).await;
        in_flight.end(&target);
        service.write_all(&answered?).await?;
    }
}

/// zooid's answer, also if nobody waits for it any longer: nothing that was sent may come later.
async fn answer(
    service: &mut TcpStream,
    zooid: &mut TcpStream,
    request: &[u8],
    chance: &mut Chance,
) -> io::Result<Vec<u8>> {
    let mut nothing = [0];
    tokio::select! {
        // The service has no more to say before the answer, so this is its end.
        _ = service.read(&mut nothing) => return Err(io::ErrorKind::ConnectionReset.into()),
        () = sleep(Duration::from_millis(chance.below(10))) => {}
    }
    zooid.write_all(request).await?;
    let answer = message(zooid).await?;
    tokio::select! {
        _ = service.read(&mut nothing) => Err(io::ErrorKind::ConnectionReset.into()),
        () = sleep(Duration::from_millis(chance.below(10))) => Ok(answer),
    }
}

/// One message of HTTP/1.1 with a length.
async fn message(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut message = Vec::new();
    loop {
        if stream.read_buf(&mut message).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if message.len() >= length(&message).unwrap_or(usize::MAX) {
            return Ok(message);
        }
    }
}

fn length(message: &[u8]) -> Option<usize> {
    let head = message.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&message[..head]).to_ascii_lowercase();
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap());
    Some(head + body)
}
