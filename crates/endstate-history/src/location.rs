//! Where a history is: a folder of this machine, or of an object store.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use delta_kernel::object_store::azure::MicrosoftAzureBuilder;
use delta_kernel::object_store::parse_url_opts;
use url::{Host, Url};

use crate::HistoryError;
use crate::folder::Folder;
use crate::storage_tokens::{AzureTokens, StorageTokens};

/// Where a history is: a folder of this machine, or of an object store.
///
/// The text of one is a path or `file://`, or the URL of a folder: `az://container/folder`,
/// `abfss://container@account.dfs.core.windows.net/folder`, `s3://bucket/folder`, or
/// `gs://bucket/folder`.
///
/// ```
/// use endstate_history::Location;
///
/// let location: Location = "s3://security/history".parse()?;
/// assert_eq!(location.to_string(), "s3://security/history");
/// assert!(location.as_path().is_none());
///
/// // A password in a URL would be shown with the URL.
/// assert!("s3://key:secret@security/history".parse::<Location>().is_err());
/// # Ok::<(), endstate_history::HistoryError>(())
/// ```
#[derive(Clone)]
pub struct Location {
    place: Place,
    /// What the store is configured with. Has secrets, so nothing shows it.
    options: Vec<(String, String)>,
    /// The sign-in to Azure's storage, instead of that of the variables.
    tokens: Option<Arc<dyn StorageTokens>>,
}

#[derive(Clone)]
enum Place {
    Folder(PathBuf),
    /// Its path ends with a slash.
    Store(Url),
}

/// The variables of stores begin with these.
const PREFIXES: [&str; 3] = ["aws_", "azure_", "google_"];

/// The variables that say where Azure's storage is.
const AZURE_ENDPOINTS: [&str; 2] = ["azure_storage_endpoint", "azure_endpoint"];

/// The schemes of Azure's storage.
const AZURE_SCHEMES: [&str; 4] = ["az", "azure", "abfs", "abfss"];

/// The variables that sign in to Azure's storage, and to nothing else.
const AZURE_SECRETS: [&str; 7] = [
    "azure_storage_account_key",
    "azure_storage_access_key",
    "azure_storage_master_key",
    "azure_storage_sas_key",
    "azure_storage_sas_token",
    "azure_storage_token",
    "azure_storage_use_emulator",
];

const ALLOW_HTTP: [&str; 3] = ["aws_allow_http", "azure_allow_http", "google_allow_http"];

/// The schemes of the URLs of stores.
const SCHEMES: [&str; 7] = ["s3", "s3a", "az", "azure", "abfs", "abfss", "gs"];

impl Location {
    /// Configures the store with the variables that its own tools read, such as
    /// `AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, `AZURE_STORAGE_ACCOUNT_NAME`,
    /// `AZURE_STORAGE_ACCOUNT_KEY`, `AZURE_CLIENT_ID` and `GOOGLE_SERVICE_ACCOUNT`. Others are
    /// ignored, and so are all for a folder of this machine.
    ///
    /// ```
    /// use endstate_history::Location;
    ///
    /// let location = "az://security/history".parse::<Location>()?.with_variables(
    ///     std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))),
    /// );
    /// # Ok::<(), endstate_history::HistoryError>(())
    /// ```
    #[must_use = "the location itself stays as it is"]
    pub fn with_variables(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        self.options.extend(variables.filter(|(name, _)| PREFIXES.iter().any(|prefix| name.starts_with(prefix))));
        self
    }

    /// Whether it is in Azure's storage.
    ///
    /// ```
    /// use endstate_history::Location;
    ///
    /// assert!("az://security/history".parse::<Location>()?.is_azure());
    /// assert!(!"s3://security/history".parse::<Location>()?.is_azure());
    /// # Ok::<(), endstate_history::HistoryError>(())
    /// ```
    pub fn is_azure(&self) -> bool {
        matches!(&self.place, Place::Store(url) if AZURE_SCHEMES.contains(&url.scheme()))
    }

