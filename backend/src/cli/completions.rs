use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, output};
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn execute(self) -> Result<(), Failure> {
        // clap_complete would panic where the reader is gone.
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "infra", &mut script);
        output::whole(&script)
    }
}
