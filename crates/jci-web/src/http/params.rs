//! What stands behind the `?` of an address.

use axum::http::Uri;
use percent_encoding::percent_decode;

use super::problem::Fault;

/// The parameters of a request; bytes, for a path in a run may be any.
pub(crate) struct Params(Vec<(Vec<u8>, Vec<u8>)>);

impl Params {
    pub(crate) fn of(uri: &Uri) -> Self {
        let pairs = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(pairs.map(|(name, value)| (decode(name), decode(value))).collect())
    }

    /// Returns the value of a parameter, if it is there.
    pub(crate) fn bytes(&self, name: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(known, _)| known == name.as_bytes());
        found.map(|(_, value)| value.as_slice())
    }

    /// Returns the value of a parameter that is a number.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<u64>, Fault> {
        let number = self.text(name)?.map(|text| text.parse().map_err(|_| text)).transpose();
        number.map_err(|text| {
            Fault::malformed(format!("the parameter {name} is {text:?}; expected a number"))
        })
    }

    /// Returns the value of a parameter as text.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<String>, Fault> {
        let text = self.bytes(name).map(|value| String::from_utf8(value.to_owned())).transpose();
        text.map_err(|_| Fault::malformed(format!("the parameter {name} is not UTF-8")))
    }
}

fn decode(text: &str) -> Vec<u8> {
    let spaced = text.replace('+', " ");
    percent_decode(spaced.as_bytes()).collect()
}
