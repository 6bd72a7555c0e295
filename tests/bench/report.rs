use std::fmt::Write as _;
use std::io::Write as _;

/// What was measured, printed as it comes in.
#[derive(Default)]
pub(crate) struct Report {
    text: String,
}

/// Markdown, aligned so that it can be read as it is.
pub(crate) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
}

impl Report {
    pub(crate) fn add(&mut self, table: &Table) {
        self.print(&table.render());
    }

    /// Text as it came.
    pub(crate) fn quote(&mut self, title: &str, text: &str) {
        self.print(&format!("**{title}**\n\n```text\n{text}```\n"));
    }

    fn print(&mut self, text: &str) {
        // Whoever closed standard output has seen enough.
        writeln!(std::io::stdout(), "{text}").ok();
        self.text += text;
        self.text.push('\n');
    }

    pub(crate) fn text(&self) -> &str {
        self.text.trim_end()
    }
}

impl Table {
    pub(crate) fn new<const N: usize>(title: impl Into<String>, columns: [&str; N]) -> Self {
        Self { title: title.into(), rows: vec![columns.map(str::to_owned).to_vec()] }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    fn render(&self) -> String {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or_default().max(2)
        };
        let widths: Vec<usize> = (0..self.rows.iter().map(Vec::len).max().unwrap_or_default()).map(width).collect();
        let mut text = format!("**{}**\n\n", self.title);
        for (number, row) in self.rows.iter().enumerate() {
            for (column, width) in widths.iter().enumerate() {
                let cell = row.get(column).map_or("", String::as_str);
                let padding = " ".repeat(width - cell.chars().count());
                // What is measured is read from the right, and what it is from the left.
                let _ =
                    if column == 0 { write!(text, "| {cell}{padding} ") } else { write!(text, "| {padding}{cell} ") };
            }
            text += "|\n";
            if number == 0 {
                for (column, width) in widths.iter().enumerate() {
                    let dashes = "-".repeat(width - 1);
                    let side = if column == 0 { '-' } else { ':' };
                    let _ = write!(text, "| {dashes}{side} ");
                }
                text += "|\n";
            }
        }
        text
    }
}

/// Says what is being done, for whoever waits.
pub(crate) fn progress(what: impl std::fmt::Display) {
    eprintln!("… {what}");
}
