//! Text from outside in a Markdown page: it must not become markup, a link or a new cell.

/// The text with the characters escaped that Markdown (GitHub Flavored Markdown, 2.4) could read as
/// markup, and those that a terminal acts on.
pub(super) fn escaped(text: &str) -> String {
    const MARKUP: [char; 9] = ['\\', '`', '|', '[', ']', '<', '>', '*', '~'];
    let mut markdown = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        if MARKUP.contains(&letter) {
            markdown.push('\\');
        }
        markdown.push(letter);
    }
    crate::terminal::escape::escaped(&markdown).into_owned()
}

#[cfg(test)]
mod tests {
    #[test]
    fn markup_is_text_and_a_line_break_does_not_end_a_cell() {
        let text = super::escaped("a | b [x](y) <img> `c`\n*d*");
        assert_eq!(text, r"a \| b \[x\](y) \<img\> \`c\`\u{a}\*d\*");
    }
}
