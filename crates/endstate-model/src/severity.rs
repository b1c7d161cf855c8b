//! Severities of vulnerabilities, an open enumeration.

use crate::open_enum::open_enum;

open_enum! {
    /// The severity of a vulnerability. Severities sort as in the vendor's report: the most severe
    /// comes first. An unknown value comes last and is kept verbatim.
    ///
    /// ```
    /// use endstate_model::Severity;
    ///
    /// assert!(Severity::Critical < Severity::Important);
    /// assert!(Severity::None < Severity::from_wire("Dreadful"));
    /// ```
    pub enum Severity, expecting "a severity" {
        /// The wire form is `Critical`.
        Critical,
        /// The wire form is `Important`.
        Important,
        /// The wire form is `Moderate`.
        Moderate,
        /// The wire form is `Low`.
        Low,
        /// The wire form is `None`: the vendor does not rate the vulnerability.
        None,
    }
}
