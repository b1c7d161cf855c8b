//! Numbers as people read them.

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

/// A share from 0 to 1 in percent with one digit: `38.3 %`.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

/// A number and what it counts: `1 device`, `2 devices`.
pub(crate) fn counted(number: u64, what: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {what}{plural}", grouped(number))
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
    }
}
