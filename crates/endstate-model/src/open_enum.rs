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

        impl From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $(stringify!($variant) => Self::$variant,)*
                    other => Self::Unknown(other.into()),
                }
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
                        Ok($name::from(value))
                    }
                }
                deserializer.deserialize_str(Value)
            }
        }
    };
}

pub(crate) use open_enum;