    /// Whether variables sign in to Azure's storage: a key, a signature or a token of the storage,
    /// or an application with its secret or its federated token.
    ///
    /// ```
    /// use endstate_history::Location;
    ///
    /// let with = |variables: &[(&str, &str)]| {
    ///     let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    ///     "az://security/history".parse::<Location>().map(|location| location.with_variables(owned))
    /// };
    /// assert!(with(&[("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")])?.has_own_sign_in());
    /// assert!(!with(&[("AZURE_CLIENT_SECRET", "secret")])?.has_own_sign_in());
    /// # Ok::<(), endstate_history::HistoryError>(())
    /// ```
    pub fn has_own_sign_in(&self) -> bool {
        let is_set = |wanted: &str| self.options.iter().any(|(name, value)| name == wanted && !value.is_empty());
        let is_any_set = |names: &[&str]| names.iter().any(|name| is_set(name));
        let has_application = is_any_set(&["azure_client_id", "azure_storage_client_id"])
            && is_any_set(&["azure_tenant_id", "azure_storage_tenant_id"])
            && is_any_set(&["azure_client_secret", "azure_storage_client_secret", "azure_federated_token_file"]);
        is_any_set(&AZURE_SECRETS) || has_application
    }

    /// Signs in to Azure's storage with these tokens, which go only to hosts of Azure's storage and
    /// to this machine, over HTTPS. Any other store ignores them.
    #[must_use = "the location itself stays as it is"]
    pub fn with_azure_tokens(mut self, tokens: Arc<dyn StorageTokens>) -> Self {
        self.tokens = Some(tokens);
        self
    }

    /// The path, if it is a folder of this machine.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.place {
            Place::Folder(path) => Some(path),
            Place::Store(_) => None,
        }
    }

    /// Refuses an endpoint that may not get a token: it is valid for all storage of its identity.
    fn check_token_hosts(&self) -> Result<(), HistoryError> {
        for (_, endpoint) in self.options.iter().filter(|(name, _)| AZURE_ENDPOINTS.contains(&name.as_str())) {
            let url = Url::parse(endpoint).ok();
            let is_azures =
                |url: &Url| url.host_str().is_some_and(|host| AZURE_HOSTS.iter().any(|end| host.ends_with(end)));
            let may_have_it = |url: &Url| url.scheme() == "https" && (is_loopback(url) || is_azures(url));
            if !url.as_ref().is_some_and(may_have_it) {
                let host = url.map_or_else(|| "the endpoint".to_owned(), |url| url.origin().ascii_serialization());
                return Err(HistoryError::TokenHost(host));
            }
        }
        Ok(())
    }

    /// `az://` names only the container, so a variable has to name its account.
    fn check_account(&self, url: &Url) -> Result<(), HistoryError> {
        let is_set = |wanted: &str| self.options.iter().any(|(name, value)| name == wanted && !value.is_empty());
        let needs_account = matches!(url.scheme(), "az" | "azure");
        if needs_account && !is_set("azure_storage_account_name") && !is_set("azure_storage_use_emulator") {
            return Err(HistoryError::Location { why: "it names no account; set AZURE_STORAGE_ACCOUNT_NAME" });
        }
        Ok(())
    }

    /// Connects to the store. Nothing is requested yet.
    pub(crate) fn connect(&self) -> Result<Folder, HistoryError> {
        let url = match &self.place {
            Place::Folder(path) => return Folder::local(path),
            Place::Store(url) => url,
        };
        self.check_account(url)?;

        let mut options = self.options.clone();
        // A request over plain HTTP shows its token to everyone on the way. Google's client would
        // make it.
        options.push(("google_allow_http".to_owned(), "false".to_owned()));
        let endpoints = self.options.iter().filter(|(name, _)| name.contains("endpoint") || name.contains("base_url"));
        for (_, endpoint) in endpoints.filter(|(name, _)| !name.contains("metadata") && !name.contains("msi")) {
            let endpoint = Url::parse(endpoint).ok().filter(|endpoint| endpoint.scheme() == "http");
            let Some(endpoint) = endpoint else { continue };
            if !is_loopback(&endpoint) {
                return Err(HistoryError::PlainHttp(endpoint.origin().ascii_serialization()));
            }
            options.extend(ALLOW_HTTP.map(|name| (name.to_owned(), "true".to_owned())));
        }

        if let (Some(tokens), true) = (&self.tokens, self.is_azure()) {
            self.check_token_hosts()?;
            return azure(url, options, Arc::clone(tokens));
        }
        let connected = parse_url_opts(url, options);
        let (store, _) = connected.map_err(|error| HistoryError::store(format!("use {url}"), error))?;
        Folder::new(url.clone(), Arc::from(store))
    }
}

