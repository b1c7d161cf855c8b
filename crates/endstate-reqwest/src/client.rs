//! Reading a collection in one call.

use std::sync::Arc;

use endstate_odata::{PageUrl, Query};
use endstate_paging::{DecodedItems, Pull, TokioClock};
use serde::de::DeserializeOwned;

use crate::{ReqwestTransport, Result, ServiceRoot, TokenProvider};

/// A service whose collections are read whole.
///
/// ```no_run
/// use std::sync::Arc;
///
/// use endstate_odata::Query;
/// use endstate_reqwest::{Client, FixedToken, ServiceRoot};
/// use futures_util::TryStreamExt;
///
/// #[derive(serde::Deserialize)]
/// struct Machine {
///     id: String,
/// }
///
/// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
/// let root = ServiceRoot::parse("https://api.security.microsoft.com/api")?;
/// let client = Client::new(&root, Arc::new(FixedToken::new(token)))?;
///
/// let healthy = Query::new().filter("healthStatus eq 'Active'");
/// let mut machines = client.collection("machines")?.query(&healthy).items::<Machine>();
/// while let Some(machine) = machines.try_next().await? { // an incomplete pull ends with an error
///     println!("{}", machine.id);
/// }
/// println!("{}", machines.report().outcome); // complete
/// # Ok(())
/// # }
/// ```
///
/// For what has no method here, such as limits, resuming or a canceller, there is
/// [`Collection::pull`].
#[derive(Debug, Clone)]
pub struct Client {
    transport: Arc<ReqwestTransport>,
    clock: Arc<TokioClock>,
    root: ServiceRoot,
}

/// A collection of a [`Client`].
#[derive(Debug, Clone)]
#[must_use = "nothing is requested until the items are read"]
pub struct Collection {
    client: Client,
    first: PageUrl,
}

impl Client {
    /// A client with the defaults of [`ReqwestTransport::builder`].
    ///
    /// # Errors
    /// [`Error::Client`](crate::Error::Client) if the HTTP client or its TLS cannot be set up.
    pub fn new(root: &ServiceRoot, token: Arc<dyn TokenProvider>) -> Result<Self> {
        Ok(Self::with_transport(root, ReqwestTransport::builder(root, token).build()?))
    }

    /// A client with a transport that was set up separately, for the same root.
    pub fn with_transport(root: &ServiceRoot, transport: ReqwestTransport) -> Self {
        Self { transport: Arc::new(transport), clock: Arc::new(TokioClock::new()), root: root.clone() }
    }

    /// The collection of this name below the root; see [`ServiceRoot::collection`].
    ///
    /// # Errors
    /// [`Error::CollectionName`](crate::Error::CollectionName) if this is no name of a collection.
    pub fn collection(&self, entity_set: &str) -> Result<Collection> {
        Ok(Collection { client: self.clone(), first: self.root.collection(entity_set)? })
    }
}

impl Collection {
    /// Adds query options to the first request. The service repeats them in its next links.
    pub fn query(mut self, query: &Query) -> Self {
        self.first = self.first.with_query(query);
        self
    }

    /// The pull that reads the collection, to set what else it has.
    pub fn pull(&self) -> Pull {
        let Client { transport, clock, .. } = &self.client;
        Pull::new(transport.clone(), clock.clone(), self.first.clone())
    }

    /// The items of the whole collection, in the order of the service.
    pub fn items<T: DeserializeOwned>(&self) -> DecodedItems<T> {
        self.pull().items().decode()
    }
}
