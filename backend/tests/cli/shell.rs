use crate::program::Program;

#[test]
fn each_shell_gets_its_completions() {
    let program = Program::new();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = program.done(&["completions", shell]);
        assert!(script.contains("resync"), "{shell}: {script}");
    }
    assert_eq!(program.infra(&["completions", "dos"]).code, 2);
}

#[test]
fn the_manual_page_names_every_command() {
    let page = Program::new().done(&["man"]);
    for words in [".TH infra 1", "infra\\-relay(1)", "infra\\-verify(1)", "Exit codes:"] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[test]
fn the_manual_pages_of_all_commands_are_written_into_a_folder() {
    let program = Program::new();
    program.done(&["man", "."]);
    for page in ["infra.1", "infra-relay-create.1", "infra-config-check.1"] {
        assert!(program.folder.path().join(page).is_file(), "{page}");
    }
    let refused = program.infra(&["man", "nowhere"]);
    assert_eq!(refused.code, 1);
    assert!(
        refused.stderr.contains("cannot write manual pages into nowhere"),
        "{}",
        refused.stderr
    );
}
