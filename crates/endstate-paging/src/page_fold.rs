//! What a caller brings to a pull whose pages are folded while they arrive.

use std::any::Any;
use std::sync::Arc;

use endstate_odata::StreamedItem;

/// Takes the items of one page while the page arrives; see
/// [`Pull::fold_pages`](crate::Pull::fold_pages).
///
/// The items of a page count only once the page was read whole: an attempt that breaks off is
/// dropped together with its fold, and the next attempt has a new one.
pub trait PageFold: Any + Send {
    /// Takes an item, in the order of the server.
    fn item(&mut self, item: StreamedItem<'_>);
}

/// Makes the fold of an attempt at a page.
pub(crate) type BeginFold = Arc<dyn Fn() -> Box<dyn PageFold> + Send + Sync>;
