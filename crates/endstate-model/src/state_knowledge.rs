//! What a state knows of its fields. What it does not know is never the same as nothing.

use crate::{AttentionProperty, Category, Device, MachineSecurityState, StateSource};

impl MachineSecurityState {
    /// Whether the state says what a list of properties, or of their categories, is; if `elements`
    /// are named, whether it says so of each of them. The element itself is not in the list.
    pub(crate) fn knows_properties(&self, field: &str, elements: &[String]) -> bool {
        let properties = AttentionProperty::KNOWN.iter();
        match (field, elements) {
            ("currentControls", []) => properties.filter(|property| property.is_current()).all(|it| self.knows_of(it)),
            (_, []) => self.is_known(),
            ("category", categories) => categories.iter().all(|category| self.knows_category(category)),
            (_, names) => names.iter().all(|name| self.knows_of(&AttentionProperty::from_wire(name))),
        }
    }

    /// Whether it is known whether a property requires attention.
    fn knows_of(&self, property: &AttentionProperty) -> bool {
        let is_said = match &self.assessment {
            Some(assessment) => !assessment.not_known.contains(property),
            // The documented collection has no control of today.
            None => !property.is_current(),
        };
        is_said && self.properties_require_attention.is_known()
    }

    /// Whether each property of a category is known that a source can state, if there is one.
    fn knows_category(&self, category: &str) -> bool {
        let is_its = |property: &&AttentionProperty| property.category().as_str().eq_ignore_ascii_case(category);
        let mut stated: Vec<_> = AttentionProperty::KNOWN.iter().filter(is_its).collect();
        if self.assessment.is_some() {
            stated.retain(|property| property.is_stated_today());
        } else {
            // A property of a later version is in the list of the documented collection, too.
            if category.eq_ignore_ascii_case(Category::Other.as_str()) {
                return self.properties_require_attention.is_known();
            }
            stated.retain(|property| !property.is_current());
        }
        !stated.is_empty() && stated.into_iter().all(|property| self.knows_of(property))
    }

    /// Whether it is known what a field of the device is, even if that is nothing.
    pub(crate) fn knows_of_device(&self, field: &str) -> bool {
        let source = self.assessment.as_ref().map(|assessment| &assessment.source);
        self.device.as_ref().is_some_and(|device| device.knows(field, source))
    }

    /// Whether it is known which updates the device lacks.
    pub(crate) fn knows_missing_kbs(&self) -> bool {
        self.assessment.as_ref().is_some_and(|assessment| assessment.missing_kbs.is_some())
    }
}

impl Device {
    /// Returns whether it is known what a field is, even if that is nothing: a device may have no
    /// tags, and a source may not say which tags a device has. `field` is a name of
    /// [`FIELDS`](crate::Entity::FIELDS); `source` is that of the state, `None` for the documented
    /// collection.
    ///
    /// ```
    /// use endstate_model::{Device, StateSource};
    ///
    /// // Only hunting says who is signed in.
    /// let device = Device::default();
    /// assert!(device.knows("users", Some(&StateSource::Hunting)));
    /// assert!(!device.knows("users", Some(&StateSource::Assessments)));
    /// ```
    pub fn knows(&self, field: &str, source: Option<&StateSource>) -> bool {
        match field {
            // The rows of an assessment have these, without a record of the device.
            "name" => self.name.is_some() || self.has_record(),
            "platform" => self.platform.is_some() || self.has_record(),
            "group" => true,
            "lastSeen" => self.last_seen.is_some(),
            "onboarding" => self.onboarding.is_some(),
            "health" => self.health.is_some(),
            "risk" => self.risk.is_some(),
            "exposure" => self.exposure.is_some(),
            "value" => self.value.is_some(),
            // Only hunting has users, and only the record of today's machines has what manages one.
            "users" => !self.users.is_empty() || source == Some(&StateSource::Hunting),
            "managedBy" => {
                let is_of_record = matches!(source, Some(StateSource::Assessments | StateSource::Export));
                self.managed_by.is_some() || is_of_record && self.has_record()
            }
            // Tags, the id in Microsoft Entra ID, what it was merged into: a device may have none.
            _ => self.has_record(),
        }
    }

    /// Whether more is known of the device than what the rows of an assessment say.
    fn has_record(&self) -> bool {
        let texts = [&self.onboarding, &self.health, &self.risk, &self.exposure, &self.value];
        self.last_seen.is_some() || texts.into_iter().any(Option::is_some)
    }
}
