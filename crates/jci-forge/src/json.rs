//! JSON whose errors say where.

use serde::de::DeserializeOwned;

/// Fails because JSON is not what it should be.
#[derive(Debug)]
pub(crate) struct JsonError {
    path: String,
    source: serde_json::Error,
}

impl JsonError {
    /// Returns the JSON path and what is wrong there.
    pub(crate) fn into_parts(self) -> (String, serde_json::Error) {
        (self.path, self.source)
    }
}

/// Reads JSON of which nothing may follow; nesting is bounded, so that no input ends the program.
pub(crate) fn from_slice<T: DeserializeOwned>(json: &[u8]) -> Result<T, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| JsonError {
        path: error.path().to_string(),
        source: error.into_inner(),
    })?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(source) => Err(JsonError { path: ".".to_owned(), source }),
    }
}
