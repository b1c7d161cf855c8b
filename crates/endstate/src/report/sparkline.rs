//! Numbers as a line of bars.

/// Numbers as a line of bars, from the smallest to the largest. A number that is not known is a
/// gap.
pub(crate) fn sparkline(numbers: impl Iterator<Item = Option<u64>> + Clone) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let known = numbers.clone().flatten();
    let (least, most) = known.fold((u64::MAX, 0), |(least, most), number| (least.min(number), most.max(number)));
    let bar = |number: u64| {
        let height = (number - least).saturating_mul(7).checked_div(most - least).unwrap_or(3);
        BARS[usize::try_from(height).unwrap_or_default().min(7)]
    };
    numbers.map(|number| number.map_or(' ', bar)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[Option<u64>]) -> String {
        sparkline(numbers.iter().copied())
    }

    #[test]
    fn the_smallest_is_low_the_largest_high_and_a_gap_empty() {
        assert_eq!(of(&[Some(0), Some(7), None, Some(3)]), "▁█ ▄");
        assert_eq!(of(&[Some(5), Some(5)]), "▄▄");
        assert_eq!(of(&[None, None]), "  ");
        assert_eq!(of(&[Some(u64::MAX), Some(0)]), "▂▁");
        assert_eq!(of(&[]), "");
    }
}
