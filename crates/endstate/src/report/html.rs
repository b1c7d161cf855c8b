//! A table as a page of HTML that needs nothing else.

use std::fmt::Write as _;

use super::layout::Content;
use super::table::{Markup, TableView};

const HTML: Markup = Markup { escape: escaped, link: |text, url| format!("<a href=\"{url}\">{text}</a>") };

const STYLE: &str = "body{font:14px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1b1b}\
table{border-collapse:collapse}th,td{text-align:left;padding:.25rem .75rem;border-bottom:1px solid #ddd;\
vertical-align:top}th{position:sticky;top:0;background:#fff}";

/// A page with a title, lines of text and a table.
pub(crate) fn page(title: &str, lines: &[String], table: TableView<'_>) -> String {
    let title = escaped(title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
    );
    for line in lines {
        let _ = writeln!(page, "<p>{}</p>", escaped(line));
    }

    let heads: Vec<_> = table.shown_columns().map(|(_, title)| escaped(title)).collect();
    let _ = writeln!(page, "<table>\n<thead><tr><th>{}</th></tr></thead>\n<tbody>", heads.join("</th><th>"));
    for row in table.contents("", HTML) {
        let cells: Vec<_> = row.into_iter().map(text).collect();
        let _ = writeln!(page, "<tr><td>{}</td></tr>", cells.join("</td><td>"));
    }
    page.push_str("</tbody>\n</table>\n</body>\n</html>\n");
    page
}

fn text(content: Content) -> String {
    match content {
        Content::Text(text) => text,
        Content::List(items) => items.join("<br>"),
    }
}

/// The text with the characters escaped that mean something in HTML, and those that no page shows.
fn escaped(text: &str) -> String {
    let text = crate::terminal::escape::escaped(text);
    let mut html = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            letter => html.push(letter),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_from_outside_is_text() {
        assert_eq!(
            super::escaped("<img src='x' onerror=\"a\">&"),
            "&lt;img src=&#39;x&#39; onerror=&quot;a&quot;&gt;&amp;"
        );
    }
}
