use std::process::Command;

/// Sends a process a signal, by its name. The shell has a `kill` of its own; not every machine has the program.
pub fn send(signal: &str, pid: u32) {
    let sent = Command::new("sh")
        .args(["-c", r#"kill -s "$1" "$2""#, "sh", signal, &pid.to_string()])
        .status();
    assert!(sent.unwrap().success(), "{signal} to {pid}");
}
