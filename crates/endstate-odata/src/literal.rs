//! Values as an expression or a key in a URL writes them.

use std::fmt;

/// A value of a primitive type as a URL writes it (ABNF, `primitiveLiteral`), not percent-encoded:
/// [`Query`](crate::Query) and [`ResourcePath`](crate::ResourcePath) encode it.
///
/// ```
/// use endstate_odata::Literal;
///
/// assert_eq!(Literal::from("O'Neil").to_string(), "'O''Neil'");
/// assert_eq!(Literal::from(7).to_string(), "7");
/// assert_eq!(Literal::date(2026, 2, 28).map(|date| date.to_string()), Some("2026-02-28".to_owned()));
/// assert_eq!(Literal::member("Sales.Pattern", "Yellow").to_string(), "Sales.Pattern'Yellow'");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Literal(String);

impl Literal {
    /// The value that does not exist.
    pub fn null() -> Self {
        Self("null".to_owned())
    }

    /// A GUID, such as `6b3d3e5c-7a4b-4a0e-9d21-0f3c8d5e1a77`. `None` for any other text. Its
    /// letter case stays as it is.
    pub fn guid(text: &str) -> Option<Self> {
        has_form(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh").then(|| Self(text.to_owned()))
    }

    /// A day of the Gregorian calendar. `None` if there is no such day, or its year has more than
    /// four digits.
    pub fn date(year: u16, month: u8, day: u8) -> Option<Self> {
        let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            2 => 28 + u8::from(is_leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (year <= 9999 && (1..=days).contains(&day)).then(|| Self(format!("{year:04}-{month:02}-{day:02}")))
    }

    /// A point in time (`Edm.DateTimeOffset`) in UTC, such as `2026-11-25T08:00:00Z`, with seconds,
    /// and with a fraction of one or without; not a leap second. `None` for any other text.
    pub fn instant(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let number = |from: usize, to: usize| date.get(from..to)?.parse::<u16>().ok();
        let day = |from, to| number(from, to).and_then(|number| u8::try_from(number).ok());
        Self::date(number(0, 4)?, day(5, 7)?, day(8, 10)?)?;

        let time = time.strip_suffix('Z')?;
        let (seconds, fraction) = time.split_once('.').map_or((time, None), |(time, fraction)| (time, Some(fraction)));
        let is_fraction = |text: &str| (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_below =
            |at: usize, bound: u8| seconds.get(at..at + 2).and_then(|text| text.parse::<u8>().ok()) < Some(bound);
        let is_time = has_form(seconds, "dd:dd:dd") && is_below(0, 24) && is_below(3, 60) && is_below(6, 60);
        let is_instant = has_form(date, "dddd-dd-dd") && is_time && fraction.is_none_or(is_fraction);
        is_instant.then(|| Self(text.to_owned()))
    }

    /// A member of an enumeration, whose type is named with its namespace, as identifiers. Services
    /// such as Graph also take the member as a string.
    pub fn member(type_name: &str, member: &str) -> Self {
        Self(format!("{type_name}{}", Self::from(member)))
    }
}

/// Whether a text has a form, in which `h` is a hexadecimal digit, and `d` a decimal one.
fn has_form(text: &str, form: &str) -> bool {
    let is_like = |(byte, like): (u8, u8)| match like {
        b'h' => byte.is_ascii_hexdigit(),
        b'd' => byte.is_ascii_digit(),
        _ => byte == like,
    };
    text.len() == form.len() && text.bytes().zip(form.bytes()).all(is_like)
}

/// A string: in apostrophes, with each apostrophe in it doubled.
impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        Self(format!("'{}'", text.replace('\'', "''")))
    }
}

impl From<bool> for Literal {
    fn from(truth: bool) -> Self {
        Self(truth.to_string())
    }
}

impl From<i32> for Literal {
    fn from(number: i32) -> Self {
        i64::from(number).into()
    }
}

impl From<u32> for Literal {
    fn from(number: u32) -> Self {
        i64::from(number).into()
    }
}

impl From<i64> for Literal {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

/// A number, also one of the three that have names: `NaN`, `INF` and `-INF`.
impl From<f64> for Literal {
    fn from(number: f64) -> Self {
        Self(if number == f64::INFINITY {
            "INF".to_owned()
        } else if number == f64::NEG_INFINITY {
            "-INF".to_owned()
        } else {
            format!("{number:?}")
        })
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_every_type_are_written_as_the_grammar_says() {
        let number: [Literal; 6] =
            [(-7).into(), u32::MAX.into(), i64::MIN.into(), 1e300.into(), f64::NAN.into(), f64::NEG_INFINITY.into()];
        let number = number.map(|number| number.to_string());
        assert_eq!(number, ["-7", "4294967295", "-9223372036854775808", "1e300", "NaN", "-INF"]);
        assert_eq!([Literal::from(true), Literal::null()].map(|literal| literal.to_string()), ["true", "null"]);
        assert_eq!(Literal::from("it's ''").to_string(), "'it''s '''''");
    }

    #[test]
    fn a_text_that_is_no_guid_day_or_instant_is_refused() {
        let guid = "6B3d3e5c-7a4b-4a0e-9d21-0f3c8d5e1a77";
        assert_eq!(Literal::guid(guid).unwrap().to_string(), guid);
        for text in ["", "6b3d3e5c7a4b4a0e9d210f3c8d5e1a77", "6b3d3e5c-7a4b-4a0e-9d21-0f3c8d5e1a7g", "{6b3d3e5c}"] {
            assert_eq!(Literal::guid(text), None, "{text}");
        }

        for (year, month, day) in
            [(2026, 2, 29), (1900, 2, 29), (2026, 4, 31), (2026, 13, 1), (2026, 1, 0), (10000, 1, 1)]
        {
            assert_eq!(Literal::date(year, month, day), None, "{year}-{month}-{day}");
        }
        assert!(Literal::date(2000, 2, 29).is_some() && Literal::date(2026, 12, 31).is_some());

        for text in ["2026-11-25T08:00:00Z", "2026-11-25T23:59:59.1234567Z"] {
            assert_eq!(Literal::instant(text).unwrap().to_string(), text);
        }
        for text in [
            "2026-11-25",
            "2026-11-25T08:00:00",
            "2026-11-25T24:00:00Z",
            "2026-11-25T08:60:00Z",
            "2026-11-25T08:00:00.Z",
            "2026-02-30T08:00:00Z",
            "2026-1-25T08:00:00Z",
            "+026-11-25T08:00:00Z",
        ] {
            assert_eq!(Literal::instant(text), None, "{text}");
        }
    }
}
