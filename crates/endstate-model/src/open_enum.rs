//! Open enumerations: known values by name, any other value verbatim.

/// Defines an open enumeration whose wire form is the name of the variant.
///
/// A value that this version does not know becomes `Unknown`, which keeps it verbatim. Known values
/// sort in the order of the list. Unknown values come last, sorted by their text.
macro_rules! open_enum {
    (
        $(#[$attribute:meta])*
        pub enum $name:ident, expecting $expecting:literal {
            $($(#[$variant_attribute:meta])* $variant:ident,)*
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_attribute])* $variant,)*
            /// A value that this version does not know, verbatim.
            Unknown(std::sync::Arc<str>),
        }

        impl $name {
            /// The known values, in order.
            pub const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// The wire form.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => stringify!($variant),)*
                    Self::Unknown(value) => value,
                }
            }
        }

        impl $name {
            /// Reads the wire form. A value that this version does not know is kept verbatim.
            pub fn from_wire(value: &str) -> Self {
                match value {
                    $(stringify!($variant) => Self::$variant,)*
                    other => Self::Unknown(other.into()),
                }
            }
        }

        /// Reads a name that a person wrote: the wire form, without regard to ASCII case. A name
        /// that this version does not know is an error with a suggestion.
        impl std::str::FromStr for $name {
            type Err = crate::UnknownName;

            fn from_str(name: &str) -> Result<Self, crate::UnknownName> {
                let known = Self::KNOWN.iter().find(|known| known.as_str().eq_ignore_ascii_case(name));
                known.cloned().ok_or_else(|| crate::UnknownName::new(name, Self::KNOWN.iter().map(Self::as_str)))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Value;
                impl serde::de::Visitor<'_> for Value {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($expecting)
                    }
                    fn visit_str<E>(self, value: &str) -> Result<$name, E> {
                        Ok($name::from_wire(value))
                    }
                }
                deserializer.deserialize_str(Value)
            }
        }
    };
}

pub(crate) use open_enum;
