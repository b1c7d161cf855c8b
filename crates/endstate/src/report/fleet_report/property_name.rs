//! What a list of devices calls a property.

use endstate_model::AttentionProperty;

use crate::terminal::escape::escaped;

/// What people call a property where its category is not beside it. Several categories have a
/// property of the same name, such as `No sensor data`.
pub(super) fn shown_name(property: &AttentionProperty, includes_informational: bool) -> String {
    let name = property.display_name();
    let same = AttentionProperty::KNOWN.iter().filter(|known| known.display_name() == name).count();
    let mut shown = if same > 1 { format!("{}: {name}", property.category()) } else { name.to_owned() };
    if property.is_informational() && !includes_informational {
        shown.push_str(" (information)");
    }
    escaped(&shown).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_properties_have_the_same_name() {
        let mut names: Vec<_> = AttentionProperty::KNOWN.iter().map(|property| shown_name(property, false)).collect();
        assert!(names.contains(&"BitLocker: No sensor data".to_owned()), "{names:?}");
        assert!(names.contains(&"Third-party firewall active (information)".to_owned()), "{names:?}");
        names.sort();
        names.dedup();
        assert_eq!(names.len(), AttentionProperty::KNOWN.len());
    }
}
