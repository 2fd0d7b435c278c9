use indicatif::{ProgressBar, ProgressStyle};

use super::output;

/// A bar on a terminal. On a pipe, where it is hidden, there is a line a relay instead.
pub(super) fn bar(relays: usize, json: bool) -> ProgressBar {
    if json || !output::is_watched() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(relays as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} relays, {eta} left") {
        bar.set_style(style);
    }
    bar
}
