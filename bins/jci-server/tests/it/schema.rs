//! Checks answers against the schemas of the server's own OpenAPI document, more strictly than JSON
//! Schema would: a field that no schema names is wrong, too.

use std::collections::BTreeSet;

use serde_json::Value;

/// An OpenAPI document.
pub(crate) struct Document(pub(crate) Value);

impl Document {
    /// Checks the answer of an operation to be as it is described.
    #[track_caller]
    pub(crate) fn check(&self, method: &str, path: &str, status: u16, answer: &Value) {
        let operation = &self.0["paths"][path][method];
        let responses = &operation["responses"];
        let response = responses.get(status.to_string()).unwrap_or(&responses["default"]);
        let (_, content) = response["content"]
            .as_object()
            .and_then(|content| content.iter().next())
            .unwrap_or_else(|| panic!("{method} {path} describes no body for {status}"));
        let mut wrong = Vec::new();
        self.compare(answer, &content["schema"], "answer", &mut wrong);
        assert!(wrong.is_empty(), "{method} {path} {status}: {wrong:#?}\n{answer:#}");
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => self.0.pointer(reference.trim_start_matches('#')).unwrap(),
            None => schema,
        }
    }

    fn compare(&self, value: &Value, schema: &Value, at: &str, wrong: &mut Vec<String>) {
        let schema = self.resolve(schema);
        if let Some(choices) = schema["oneOf"].as_array() {
            let fits = |choice: &Value| {
                let mut wrong = Vec::new();
                self.compare(value, choice, at, &mut wrong);
                wrong.is_empty()
            };
            if choices.iter().filter(|choice| fits(choice)).count() != 1 {
                wrong.push(format!("{at}: {value} is not one of {choices:?}"));
            }
            return;
        }
        let types = types(schema);
        if !types.is_empty() && !types.iter().any(|name| is_a(value, name)) {
            wrong.push(format!("{at}: {value} is no {types:?}"));
        }
        if schema["enum"].as_array().is_some_and(|known| !known.contains(value)) {
            wrong.push(format!("{at}: {value} is none of {}", schema["enum"]));
        }
        for (index, item) in value.as_array().into_iter().flatten().enumerate() {
            self.compare(item, &schema["items"], &format!("{at}[{index}]"), wrong);
        }
        if value.is_object() {
            self.compare_fields(value, schema, at, wrong);
        }
    }

    fn compare_fields(&self, value: &Value, schema: &Value, at: &str, wrong: &mut Vec<String>) {
        let mut known = BTreeSet::new();
        let mut parts = vec![schema];
        while let Some(part) = parts.pop().map(|part| self.resolve(part)) {
            parts.extend(part["allOf"].as_array().into_iter().flatten());
            for name in part["required"].as_array().into_iter().flatten() {
                let name = name.as_str().unwrap();
                if value.get(name).is_none() {
                    wrong.push(format!("{at}.{name} is missing"));
                }
            }
            for (name, schema) in part["properties"].as_object().into_iter().flatten() {
                known.insert(name.as_str());
                if let Some(field) = value.get(name) {
                    self.compare(field, schema, &format!("{at}.{name}"), wrong);
                }
            }
        }
        // A schema that names no field is one that says nothing of them.
        let all = value.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let unknown = all.filter(|name| !known.is_empty() && !known.contains(name));
        wrong.extend(unknown.map(|name| format!("{at}.{name} is not described")));
    }
}

/// Returns the types that a schema allows; none where it does not say.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(name) => vec![name],
        Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}
