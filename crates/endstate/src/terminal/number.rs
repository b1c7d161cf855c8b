//! Numbers and nouns as people read them.

/// A number with a comma between thousands: `1,204`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A share from 0 to 1 in percent, with one decimal: `38.3 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A number and what it counts: `1 device`, `2 devices`.
pub(crate) fn counted(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{} {}", grouped(number), plural(what)) }
}

/// A time span in its largest unit, rounded down: `21 days`, `3 hours`, `45 seconds`.
pub(crate) fn span(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let unit = units.into_iter().find(|(length, _)| seconds >= *length);
    let (length, name) = unit.unwrap_or((1, "second"));
    counted(seconds / length, name)
}

/// The plural of a noun: `updates`, `vulnerabilities`.
pub(crate) fn plural(noun: &str) -> String {
    match noun.strip_suffix('y').filter(|stem| !stem.ends_with('a')) {
        Some(stem) => format!("{stem}ies"),
        None => format!("{noun}s"),
    }
}

/// The noun with its article: `a device state`, `an update`.
pub(crate) fn with_article(noun: &str) -> String {
    let article = if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {noun}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_and_one_is_singular() {
        assert_eq!([0, 12, 123, 1204, 1_000_000].map(grouped), ["0", "12", "123", "1,204", "1,000,000"]);
        assert_eq!(counted(1, "device"), "1 device");
        assert_eq!(counted(0, "page"), "0 pages");
        assert_eq!(percent(0.3829), "38.3 %");
        assert_eq!(
            [0, 1, 119, 7_200, 86_399, 1_900_800].map(span).join(", "),
            "0 seconds, 1 second, 1 minute, 2 hours, 23 hours, 22 days"
        );
        assert_eq!(["device state", "vulnerability"].map(plural), ["device states", "vulnerabilities"]);
        assert_eq!(["device state", "update"].map(with_article), ["a device state", "an update"]);
    }
}
