use test_postgres::DataDirectory;

use super::programs::programs;

/// Ends the server once the tests have ended, however they did: the pipe that is its input is closed then.
const RUN: &str = r#"
"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c max_connections=400 \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off >"$2/log" 2>&1 &
cat >/dev/null
kill -QUIT $!
wait
rm -rf "$2"
"#;

/// Starts a server that only this machine can reach; its url.
pub fn start() -> String {
    let programs = programs();
    let folder = tempfile::Builder::new()
        .prefix("infra-postgres-")
        .tempdir()
        .unwrap()
        .keep();
    let data = DataDirectory::create(programs, &folder).unwrap_or_else(|error| panic!("{error}"));
    let server = data.spawn(RUN).unwrap();
    // Its end of the pipe must stay open as long as this process lives.
    std::mem::forget(server);
    format!("postgres://postgres@localhost/postgres?host={}", folder.display())
}
