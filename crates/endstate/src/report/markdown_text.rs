//! A page of the documentation as text for a terminal.

use std::fmt::Write;

use anstyle::Style;
use comfy_table::{Table, presets};
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use textwrap::WordSplitter;

/// Renders a page of Markdown at this width in columns. Tables that are wider become lists.
pub(crate) fn rendered(markdown: &str, width: u16) -> String {
    let mut page = TextPage { width: width.into(), ..TextPage::default() };
    for event in Parser::new_ext(markdown, Options::ENABLE_TABLES) {
        page.add(event);
    }
    page.text
}

/// The text so far, and what is open.
#[derive(Debug, Default)]
struct TextPage {
    width: usize,
    text: String,
    /// The paragraph, heading, cell or code that is being read.
    block: String,
    is_code: bool,
    /// The lists around the block: the number of the next item, if they are numbered.
    lists: Vec<Option<u64>>,
    /// The mark of an item whose first paragraph has not come yet.
    mark: Option<String>,
    /// The URL of the link that is being read, and where its text begins.
    link: Option<(String, usize)>,
    /// The rows of the table that is being read. The first one has the titles.
    rows: Vec<Vec<String>>,
}

const HEADING: Style = Style::new().bold();

impl TextPage {
    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.block.push_str(&text),
            Event::Code(code) => {
                // A name is one word: it does not wrap, and can be copied.
                let _ = write!(self.block, "`{code}`");
            }
            Event::SoftBreak | Event::HardBreak => self.block.push(' '),
            // The pages have no rules, footnotes or markup of HTML.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::CodeBlock(_) => self.is_code = true,
            Tag::List(first) => {
                // The text before a list within an item has no paragraph of its own.
                self.end_paragraph("");
                self.lists.push(first);
            }
            Tag::Item => {
                self.mark = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}. ", *number - 1)
                    }
                    _ => "- ".to_owned(),
                });
            }
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.into_string(), self.block.len())),
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                let heading = std::mem::take(&mut self.block);
                let _ = write!(self.text, "{HEADING}{}{HEADING:#}\n\n", heading.trim());
            }
            TagEnd::Paragraph => self.end_paragraph("\n"),
            TagEnd::CodeBlock => {
                let code = std::mem::take(&mut self.block);
                self.text.extend(code.lines().map(|line| format!("    {line}\n")));
                self.text.push('\n');
                self.is_code = false;
            }
            TagEnd::Item => self.end_paragraph(""),
            TagEnd::List(_) => {
                self.lists.pop();
                self.text.push_str(if self.lists.is_empty() { "\n" } else { "" });
            }
            TagEnd::Link => self.end_link(),
            TagEnd::TableCell => {
                let cell = std::mem::take(&mut self.block);
                self.rows.last_mut().into_iter().for_each(|row| row.push(cell.trim().to_owned()));
            }
            TagEnd::Table => {
                let table = self.table();
                self.text.push_str(&table);
            }
            _ => {}
        }
    }

    /// Ends a paragraph with `after`, if there is one.
    fn end_paragraph(&mut self, after: &str) {
        let block = std::mem::take(&mut self.block);
        if block.trim().is_empty() {
            return;
        }
        let indent = "  ".repeat(self.lists.len().saturating_sub(1));
        let mark = self.mark.take().unwrap_or_else(|| if self.lists.is_empty() { "" } else { "  " }.to_owned());
        let next = " ".repeat(indent.len() + mark.len());
        self.text.push_str(&self.filled(block.trim(), &format!("{indent}{mark}"), &next));
        self.text.push('\n');
        self.text.push_str(after);
    }

    /// Shows where a link leads, if its text does not say so: an address, or another topic.
    fn end_link(&mut self) {
        let Some((url, start)) = self.link.take() else { return };
        let topic = url.strip_suffix(".md").filter(|name| !name.contains('/'));
        if url.starts_with("https://") {
            if self.block.get(start..) != Some(url.as_str()) {
                let _ = write!(self.block, " ({url})");
            }
        } else if let Some(topic) = topic
            && is_topic(topic)
        {
            let _ = write!(self.block, " (`endstate help {topic}`)");
        }
    }

    /// The table that was read: in columns if it fits, else each row as an item.
    fn table(&mut self) -> String {
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        let Some(titles) = rows.next() else { return String::new() };
        let rows: Vec<_> = rows.collect();
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_header(&titles).add_rows(&rows);
        let columns = table.trim_fmt();
        if columns.lines().all(|line| textwrap::core::display_width(line) <= self.width) {
            return columns + "\n\n";
        }

        let mut text = String::new();
        for row in rows {
            // Of two columns, the title of the second one says nothing new.
            if let [name, rest] = row.as_slice() {
                text.push_str(&self.filled(&format!("{name}: {rest}"), "- ", "  "));
                text.push('\n');
                continue;
            }
            let cells = titles.iter().zip(&row).enumerate();
            for (place, (title, cell)) in { cells }.filter(|(_, (_, cell))| !cell.is_empty()) {
                let line = if title.is_empty() || place == 0 { cell.clone() } else { format!("{title}: {cell}") };
                let indent = if place == 0 { "- " } else { "  " };
                text.push_str(&self.filled(&line, indent, "    "));
                text.push('\n');
            }
        }
        text + "\n"
    }

    fn filled(&self, text: &str, first: &str, next: &str) -> String {
        let options = textwrap::Options::new(self.width).initial_indent(first).subsequent_indent(next);
        textwrap::fill(text, options.break_words(false).word_splitter(WordSplitter::NoHyphenation))
    }
}

/// Whether `endstate help` has a page with this name.
fn is_topic(name: &str) -> bool {
    use clap::ValueEnum;
    crate::cli::Topic::from_str(name, false).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str, width: u16) -> String {
        anstream::adapter::strip_str(&rendered(markdown, width)).to_string()
    }

    #[test]
    fn paragraphs_lists_and_code_keep_their_form() {
        let page = "# Sign-in\n\nA text\nof *two* lines with `a name`.\n\n1. one\n2. two, which is long\n   - inner\n\n```sh\na  b\n```\n";
        insta::assert_snapshot!(plain(page, 20), @"
        Sign-in

        A text of two lines
        with `a name`.

        1. one
        2. two, which is
           long
          - inner

            a  b
        ");
    }

    #[test]
    fn a_link_shows_where_it_leads() {
        let page = "[a page](https://example.com/a), <https://example.com/b>, [sources](sources.md), [more](more.md)";
        insta::assert_snapshot!(plain(page, 100), @"a page (https://example.com/a), https://example.com/b, sources (`endstate help sources`), more");
    }

    #[test]
    fn a_table_that_does_not_fit_is_a_list() {
        let page = "| a | b | c |\n|---|---|---|\n| one | a longer text | |\n| two | `d` | e |\n";
        let of_two = "| a | b |\n|---|---|\n| one | a longer text |\n";
        insta::assert_snapshot!(plain(page, 40) + &plain(page, 15) + &plain(of_two, 15), @"
         a    b              c
         one  a longer text
         two  `d`            e

        - one
          b: a longer
            text
        - two
          b: `d`
          c: e

        - one: a longer
          text
        ");
    }
}
