//! The pages of the documentation that have the same texts.
//!
//! `UPDATE_DOCS=1 cargo test --package endstate explanation` writes the sections of the page of
//! properties.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use super::*;

const EXIT_CODES: &str = include_str!("../../../docs/exit-codes.md");

/// The section of a category: the category, then each of its properties.
fn section(category: &ExplanationText) -> String {
    let ExplanationText { meaning, why, action, .. } = category;
    let mut text = format!("\n{}\n", textwrap::fill(&format!("{meaning} {why} {action}"), 100));
    let is_its = |explanation: &PropertyExplanation| explanation.property.category().as_str() == category.name;
    for explanation in PropertyExplanation::all().filter(is_its) {
        let PropertyExplanation { property, meaning, why, action, .. } = explanation;
        let today = if property.is_current() { ", a control of today" } else { "" };
        let _ = write!(text, "\n### `{property}`: {}{today}\n\n", property.display_name());
        let _ = write!(text, "{}\n\n", textwrap::fill(&format!("{meaning} {why}"), 100));
        let _ = write!(text, "{}\n\n", textwrap::fill(&format!("To do: {action}"), 100));
        for (name, fix) in explanation.fixes() {
            let shown = match name {
                property::POWERSHELL => format!("`{fix}`"),
                property::PAGE => format!("<{fix}>"),
                _ => fix.to_owned(),
            };
            let _ = writeln!(text, "- {name}: {shown}");
        }
    }
    text + "\n"
}

#[test]
fn the_page_of_properties_has_the_same_texts() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/attention.md");
    let mut page = fs::read_to_string(&path).unwrap();
    for category in text::categories().filter(|category| category.name != "Other") {
        let heading = format!("\n## {}\n", category.name);
        let start = page.find(&heading).unwrap_or_else(|| panic!("no section {}", category.name)) + heading.len();
        let end = page[start..].find("\n## ").map_or(page.len(), |end| start + end);
        let section = section(&category);
        let section = section.trim_end_matches('\n').to_owned() + "\n";
        if std::env::var_os("UPDATE_DOCS").is_some() {
            page.replace_range(start..end, &section);
            fs::write(&path, &page).unwrap();
        } else {
            assert!(page[start..end] == section, "{} differs; see the top of this file", category.name);
        }
    }
}

#[test]
fn every_name_is_explained() {
    assert_eq!(PropertyExplanation::all().count(), AttentionProperty::KNOWN.len());
    let names: Vec<_> = text::categories().map(|category| category.name).collect();
    assert_eq!(names, Category::ALL.map(Category::as_str));

    let outcomes: Vec<_> = text::outcomes().map(|outcome| outcome.name).collect();
    let reasons = endstate_paging::Reason::ALL.map(endstate_paging::Reason::as_str);
    let unknown = endstate_paging::UnknownReason::ALL.map(endstate_paging::UnknownReason::as_str);
    assert_eq!(outcomes, [&["complete", "incomplete", "unknown"][..], &reasons, &unknown].concat());
    assert_eq!(text::exit_codes().map(|code| code.name).collect::<Vec<_>>(), ["0", "1", "2", "3", "4", "5", "130"]);
}

#[test]
fn no_property_leaves_the_way_to_fix_it_empty() {
    for explanation in PropertyExplanation::all() {
        let property = explanation.property;
        assert!(!explanation.why.is_empty() && explanation.why.ends_with('.'), "{property}");
        assert!(explanation.fixes().all(|(_, fix)| !fix.trim().is_empty() && !fix.contains('`')), "{property}");
        let (_, page) = explanation.fixes().last().unwrap();
        assert!(page.starts_with("https://learn.microsoft.com/"), "{property}: {page}");
    }
}

#[test]
fn the_page_of_exit_codes_has_the_same_texts() {
    for text in text::outcomes().chain(text::exit_codes()) {
        let name = if text.name.parse::<u8>().is_ok() { text.name.to_owned() } else { format!("`{}`", text.name) };
        let cells = [name.as_str(), text.meaning, text.why, text.action];
        let cells: Vec<_> = cells.into_iter().filter(|cell| !cell.is_empty()).collect();
        let row = format!("| {} |\n", cells.join(" | "));
        assert!(EXIT_CODES.contains(&row), "{row}");
    }
}

#[test]
fn the_help_has_the_same_exit_codes() {
    use clap::CommandFactory;

    let help = crate::cli::Cli::command().render_long_help().to_string();
    for code in text::exit_codes() {
        let line = format!("  {:<4} {}\n", code.name, code.meaning);
        assert!(help.contains(&line), "{line}{help}");
    }
}
