//! The answer that lists the files of an export.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// The answer of `SecureConfigurationsAssessmentExport` (Defender for Endpoint, "Export secure
/// configuration assessment per device", via files): the signed URLs of its files, and when these
/// were made. Each file is gzip, with one [`ConfigurationRow`](crate::ConfigurationRow) a line.
///
/// The URLs are secrets, so `Debug` shows only their number.
///
/// ```
/// use endstate_assessment::ExportFiles;
///
/// let body = br#"{"exportFiles":["https://host/a.json.gz?sig=x"],"generatedTime":"2026-11-25T11:01:00Z"}"#;
/// let files = ExportFiles::parse(body)?;
/// assert_eq!((files.urls.len(), files.generated_at.as_deref()), (1, Some("2026-11-25T11:01:00Z")));
/// # Ok::<(), endstate_assessment::NotAnExport>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportFiles {
    /// The URLs, verbatim.
    pub urls: Vec<String>,
    /// `generatedTime`, verbatim.
    pub generated_at: Option<String>,
}

#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "exportFiles", alias = "ExportFiles")]
    urls: Vec<String>,
    #[serde(rename = "generatedTime", alias = "GeneratedTime", default)]
    generated_at: Option<String>,
    /// A link to more files. No document has one, and a list that continues is not a whole one.
    #[serde(rename = "@odata.nextLink", alias = "exportFiles@odata.nextLink", default)]
    next: Option<IgnoredAny>,
}

/// The body is not a list of an export's files.
#[derive(Debug, thiserror::Error)]
#[error("not a whole list of an export's files, which is an object with the array 'exportFiles'")]
#[non_exhaustive]
pub struct NotAnExport {
    /// Whether the body is not even JSON, such as one that is cut off.
    pub is_broken: bool,
}

impl ExportFiles {
    /// Parses a body.
    ///
    /// # Errors
    /// [`NotAnExport`] if it has no array `exportFiles` of texts, is cut off, or continues on
    /// another page.
    pub fn parse(body: &[u8]) -> Result<Self, NotAnExport> {
        // The error of the parser may quote a URL.
        let Answer { urls, generated_at, next } =
            serde_json::from_slice(body).map_err(|error| NotAnExport { is_broken: !error.is_data() })?;
        if next.is_some() { Err(NotAnExport { is_broken: false }) } else { Ok(Self { urls, generated_at }) }
    }
}

impl fmt::Debug for ExportFiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExportFiles").field("urls", &self.urls.len()).field("generated_at", &self.generated_at).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTINUED: &str = r#"{"exportFiles":["https://host/a"],"@odata.nextLink":"https://host/more"}"#;

    #[test]
    fn another_form_is_told_apart_from_a_broken_answer() {
        for body in ["{}", "[]", r#"{"value":[]}"#, r#"{"exportFiles":null}"#, r#"{"exportFiles":[7]}"#, CONTINUED] {
            assert!(!ExportFiles::parse(body.as_bytes()).unwrap_err().is_broken, "{body}");
        }
        for body in ["", r#"{"exportFiles":["#, "<html>"] {
            assert!(ExportFiles::parse(body.as_bytes()).unwrap_err().is_broken, "{body}");
        }
        assert!(ExportFiles::parse(br#"{"exportFiles":[],"more":1}"#).unwrap().urls.is_empty());
    }

    #[test]
    fn no_error_and_no_debug_shows_a_url() {
        let files = ExportFiles::parse(br#"{"exportFiles":["https://host/a?sig=secret"]}"#).unwrap();
        assert_eq!(format!("{files:?}"), "ExportFiles { urls: 1, generated_at: None }");
        let error = ExportFiles::parse(br#"{"exportFiles":"https://host/a?sig=secret"}"#).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}