/// The hosts of Azure's storage, in each cloud:
/// <https://learn.microsoft.com/azure/storage/common/storage-account-overview#storage-account-endpoints>.
const AZURE_HOSTS: [&str; 5] = [
    ".core.windows.net",
    ".core.usgovcloudapi.net",
    ".core.chinacloudapi.cn",
    ".storage.azure.net",
    ".fabric.microsoft.com",
];

/// A folder of Azure's storage, with a sign-in of its own.
fn azure(url: &Url, options: Vec<(String, String)>, tokens: Arc<dyn StorageTokens>) -> Result<Folder, HistoryError> {
    let builder = MicrosoftAzureBuilder::new().with_url(url.to_string());
    let builder = options.into_iter().fold(builder, |builder, (name, value)| match name.parse() {
        Ok(key) => builder.with_config(key, value),
        Err(_) => builder,
    });
    let built = builder.with_credentials(Arc::new(AzureTokens(tokens))).build();
    let store = built.map_err(|error| HistoryError::store(format!("use {url}"), error))?;
    Folder::new(url.clone(), Arc::new(store))
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl FromStr for Location {
    type Err = HistoryError;

    fn from_str(text: &str) -> Result<Self, HistoryError> {
        let refused = |why| Err(HistoryError::Location { why });
        // `C:\history` is a path, too.
        let Some((scheme, _)) = text.split_once("://") else { return Ok(Path::new(text).into()) };
        let Ok(mut url) = Url::parse(text) else { return refused("it is not a URL") };
        if scheme.eq_ignore_ascii_case("file") {
            return url.to_file_path().map_or_else(|()| refused("it is not a path"), |path| Ok((*path).into()));
        }

        if !SCHEMES.contains(&url.scheme()) {
            return refused("its scheme is not one of az, abfss, s3, gs and file");
        }
        if url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return refused("it has a password, a query or a fragment; configure the store with its variables");
        }
        let has_container = AZURE_SCHEMES.contains(&url.scheme());
        if !url.username().is_empty() && !has_container {
            return refused("it has a user; configure the store with its variables");
        }
        if url.host_str().is_none_or(str::is_empty) {
            return refused("it names no bucket and no container");
        }
        if !url.path().ends_with('/') {
            url.set_path(&format!("{}/", url.path()));
        }
        Ok(Self { place: Place::Store(url), options: Vec::new(), tokens: None })
    }
}

impl From<&Path> for Location {
    fn from(path: &Path) -> Self {
        Self { place: Place::Folder(path.to_owned()), options: Vec::new(), tokens: None }
    }
}

impl From<&PathBuf> for Location {
    fn from(path: &PathBuf) -> Self {
        path.as_path().into()
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            Place::Folder(path) => path.display().fmt(f),
            Place::Store(url) => f.pad(url.as_str().trim_end_matches('/')),
        }
    }
}

/// Without the options, which have secrets.
impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Location").field(&self.to_string()).finish()
    }
}
