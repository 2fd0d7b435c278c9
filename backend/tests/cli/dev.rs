use crate::program::Program;

fn lines_with<'o>(output: &'o str, word: &str) -> Vec<&'o str> {
    output.lines().filter(|line| line.starts_with(word)).collect()
}

#[test]
fn the_main_job_shows_created_failed_retried_and_synced() {
    let program = Program::new();
    let output = program.done(&["dev", "--once"]);
    assert_eq!(lines_with(&output, "create_relay").len(), 3, "{output}");
    assert_eq!(lines_with(&output, "complete_relay_sync").len(), 3, "{output}");
    let failed = lines_with(&output, "fail_relay_sync");
    assert_eq!(failed.len(), 1, "{output}");
    assert!(
        failed[0].contains("bob") && failed[0].contains("503") && failed[0].contains("next attempt within 500ms"),
        "{output}"
    );
    assert_eq!(
        output.lines().filter(|line| line.contains(" served ")).count(),
        3,
        "{output}"
    );
}

#[test]
fn the_main_job_leaves_no_file_behind() {
    let program = Program::new();
    program.done(&["dev", "--once"]);
    assert_eq!(program.folder.path().read_dir().unwrap().count(), 0);
}

#[test]
fn the_main_job_takes_a_file_of_ones_own() {
    let program = Program::new();
    let examples = include_str!("../../relays.example.json");
    program.file("mine.json", &examples.replace("\"alice\"", "\"anna\""));
    let output = program.done(&["dev", "mine.json", "--once"]);
    assert!(output.contains("complete_relay_sync  anna"), "{output}");
}
