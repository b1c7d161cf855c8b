//! A whole number as JSON writes it, in any spelling.

use serde_json::value::RawValue;

/// Parses a whole number from its raw JSON: `444`, `"444"`, `444.0` or `4.44e2`. A number beyond 64
/// bits is larger than anything that can be read, so it becomes the largest number. Returns `None`
/// for anything that is not a whole number from 0.
pub(crate) fn parse(raw: &str) -> Option<u64> {
    let number = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(raw);
    if let Ok(count) = number.parse() {
        return Some(count);
    }
    // Only what JSON accepts as a number, also in quotes. No number type reads every exponent.
    let _: &RawValue = serde_json::from_str(number).ok()?;
    let unsigned = number.strip_prefix('-').unwrap_or(number);
    if !unsigned.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }

    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = [whole, fraction].concat();
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    if number.starts_with('-') {
        return None;
    }

    // An exponent that is too long to read moves the point out of sight.
    let shift = exponent.parse::<i64>().unwrap_or(if exponent.starts_with('-') { i64::MIN } else { i64::MAX });
    let leading_zeros = i64::try_from(digits.len() - significant.len()).ok()?;
    let point = i64::try_from(whole.len()).ok()?.saturating_sub(leading_zeros).saturating_add(shift);
    let before = usize::try_from(point).ok()?;
    if significant.bytes().skip(before).any(|byte| byte != b'0') {
        return None;
    }
    if before > MAX_DIGITS {
        return Some(u64::MAX);
    }
    let padded: String = significant.chars().chain(std::iter::repeat('0')).take(before).collect();
    Some(padded.parse().unwrap_or(u64::MAX))
}

/// Digits of the largest number of 64 bits.
const MAX_DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::parse;

    #[test]
    fn a_whole_number_is_read_however_it_is_written() {
        for text in ["444", "\"444\"", "444.0", "444.000", "4.44e2", "4.44E+2", "0.444e3", "44400e-2", "\"4.44e2\""] {
            assert_eq!(parse(text), Some(444), "{text}");
        }
        for text in ["0", "0.0", "-0", "0e99999999999999999999"] {
            assert_eq!(parse(text), Some(0), "{text}");
        }
    }

    #[test]
    fn a_number_beyond_64_bits_is_larger_than_anything() {
        for text in ["18446744073709551616", "1e30", "1e99999999999999999999", "99999999999999999999.0"] {
            assert_eq!(parse(text), Some(u64::MAX), "{text}");
        }
    }

    #[test]
    fn what_is_no_whole_number_is_not_read() {
        for text in [
            "444.5",
            "4.445e2",
            "1e-1",
            "1e-99999999999999999999",
            "-444",
            "-4.44e2",
            "many",
            "",
            "0x1",
            "+444x",
            "null",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_number_is_that_number(number in any::<u64>(), shift in 0_usize..30, zeros in 0_usize..5) {
            let digits = number.to_string();
            let shift = shift.min(digits.len() - 1);
            let (whole, fraction) = digits.split_at(digits.len() - shift);
            let spelled = format!("{whole}.{fraction}{}e{shift}", "0".repeat(zeros.max(1)));
            prop_assert_eq!(parse(&spelled), Some(number));
        }
    }
}
