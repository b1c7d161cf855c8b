//! Processor architectures, an open enumeration.

use crate::open_enum::open_enum;

open_enum! {
    /// The architecture of a device's operating system.
    ///
    /// The document shows only `Amd64`; the others are further architectures that Windows runs on.
    /// The wire form is the variant's name. An unknown value is kept verbatim.
    ///
    /// ```
    /// use endstate_model::Architecture;
    ///
    /// assert_eq!(Architecture::from_wire("Amd64"), Architecture::Amd64);
    /// assert_eq!(Architecture::from_wire("RiscV").to_string(), "RiscV");
    /// ```
    pub enum Architecture, expecting "an architecture" {
        /// 64-bit x86, the only one that the document shows.
        Amd64,
        /// 32-bit x86.
        X86,
        /// 64-bit ARM.
        Arm64,
        /// 32-bit ARM.
        Arm,
    }
}
