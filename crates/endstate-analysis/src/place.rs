//! Places in lists, as numbers of 32 bits.

/// No pull, no device, and no set.
pub(crate) const NONE: u32 = u32::MAX;

/// There are fewer pulls and devices than four thousand million.
pub(crate) fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NONE)
}
