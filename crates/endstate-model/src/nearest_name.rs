//! Suggestions for mistyped names.

use strsim::osa_distance;

/// Returns the name that a mistyped one most likely means, or `None` if no name is near.
///
/// Names are compared without regard to ASCII case, and `_` counts as `-`. A name is near if at
/// most one letter of four differs, and at least one: a letter that is missing, added, wrong, or
/// swapped with the letter beside it.
///
/// ```
/// use endstate_model::nearest_name;
///
/// let names = ["tenant", "client-secret-env"];
/// assert_eq!(nearest_name("tenent", names), Some("tenant"));
/// assert_eq!(nearest_name("client_secret_env", names), Some("client-secret-env"));
/// assert_eq!(nearest_name("tenure", names), None);
/// ```
pub fn nearest_name<'n>(name: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let plain = |name: &str| name.to_ascii_lowercase().replace('_', "-");
    let mistyped = plain(name);
    let distances = names.into_iter().map(|name| (osa_distance(&mistyped, &plain(name)), name));
    let (distance, nearest) = distances.min()?;

    let length = mistyped.chars().count();
    (distance < length && distance <= 1.max(length / 4)).then_some(nearest)
}
