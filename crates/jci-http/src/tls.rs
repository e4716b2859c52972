//! TLS on ring, with the roots that this machine trusts.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

/// Makes the TLS of a client; the provider of the process as a whole is left alone.
pub(crate) fn config(encrypted: bool) -> Result<ClientConfig, rustls::Error> {
    let provider: Arc<CryptoProvider> = Arc::new(ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = if encrypted {
        builder.with_platform_verifier()?.with_no_client_auth()
    } else {
        // Plain HTTP needs no roots, and so runs where none are installed.
        builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth()
    };
    // Some servers take nobody who does not say this.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
