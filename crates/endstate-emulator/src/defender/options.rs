//! Parses the options of a request. Their names are read without regard to case.

/// The options of a request.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ApiOptions<'o> {
    pub(crate) top: Option<u64>,
    pub(crate) skip: u64,
    pub(crate) skip_token: Option<&'o str>,
    pub(crate) page_size: Option<u64>,
    pub(crate) sas_valid_hours: Option<u64>,
    /// How many options have no name, as in the links of microsoft-365-docs#8316.
    pub(crate) nameless: usize,
}

impl<'o> ApiOptions<'o> {
    /// Parses the options. The last one of a name wins. `allowed` are the system options of the
    /// path.
    ///
    /// # Errors
    /// The message of the 400 response.
    pub(crate) fn parse(options: &'o [(String, String)], allowed: &[&str]) -> Result<Self, String> {
        let mut parsed = Self::default();
        for (name, value) in options {
            let number = || {
                let message = || format!("Invalid value '{value}' for the query option '{name}'.");
                value.parse::<u64>().map_err(|_| message())
            };

            match name.to_ascii_lowercase().as_str() {
                "" => parsed.nameless += 1,
                system if system.starts_with('$') && !allowed.contains(&system) => {
                    return Err(format!("The query option '{name}' is not supported."));
                }
                "$top" => parsed.top = Some(number()?),
                "$skip" => parsed.skip = number()?,
                "$skiptoken" => parsed.skip_token = Some(value),
                "pagesize" => parsed.page_size = Some(number()?),
                "sasvalidhours" => parsed.sas_valid_hours = Some(number()?),
                // The service ignores the caller's own options (Protocol 11.2.1).
                _ => {}
            }
        }
        Ok(parsed)
    }
}

/// Returns an error if a number of an option exceeds its maximum.
///
/// # Errors
/// The message of the 400 response.
pub(crate) fn at_most(name: &str, value: Option<u64>, maximum: u64) -> Result<(), String> {
    match value {
        Some(value) if value > maximum => {
            Err(format!("The value '{value}' for the query option '{name}' exceeds the maximum of {maximum}."))
        }
        _ => Ok(()),
    }
}
