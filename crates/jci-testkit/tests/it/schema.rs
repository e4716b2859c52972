//! JSON held against the schemas of an OpenAPI 2 file.

use serde_json::Value;

/// An OpenAPI file.
pub(crate) struct OpenApi(pub(crate) Value);

impl OpenApi {
    /// Reads the file whose name is in the environment.
    pub(crate) fn from_environment() -> Self {
        let file = std::env::var_os("JCI_GITEA_OPENAPI");
        let file = file.expect("JCI_GITEA_OPENAPI names Gitea's OpenAPI file");
        let text = std::fs::read_to_string(&file)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        Self(serde_json::from_str(&text).unwrap())
    }

    /// Returns what the file says of a method of a path.
    pub(crate) fn operation(&self, method: &str, path: &str) -> &Value {
        let operation = &self.0["paths"][path][method.to_lowercase()];
        assert!(operation.is_object(), "the file has no {method} {path}");
        operation
    }

    /// Returns what the file says of an answer: that it has no body, no schema, or which one.
    pub(crate) fn answer<'a>(&'a self, operation: &'a Value, status: u16) -> Option<&'a Value> {
        let answer = &operation["responses"][status.to_string()];
        let answer = self.resolved(answer);
        answer.get("schema")
    }

    fn resolved<'a>(&'a self, value: &'a Value) -> &'a Value {
        let Some(reference) = value["$ref"].as_str() else { return value };
        let pointer = reference.strip_prefix('#').unwrap();
        self.0.pointer(pointer).unwrap_or_else(|| panic!("the file has no {reference}"))
    }

    /// Lists what is wrong with a value, each with its place.
    pub(crate) fn faults(&self, value: &Value, schema: &Value, place: &str) -> Vec<String> {
        let schema = self.resolved(schema);
        let kind = schema["type"].as_str().unwrap_or("object");
        // Go writes a pointer or a list that is nothing as null, and the file does not say so.
        if value.is_null() && !matches!(kind, "boolean" | "integer") {
            return Vec::new();
        }
        let fits = match kind {
            "boolean" => value.is_boolean(),
            "integer" => value.is_i64(),
            "string" => value.as_str().is_some_and(|text| is_of(text, schema)),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{place}: no type {other} was expected in the file"),
        };
        if !fits {
            return vec![format!("{place} is {value}, not {schema}")];
        }
        let items = value.as_array().into_iter().flatten().enumerate();
        let items = items.flat_map(|(number, item)| {
            self.faults(item, &schema["items"], &format!("{place}[{number}]"))
        });
        let fields = value.as_object().into_iter().flatten();
        let fields = fields.flat_map(|(name, value)| self.of_field(schema, name, value, place));
        let required = schema["required"].as_array().into_iter().flatten();
        let missing = required.filter_map(Value::as_str).filter(|name| value.get(name).is_none());
        let missing = missing.map(|name| format!("{place}.{name} is missing"));
        items.chain(fields).chain(missing).collect()
    }

    fn of_field(&self, schema: &Value, name: &str, value: &Value, place: &str) -> Vec<String> {
        let place = format!("{place}.{name}");
        match (&schema["properties"][name], &schema["additionalProperties"]) {
            // Gitea writes the name twice, and the file does not say so.
            (Value::Null, Value::Null) if name == "username" => Vec::new(),
            (Value::Null, Value::Null) => vec![format!("{place} is not known")],
            (Value::Null, others) => self.faults(value, others, &place),
            (field, _) => self.faults(value, field, &place),
        }
    }
}

/// Tells whether a text is of the format and among the words that a schema wants.
fn is_of(text: &str, schema: &Value) -> bool {
    let format = match schema["format"].as_str() {
        Some("date-time") => text.parse::<jiff::Timestamp>().is_ok(),
        Some("email") => text.contains('@'),
        _ => true,
    };
    let words = schema["enum"].as_array();
    // What is not there at all is an empty word in Go.
    format && words.is_none_or(|words| text.is_empty() || words.iter().any(|word| word == text))
}

#[test]
fn what_does_not_fit_is_found_at_its_place() {
    let file = serde_json::json!({"definitions": {
        "User": {"type": "object", "required": ["id"], "properties": {
            "id": {"type": "integer"}, "state": {"type": "string", "enum": ["on", "off"]},
            "made": {"type": "string", "format": "date-time"},
            "friends": {"type": "array", "items": {"$ref": "#/definitions/User"}},
        }},
    }});
    let file = OpenApi(file);
    let schema = serde_json::json!({"$ref": "#/definitions/User"});
    let good = serde_json::json!({"id": 1, "state": "on", "made": "2026-01-02T03:04:05Z",
                                  "friends": [{"id": 2, "friends": null}]});
    assert_eq!(file.faults(&good, &schema, "user"), [""; 0]);
    let bad = serde_json::json!({"id": null, "state": "half", "made": "today", "more": 1,
                                 "friends": [{}]});
    let places: Vec<_> = file.faults(&bad, &schema, "user");
    let places: Vec<_> = places.iter().map(|fault| fault.split(' ').next().unwrap()).collect();
    let expected = ["user.friends[0].id", "user.id", "user.made", "user.more", "user.state"];
    assert_eq!(places, expected);
}
