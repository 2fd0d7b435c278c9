use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// Returns `parent/name`, which `fill` creates at a temporary path. Concurrent calls wait, also in other processes.
/// The folder appears only when it is complete, so an interrupted call leaves no partial result.
pub fn fill_once<E: From<io::Error>>(
    parent: &Path,
    name: &str,
    fill: impl FnOnce(&Path) -> Result<(), E>,
) -> Result<PathBuf, E> {
    let complete = parent.join(name);
    if complete.exists() {
        return Ok(complete);
    }
    fs::create_dir_all(parent)?;
    let lock = File::create(parent.join("lock"))?;
    lock.lock()?;
    if complete.exists() {
        return Ok(complete);
    }
    let partial = parent.join("partial");
    match fs::remove_dir_all(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
        _ => fs::create_dir(&partial)?,
    }
    let filled = partial.join(name);
    fill(&filled)?;
    fs::rename(filled, &complete)?;
    fs::remove_dir(partial)?;
    Ok(complete)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use std::{
        fs, io,
        path::Path,
        sync::{
            Barrier,
            atomic::{AtomicUsize, Ordering},
        },
        thread,
    };

    use super::fill_once;

    fn write(folder: &Path) -> io::Result<()> {
        fs::create_dir(folder)?;
        fs::write(folder.join("file"), "whole")
    }

    fn is_whole(folder: &Path) -> bool {
        fs::read_to_string(folder.join("file")).unwrap() == "whole"
    }

    #[test]
    fn concurrent_calls_fill_the_folder_once() {
        const CALLS: usize = 8;
        let parent = tempfile::tempdir().unwrap();
        let (together, fills) = (Barrier::new(CALLS), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..CALLS {
                scope.spawn(|| {
                    together.wait();
                    let folder = fill_once(parent.path(), "name", |folder| {
                        fills.fetch_add(1, Ordering::Relaxed);
                        write(folder)
                    });
                    assert!(is_whole(&folder.unwrap()));
                });
            }
        });
        assert_eq!(fills.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn an_interrupted_call_is_not_taken_for_a_complete_one() {
        let parent = tempfile::tempdir().unwrap();
        let interrupted = fill_once(parent.path(), "name", |folder| {
            fs::create_dir(folder)?;
            fs::write(folder.join("file"), "who")?;
            Err(io::Error::other("interrupted"))
        });
        assert_eq!(interrupted.unwrap_err().to_string(), "interrupted");
        assert!(!parent.path().join("name").exists());

        let folder = fill_once(parent.path(), "name", write).unwrap();
        assert!(is_whole(&folder));
        assert!(!parent.path().join("partial").exists());
    }
}
