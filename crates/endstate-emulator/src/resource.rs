//! The resources of the tenant: the APIs for which tokens are issued.

/// The resource for which a token must be issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Graph,
    Defender,
}
