use serde_json::Value;
use zooid_client::emulator::{Emulator, Fault};

use crate::program::{Program, Service, relay};

/// A service whose relays stand in each of the ways that last: alice is served, iris is not, frank failed and will be
/// tried again in an hour, and gina was given up.
pub struct Standing {
    pub zooid: Emulator,
    pub program: Program,
    pub service: Service,
    pub url: String,
}

pub const LAST_ERROR: &str = "the disk of this zooid is full; somebody must look after it, and until then nothing that is \
    sent to it can be kept, whoever sends it and however often";

/// With a status page, and with so long between attempts that none is repeated in a test.
pub fn program(zooid: &Emulator) -> Program {
    Program::for_zooid(zooid)
        .with("INFRA_LISTEN", "127.0.0.1:0")
        .with("INFRA_RETRY_BASE", "1h")
        .with("INFRA_RETRY_CAP", "1h")
}

pub fn import(program: &Program, relays: &[Value]) {
    program.file("relays.json", &Value::from(relays).to_string());
    program.done(&["relay", "import", "relays.json"]);
}

impl Standing {
    pub async fn new() -> Self {
        let zooid = Emulator::start().await;
        let program = program(&zooid);
        Self::of(zooid, program)
    }

    pub fn of(zooid: Emulator, program: Program) -> Self {
        zooid.inject(
            Fault::status(500)
                .body(format!(r#"{{"error":"{LAST_ERROR}"}}"#), "application/json")
                .for_relay("frank"),
        );
        zooid.inject(
            Fault::status(400)
                .body(r#"{"error":"no such plan"}"#, "application/json")
                .for_relay("gina"),
        );
        let mut iris = relay("iris");
        iris["status"] = "delinquent".into();
        import(&program, &[relay("alice"), iris, relay("frank"), relay("gina")]);
        let service = program.start();
        program.until_up_to_date("alice");
        program.until_up_to_date("iris");
        program.until("frank", |relay| relay["sync_failures"] == 1);
        program.until("gina", |relay| relay["state"] == "gave_up");
        let url = service.url();
        Self {
            zooid,
            program,
            service,
            url,
        }
    }
}
