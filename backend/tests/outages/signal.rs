use std::process::Command;

/// Sends a process a signal, by its name.
pub fn send(signal: &str, pid: u32) {
    let sent = Command::new("kill").args(["-s", signal, &pid.to_string()]).status();
    assert!(sent.unwrap().success(), "{signal} to {pid}");
}
