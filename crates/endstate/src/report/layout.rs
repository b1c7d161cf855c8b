//! Which columns of a table fit into a width, and how wide each is. Ids, versions and numbers are
//! never broken: columns that matter less are left out first, then lists are shortened, and text
//! wraps at words.

use textwrap::core::display_width;
use textwrap::{Options, WordSplitter};

/// What happens to a column that does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is shown whole.
    Whole,
    /// It is left out; the lowest number first.
    GivesWay(u8),
    /// Its text continues on the next line, at a word.
    Wraps,
}

/// A cell before its width is known.
#[derive(Debug, Clone)]
pub(super) enum Content {
    Text(String),
    List(Vec<String>),
}

/// Spaces between two columns.
pub(super) const GAP: usize = 2;

/// A list or text narrower than this is of little use, so another column gives way first.
const MIN_USEFUL_WIDTH: usize = 20;

/// What a column needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Demand {
    pub(super) fit: Fit,
    /// The width of its widest cell.
    pub(super) natural: usize,
    /// The width of its longest word, which would have to be broken.
    pub(super) longest_word: usize,
    pub(super) is_list: bool,
}

/// The columns to show, as the width of each; `None` for a column that is left out.
pub(super) fn widths(columns: &[Demand], total: usize) -> Vec<Option<usize>> {
    let mut is_shown = vec![true; columns.len()];
    loop {
        if let Some(widths) = distribute(columns, &is_shown, total) {
            return widths;
        }
        let gives_way = |(index, column): (usize, &Demand)| match column.fit {
            Fit::GivesWay(order) if is_shown[index] => Some((order, index)),
            _ => None,
        };
        match columns.iter().enumerate().filter_map(gives_way).min() {
            Some((_, index)) => is_shown[index] = false,
            None => return squeeze(columns, &is_shown, total),
        }
    }
}

impl Demand {
    fn can_shrink(&self) -> bool {
        self.is_list || self.fit == Fit::Wraps
    }

    /// The least width at which the column is still worth its place.
    fn least_useful(&self) -> usize {
        let word = if self.is_list { 0 } else { self.longest_word };
        self.natural.min(MIN_USEFUL_WIDTH.max(word))
    }
}

/// The widths if every flexible column stays useful; `None` if one does not.
fn distribute(columns: &[Demand], is_shown: &[bool], total: usize) -> Option<Vec<Option<usize>>> {
    let widths = squeeze(columns, is_shown, total);
    let is_useful = |(column, width): (&Demand, &Option<usize>)| {
        !column.can_shrink() || width.is_none_or(|width| width >= column.least_useful())
    };
    let used: usize = widths.iter().flatten().map(|width| width + GAP).sum();
    let fits = used.saturating_sub(GAP) <= total;
    (fits && columns.iter().zip(&widths).all(is_useful)).then_some(widths)
}

/// The widths if the flexible columns share what the others leave: narrow ones get what they need,
/// and wide ones the same share each.
fn squeeze(columns: &[Demand], is_shown: &[bool], total: usize) -> Vec<Option<usize>> {
    let shown =
        || columns.iter().zip(is_shown).enumerate().filter_map(|(index, (column, is))| is.then_some((index, column)));
    let gaps = GAP * shown().count().saturating_sub(1);
    let rigid: usize = shown().filter(|(_, column)| !column.can_shrink()).map(|(_, column)| column.natural).sum();
    let mut left = total.saturating_sub(gaps + rigid);
    let mut widths: Vec<_> = columns.iter().zip(is_shown).map(|(column, is)| is.then_some(column.natural)).collect();

    let mut flexible: Vec<_> = shown().filter(|(_, column)| column.can_shrink()).collect();
    flexible.sort_by_key(|(_, column)| column.natural);
    let count = flexible.len();
    for (place, (index, column)) in flexible.into_iter().enumerate() {
        let width = column.natural.min(left / (count - place)).max(MIN_WIDTH);
        left = left.saturating_sub(width);
        widths[index] = Some(width);
    }
    widths
}

/// Less does not show a number of items.
const MIN_WIDTH: usize = 6;

impl Content {
    pub(super) fn natural_width(&self) -> usize {
        match self {
            Self::Text(text) => display_width(text),
            Self::List(items) => display_width(&items.join(" ")),
        }
    }

    pub(super) fn longest_word(&self) -> usize {
        match self {
            Self::Text(text) => text.split_whitespace().map(display_width).max().unwrap_or_default(),
            Self::List(items) => items.iter().map(|item| display_width(item)).max().unwrap_or_default(),
        }
    }

    /// The content at most as wide as this.
    pub(super) fn fitted(&self, width: usize, fit: Fit) -> String {
        match self {
            Self::List(items) => shortened(items, width),
            Self::Text(text) if fit == Fit::Wraps => {
                textwrap::fill(text, Options::new(width).word_splitter(WordSplitter::NoHyphenation))
            }
            Self::Text(text) => text.clone(),
        }
    }
}

/// As many items as fit, and how many more there are: `FirewallOff +3 more`.
fn shortened(items: &[String], width: usize) -> String {
    let whole = items.join(" ");
    if display_width(&whole) <= width {
        return whole;
    }
    let fitting = (1..items.len()).rev().find_map(|shown| {
        let short = format!("{} +{}", items[..shown].join(" "), items.len() - shown);
        [format!("{short} more"), short].into_iter().find(|text| display_width(text) <= width)
    });
    fitting.unwrap_or_else(|| format!("({})", items.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_architecture_gives_way_before_a_list_is_shortened_too_far() {
        let column = |fit, natural, is_list| Demand { fit, natural, longest_word: natural, is_list };
        let columns = [
            column(Fit::Whole, 40, false),
            column(Fit::Whole, 10, false),
            column(Fit::GivesWay(1), 12, false),
            column(Fit::Whole, 160, true),
        ];
        assert_eq!(widths(&columns, 230), [Some(40), Some(10), Some(12), Some(160)]);
        assert_eq!(widths(&columns, 100), [Some(40), Some(10), Some(12), Some(32)]);
        assert_eq!(widths(&columns, 80), [Some(40), Some(10), None, Some(26)]);
        assert_eq!(widths(&columns, 60), [Some(40), Some(10), None, Some(6)]);
    }

    #[test]
    fn a_shortened_list_says_how_many_items_it_leaves_out() {
        let items = ["FirewallOff", "AntivirusOff", "EdrSensorOff"].map(str::to_owned);
        let shortened = |width| shortened(&items, width);
        assert_eq!(shortened(80), "FirewallOff AntivirusOff EdrSensorOff");
        assert_eq!(shortened(36), "FirewallOff AntivirusOff +1 more");
        assert_eq!(shortened(20), "FirewallOff +2 more");
        assert_eq!(shortened(15), "FirewallOff +2");
        assert_eq!(shortened(12), "(3)");
    }
}
