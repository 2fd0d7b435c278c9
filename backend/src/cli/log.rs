use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use tracing_subscriber::{
    EnvFilter,
    field::MakeExt,
    fmt::{FormatFields, format::debug_fn},
};

use super::escape::{escape, escape_unless};

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(super) enum Format {
    #[default]
    Text,
    Json,
}

/// Logs to stderr from now on: what `RUST_LOG` says, else from `level` on.
pub(super) fn start(format: Format, level: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(level));
    #[allow(clippy::disallowed_methods, reason = "what is written is escaped")]
    let stderr = io::stderr;
    let has_colours = matches!(format, Format::Text) && stderr().is_terminal();
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || Escaping::new(stderr(), has_colours));
    match format {
        Format::Text => log.fmt_fields(escaped_values()).with_ansi(has_colours).init(),
        Format::Json => log.json().init(),
    }
}

/// Escapes the values of an entry of text. `tracing_subscriber` does so for some of them and for some characters; here no
/// value may have the character that begins a colour.
fn escaped_values() -> impl for<'w> FormatFields<'w> {
    let fields = debug_fn(|entry, field, value| {
        let value = escape(&format!("{value:?}"));
        match field.name() {
            "message" => write!(entry, "{value}"),
            name => write!(entry, "{name}={value}"),
        }
    });
    fields.delimited(" ")
}

/// Writes each entry as one line, whatever texts of others are in it.
struct Escaping<W> {
    inner: W,
    has_colours: bool,
}

impl<W: Write> Escaping<W> {
    fn new(inner: W, has_colours: bool) -> Self {
        Self { inner, has_colours }
    }
}

impl<W: Write> Write for Escaping<W> {
    /// Takes an entry as a whole, which is how `tracing_subscriber` writes it.
    fn write(&mut self, entry: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(entry);
        let line = text.strip_suffix('\n').unwrap_or(&text);
        // The values have no such character, so it begins a colour of the formatter.
        let line = escape_unless(line, |c| self.has_colours && c == '\u{1b}');
        self.inner.write_all(format!("{line}\n").as_bytes())?;
        Ok(entry.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io,
        sync::{Arc, Mutex},
    };

    use super::{Escaping, escaped_values};

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The log of hostile values in each way that a value can be logged.
    fn logged(has_colours: bool) -> String {
        let hostile = "\u{1b}[8m\u{7}\u{9b}\u{202e}\u{2028}\r\nforged";
        let written = Written::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .fmt_fields(escaped_values())
            .with_ansi(has_colours)
            .with_writer(move || Escaping::new(writer.clone(), has_colours))
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let error: &(dyn std::error::Error + 'static) = &io::Error::other(hostile);
            let _span = tracing::info_span!("span", %hostile, text = hostile).entered();
            tracing::info!(%hostile, ?hostile, text = hostile, error, "{hostile}");
        });
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn an_entry_with_hostile_values_is_one_line() {
        for has_colours in [false, true] {
            let log = logged(has_colours);
            let line = log.strip_suffix('\n').unwrap();
            let is_colour = |c| has_colours && c == '\u{1b}';
            let is_hostile = |c: char| c.is_control() || "\u{202e}\u{2028}".contains(c);
            assert_eq!(line.chars().find(|c| is_hostile(*c) && !is_colour(*c)), None, "{log:?}");
            assert!(!line.contains("\u{1b}[8m"), "{log:?}");
            assert_eq!(line.contains('\u{1b}'), has_colours, "{log:?}");
            assert_eq!(line.matches("forged").count(), 7, "{log:?}");
        }
    }
}
