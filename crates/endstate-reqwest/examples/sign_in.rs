//! Two ways to provide the token of a transport: a provider of your own, and Microsoft Entra ID
//! through `azure_identity`.
//!
//! Both use an emulator that the example starts:
//!
//! ```text
//! cargo run -p endstate-reqwest --example sign_in --features azure-identity
//! ```
//!
//! Without the feature, `azure_identity` is not in the dependency tree, and only the first way
//! runs.

use std::error::Error;
use std::sync::Arc;

use async_trait::async_trait;
use endstate_emulator::{Emulator, SignIn};
use endstate_paging::Pull;
use endstate_reqwest::{
    AccessToken, CachedToken, Credential, ReqwestTransport, ServiceRoot, TokenClaims, TokenProvider, TokioClock,
};
use futures_util::TryStreamExt;

/// A provider of your own. This crate does not need to know where tokens come from.
#[derive(Debug)]
struct Vault {
    token: String,
}

#[async_trait]
impl Credential for Vault {
    async fn acquire(&self) -> endstate_reqwest::Result<AccessToken> {
        Ok(AccessToken::new(self.token.clone(), None))
    }
}

/// Signs in with a client secret, as the `AZURE_*` variables do.
#[cfg(feature = "azure-identity")]
fn entra(emulator: &Emulator, secret: std::path::PathBuf) -> Result<Arc<dyn TokenProvider>, Box<dyn Error>> {
    use endstate_reqwest::{Authority, AzureMethod, AzureSignIn, IdentityClient, SecretSource};

    // For the real service, `CloudEndpoint::for_cloud(Cloud::Commercial, None)?` has authority,
    // service root and scope together.
    let authority: Authority = emulator.authority().ok_or("no identity service")?.parse()?;
    let client = IdentityClient::new(&authority, emulator.certificate_authority().map(str::as_bytes))?;
    let method = AzureMethod::ClientSecret {
        tenant: SignIn::TENANT.parse()?,
        client: SignIn::CLIENT.parse()?,
        secret: SecretSource::File(secret),
    };
    let sign_in = AzureSignIn::new(method, client, authority, "https://graph.microsoft.com/.default".parse()?);
    Ok(Arc::new(CachedToken::new(sign_in)))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let emulator = Emulator::builder().sign_in(SignIn::new()).start().await?;
    let vault = Vault { token: emulator.token().to_owned() };
    pull(&emulator, Arc::new(CachedToken::new(vault)), "a provider of your own").await?;
    #[cfg(feature = "azure-identity")]
    {
        let folder = tempfile::tempdir()?;
        let secret = folder.path().join("secret");
        std::fs::write(&secret, SignIn::DEFAULT_SECRET)?;
        pull(&emulator, entra(&emulator, secret)?, "azure_identity").await?;
    }
    emulator.stop().await;
    Ok(())
}

/// Pulls every device with the tokens of a provider.
async fn pull(emulator: &Emulator, token: Arc<dyn TokenProvider>, what: &str) -> Result<(), Box<dyn Error>> {
    let root = ServiceRoot::parse(&emulator.service_root())?;
    let claims = TokenClaims::from_token(&token.token().await?);
    let transport = ReqwestTransport::builder(&root, token).build()?;
    let first = root.collection("machinesecuritystates")?;
    let pull = Pull::new(Arc::new(transport), Arc::new(TokioClock::new()), first);
    let pages: Vec<_> = pull.pages().try_collect().await?;
    let devices: usize = pages.iter().map(|page| page.rows().count()).sum();
    let roles = claims.map_or_else(|| "an opaque token".to_owned(), |claims| claims.roles.join(", "));
    write_line(&format!("{what}: {devices} devices with {roles}"))?;
    Ok(())
}

/// Writes a line to standard output, without the macro that panics if the reader is gone.
fn write_line(line: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}")
}
