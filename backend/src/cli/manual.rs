use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::{Cli, output};
use crate::failure::Failure;

#[derive(Debug, Args)]
pub(super) struct Manual {
    /// An existing folder, to write a page for each command into
    folder: Option<PathBuf>,
}

impl Manual {
    pub(super) fn execute(self) -> Result<(), Failure> {
        if let Some(folder) = self.folder {
            let failed = Failure::io(format!("cannot write manual pages into {}", folder.display()));
            return clap_mangen::generate_to(Cli::command(), folder).map_err(failed);
        }
        let mut page = Vec::new();
        Man::new(Cli::command())
            .render(&mut page)
            .map_err(Failure::io("cannot make the manual page"))?;
        output::whole(&page)
    }
}
